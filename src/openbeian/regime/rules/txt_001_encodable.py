"""OB-TXT-001: every text of a filing can be written in the administration's encoding, GBK."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.gbk import uncarried_texts
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

NAME, REMARK, TEXT = "service.name", "organizer.remark", "service.description"
_SHOWN = 5


def check(case: Case) -> Iterator[Spot]:
    """Nothing is ever replaced by a question mark: the organizer decides how a rare character is written."""
    for path, positions in uncarried_texts(case.dossier):
        yield spot(path, positions)


def spot(path: str, positions: tuple[int, ...]) -> Spot:
    """The field, and where in it the characters stand; they themselves may be part of a person's name."""
    shown, more = [str(n) for n in positions[:_SHOWN]], len(positions) > _SHOWN
    zh, en = "、".join(shown) + ("……" if more else ""), ", ".join(shown) + (" …" if more else "")
    return Spot(path, f"第{zh}个字", f"{'characters' if len(positions) > 1 else 'character'} {en}")


RULE = Rule(
    id="OB-TXT-001",
    severity=Severity.BLOCKS,
    clause=clauses.V3_ENCODING,
    title_zh="文字均在管局接口的 GBK 字符集内",
    title_en="Texts are within GBK, the character set of the administration's interface",
    reason_zh="{field}含有管局系统无法接收的字符：{why}。",
    reason_en="{field} holds signs that the administration's system cannot take: {why}.",
    remedy_zh="姓名、名称、地址中的生僻字，请按证件或登记机关认可的替代写法填写；其他文本请删除表情符号和特殊符号。",
    remedy_en="Write a rare character of a name or address as the issuing body allows it to be replaced; "
              "remove emoji and special signs from other texts.",
    check=check,
    passes=(Example("enterprise", {REMARK: "镕·〇①Ω，ａ䶮䜣䴙䴘€"}), Example("individual")),
    fails=(
        Example("enterprise", {REMARK: "一家𠮷字店😀", TEXT: "本小程序提供点餐服务，门店自提，配送到家👋。"},
                fields=(REMARK, TEXT)),
        Example("individual", {}, {"account.name": "日历®小记"}, fields=(NAME,)),
    ),
)
