"""The methods of the interface: checks at call level, then the verb; each returns an Answer (V3.0, methods)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from openbeian import vault
from openbeian.authority.simulator import queries, verbs
from openbeian.authority.wire import answers, demonstration, packing
from openbeian.authority.wire.answers import Answer, FileInfo, StatusInfo
from openbeian.regime.code_tables import provinces, result_code

NUMBERS = frozenset(
    {"ispID", "hashAlgorithm", "encryptAlgorithm", "compressionFormat", "dataSequence", "queryConditionType"}
)
"""Parameters that are integers; the others are text."""

MAX_SEQUENCE = 2**31 - 1
OTHER = 999
PARAMETERS: dict[str, tuple[str, ...]] = {
    "isp_upload": (
        "beianInfo", "beianInfoHash", "dataSequence", "encryptAlgorithm", "hashAlgorithm", "compressionFormat",
    ),
    "isp_download": ("hashAlgorithm",),
    "isp_downloadack": ("hashAlgorithm", "fileName"),
    "isp_querypreviousupload": ("hashAlgorithm",),
    "isp_querybeianstatus": ("hashAlgorithm", "queryConditionType", "queryCondition"),
}
COMMON = ("ispID", "userName", "randVal", "pwdHash")


def credentials(province: str) -> dict[str, Any]:
    """The account the platform has with this province: derived from the instance's SECRET_KEY."""
    return demonstration.credentials(province, settings.SECRET_KEY)


def call(method: str, province: str, arguments: Mapping[str, Any]) -> Answer:
    """Answer one call. `arguments` holds every parameter of the method, numbers already converted."""
    if refusal := _refusal(method, province, arguments):
        return refusal
    return _METHODS[method](province, arguments)


def _refusal(method: str, province: str, arguments: Mapping[str, Any]) -> Answer | None:
    account = credentials(province)
    if arguments["ispID"] != account["isp_id"]:
        elsewhere = any(arguments["ispID"] == credentials(code)["isp_id"] for code in provinces())
        return _answer(13 if elsewhere else 12)
    if arguments["userName"] != account["user_name"]:
        return _answer(4)
    if len(arguments["randVal"]) < 20:
        return _answer(16)
    try:
        expected = packing.password_hash(account["password"], arguments["randVal"])
    except ValueError:
        return _answer(12)
    if not hmac.compare_digest(expected.encode(), arguments["pwdHash"].strip().encode()):
        return _answer(5)
    if arguments["hashAlgorithm"] != packing.HASH_MD5:
        return _answer(10)
    behaviour = verbs.current_settings()
    if behaviour.refuse_calls_with is not None and method != "isp_querybeianstatus":
        return _answer(behaviour.refuse_calls_with)
    return None


def _upload(province: str, arguments: Mapping[str, Any]) -> Answer:
    if arguments["encryptAlgorithm"] not in (packing.ENCRYPT_NONE, packing.ENCRYPT_AES):
        return _answer(9)
    if arguments["compressionFormat"] != packing.COMPRESS_ZIP:
        return _answer(11)
    if not 1 <= arguments["dataSequence"] <= MAX_SEQUENCE:
        return _answer(OTHER, "dataSequence 应为 1 至 2147483647")
    account = credentials(province)
    coding = replace(
        demonstration.packing_settings(account), encrypt=arguments["encryptAlgorithm"] == packing.ENCRYPT_AES
    )
    try:
        entry_name, xml = packing.unpack_entry(arguments["beianInfo"], arguments["beianInfoHash"], coding)
    except packing.PackingError as error:
        return _answer(error.code)
    try:
        verbs.accept_upload(
            province=province,
            sequence=arguments["dataSequence"],
            # The name goes into results and answers, which cannot carry control characters.
            entry_name="".join(sign if sign.isprintable() else "?" for sign in entry_name),
            xml=xml,
            packed={name: arguments[name] for name in ("beianInfo", "beianInfoHash", "encryptAlgorithm")},
            isp_id=account["isp_id"],
        )
    except verbs.SequenceGap as gap:
        return replace(_answer(14), missing_sequences=gap.missing)
    except verbs.SequenceReused:
        return _answer(OTHER, "该序号的文件已受理，且内容与本次不同")
    return _answer(answers.DONE)


def _download(province: str, arguments: Mapping[str, Any]) -> Answer:
    verbs.settle()
    delivery = verbs.deliver(province=province)
    if delivery is None:
        return _answer(answers.NOTHING)
    file, more = delivery
    coding = demonstration.packing_settings(credentials(province))
    xml = vault.unseal(bytes(file.sealed), purpose="simulator.outgoing")
    packed = packing.pack(xml, coding, f"{file.file_name}.xml")
    info = FileInfo(file.file_name, packed.beianInfo, packed.beianInfoHash, coding.encrypt_algorithm)
    return replace(_answer(answers.MORE if more else answers.ALL_DELIVERED), file=info)


def _acknowledge(province: str, arguments: Mapping[str, Any]) -> Answer:
    if not arguments["fileName"].strip():
        return _answer(21)
    if not verbs.acknowledge(province=province, file_name=arguments["fileName"].strip()):
        return _answer(OTHER, "没有下载过该文件")
    return _answer(answers.DONE)


def _previous_upload(province: str, arguments: Mapping[str, Any]) -> Answer:
    last = queries.last_upload(province)
    if last is None:
        return replace(_answer(answers.DONE), file=FileInfo("", "", "", packing.ENCRYPT_NONE, data_sequence=0))
    packed = vault.unseal_json(bytes(last.sealed), purpose="simulator.upload")
    info = FileInfo(
        file_name=last.entry_name,
        beian_info=packed["beianInfo"],
        beian_info_hash=packed["beianInfoHash"],
        encrypt_algorithm=packed["encryptAlgorithm"],
        data_sequence=last.sequence,
    )
    return replace(_answer(answers.DONE), file=info)


def _status(province: str, arguments: Mapping[str, Any]) -> Answer:
    verbs.settle()
    kind, condition = arguments["queryConditionType"], arguments["queryCondition"].strip()
    if not 0 <= kind <= 99 or not 4 <= len(condition) <= 255:
        return _answer(OTHER, "查询条件无效")
    number = queries.subject_number(kind, condition) if kind else None
    status = StatusInfo(condition_type=kind, condition=condition, filed=bool(number), subject_number=number)
    return replace(_answer(answers.DONE), status=status)


_METHODS = {
    "isp_upload": _upload,
    "isp_download": _download,
    "isp_downloadack": _acknowledge,
    "isp_querypreviousupload": _previous_upload,
    "isp_querybeianstatus": _status,
}


def _answer(code: int, text: str | None = None) -> Answer:
    return Answer(code, text or result_code(code).meaning_zh)
