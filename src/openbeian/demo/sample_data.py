"""Invented organizers, their mini programs and dossiers, for demonstrations, trials and benchmarks.

Nobody here exists; check digits are valid. The cast of the demonstration is in cast.csv. Dossiers are written the way a
service provider's client sends them to the open API.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw
from stdnum.cn import ric, uscc

from openbeian.regime.code_tables import INDIVIDUAL, NONE_OF_THE_ABOVE
from openbeian.regime.csv_files import csv_rows

ENTERPRISE = 4
LICENCE, RESIDENT_ID = 1, 2
#: The pictures of a dossier: name → the field it is uploaded for, and the type of the certificate on it.
PICTURES: dict[str, tuple[str, int | None]] = {
    "licence": ("organizer.certificate.photo", LICENCE),
    "front": ("organizer.principal.certificate.photo_front", RESIDENT_ID),
    "back": ("organizer.principal.certificate.photo_back", RESIDENT_ID),
    "letter": ("materials.commitment_letter", None),
}


@dataclass(frozen=True)
class Character:
    """One organizer, its principal, and its mini program."""

    key: str
    appid: str
    app_name: str
    organizer_type: int
    organizer_name: str
    certificate_number: str
    certificate_address: str
    district: str
    address: str
    principal_name: str
    principal_certificate: str
    mobile: str
    email: str
    emergency_contact: str
    service_contents: tuple[int, ...]
    description: str
    first_listed_at: str = ""

    @property
    def province(self) -> str:
        return f"{self.district[:2]}0000"

    def secrets(self) -> list[str]:
        """What of this organizer must never be readable outside the vault."""
        return [self.principal_name, self.principal_certificate, self.mobile, self.email, self.certificate_number,
                self.address]

    def application(self, media: Mapping[str, str], face_check: str, **service: Any) -> dict[str, Any]:
        """The body of ``apply_icp_filing``. ``service`` overrides parts of ``icp_applets.base_info``."""
        person = {
            "name": self.principal_name,
            "mobile": self.mobile,
            "email": self.email,
            "emergency_contact": self.emergency_contact,
            "certificate_type": RESIDENT_ID,
            "certificate_number": self.principal_certificate,
            "certificate_validity_date_start": "20180510",
            "certificate_validity_date_end": "20380510",
            "certificate_photo_front": media["front"],
            "certificate_photo_back": media["back"],
        }
        organization: dict[str, Any] = {
            "certificate_type": RESIDENT_ID if self.organizer_type == INDIVIDUAL else LICENCE,
            "certificate_number": self.certificate_number,
            "certificate_address": self.certificate_address,
        }
        if self.organizer_type != INDIVIDUAL:
            organization["certificate_photo"] = media["licence"]
        return {
            "icp_subject": {
                "base_info": {"type": self.organizer_type, "name": self.organizer_name,
                              "province": self.province, "city": f"{self.district[:4]}00", "district": self.district,
                              "address": self.address},
                "organize_info": organization,
                "principal_info": person,
            },
            "icp_applets": {
                "base_info": {
                    "service_content_types": list(self.service_contents),
                    "nrlx_details": [{"type": NONE_OF_THE_ABOVE}],
                    "comment": self.description,
                    **service,
                },
                "principal_info": {**person, "verify_task_id": face_check},
            },
            "icp_materials": {"commitment_letter": [media["letter"]]},
        }


def picture(text: str, *, size: tuple[int, int] = (720, 1280)) -> bytes:
    """A sample picture with a text that says which one it is."""
    image = Image.new("RGB", size, "#f4f6fa")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, size[0] - 40, size[1] - 40), outline="#206bc4", width=6)
    draw.text((80, 80), f"SAMPLE  {text}", fill="#182433", font_size=40)
    draw.text((80, 160), "invented, for demonstration only", fill="#667382", font_size=28)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def appid_of(number: int) -> str:
    """The appid of the ``number``-th mini program."""
    return f"wx{number:016x}"


def credit_code_of(number: int, *, district: str = "330106") -> str:
    """The unified social credit code of the ``number``-th unit (0 to 999,999), registered in a district."""
    body = f"MA{number:06d}"
    weighted = sum(weight * int(sign, 36) for weight, sign in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True))
    code = f"91{district}{body}{'0123456789X'[-weighted % 11]}"
    return code + uscc.calc_check_digit(code)


def resident_id_of(number: int, *, district: str) -> str:
    """The resident identity number of the ``number``-th person of a district, born in the twentieth century."""
    day, order = divmod(number, 1000)
    month, day = divmod(day, 28)
    front = f"{district}{1950 + month // 12 % 45}{month % 12 + 1:02d}{day + 1:02d}{order:03d}"
    return front + ric.calc_check_digit(front + "0")


def _character(row: dict[str, Any]) -> Character:
    contents = tuple(map(int, row.pop("service_contents").split()))
    return Character(**row | {"organizer_type": int(row["organizer_type"])}, service_contents=contents)


EVERYONE = tuple(map(_character, csv_rows(__file__, "cast.csv")))
QINGHE, CHEN, YUEDIAN, CHUANYOU, SHENHAI, SUXIU = EVERYONE
