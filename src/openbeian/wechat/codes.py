"""The errcodes that calls answer by themselves; ``codes.csv`` has these and those of findings, and what each means.

docs/reference/wechat-errors.md is made from the table. ``origin`` says where a number comes from: ``D`` the public
documentation, ``S`` a published SDK, ``C`` seen in the developer community, ``ours`` where no public number is known.
Ours begin at 86371, above the range in use there.
"""

from dataclasses import dataclass

from openbeian.regime.csv_files import csv_rows


@dataclass(frozen=True)
class Code:
    """One errcode: its text in answers, what it means here, and where its number comes from.

    ``rules`` are the rules whose findings get this code, by id or by the group in it (``OB-CON-001`` → ``CON``), and the
    refusals of other rooms by their ``code``.
    """

    number: int
    text: str
    zh: str
    meaning: str
    origin: str
    rules: tuple[str, ...]


OK = 0
BUSY = -1
TASK_EXPIRED = 1
INVALID_CREDENTIAL = 40001
INVALID_GRANT_TYPE = 40002
INVALID_MEDIA_TYPE = 40004
INVALID_APPID = 40013
MALFORMED_TOKEN = 40014
INVALID_URL = 40066
INVALID_ARGS = 40097
INVALID_SECRET = 40125
ADDRESS_NOT_LISTED = 40164
MISSING_TOKEN = 41001
MISSING_APPID = 41002
MISSING_SECRET = 41004
MISSING_MEDIA = 41005
MISSING_MEDIA_ID = 41006
MISSING_COMPONENT_APPID = 41018
EXPIRED_TOKEN = 42001
NEED_GET = 43001
NEED_POST = 43002
DAILY_LIMIT = 45009
MINUTE_LIMIT = 45011
DATA_FORMAT = 47001
API_UNAUTHORIZED = 48001
CLIENT_ADDRESS_NOT_LISTED = 61004
MISSING_PERMISSION = 61007
NOT_AUTHORIZED = 61003
TICKET_EXPIRED = 61005
TICKET_INVALID = 61006
AUTHORIZATION_CODE_INVALID = 61009
AUTHORIZATION_CODE_EXPIRED = 61010
INVALID_COMPONENT = 61011
NEED_COMPONENT_TOKEN = 61014
NEED_AUTHORIZER_TOKEN = 61015
REFRESH_TOKEN_INVALID = 61023
COMPONENT_ACCOUNT = 61024
UPLOAD_FAILED = 86201
APPLY_FAILED = 86202
MEDIA_ID_INVALID = 86205
IN_REVIEW = 86324
NOT_FOUND = 86328
NOT_WITHDRAWABLE = 86330
NOT_FILED = 86353
UNFINISHED_ORDER = 86358
NOTHING_TO_WITHDRAW = 86368
FIELD_MALFORMED = 86372
KIND_NOT_ALLOWED = 86385
QUOTA_REACHED = 86386
OTHER_RULE = 86387
UNKNOWN_APP = 86388
EMPTY_BODY = 44002
AUDIT_ITEM_EMPTY = 85010
AUDIT_UNKNOWN = 85012
EXT_JSON_INVALID = 85013
TEMPLATE_UNKNOWN = 85014
VERSION_INVALID = 85015
NO_AUDITED_VERSION = 85019
STATUS_NOT_ALLOWED = 85020
VISIT_STATUS_FIXED = 85021
VISIT_ACTION_INVALID = 85022
AUDIT_ITEMS_COUNT = 85023
EXT_JSON_BROKEN = 85048
GATE_REFUSES = 86392
CERTIFICATION_DATA = 86400
ALREADY_CERTIFIED = 86401
PROCEDURE_RUNNING = 86402
NOT_CERTIFIED = 86406

TABLE = {
    int(row["number"]): Code(**{**row, "number": int(row["number"]), "rules": tuple(row["rules"].split())})  # type: ignore[arg-type]
    for row in csv_rows(__file__, "codes.csv")
}
_CODE_OF_RULE = {rule: code.number for code in TABLE.values() for rule in code.rules}


def code_of(rule: str, otherwise: int = OTHER_RULE) -> int:
    """The errcode of a rule or of a refusal by its code; ``otherwise`` for one that the table does not know."""
    group = rule.split("-")[1] if rule.count("-") == 2 else ""
    return _CODE_OF_RULE.get(rule) or _CODE_OF_RULE.get(group, otherwise)
