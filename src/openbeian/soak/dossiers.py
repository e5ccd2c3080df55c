"""What the organizers of a soak declare. Nobody exists; everything that has check digits has valid ones."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openbeian.demo.sample_data import (
    ENTERPRISE,
    Character,
    appid_of,
    credit_code_of,
    resident_id_of,
)
from openbeian.regime.code_tables import INDIVIDUAL, districts, third_level
from openbeian.regime.facts import Account
from openbeian.regime.lifecycle import OrderKind
from openbeian.soak.plan import Life
from openbeian.wechat.dossier import from_wechat

EMERGENCY = "13900000091"
_APPS_AT_MOST = 4
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Organizer:
    """An organizer of the plan with its names and numbers."""

    life: Life

    @cached_property
    def district(self) -> str:
        """The first one of the first city of its province."""
        city = next(row.code for row in districts().values() if row.parent == self.life.province)
        return third_level(city)[0].code

    @property
    def name(self) -> str:
        """Of the unit, or of the person."""
        spelt = "".join(_DIGITS[int(digit)] for digit in f"{self.life.number:05d}")
        return f"样{spelt}" if self.life.individual else f"示例{spelt}号贸易有限公司"

    @property
    def principal(self) -> str:
        """The name of the person who answers for everything."""
        return self.name if self.life.individual else "示例负责人"

    @property
    def mobile(self) -> str:
        """The principal's. There are fewer invented numbers than people."""
        return f"139000000{self.life.number % 90:02d}"

    @cached_property
    def principal_certificate(self) -> str:
        """The principal's identity number."""
        return resident_id_of(self.life.number, district=self.district)

    @cached_property
    def certificate_number(self) -> str:
        """By which the organizer is known."""
        if self.life.individual:
            return self.principal_certificate
        return credit_code_of(self.life.number, district=self.district)

    def appid(self, app: int) -> str:
        """Of one of its mini programs, counted from 0."""
        return appid_of(self.life.number * _APPS_AT_MOST + app)

    def character(self, app: int) -> Character:
        """With one of its mini programs."""
        return Character(
            key="", appid=self.appid(app), app_name=f"示例小程序{self.life.number}之{app + 1}",
            organizer_type=INDIVIDUAL if self.life.individual else ENTERPRISE, organizer_name=self.name,
            certificate_number=self.certificate_number,
            certificate_address=f"{districts()[f'{self.district[:4]}00'].name}示例路1号", district=self.district,
            address="示例路1号", principal_name=self.principal, principal_certificate=self.principal_certificate,
            mobile=self.mobile, email="principal@example.com", emergency_contact=EMERGENCY, service_contents=(163,),
            description="展示和销售本人或本公司自产的文具与办公用品，提供商品浏览、下单、订单查询和售后咨询服务。")

    def account(self, app: int) -> Account:
        """The account of one of its mini programs."""
        character = self.character(app)
        return Account(character.appid, character.app_name, character.organizer_name)

    def filing(self, media: Mapping[str, str], face_check: str) -> dict[str, Any]:
        """The dossier of a filing, as other providers' records of this organizer have it."""
        return from_wechat(self.character(0).application(media, face_check))

    def change(
        self, kind: OrderKind, filed: Mapping[str, Any], media: Mapping[str, str], face_check: str, *, attempt: int
    ) -> dict[str, Any]:
        """What is ``filed``, with what a change of this kind changes; nothing is declared twice."""
        dossier = copy.deepcopy(dict(filed))
        if kind == OrderKind.CHANGE_BOTH:  # through another mini program, perhaps, which has pictures of its own
            dossier["organizer"] = self.filing(media, face_check)["organizer"]
            dossier["service"] = {**dossier["service"], "contents": [164]}
        if kind != OrderKind.CHANGE_SERVICE:
            dossier["organizer"]["address"] = f"示例路{attempt + 2}号"
        if kind != OrderKind.CHANGE_SUBJECT:
            dossier["service"]["description"] = f"本小程序为示例，除文具外还提供第{attempt + 2}期手账课程的报名、查询与退订服务。"
        dossier["service"]["principal"]["face_check"] = face_check
        return dossier

    def seed(self) -> dict[str, Any]:
        """What another provider filed for the organizer and its first mini program, for the simulator's door."""
        account = self.account(0)
        return {
            "province": self.life.province, "organizer": self.name, "certificate_number": self.certificate_number,
            "mobile": self.mobile, "principal": self.principal, "principal_certificate": self.principal_certificate,
            "services": [{"name": account.name, "appid": account.appid}],
        }


CANCELLATION: dict[str, Any] = {"cancellation": {"reason": 1}}
