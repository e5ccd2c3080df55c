"""The test values as a page of the documentation. ``python -m openbeian.sandbox.page`` prints it."""

import json
from collections.abc import Iterable

from openbeian.sandbox.failing_values import FAILING_VALUES
from openbeian.sandbox.outcomes import OUTCOMES, Stage
from openbeian.sandbox.programs import PROGRAMS, Program

_HEAD = """# Test values of the sandbox (沙箱测试值)

Made by `python -m openbeian.sandbox.page > docs/reference/sandbox-values.md`; a test holds this page and the table in
`sandbox/outcomes.py` together, and another walks it. How to start a sandbox: [how-to/sandbox](../how-to/sandbox.md).

A marker (标记) anywhere in the organizer's name says how things end. Each has a mini program ready, with the organizer
`杭州<marker>示例有限公司`; in a catalogue of your own, put the marker into any organizer's name. Of several markers in one
table the longest counts; one of each table may stand in a name. Cancellations always go through at once.

What has been filed can be cancelled (`cancel_icp_filing`) and filed again. `openbeian sandbox --fresh` begins anew.
"""
_STAGES = {
    Stage.FILING: "## Filings (备案)",
    Stage.FACE_CHECK: "## Face checks (人脸核身)\n\nThe filing itself passes. Every other face check passes after a second.",
    Stage.CERTIFICATION: "## Certification and filing in one (认证及备案)\n\nEvery other certification passes at once, and so "
                         "does the filing after it.",
    Stage.AUDIT: "## The audit of code (代码审核)\n\nThe filing itself passes, and so does every other version.",
}


def as_markdown() -> str:
    """The whole page."""
    parts = [_HEAD]
    by_marker = {program.marker: program for program in PROGRAMS if program.marker}
    for stage, head in _STAGES.items():
        rows = (by_marker[row.marker] for row in OUTCOMES if row.stage == stage)
        parts += [f"\n{head}\n\n| marker | mini program | what happens | what a client sees |\n|---|---|---|---|\n",
                  *(f"| `{row.marker}` {_told(row)}" for row in rows)]
    parts += ["\n## Mini programs in a special state\n\n| organizer | mini program | state | what a client sees |\n"
              "|---|---|---|---|\n",
              *(f"| `{row.character.organizer_name}` {_told(row)}" for row in PROGRAMS if not row.marker),
              "\n## Dossier values that fail\n\n`apply_icp_filing` is answered 86202, with this in `hints`, when one value "
              "of a sound application is replaced. They\nfail by the [rules](rules.md) that hold everywhere; only the "
              "blacklisted number is the sandbox's own.\n\n"
              "| field | value | errcode | why |\n|---|---|---|---|\n", *_failing()]
    return "".join(parts)


def _told(program: Program) -> str:
    return f"| `{program.appid}` `{program.key}` | {program.zh}。{program.en} | {program.seen} |\n"


def _failing() -> Iterable[str]:
    for row in FAILING_VALUES:
        elsewhere = f" at `{row.err_field}`" if row.err_field else ""
        yield (f"| `{row.path}` | `{json.dumps(row.value, ensure_ascii=False)}` | {row.errcode}{elsewhere} | "
               f"{row.zh} {row.en} |\n")


if __name__ == "__main__":
    print(as_markdown(), end="")
