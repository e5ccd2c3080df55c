"""The cast of the demonstration: invented organizers with valid check digits, and the dossiers they send.

Nobody here exists. Dossiers are written the way a service provider's client sends them to the open API.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

ENTERPRISE, INDIVIDUAL = 4, 5
LICENCE, RESIDENT_ID = 1, 2
NOTHING_APPLIES = 24


@dataclass(frozen=True)
class Person:
    """An invented person."""

    name: str
    certificate_number: str
    mobile: str
    email: str
    emergency_contact: str


@dataclass(frozen=True)
class Character:
    """One organizer of the story and its mini program."""

    key: str
    appid: str
    app_name: str
    organizer_name: str
    organizer_type: int
    certificate_number: str
    certificate_address: str
    region: tuple[str, str, str]
    address: str
    principal: Person
    service_contents: tuple[int, ...]
    description: str
    first_listed_at: str = ""

    @property
    def province(self) -> str:
        return self.region[0]

    def secrets(self) -> list[str]:
        """What of this organizer must never be readable outside the vault."""
        return [self.principal.name, self.principal.certificate_number, self.principal.mobile, self.principal.email,
                self.certificate_number, self.address]

    def application(self, media: Mapping[str, str], face_check: str, **service: Any) -> dict[str, Any]:
        """The body of ``apply_icp_filing``. ``service`` overrides parts of ``icp_applets.base_info``."""
        person = {
            "name": self.principal.name,
            "mobile": self.principal.mobile,
            "email": self.principal.email,
            "emergency_contact": self.principal.emergency_contact,
            "certificate_type": RESIDENT_ID,
            "certificate_number": self.principal.certificate_number,
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
        province, city, district = self.region
        return {
            "icp_subject": {
                "base_info": {"type": self.organizer_type, "name": self.organizer_name, "province": province,
                              "city": city, "district": district, "address": self.address},
                "organize_info": organization,
                "principal_info": person,
            },
            "icp_applets": {
                "base_info": {
                    "service_content_types": list(self.service_contents),
                    "nrlx_details": [{"type": NOTHING_APPLIES}],
                    "comment": self.description,
                    **service,
                },
                "principal_info": {**person, "verify_task_id": face_check},
            },
            "icp_materials": {"commitment_letter": [media["letter"]]},
        }


def picture(text: str, *, size: tuple[int, int] = (720, 1280)) -> bytes:
    """A sample picture that says what it stands for."""
    image = Image.new("RGB", size, "#f4f6fa")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, size[0] - 40, size[1] - 40), outline="#206bc4", width=6)
    draw.text((80, 80), f"SAMPLE  {text}", fill="#182433", font_size=40)
    draw.text((80, 160), "invented, for demonstration only", fill="#667382", font_size=28)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


QINGHE = Character(
    key="qinghe", appid="wxd0000000000000a1", app_name="青禾文具", organizer_name="杭州青禾示例科技有限公司",
    organizer_type=ENTERPRISE, certificate_number="91330106MA2B001152",
    certificate_address="浙江省杭州市西湖区示例路88号青禾大厦3幢1201室", region=("330000", "330100", "330106"),
    address="示例路88号青禾大厦3幢1201室",
    principal=Person("林示例", "330106198802140010", "13900000001", "lin@example.com", "13900000002"),
    service_contents=(163, 164),
    description="本小程序用于展示和销售本公司自产的文具与办公用品，提供商品浏览、下单、订单查询和售后咨询服务。",
)
CHEN = Character(
    key="chen", appid="wxd0000000000000b2", app_name="随手记账本", organizer_name="陈样本",
    organizer_type=INDIVIDUAL, certificate_number="420103199208180033",
    certificate_address="湖北省武汉市江汉区样本路6号", region=("420000", "420100", "420103"),
    address="样本路6号院4号楼502室",
    principal=Person("陈样本", "420103199208180033", "13900000011", "chen@example.com", "13900000012"),
    service_contents=(3,), first_listed_at="2022-03-15",
    description="个人使用的日历与记账小工具，帮助记录每日开支和待办事项，不涉及经营活动和用户发布内容。",
)
YUEDIAN = Character(
    key="yuedian", appid="wxd0000000000000c3", app_name="粤点点餐", organizer_name="广州粤点示例餐饮有限公司",
    organizer_type=ENTERPRISE, certificate_number="91440106MA5C00226U",
    certificate_address="广东省广州市天河区样例大道18号2层", region=("440000", "440100", "440106"),
    address="样例大道18号2层201铺",
    principal=Person("何示范", "440106198507110041", "13900000021", "he@example.com", "13900000022"),
    service_contents=(33, 34),
    description="为本公司门店提供堂食点餐和外卖下单服务，展示菜单、价格和营业时间，并可查询订单进度。",
)
CHUANYOU = Character(
    key="chuanyou", appid="wxd0000000000000d4", app_name="川游手札", organizer_name="成都川游示例旅行社有限公司",
    organizer_type=ENTERPRISE, certificate_number="91510104MA6D00448M",
    certificate_address="四川省成都市锦江区示例街5号", region=("510000", "510100", "510104"),
    address="示例街5号9楼",
    principal=Person("罗样例", "510104199309050068", "13900000031", "luo@example.com", "13900000032"),
    service_contents=(50,), first_listed_at="2022-06-01",
    description="展示本旅行社的线路与行程安排，提供报名咨询、行程查询和售后联系，不涉及出境旅游业务。",
)
SHENHAI = Character(
    key="shenhai", appid="wxd0000000000000e5", app_name="申海花艺", organizer_name="上海申海示例花艺有限公司",
    organizer_type=ENTERPRISE, certificate_number="91310115MA1H00338T",
    certificate_address="上海市浦东新区样例路200号", region=("310000", "310100", "310115"),
    address="样例路200号1幢3层",
    principal=Person("沈示例", "310115199404230050", "13900000041", "shen@example.com", "13900000042"),
    service_contents=(163,), first_listed_at="2021-11-11",
    description="展示和销售本公司的鲜花与花艺课程，提供商品浏览、预订、配送查询和售后咨询服务。",
)
SUXIU = Character(
    key="suxiu", appid="wxd0000000000000f6", app_name="苏绣小铺", organizer_name="苏州苏绣示例工艺有限公司",
    organizer_type=ENTERPRISE, certificate_number="91320505MA1P00554L",
    certificate_address="江苏省苏州市虎丘区示例巷12号", region=("320000", "320500", "320505"),
    address="示例巷12号后楼2层",
    principal=Person("陆样本", "32050519911212007X", "13900000051", "lu@example.com", "13900000052"),
    service_contents=(163, 164), first_listed_at="2022-10-08",
    description="展示和销售本公司的苏绣工艺品，介绍绣法与作品，提供商品浏览、下单和售后咨询服务。",
)
EVERYONE = (QINGHE, CHEN, YUEDIAN, CHUANYOU, SHENHAI, SUXIU)
