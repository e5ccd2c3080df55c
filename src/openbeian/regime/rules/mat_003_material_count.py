"""OB-MAT-003: no more materials than a slot holds."""

from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

#: Slots that hold more than one (apply_icp_filing, icp_materials).
MAXIMA = {"subject_other_materials": 10, "applets_other_materials": 10}


def check(case: Case) -> Hits:
    for slot, media in vars(case.dossier.materials).items():
        if media and len(media) > (most := MAXIMA.get(slot, 1)):
            yield Spot(f"materials.{slot}", str(most), str(most))


RULE = rule(
    "OB-MAT-003", check,
    passes=(Example("enterprise", {"materials.subject_other_materials": ["MEDIA_OTHER_00001"] * 10}),),
    fails=(Example("enterprise", {"materials.subject_other_materials": ["MEDIA_OTHER_00001"] * 11},
                   fields=("materials.subject_other_materials",)),
           Example("enterprise", {"materials.commitment_letter": ["MEDIA_COMMIT_0001", "MEDIA_OTHER_00001"]},
                   fields=("materials.commitment_letter",))),
)
