"""The methods of the interface: checks at call level, then the verb; each returns an Answer (V3.0, methods)."""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from openbeian import vault
from openbeian.ledger import clock
from openbeian.regime.code_tables import provinces, result_code
from openbeian.simulator import damage, verbs
from openbeian.simulator.faults import Fault
from openbeian.simulator.models import Subject, Upload
from openbeian.simulator.provinces import Behaviour
from openbeian.simulator.verbs.exchange import OTHER
from openbeian.simulator.verbs.office import account, behaviour, coding
from openbeian.v3.wire import answers, demonstration, packing
from openbeian.v3.wire.answers import Answer, FileInfo, StatusInfo

NUMBERS = frozenset(
    {"ispID", "hashAlgorithm", "encryptAlgorithm", "compressionFormat", "dataSequence", "queryConditionType"}
)
"""Parameters that are integers; the others are text."""

MAX_SEQUENCE = 2**31 - 1
RANDOM_LENGTH = 20
COMMON = ("ispID", "userName", "randVal", "pwdHash")
_QUERIES = ("isp_querybeianstatus", "isp_verifybamm")
_RANDOM = re.compile(r"[0-9A-Za-z]+")


def call(method: str, province: str, arguments: Mapping[str, Any], *, address: str = "127.0.0.1") -> Answer:
    """Answer one call. `arguments` holds every parameter of the method, numbers already converted; `address` is the
    caller's.
    """
    system = behaviour(province)
    if not system.admits(address):
        return _answer(12, "该地址未登记")
    if refusal := _stranger(province, arguments) or _closed(method, system):
        return refusal
    answer, _ = METHODS[method]
    try:
        return answer(province, arguments)
    except packing.PackingError as error:
        return _answer(error.code)
    except verbs.CallRefused as refused:
        return replace(_answer(refused.code, refused.text), missing_sequences=refused.missing)


def _stranger(province: str, arguments: Mapping[str, Any]) -> Answer | None:
    """The refusal of a caller who is not who he says."""
    own = account(province)
    if arguments["ispID"] != own["isp_id"]:
        elsewhere = any(
            arguments["ispID"] == demonstration.credentials(code, settings.SECRET_KEY)["isp_id"] for code in provinces()
        )
        return _answer(13 if elsewhere else 12)
    if arguments["userName"] != own["user_name"]:
        return _answer(4)
    random = arguments["randVal"]
    if len(random) < RANDOM_LENGTH:
        return _answer(16)
    if len(random) > RANDOM_LENGTH or not _RANDOM.fullmatch(random):
        return _answer(12, "randVal 应为 20 位数字和字母")
    expected = packing.password_hash(own["password"], random)
    if not hmac.compare_digest(expected.encode(), arguments["pwdHash"].strip().encode()):
        return _answer(5)
    if arguments["hashAlgorithm"] != packing.HASH_MD5:
        return _answer(10)
    return None


def _closed(method: str, system: Behaviour) -> Answer | None:
    """The refusal of a call that is not served at present."""
    if method in _QUERIES:
        return None
    code = system.refuse_calls_with
    if code is None:
        code = verbs.current_settings().refuse_calls_with
    if code is not None:
        return _answer(code)
    if method == "isp_upload" and system.maintenance_upload:
        return _answer(901)
    if method in ("isp_download", "isp_downloadack") and system.maintenance_download:
        return _answer(902)
    if not system.is_open(clock.now()):
        return _answer(20, f"请在允许的时间内调用：{system.hours}")
    if method == "isp_upload" and not system.may_report:
        return _answer(19)
    return None


def _upload(province: str, arguments: Mapping[str, Any]) -> Answer:
    if arguments["encryptAlgorithm"] not in (packing.ENCRYPT_NONE, packing.ENCRYPT_AES):
        return _answer(9)
    if arguments["compressionFormat"] != packing.COMPRESS_ZIP:
        return _answer(11)
    if not 1 <= arguments["dataSequence"] <= MAX_SEQUENCE:
        return _answer(OTHER, "dataSequence 应为 1 至 2147483647")
    encrypted = arguments["encryptAlgorithm"] == packing.ENCRYPT_AES
    entry_name, xml = packing.unpack_entry(
        arguments["beianInfo"], arguments["beianInfoHash"], coding(province, encrypt=encrypted)
    )
    verbs.accept_upload(
        province=province,
        sequence=arguments["dataSequence"],
        # The name goes into results and answers, which cannot carry control characters.
        entry_name="".join(character if character.isprintable() else "?" for character in entry_name),
        xml=xml,
        packed={name: arguments[name] for name in ("beianInfo", "beianInfoHash", "encryptAlgorithm")},
    )
    return _answer(answers.DONE)


def _download(province: str, arguments: Mapping[str, Any]) -> Answer:
    verbs.settle()
    delivery = verbs.deliver(province=province)
    if delivery is None:
        return _answer(answers.NOTHING)
    file, more = delivery
    own = coding(province)
    xml = vault.unseal(file.sealed, purpose="simulator.outgoing")
    entry, encryption = f"{file.file_name}.xml", own.encrypt_algorithm
    packed = packing.pack(xml, own, entry)
    faults = verbs.current_faults()
    key = (province, file.number, file.deliveries)
    if faults.strikes(Fault.TRUNCATED, *key):
        packed, encryption = damage.truncated(xml, own, entry), packing.ENCRYPT_NONE
    if faults.strikes(Fault.WRONG_HASH, *key):
        packed = damage.wrong_hash(packed)
    info = FileInfo(file.file_name, packed.beianInfo, packed.beianInfoHash, encryption)
    return replace(_answer(answers.MORE if more else answers.ALL_DELIVERED), file=info)


def _acknowledge(province: str, arguments: Mapping[str, Any]) -> Answer:
    if not arguments["fileName"].strip():
        return _answer(21)
    if not verbs.acknowledge(province=province, file_name=arguments["fileName"].strip()):
        return _answer(OTHER, "没有下载过该文件")
    return _answer(answers.DONE)


def _previous_upload(province: str, arguments: Mapping[str, Any]) -> Answer:
    last = Upload.objects.filter(province=province).order_by("-sequence").first()
    if last is None:
        return replace(_answer(answers.DONE), file=FileInfo("", "", "", packing.ENCRYPT_NONE, data_sequence=0))
    packed = vault.unseal_json(last.sealed, purpose="simulator.upload")
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
    certificate = verbs.certificate_digest(str(kind), condition)
    filed = Subject.objects.filter(certificate_digest=certificate, cancelled_at=None)
    number = filed.values_list("number", flat=True).first() if kind else None
    status = StatusInfo(condition_type=kind, condition=condition, filed=bool(number), subject_number=number)
    return replace(_answer(answers.DONE), status=status)


def _verify_password(province: str, arguments: Mapping[str, Any]) -> Answer:
    verbs.settle()
    right = verbs.check_password(province=province, number=arguments["baxh"], password=arguments["bamm"])
    return replace(_answer(answers.DONE), password_right=right)


METHODS: dict[str, tuple[Callable[[str, Mapping[str, Any]], Answer], tuple[str, ...]]] = {
    "isp_upload": (_upload, (
        "beianInfo", "beianInfoHash", "dataSequence", "encryptAlgorithm", "hashAlgorithm",
        "compressionFormat",
    )),
    "isp_download": (_download, ("hashAlgorithm",)),
    "isp_downloadack": (_acknowledge, ("hashAlgorithm", "fileName")),
    "isp_querypreviousupload": (_previous_upload, ("hashAlgorithm",)),
    "isp_querybeianstatus": (_status, ("hashAlgorithm", "queryConditionType", "queryCondition")),
    "isp_verifybamm": (_verify_password, ("hashAlgorithm", "baxh", "bamm")),
}  # fmt: skip
"""What answers each method, and its parameters beside COMMON."""


def _answer(code: int, text: str | None = None) -> Answer:
    return Answer(code, text or result_code(code).meaning_zh)
