"""The rules as a page to read: made from the rules, so that it cannot say anything else."""

from openbeian.regime.findings import Severity
from openbeian.regime.rules import RULESETS, Rule, Scope
from openbeian.regime.shape import SHAPE_RULES

_SEVERITIES = {
    Severity.BLOCKS: "blocks submission",
    Severity.CONFIRM: "a reviewer looks at it",
    Severity.INFORMS: "for information",
}
_ABOUT = {
    Scope.FILING: "filings",
    Scope.INDIVIDUAL: "filings of individuals",
    Scope.UNIT: "filings of units",
    Scope.CHANGE: "changes",
    Scope.NEW_SERVICE: "new services",
    Scope.NEW_ACCESS: "new accesses",
    Scope.CANCELLATION: "cancellations",
}
_HEAD = """\
# Rules

Made from the rules by `openbeian.regime.rules.catalogue.as_markdown()`; a test compares this page with the code.
`{field}` stands for the name of the field in question, `{why}` for what exactly is wrong with it.

"""


def as_markdown() -> str:
    """The page ``docs/reference/rules.md``: every edition, every rule with clause, wording and dates."""
    rules = {rule.id: rule for edition in RULESETS for rule in edition.rules}
    return "".join([
        _HEAD,
        *(f"- Edition **{edition.version}**, in force from {edition.start}: {len(edition.rules)} rules.\n"
          for edition in RULESETS),
        "\n| rule | consequence | requirement |\n|---|---|---|\n",
        *(f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {rule.title_zh} · {rule.title_en} |\n"
          for rule in rules.values()),
        *map(_section, rules.values()),
        "\n## Shape\n\nWhat cannot be read at all. Each of these blocks submission.\n\n"
        "| rule | reason | remedy |\n|---|---|---|\n",
        *(f"| {rule_id} | {zh} {en} | {remedy_zh} {remedy_en} |\n"
          for rule_id, (zh, en, remedy_zh, remedy_en) in SHAPE_RULES.items()),
    ])


def _section(rule: Rule) -> str:
    dates = f"from {rule.since}" + (f" until {rule.until} (exclusive)" if rule.until else "")
    return (
        f"\n## {rule.id}\n\n{rule.title_zh}  \n{rule.title_en}\n\n"
        f"- Consequence: {rule.severity} ({_SEVERITIES[rule.severity]}); applies to {_ABOUT[rule.scope]}; in force {dates}\n"
        f"- Clause: {rule.clause}\n"
        f"- Reason: {rule.reason_zh} {rule.reason_en}\n"
        f"- Remedy: {rule.remedy_zh} {rule.remedy_en}\n"
    )


if __name__ == "__main__":
    print(as_markdown(), end="")
