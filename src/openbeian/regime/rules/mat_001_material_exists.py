"""OB-MAT-001: every material named was uploaded for this mini program."""

from openbeian.regime.rules.rule import Case, Example, Hits, rule

FIELD = "organizer.certificate.photo"


def check(case: Case) -> Hits:
    for path, digest in case.media:
        if digest not in case.materials:
            yield path


RULE = rule(
    "OB-MAT-001", check,
    passes=(Example("enterprise"), Example("individual")),
    fails=(Example("enterprise", {FIELD: "MEDIA_ELSEWHERE"}, fields=(FIELD,)),
           Example("enterprise", {"materials.commitment_letter": ["MEDIA_ELSEWHERE"]},
                   fields=("materials.commitment_letter.0",))),
)
