"""OB-MAT-002: pictures where pictures belong, a video where the video belongs."""

from openbeian.regime.pictures import VIDEO, is_video
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

_CALLED = {"video": ("视频", "a video"), "image": ("图片", "a picture")}


def check(case: Case) -> Hits:
    for path, digest in case.media:
        facts = case.materials.get(digest)
        wanted = "video" if is_video(path) else "image"
        if facts and facts.kind != wanted:
            yield Spot(path, *_CALLED[wanted])


RULE = rule(
    "OB-MAT-002", check,
    passes=(Example("enterprise", {VIDEO: ["MEDIA_VIDEO_0001"]}),),
    fails=(Example("enterprise", {VIDEO: ["MEDIA_OTHER_00001"]}, fields=(f"{VIDEO}.0",)),
           Example("enterprise", {"materials.commitment_letter": ["MEDIA_VIDEO_0001"]},
                   fields=("materials.commitment_letter.0",)),
           Example("enterprise", {}, {"materials.MEDIA_LICENSE_0001.kind": "video"},
                   fields=("organizer.certificate.photo",))),
)
