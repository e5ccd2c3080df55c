"""OB-MAT-002: pictures where pictures belong, a video where the video belongs."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule, Spot

VIDEO = "materials.promise_video"
_CALLED = {"video": ("视频", "a video"), "image": ("图片", "a picture")}


def check(case: Case) -> Iterator[Spot]:
    for path, digest in case.media:
        facts = case.materials.get(digest)
        wanted = "video" if path.startswith(VIDEO) else "image"
        if facts and facts.kind != wanted:
            yield Spot(path, *_CALLED[wanted])


RULE = Rule(
    id="OB-MAT-002",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_FIELDS,
    title_zh="材料须为规定的种类：承诺视频为视频，其余为图片",
    title_en="Materials are of the right kind: the promise video a video, all others pictures",
    reason_zh="{field}须为{why}。",
    reason_en="{field} must be {why}.",
    remedy_zh="图片请上传 JPG 或 PNG，视频请上传 MP4。",
    remedy_en="Upload pictures as JPG or PNG, and the video as MP4.",
    check=check,
    passes=(Example("enterprise", {VIDEO: ["MEDIA_VIDEO_0001"]}),),
    fails=(Example("enterprise", {VIDEO: ["MEDIA_OTHER_00001"]}, fields=(f"{VIDEO}.0",)),
           Example("enterprise", {"materials.commitment_letter": ["MEDIA_VIDEO_0001"]},
                   fields=("materials.commitment_letter.0",)),
           Example("enterprise", {}, {"materials.MEDIA_LICENSE_0001.kind": "video"},
                   fields=("organizer.certificate.photo",))),
)
