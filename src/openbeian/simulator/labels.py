"""What elements and settings are called on the clerk's pages (V3.0, element tables; both languages for settings)."""

from __future__ import annotations

ELEMENTS = {
    "IspZtid": "企业主体标识", "Ztid": "主体标识", "Dwmc": "单位名称", "Dwxz": "单位性质", "Tzr": "投资者或上级单位",
    "Shengid": "省", "Shiid": "市", "Xianid": "县", "Xxdz": "详细地址", "Zjlx": "证件类型", "Zjhm": "证件号码",
    "Zjzs": "证件住所", "Fzr_xm": "负责人姓名", "Fzr_dhhm": "办公电话", "Fzr_sjhm": "手机号码", "Fzr_dzyj": "电子邮件",
    "Fzr_zjlx": "负责人证件类型", "Fzr_zjhm": "负责人证件号码", "Bbfs": "报备方式", "Bz": "备注", "IspWzid": "企业服务标识",
    "Wzid": "服务标识", "Wzmc": "服务名称", "Nrlx_id": "前置审批", "Qzsph": "审批号", "Fwnr_id": "服务内容", "Yylb_id": "语言",
    "Syurl": "首页", "Wz_Bz": "服务备注", "Baxh": "备案号", "Ztbah": "主体备案号", "Wzbah": "服务备案号", "Jrid": "接入标识",
    "mp:AppId": "AppID", "mp:ServiceType": "服务类型", "mp:FaceCheck": "人脸核身", "mp:PrincipalValidFrom": "证件起始日",
    "mp:PrincipalValidUntil": "证件截止日", "mp:PrincipalEmergencyNumber": "应急电话", "mp:EnterpriseAccessId": "企业接入标识",
    "mp:ProvinceAccessId": "接入标识", "mp:LegalRepresentativeName": "法定代表人", "reason": "注销原因", "remark": "注销说明",
    "mp:LegalRepresentativeNumber": "法定代表人证件号码",
}  # fmt: skip

SETTINGS = {
    "individuals": ("个人备案", "Individuals"),
    "authorization": ("授权办理", "Authorized principal"),
    "same_city": ("地址须同城", "Addresses in one city"),
    "minimum_age": ("个人最低年龄", "Minimum age"),
    "change_of_subject": ("受理主体变更", "Subject may change"),
    "change_of_principal": ("变更主体负责人", "Change of principal"),
    "shell_takes_new_service": ("空壳可新增服务", "Shell takes a service"),
    "proposal_from": ("几个服务起须建设方案书", "Proposal from services"),
    "open_orders": ("同时在办上限", "Open requests at most"),
    "hours": ("开放时段", "Hours"),
    "processing_seconds": ("处理用时（秒）", "Processing, seconds"),
    "queue_length": ("待处理上限", "Queue length"),
    "call_seconds": ("每次调用延迟（秒）", "Slow by, seconds"),
    "decision_seconds": ("自动决定（秒）", "Automatic decision, seconds"),
    "maintenance_upload": ("上报维护 901", "Upload maintenance"),
    "maintenance_download": ("下载维护 902", "Download maintenance"),
    "may_report": ("已开通上报", "May report (else 19)"),
    "refuse_calls_with": ("一律返回代码", "Every call refused with"),
    "addresses": ("已登记地址", "Registered addresses"),
    "provider_parameter": ("企业标识参数名", "Provider parameter"),
    "hash_encoding": ("哈希编码", "Hash encoding"),
    "encrypt": ("加密下发", "Downloads encrypted"),
    "extension": ("返回扩展项", "Extension is told"),
}


def element(path: str) -> str:
    """The label of the last element of a path, "" if it has none."""
    return ELEMENTS.get(path.rsplit("/", 1)[-1], "")
