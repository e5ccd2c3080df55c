"""Valid dossiers of invented people and units, and pictures of nothing. Every number passes its own check digit.

A test that wants something wrong changes a sample: ``spoil(enterprise_dossier(), {"organizer.name": None})``.
"""

import copy
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from PIL import Image

from openbeian.regime.dossier import parse
from openbeian.regime.facts import Account, FaceCheckFacts, MaterialFacts
from openbeian.regime.lifecycle import OrderKind
from openbeian.regime.rules import Case, Example

APPID, INDIVIDUAL_APPID = "wx1111111111111111", "wx2222222222222222"
NOW = datetime.fromisoformat("2023-09-05T10:00:00+08:00")
FACE_CHECK_AT = datetime.fromisoformat("2023-09-04T15:00:00+08:00")

_PRINCIPALS_LETTERS = {"organizer": "MEDIA_LETTER_SUBJ1", "service": "MEDIA_LETTER_APP01"}


def enterprise_dossier() -> dict[str, Any]:
    """An enterprise in Hangzhou; an employee, authorized in writing, answers for subject and mini program."""
    return {
        "organizer": {
            "type": 4,
            "name": "杭州青禾示例科技有限公司",
            "province": "330000", "city": "330100", "district": "330106",
            "address": "示例路88号青禾大厦3幢1201室",
            "remark": "首次办理备案",
            "certificate": {
                "type": 1, "number": "91330106MA0000015K",
                "address": "浙江省杭州市西湖区示例路88号青禾大厦3幢1201室", "photo": "MEDIA_LICENSE_0001",
            },
            "legal_representative": {"name": "周示范", "certificate_number": "330106197906300029"},
            "principal": _lin("organizer"),
        },
        "service": {
            "contents": [163, 164],
            "prior_approvals": [{"type": 24}],
            "description": "本小程序用于展示和销售本公司自产的文具与办公用品，"
                           "提供商品浏览、下单、订单查询和售后咨询服务。",
            "principal": {**_lin("service"), "face_check": "Qm9vdGhUYXNrMDAwMDAx"},
        },
        "materials": {
            "commitment_letter": ["MEDIA_COMMIT_0001"],
            "applets_other_materials": ["MEDIA_OTHER_00001", "MEDIA_OTHER_00002"],
        },
    }


def individual_dossier() -> dict[str, Any]:
    """A person from Hubei who files in Beijing, with proof of residence."""
    return {
        "organizer": {
            "type": 5,
            "name": "陈样本",
            "province": "110000", "city": "110100", "district": "110105",
            "address": "示例街道12号院4号楼502室",
            "certificate": {"type": 2, "number": "420103199208180033", "address": "湖北省武汉市江汉区样本路6号"},
            "residence_permit": "MEDIA_PERMIT_0001",
            "principal": _chen(),
        },
        "service": {
            "contents": [3],
            "prior_approvals": [{"type": 24}],
            "description": "个人使用的日历与记账小工具，帮助记录每日开支和待办事项，不涉及经营活动和用户发布内容。",
            "principal": {**_chen(), "face_check": "Qm9vdGhUYXNrMDAwMDAy"},
        },
        "materials": {"commitment_letter": ["MEDIA_COMMIT_0002"]},
    }


def cancellation_dossier() -> dict[str, Any]:
    """The mini program is no longer operated."""
    return {"cancellation": {"reason": 1, "remark": "业务调整"}}


def _lin(side: str) -> dict[str, Any]:
    return {
        "name": "林示例", "mobile": "13900000001", "email": "lin@example.com", "emergency_number": "13900000002",
        "certificate": {
            "type": 2, "number": "330106198802140010", "valid_from": "20180510", "valid_until": "20380510",
            "photo_front": "MEDIA_LIN_FRONT_01", "photo_back": "MEDIA_LIN_BACK_001",
        },
        "authorization_letter": _PRINCIPALS_LETTERS[side],
    }


def _chen() -> dict[str, Any]:
    return {
        "name": "陈样本", "mobile": "13900000011", "email": "chen@example.com", "emergency_number": "13900000012",
        "certificate": {
            "type": 2, "number": "420103199208180033", "valid_from": "20150301", "valid_until": "长期",
            "photo_front": "MEDIA_CHEN_FRONT1", "photo_back": "MEDIA_CHEN_BACK01",
        },
    }


def account() -> Account:
    """The account of the enterprise's mini program."""
    return Account(APPID, "青禾文具", "杭州青禾示例科技有限公司")


def individual_account() -> Account:
    """The account of the individual's mini program."""
    return Account(INDIVIDUAL_APPID, "每日记账本", "陈样本")


def materials() -> dict[str, MaterialFacts]:
    """Every material the samples and the rules' examples refer to; their handles serve as digests."""
    certificates = {
        "MEDIA_LICENSE_0001": 1, "MEDIA_LIN_FRONT_01": 2, "MEDIA_LIN_BACK_001": 2,
        "MEDIA_CHEN_FRONT1": 2, "MEDIA_CHEN_BACK01": 2,
    }
    others = (
        "MEDIA_LETTER_SUBJ1", "MEDIA_LETTER_APP01", "MEDIA_COMMIT_0001", "MEDIA_COMMIT_0002", "MEDIA_OTHER_00001",
        "MEDIA_OTHER_00002", "MEDIA_PERMIT_0001", "MEDIA_NRLX_000001",
    )
    facts = {digest: MaterialFacts(digest, "image", frozenset({kind}), 180_000) for digest, kind in certificates.items()}
    facts |= {digest: MaterialFacts(digest, "image", frozenset(), 180_000) for digest in others}
    facts["MEDIA_VIDEO_0001"] = MaterialFacts("MEDIA_VIDEO_0001", "video", frozenset(), 3_000_000)
    return facts


def case(dossier: Mapping[str, Any], account: Account, *, now: datetime = NOW, kind: OrderKind | None = None) -> Case:
    """``dossier`` as a rule sees it, all materials uploaded, the face check it names passed the day before."""
    content, findings = parse(dossier, account=account)
    assert findings == ()
    task_id = content.service.principal.face_check
    face_check = FaceCheckFacts(task_id, account.appid, True, FACE_CHECK_AT) if task_id else None
    return Case(content, account, materials(), face_check, now, kind)


def enterprise_case() -> Case:
    return case(enterprise_dossier(), account())


def individual_case() -> Case:
    return case(individual_dossier(), individual_account())


def cancellation_case() -> Case:
    return case(cancellation_dossier(), account(), kind=OrderKind.CANCEL_SERVICE)


def spoil(dossier: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of ``dossier`` with values replaced by dotted path; None removes the value."""
    document = copy.deepcopy(dict(dossier))
    for path, value in change.items():
        *parents, name = path.split(".")
        owner: Any = document
        for parent in parents:
            owner = owner[int(parent)] if isinstance(owner, list) else owner.setdefault(parent, {})
        if value is None:
            owner.pop(name, None)
        else:
            owner[name] = copy.deepcopy(value)
    return document


def example_case(example: Example) -> Case:
    """The case that a rule's example describes."""
    dossier, owner, kind = {
        "enterprise": (enterprise_dossier(), account(), None),
        "individual": (individual_dossier(), individual_account(), None),
        "cancellation": (cancellation_dossier(), account(), OrderKind.CANCEL_SERVICE),
    }[example.sample]
    found = case(dossier, owner, kind=kind)
    for path, value in example.facts.items():
        if path != "filed":
            found = _with_fact(found, path, value)
    content, findings = parse(spoil(dossier, example.change), account=found.account)
    assert findings == (), "an example must be readable"
    found = replace(found, dossier=content)
    if "filed" in example.facts:  # as the sample, with a few values changed
        filed = spoil(dossier, {"service.name": found.account.name, **example.facts["filed"]})
        found = replace(found, filed=parse(filed)[0])
    return found


def _with_fact(found: Case, path: str, value: Any) -> Case:
    whole, _, name = path.partition(".")
    if path == "now" or (name in ("finished_at", "usable_until") and value):
        value = datetime.fromisoformat(value)
    if whole == "materials":
        digest, _, name = name.partition(".")
        changed = {**found.materials, digest: replace(found.materials[digest], **{name: value})}
        return replace(found, materials=changed)
    if not name:
        return replace(found, **{whole: OrderKind(value) if whole == "kind" else value})
    return replace(found, **{whole: replace(getattr(found, whole), **{name: value})})


@cache
def png(width: int = 72, height: int = 128) -> bytes:
    """A plain picture in PNG, small because very many are uploaded."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (236, 240, 243)).save(out, "PNG")
    return out.getvalue()
