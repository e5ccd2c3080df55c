"""OB-TXT-001: the administration's files can carry every text of a filing."""

from openbeian.regime.gbk import uncarried_texts
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

NAME, REMARK, TEXT = "service.name", "organizer.remark", "service.description"
_SHOWN = 5


def check(case: Case) -> Hits:
    """Nothing is ever replaced by a question mark: the organizer decides what is written instead."""
    for path, positions in uncarried_texts(case.dossier):
        yield spot(path, positions)


def spot(path: str, positions: tuple[int, ...]) -> Spot:
    """The field, and where in it the characters stand; they themselves may be part of a person's name."""
    shown, more = [str(n) for n in positions[:_SHOWN]], len(positions) > _SHOWN
    zh, en = "、".join(shown) + ("……" if more else ""), ", ".join(shown) + (" …" if more else "")
    return Spot(path, f"第{zh}个字", f"{'characters' if len(positions) > 1 else 'character'} {en}")


RULE = rule(
    "OB-TXT-001", check,
    passes=(Example("enterprise", {REMARK: "镕·〇①Ω，ａ䶮䜣䴙䴘€𠮷㐂"}), Example("individual")),
    fails=(
        Example("enterprise", {REMARK: "一家𠮷字店😀", TEXT: "本小程序提供点餐服务，门店自提，配送到家👋。"},
                fields=(REMARK, TEXT)),
        Example("individual", {}, {"account.name": "日历®小记"}, fields=(NAME,)),
    ),
)
