"""Application bodies as a service provider sends them; people and units are invented, numbers pass their check digits."""

from typing import Any


def enterprise_body() -> dict[str, Any]:
    """An enterprise whose responsible person is not the legal representative."""
    return {
        "icp_subject": {
            "base_info": {
                "type": 4, "name": "杭州青禾示例科技有限公司",
                "province": "330000", "city": "330100", "district": "330106",
                "address": "示例路88号青禾大厦3幢1201室", "comment": "首次办理备案",
            },
            "organize_info": {
                "certificate_type": 1, "certificate_number": "91330106MA0000015K",
                "certificate_address": "浙江省杭州市西湖区示例路88号青禾大厦3幢1201室",
                "certificate_photo": "MEDIA_LICENSE_0001",
            },
            "principal_info": {**_lin(), "authorization_letter": "MEDIA_LETTER_SUBJ1"},
            "legal_person_info": {"name": "周示范", "certificate_number": "330106197906300029"},
        },
        "icp_applets": {
            "base_info": {
                "service_content_types": [163, 164],
                "nrlx_details": [{"type": 24}],
                "comment": "本小程序用于展示和销售本公司自产的文具与办公用品，提供商品浏览、下单、订单查询和售后咨询服务。",
            },
            "principal_info": {
                **_lin(), "authorization_letter": "MEDIA_LETTER_APP01", "verify_task_id": "Qm9vdGhUYXNrMDAwMDAx"},
        },
        "icp_materials": {
            "commitment_letter": ["MEDIA_COMMIT_0001"],
            "applets_other_materials": ["MEDIA_OTHER_00001", "MEDIA_OTHER_00002"],
        },
    }


def individual_body() -> dict[str, Any]:
    """An individual who files outside the home province."""
    return {
        "icp_subject": {
            "base_info": {
                "type": 5, "name": "陈样本", "province": "110000", "city": "110100", "district": "110105",
                "address": "示例街道12号院4号楼502室",
            },
            "personal_info": {"residence_permit": "MEDIA_PERMIT_0001"},
            "organize_info": {
                "certificate_type": 2, "certificate_number": "420103199208180033",
                "certificate_address": "湖北省武汉市江汉区样本路6号",
            },
            "principal_info": _chen(),
        },
        "icp_applets": {
            "base_info": {
                "service_content_types": [3], "nrlx_details": [{"type": 24}],
                "comment": "个人使用的日历与记账小工具，帮助记录每日开支和待办事项，不涉及经营活动和用户发布内容。",
            },
            "principal_info": {**_chen(), "verify_task_id": "Qm9vdGhUYXNrMDAwMDAy"},
        },
        "icp_materials": {"commitment_letter": ["MEDIA_COMMIT_0002"]},
    }


#: Every place of a picture in the enterprise's body: path, certificate type to upload it with.
ENTERPRISE_PICTURES: tuple[tuple[str, int | None], ...] = (
    ("icp_subject.organize_info.certificate_photo", 1),
    ("icp_subject.principal_info.certificate_photo_front", 2),
    ("icp_subject.principal_info.certificate_photo_back", 2),
    ("icp_subject.principal_info.authorization_letter", None),
    ("icp_applets.principal_info.certificate_photo_front", 2),
    ("icp_applets.principal_info.certificate_photo_back", 2),
    ("icp_applets.principal_info.authorization_letter", None),
)


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path."""
    *parents, last = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[last] = value


def _lin() -> dict[str, Any]:
    return {
        "name": "林示例", "mobile": "13900000001", "email": "lin@example.com", "emergency_contact": "13900000002",
        "certificate_type": 2, "certificate_number": "330106198802140010",
        "certificate_validity_date_start": "20180510", "certificate_validity_date_end": "20380510",
        "certificate_photo_front": "MEDIA_LIN_FRONT_01", "certificate_photo_back": "MEDIA_LIN_BACK_001",
    }


def _chen() -> dict[str, Any]:
    return {
        "name": "陈样本", "mobile": "13900000011", "email": "chen@example.com", "emergency_contact": "13900000012",
        "certificate_type": 2, "certificate_number": "420103199208180033",
        "certificate_validity_date_start": "20150301", "certificate_validity_date_end": "长期",
        "certificate_photo_front": "MEDIA_CHEN_FRONT1", "certificate_photo_back": "MEDIA_CHEN_BACK01",
    }
