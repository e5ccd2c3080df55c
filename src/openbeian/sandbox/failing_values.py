"""Values that make an application fail, one field at a time: what to put where, and the hint that comes back.

They fail for the rules that hold everywhere; only the blacklisted number is the sandbox's own.
"""

from dataclasses import dataclass
from typing import Any

from openbeian.demo.invented import credit_code_of
from openbeian.wechat import codes

#: A certificate number that stands on the administration's blacklist.
BLACKLISTED = credit_code_of(900_200)


@dataclass(frozen=True)
class FailingValue:
    """``value`` at ``path`` brings one hint: ``errcode``, at ``err_field`` where that is another place."""

    path: str
    value: Any
    errcode: int
    zh: str
    en: str
    err_field: str = ""

    @property
    def named(self) -> str:
        """The ``err_field`` of the hint."""
        return self.err_field or self.path


SUBJECT, APPLETS = "icp_subject", "icp_applets"
FAILING_VALUES: tuple[FailingValue, ...] = (
    FailingValue(f"{SUBJECT}.base_info.name", "杭州别家示例科技有限公司", codes.ORGANIZER_DIFFERS,
                 "与小程序账号的主体不一致", "Not the name of the mini program's account"),
    FailingValue(f"{SUBJECT}.base_info.district", "110105", codes.ADDRESS, "区县不在所选城市内", "Not in the city"),
    FailingValue(f"{SUBJECT}.base_info.address", "浙江省杭州市西湖区示例路88号", codes.ADDRESS,
                 "通信地址重复了省市区", "The region is written out once more"),
    FailingValue(f"{SUBJECT}.organize_info.certificate_number", "91330106MA0000015X", codes.CERTIFICATE_NUMBER,
                 "校验位不符", "Wrong check digit"),
    FailingValue(f"{SUBJECT}.organize_info.certificate_number", BLACKLISTED, codes.BLACKLISTED,
                 "在管局黑名单中", "On the administration's blacklist", f"{SUBJECT}.base_info.name"),
    FailingValue(f"{SUBJECT}.organize_info.certificate_photo", "no-such-media", codes.MATERIAL,
                 "素材不存在", "No such file"),
    FailingValue(f"{SUBJECT}.principal_info.name", "", codes.FIELD_MISSING, "未填写", "Missing"),
    FailingValue(f"{SUBJECT}.principal_info.mobile", "12345", codes.CONTACT, "手机号码不是 11 位", "Not 11 digits"),
    FailingValue(f"{SUBJECT}.principal_info.email", "no address", codes.CONTACT, "电子邮箱格式不符", "No e-mail address"),
    FailingValue(f"{SUBJECT}.principal_info.emergency_contact", "13900000001", codes.CONTACT,
                 "应急电话与本人手机相同", "The same as the mobile"),
    FailingValue(f"{SUBJECT}.principal_info.certificate_validity_date_end", "20200101", codes.CERTIFICATE_VALIDITY,
                 "证件已过期", "Expired"),
    FailingValue(f"{SUBJECT}.legal_person_info.certificate_number", "330106197906300020", codes.CERTIFICATE_NUMBER,
                 "校验位不符", "Wrong check digit"),
    FailingValue(f"{APPLETS}.base_info.service_content_types", [500], codes.SERVICE_CONTENTS,
                 "须为二级类目", "Not of the second level", f"{APPLETS}.base_info.service_content_types.0"),
    FailingValue(f"{APPLETS}.base_info.nrlx_details", [], codes.PRIOR_APPROVAL,
                 "没有前置审批也须选 24", "Nothing applies is 24, not an empty list"),
    FailingValue(f"{APPLETS}.base_info.comment", "太短", codes.DESCRIPTION, "应为 20 至 200 字", "Not 20 to 200 characters"),
    FailingValue(f"{APPLETS}.base_info.comment", "展示和销售本公司自产的文具与办公用品😀，提供下单和售后咨询。",
                 codes.FIELD_MALFORMED, "含有 GBK 以外的字符", "A character outside GBK"),
    FailingValue(f"{APPLETS}.principal_info.verify_task_id", "no-such-task", codes.FACE_CHECK,
                 "没有通过的人脸核身", "No face check that was passed"),
)
