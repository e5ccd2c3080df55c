"""What each notice says, in both languages (``texts.csv``). The notice's context fills the placeholders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from openbeian.regime.csv_files import csv_rows

#: A title and a body in Chinese and English, by the code of the notice.
TEXTS = {row["code"]: row for row in csv_rows(__file__, "texts.csv")}

#: Why the shelf took an app off, by the code of its decision.
REASONS: dict[str, tuple[str, str]] = {
    "unfiled_after_deadline": ("期限届满仍未备案", "not filed by the deadline"),
    "unfiled_never_listed": ("未备案", "not filed"),
    "filing_cancelled": ("备案已注销", "the filing was cancelled"),
}


#: Whose SMS verification it is.
PRINCIPALS: dict[str, tuple[str, str]] = {
    "subject": ("主体负责人", "subject principal"), "service": ("小程序负责人", "mini program's principal")}


def unverified(code: str, principals: Iterable[tuple[str, str]], *, language: str) -> str:
    """Who has not verified, for the notice ``code``: each principal's role and masked mobile, if known; "" for nobody."""
    english, lapsed = language.startswith("en"), code == "sms_lapsed"
    named = [f"{PRINCIPALS[principal][english]} {mobile}".rstrip() for principal, mobile in principals]
    if not named:
        return ""
    if english:
        return f" {'Not verified' if lapsed else 'Still to verify'}: {', '.join(named)}."
    return f"{'未核验' if lapsed else '待核验'}：{'、'.join(named)}。"


def render(code: str, context: Mapping[str, Any], *, language: str) -> tuple[str, str]:
    """Title and body of a notice, the title with the mini program's ``name`` where there is one.

    ``language`` starting with ``en`` gives English, anything else Chinese.
    """
    english = language.startswith("en")
    known = defaultdict(lambda: "–", {key: str(value) for key, value in context.items()})
    if reason := REASONS.get(known["reason"]):
        known["reason"] = reason[english]
    title, body = (TEXTS[code][f"{part}_{'en' if english else 'zh'}"] for part in ("title", "body"))
    if name := context.get("name"):
        title = f"{name}: {title}" if english else f"{name}：{title}"
    return title, body.format_map(known)
