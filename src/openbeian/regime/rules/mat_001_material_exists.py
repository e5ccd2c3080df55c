"""OB-MAT-001: every material named was uploaded for this mini program."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

FIELD = "organizer.certificate.photo"


def check(case: Case) -> Iterator[str]:
    for path, digest in case.media:
        if digest not in case.materials:
            yield path


RULE = Rule(
    id="OB-MAT-001",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="所引用的材料须已为本小程序上传",
    title_en="Every material named was uploaded for this mini program",
    reason_zh="{field}引用的材料不存在。",
    reason_en="{field} names a material that does not exist.",
    remedy_zh="请重新上传该材料，并使用上传后得到的 media_id。",
    remedy_en="Upload the file again and use the media_id of the answer.",
    check=check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "MEDIA_ELSEWHERE"}, fields=(FIELD,)),
           Example("enterprise", {"materials.commitment_letter": ["MEDIA_ELSEWHERE"]},
                   fields=("materials.commitment_letter.0",))),
)
