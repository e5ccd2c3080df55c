"""Every errcode this API answers, in one table. docs/reference/wechat-errors.md is made from it.

``origin`` says where a number comes from: ``D`` the public documentation, ``S`` a published SDK, ``C`` seen in the
developer community, ``ours`` where no public number is known. Ours begin at 86371, above the range in use there.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One errcode: its text in answers, what it means here, and where its number comes from."""

    number: int
    text: str
    zh: str
    meaning: str
    origin: str


TABLE: dict[int, Code] = {}


def _code(number: int, text: str, zh: str, meaning: str, origin: str) -> int:
    assert number not in TABLE, number
    TABLE[number] = Code(number, text, zh, meaning, origin)
    return number


OK = _code(0, "ok", "成功", "The call succeeded.", "D")
BUSY = _code(
    -1, "system error", "系统繁忙，请稍后再试",
    "A fault of ours, a collision, or too many large pictures at once. Try again later.", "D")
TASK_EXPIRED = _code(1, "code expired or not exist", "任务已过期", "The face check was not finished in time.", "D")

INVALID_CREDENTIAL = _code(
    40001, "invalid credential, access_token is invalid or not latest", "凭证无效",
    "The token is unknown. Clients refresh and try again.", "D")
INVALID_GRANT_TYPE = _code(40002, "invalid grant_type", "grant_type 无效", "Only client_credential is known.", "D")
INVALID_MEDIA_TYPE = _code(40004, "invalid media type", "媒体类型无效", "type must be image or video.", "C")
INVALID_APPID = _code(40013, "invalid appid", "appid 无效", "The appid is unknown or not that of the token.", "D")
MALFORMED_TOKEN = _code(
    40014, "invalid access_token", "access_token 不合法",
    "The token holds characters that no token has: it was damaged on its way.", "D")
INVALID_URL = _code(40066, "invalid url", "接口不存在", "There is no such call.", "D")
INVALID_ARGS = _code(40097, "invalid args", "参数无效", "A parameter has a value that is not allowed.", "C")
INVALID_SECRET = _code(40125, "invalid appsecret", "AppSecret 错误", "The secret is not that of the appid.", "D")
ADDRESS_NOT_LISTED = _code(
    40164, "invalid ip, not in whitelist", "调用方 IP 不在白名单",
    "/cgi-bin/token and stable_token: the mini program's list of addresses does not hold the caller's.", "D")
MISSING_TOKEN = _code(41001, "access_token missing", "缺少 access_token", "No token in the query string.", "D")
MISSING_APPID = _code(41002, "appid missing", "缺少 appid", "The parameter appid is missing.", "D")
MISSING_SECRET = _code(41004, "appsecret missing", "缺少 secret", "The secret is missing.", "D")
MISSING_MEDIA = _code(41005, "media data missing", "缺少媒体文件", "No file part named media.", "D")
MISSING_MEDIA_ID = _code(41006, "media_id missing", "缺少 media_id", "The parameter media_id is missing.", "D")
MISSING_COMPONENT_APPID = _code(
    41018, "component_appid missing", "缺少 component_appid", "The parameter component_appid is missing.", "D")
EXPIRED_TOKEN = _code(
    42001, "access_token expired", "access_token 已过期",
    "An authorizer or component token has expired. Clients refresh and try again.", "D")
NEED_GET = _code(43001, "require GET method", "须使用 GET", "The call takes GET.", "D")
NEED_POST = _code(43002, "require POST method", "须使用 POST", "The call takes POST.", "D")
DAILY_LIMIT = _code(
    45009, "reach max api daily quota limit", "调用超过当日限额",
    "The call was made too often for this mini program today; the day ends at midnight in Beijing.", "D")
MINUTE_LIMIT = _code(
    45011, "api minute-quota reach limit, must slower, retry next minute", "调用太频繁，请下一分钟再试",
    "The platform, or the mini program, made this call too often within a minute.", "D")
DATA_FORMAT = _code(
    47001, "data format error", "数据格式错误",
    "The body is not a JSON object or form, or is broken, too large, or nested more than 50 deep; or a text holds U+0000 "
    "or half of a surrogate pair.", "C")
API_UNAUTHORIZED = _code(
    48001, "api unauthorized", "接口未授权",
    "A mini program's own token was sent to a call that only a third-party platform makes.", "D")
CLIENT_ADDRESS_NOT_LISTED = _code(
    61004, "access clientip is not registered", "调用方 IP 未登记",
    "The third-party platform's list of addresses does not hold the caller's.", "D")
MISSING_PERMISSION = _code(
    61007, "api is unauthorized to component", "未授权该接口",
    "No permission set the call belongs to was granted: 18 or 156 for filing, 18 for shelving and for certification "
    "and filing in one.", "D")
NOT_AUTHORIZED = _code(
    61003, "component is not authorized by this account", "账号未授权给该平台",
    "The mini program has not authorized this platform, or has taken it back.", "D")
TICKET_EXPIRED = _code(
    61005, "component_verify_ticket expired", "component_verify_ticket 已过期", "Tickets last twelve hours.", "D")
TICKET_INVALID = _code(
    61006, "component_verify_ticket invalid", "component_verify_ticket 无效", "The ticket is not this platform's.", "D")
AUTHORIZATION_CODE_INVALID = _code(
    61009, "authorization code invalid", "授权码无效", "The code is unknown or another platform's.", "D")
AUTHORIZATION_CODE_EXPIRED = _code(
    61010, "authorization code expired", "授权码已过期", "Authorization codes last one hour.", "D")
INVALID_COMPONENT = _code(61011, "invalid component", "第三方平台无效", "The component appid is unknown.", "D")
NEED_COMPONENT_TOKEN = _code(
    61014, "must use component token for component api", "须使用第三方平台 token",
    "An authorizer token was sent to a component call.", "D")
NEED_AUTHORIZER_TOKEN = _code(
    61015, "must use business token for business api", "须使用授权方 token",
    "A component token was sent to a filing call.", "D")
REFRESH_TOKEN_INVALID = _code(
    61023, "refresh_token is invalid", "refresh_token 无效", "The refresh token is not that of the authorization.", "D")
COMPONENT_ACCOUNT = _code(
    61024, "must use api_component_token to get token for component acct", "第三方平台须使用 api_component_token",
    "A component appid was sent to /cgi-bin/token.", "D")

UPLOAD_FAILED = _code(86201, "upload icp media fail", "素材上传失败", "The file was refused; the text says why.", "C")
APPLY_FAILED = _code(
    86202, "apply icp filing fail", "备案申请失败", "Fields need correction; every one is in hints.", "C")
MEDIA_ID_INVALID = _code(86205, "media_id is invalid", "media_id 无效", "No such file of this mini program.", "D")
IN_REVIEW = _code(86324, "already in review, do not submit again", "审核中，请勿重复提交",
                  "An order is under review or with the administration.", "D")
NOT_FOUND = _code(86328, "resource not found", "资源不存在", "No such face check; or no filing in force to show.", "D")
NOT_WITHDRAWABLE = _code(86330, "order is not in a withdrawable state", "订单状态不可撤回",
                         "The order is with the administration, or it is a cancellation: wait for its outcome.", "D")
NOT_FILED = _code(86353, "not filed, cannot deregister", "未备案，无法注销", "No number in force to cancel.", "D")
ORGANIZER_DIFFERS = _code(86355, "organizer and mini program subject differ", "主办者与小程序主体不一致",
                          "Hint: the organizer's name is not the account's.", "C")
UNFINISHED_ORDER = _code(86358, "an unfinished order exists", "存在未完成的订单",
                         "This mini program, or its organizer, has another order open.", "S")
NOTHING_TO_WITHDRAW = _code(86368, "no withdrawable order", "没有可撤回的订单", "No order is open.", "D")

FIELD_MISSING = _code(86371, "required field missing", "必填项缺失", "Hint: the field must be filled.", "ours")
FIELD_MALFORMED = _code(86372, "field malformed", "字段格式错误", "Hint: wrong type, length or characters.", "ours")
CERTIFICATE_NUMBER = _code(86373, "certificate number invalid", "证件号码有误",
                           "Hint: the number fails its check digit or form.", "ours")
CERTIFICATE_TYPE = _code(86374, "certificate type does not fit", "证件类型不符",
                         "Hint: the type is not one of the subject type's, or not the uploaded file's.", "ours")
CERTIFICATE_VALIDITY = _code(86375, "certificate validity invalid", "证件有效期有误",
                             "Hint: dates in the wrong form or order, or expired.", "ours")
CONTACT = _code(86376, "contact invalid", "联系方式有误", "Hint: mobile, e-mail or emergency number.", "ours")
ADDRESS = _code(86377, "address or region invalid", "地址或区划有误",
                "Hint: region codes not nested, or address with its region written out.", "ours")
SERVICE_CONTENTS = _code(86378, "service contents invalid", "服务内容有误",
                         "Hint: not one to five second-level codes.", "ours")
PRIOR_APPROVAL = _code(86379, "prior approval incomplete", "前置审批有误",
                       "Hint: duplicate, or without number or picture.", "ours")
DESCRIPTION = _code(86380, "description invalid", "服务描述有误", "Hint: not 20 to 200 characters.", "ours")
PERSON_DIFFERS = _code(86381, "principal does not match the organizer", "负责人与主办者不一致",
                       "Hint: an individual files with the own certificate.", "ours")
AUTHORIZATION_LETTER = _code(86382, "authorization letter or legal representative missing", "授权书或法定代表人缺失",
                             "Hint: the principal is not the legal representative.", "ours")
FACE_CHECK = _code(86383, "face check missing or outdated", "人脸核身未通过或已过期",
                   "Hint: verify_task_id must be of a check passed within 72 hours.", "ours")
MATERIAL = _code(86384, "material unknown or unfit", "素材不存在或不符",
                 "Hint: media_id unknown, of the wrong kind, or too many.", "ours")
KIND_NOT_ALLOWED = _code(86385, "the register does not allow this order", "当前备案状态不允许此操作",
                         "The mini program is filed already, or its organizer is and a new service is needed.", "ours")
QUOTA_REACHED = _code(86386, "the organizer's filing quota is reached", "主体备案数量已达上限",
                      "In force and asked for, the organizer has as many filings as it may have here.", "ours")
OTHER_RULE = _code(86387, "field breaks a rule", "字段不符合规则", "Hint: the text names the reason.", "ours")
UNKNOWN_APP = _code(86388, "mini program is not in the catalogue", "小程序不在平台目录中",
                    "Import it with openbeian shelf import first.", "ours")

EMPTY_BODY = _code(44002, "empty post data", "POST 的数据包为空", "The shelving calls want at least {} when posted.", "D")
AUDIT_RUNNING = _code(85009, "already submit a version under auditing", "已经有正在审核的版本",
                      "One audit at a time; wait for it or take it back.", "D")
AUDIT_ITEM_EMPTY = _code(85010, "item_list has empty item", "item_list 有项目为空",
                         "An entry of item_list is no object, or an empty one.", "D")
AUDIT_UNKNOWN = _code(85012, "invalid audit id", "无效的审核 id", "No such audit of this mini program.", "D")
EXT_JSON_INVALID = _code(85013, "invalid ext_json", "无效的自定义配置",
                         "ext_json is missing, no text, or longer than 256 thousand characters.", "D")
TEMPLATE_UNKNOWN = _code(85014, "template not exist", "无效的模板编号", "template_id is no whole number from 0 on.", "D")
VERSION_INVALID = _code(85015, "invalid version", "版本输入错误", "user_version is missing or longer than 64.", "S")
NO_AUDITED_VERSION = _code(85019, "no version is under auditing", "没有审核版本",
                           "release: no version was ever submitted for audit.", "D")
STATUS_NOT_ALLOWED = _code(
    85020, "status not allowed", "审核状态未满足发布",
    "release: the version submitted last has not passed; or the gate refuses, and then hints holds 86392.", "D")
VISIT_STATUS_FIXED = _code(
    85021, "visit status can not be changed", "状态不可变",
    "change_visitstatus: never listed; or to be opened while the gate refuses, and then hints holds 86392.", "D")
VISIT_ACTION_INVALID = _code(85022, "invalid action", "action 非法", "action must be open or close.", "D")
AUDIT_ITEMS_COUNT = _code(85023, "item_list must have 1 to 5 items", "审核列表填写的项目数不在 1-5 以内",
                          "item_list is no list, or has more than five entries.", "D")
EXT_JSON_BROKEN = _code(85048, "parse ext.json failed", "ext_json 解析失败", "ext_json is not the text of an object.", "C")
ALREADY_RELEASED = _code(85052, "app is already released", "已经发布成功",
                         "release: the version submitted last is live already.", "C")
NEVER_AUDITED = _code(85058, "no valid audit_id exist", "没有有效的审核单", "No version was ever submitted for audit.", "C")
NOTHING_COMMITTED = _code(85086, "must commit before submit audit", "提交代码审核之前需提前上传代码",
                          "Nothing was committed since the last audit, and that was neither withdrawn nor rejected.", "D")
NO_AUDIT_TO_WITHDRAW = _code(87012, "forbid revert this version release", "该版本不能撤回", "No version is under audit.", "C")
WITHDRAWALS_USED_UP = _code(87013, "no quota to undo code", "撤回次数达到上限", "Five a day, ten a month.", "D")
GATE_REFUSES = _code(86392, "the gate refuses", "未满足备案要求，不得上架",
                     "Hint of 85020 and 85021: the gate's code, the reason, the clause, and since when.", "ours")

CERTIFICATION_DATA = _code(
    86400, "certification data invalid", "认证资料有误",
    "submit_auth_and_icp: auth_data needs correction; hints name everything in it and in the filing.", "ours")
ALREADY_CERTIFIED = _code(86401, "already certified", "小程序已认证",
                          "submit_auth_and_icp: use apply_icp_filing, the certification stands.", "ours")
PROCEDURE_RUNNING = _code(86402, "certification in progress", "认证进行中，请勿重复提交",
                          "submit_auth_and_icp: paid or under certification review.", "ours")
SUBJECT_NOT_CERTIFIABLE = _code(86403, "customer type does not fit", "认证主体类型不符",
                                "Hint: customer_type and the filing's subject type differ.", "ours")
ORDER_TAKEN_BACK = _code(86404, "filing order withdrawn or expired", "备案订单已撤回或过期",
                         "Hint of a procedure in status 21: submit again, the certification stands.", "ours")
TASK_UNKNOWN = _code(86405, "taskid unknown", "任务不存在",
                     "Hint: taskid is neither a procedure_id nor a face check of this mini program.", "ours")
NOT_CERTIFIED = _code(86406, "mini program is not certified", "小程序未认证",
                      "apply_icp_filing: this platform wants it certified first; status is 1028 then.", "ours")

CHANGE = _code(86411, "change not possible", "变更不符合规定",
               "Hint: a change keeps the organizer's nature, province and certificate, and changes something.", "ours")
EXISTING_NUMBER = _code(86412, "existing filing number invalid", "已有备案号有误",
                        "Hint: record_number of what is filed through another provider is missing or malformed.", "ours")
NOT_AS_FILED = _code(86413, "organizer not as filed", "主办者与备案信息不一致",
                     "Hint: a further mini program is filed with the organizer's data as on file; change them first.", "ours")
BLACKLISTED = _code(86414, "on the administration's blacklist", "已被管局列入黑名单",
                    "Hint: the administration has put the organizer or the service on its blacklist.", "ours")


_HEAD = """# Error codes of the WeChat-compatible API

Every answer has HTTP status 200; `errcode` tells the outcome, and the text of every error ends in a `rid` that is
also in the log: of a fault always, of a refusal at level INFO. Origin: D documented by WeChat, S named in a published
SDK, C seen in the developer community, ours where no public number is known. This page is made from `wechat/codes.py`.

| errcode | text | 中文 | meaning here | origin |
| ---: | --- | --- | --- | --- |
"""


def reference_page() -> str:
    """The table as a page of the documentation."""
    rows = (TABLE[number] for number in sorted(TABLE, key=lambda number: (abs(number), number)))
    return _HEAD + "".join(f"| {c.number} | {c.text} | {c.zh} | {c.meaning} | {c.origin} |\n" for c in rows)
