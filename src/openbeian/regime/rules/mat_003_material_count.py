"""OB-MAT-003: no more materials than a slot holds."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

#: Slots that hold more than one (apply_icp_filing, icp_materials).
MAXIMA = {"subject_other_materials": 10, "applets_other_materials": 10}


def check(case: Case) -> Iterator[Spot]:
    for slot, media in vars(case.dossier.materials).items():
        if media and len(media) > (most := MAXIMA.get(slot, 1)):
            yield Spot(f"materials.{slot}", str(most), str(most))


RULE = Rule(
    id="OB-MAT-003",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="每类材料不超过规定份数：其他附件 10 份，其余 1 份",
    title_en="No slot holds more than it may: 10 other attachments, one of anything else",
    reason_zh="{field}最多 {why} 份。",
    reason_en="{field} may have {why} at most.",
    remedy_zh="请删除多余的材料，或合并为一个文件。",
    remedy_en="Remove what is too many, or join the pages into one picture.",
    check=check,
    passes=(Example("enterprise", {"materials.subject_other_materials": ["MEDIA_OTHER_00001"] * 10}),),
    fails=(Example("enterprise", {"materials.subject_other_materials": ["MEDIA_OTHER_00001"] * 11},
                   fields=("materials.subject_other_materials",)),
           Example("enterprise", {"materials.commitment_letter": ["MEDIA_COMMIT_0001", "MEDIA_OTHER_00001"]},
                   fields=("materials.commitment_letter",))),
)
