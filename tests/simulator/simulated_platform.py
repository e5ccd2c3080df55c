"""A platform as someone else would write it: zeep reads the WSDL, files are packed by hand from the specification.

It shares no code with OpenBeian's own client or packing.
"""

import base64
import hashlib
import io
import zipfile

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree
from zeep import Client

NAMESPACE = "urn:openbeian:v3-mini-program:1"
MP = f"{{{NAMESPACE}}}"


def resident_id(first17: str) -> str:
    """An invented resident ID with its check digit (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first17 + "10X98765432"[sum(w * int(d) for w, d in zip(weights, first17, strict=True)) % 11]


def credit_code(first17: str) -> str:
    """An invented unified social credit code with its check sign (GB 32100)."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return first17 + signs[-sum(signs.index(c) * pow(3, i, 31) for i, c in enumerate(first17)) % 31]


COMPANY = credit_code("91110105MA0000001")
SUBJECT_PRINCIPAL = resident_id("11010519900101001")
SERVICE_PRINCIPAL = resident_id("11010519920202002")


def new_filing(
    key=12,
    *,
    isp=110000105,
    province="110000",
    appid="wx0000000000000001",
    certificate=COMPANY,
    mobiles=("13900000001", "13900000002"),
    numbers=(SUBJECT_PRINCIPAL, SERVICE_PRINCIPAL),
    picture=b"\xff\xd8 picture",
    name="北京示例科技有限公司",
) -> str:
    """An XZBA file: one organizer, one mini program."""
    subject = zt_xx(
        f"<IspZtid>{key}</IspZtid>", province=province, certificate=certificate, mobile=mobiles[0], number=numbers[0],
        name=name,
    )  # fmt: skip
    service = wz_xx(f"<IspWzid>{key}</IspWzid>", appid=appid, mobile=mobiles[1], number=numbers[1])
    return _file("XZBA", f"<Baxx>{subject}{service}{attachment(key, picture)}</Baxx>", isp)


def new_service(
    key=20, *, subject_id="", subject_number="", isp=110000105, appid="wx0000000000000002", mobile="13900000002",
    number=SERVICE_PRINCIPAL, access=True, remark="", contents=163,
) -> str:  # fmt: skip
    """An XZWZ file: one more mini program for a subject on file, named by province id, number or both."""
    named = (f"<Ztid>{subject_id}</Ztid>" if subject_id else "") + (
        f"<Ztbah>{subject_number}</Ztbah>" if subject_number else ""
    )
    service = wz_xx(
        f"<IspWzid>{key}</IspWzid>", appid=appid, mobile=mobile, number=number, access=key if access else None,
        contents=contents, name="示例商城",
    )  # fmt: skip
    attached = attachment(key, b"\xff\xd8 picture", purpose=1, remark=remark) if remark else ""
    return _file("XZWZ", f"<Xzxx><Zt_xx>{named}</Zt_xx>{service}{attached}</Xzxx>", isp)


def new_access(key=30, *, service_id="", service_number="", isp=110000105, appid="wx0000000000000001") -> str:
    """An XZJR file: this provider becomes one more through which a service on file is accessed."""
    named = (f"<Wzid>{service_id}</Wzid>" if service_id else "") + (
        f"<Wzbah>{service_number}</Wzbah>" if service_number else ""
    )
    program = mini_program(appid=appid, access=key)
    return _file("XZJR", f"<Xzxx><Wz_xx>{named}{program}</Wz_xx><IspJrid>{key}</IspJrid><ICPmm/></Xzxx>", isp)


def change(
    subject_id, subject_number, service_id="", access_id="", service_number="", *, scope="subject", isp=110000105,
    **data,
) -> str:  # fmt: skip
    """A BGBA file: the subject in full, and the service in full when one is named. `data`: as for zt_xx and wz_xx,
    those of the service with the prefix service_.
    """
    own = {k: v for k, v in data.items() if not k.startswith("service_")}
    subject = zt_xx(f"<Ztid>{subject_id}</Ztid><Baxh>{subject_number}</Baxh>", filed=True, **own)
    service = ""
    if service_id:
        theirs = {k.removeprefix("service_"): v for k, v in data.items() if k.startswith("service_")}
        ids = f"<Wzid>{service_id}</Wzid><Jrid>{access_id}</Jrid><Baxh>{service_number}</Baxh>"
        service = wz_xx(ids, **theirs)
    extension = f'<mp:Change xmlns:mp="{NAMESPACE}" version="1"><mp:Scope>{scope}</mp:Scope></mp:Change>' if scope else ""
    return _file("BGBA", f"<Bgxx>{subject}{service}{extension}</Bgxx>", isp)


def zt_xx(
    ids, *, province="110000", certificate=COMPANY, mobile="13900000001", number=SUBJECT_PRINCIPAL,
    name="北京示例科技有限公司", filed=False, street="示例路1号",
) -> str:  # fmt: skip
    """An organizer."""
    return f"""<Zt_xx>{ids}<Dwmc>{name}</Dwmc><Dwxz>4</Dwxz>
<Txdz><Shengid>{province}</Shengid><Shiid>110100</Shiid><Xianid>110105</Xianid><Xxdz>{street}</Xxdz></Txdz>
<Zj><Zjlx>1</Zjlx><Zjhm>{certificate}</Zjhm><Zjzs>北京市朝阳区示例路1号</Zjzs></Zj>
<Fzr><Fzr_xm>示例甲</Fzr_xm><Fzr_sjhm>{mobile}</Fzr_sjhm><Fzr_dzyj>a@example.com</Fzr_dzyj>
<Fzr_zjlx>2</Fzr_zjlx><Fzr_zjhm>{number}</Fzr_zjhm></Fzr>{"" if filed else "<Bbfs>1</Bbfs>"}
<mp:Subject xmlns:mp="{NAMESPACE}" version="1">
<mp:PrincipalValidFrom>20200101</mp:PrincipalValidFrom><mp:PrincipalValidUntil>20400101</mp:PrincipalValidUntil>
<mp:PrincipalEmergencyNumber>13900000003</mp:PrincipalEmergencyNumber></mp:Subject></Zt_xx>"""


def wz_xx(
    ids, *, appid="wx0000000000000001", mobile="13900000002", number=SERVICE_PRINCIPAL, name="示例点餐", access=None,
    contents=163,
) -> str:  # fmt: skip
    """A mini program."""
    return f"""<Wz_xx>{ids}<Wzmc>{name}</Wzmc><Nrlx><Nrlx_xx><Nrlx_id>24</Nrlx_id></Nrlx_xx></Nrlx>
<Fwnr><Fwnr_id>{contents}</Fwnr_id></Fwnr><Yylb><Yylb_id>1</Yylb_id></Yylb>
{mini_program(appid=appid, access=access)}
<Wz_Fzr><Fzr_xm>示例乙</Fzr_xm><Fzr_sjhm>{mobile}</Fzr_sjhm><Fzr_dzyj>b@example.com</Fzr_dzyj>
<Fzr_zjlx>2</Fzr_zjlx><Fzr_zjhm>{number}</Fzr_zjhm></Wz_Fzr><Wz_Bz>门店点餐服务</Wz_Bz></Wz_xx>"""


def mini_program(*, appid, access=None) -> str:
    """What V3.0 has no element for."""
    own = f"<mp:EnterpriseAccessId>{access}</mp:EnterpriseAccessId>" if access else ""
    return f"""<mp:MiniProgram xmlns:mp="{NAMESPACE}" version="1"><mp:AppId>{appid}</mp:AppId>
<mp:ServiceType>7</mp:ServiceType><mp:FaceCheck>fc-1</mp:FaceCheck>
<mp:PrincipalValidFrom>20200101</mp:PrincipalValidFrom><mp:PrincipalValidUntil>长期</mp:PrincipalValidUntil>
<mp:PrincipalEmergencyNumber>13900000004</mp:PrincipalEmergencyNumber>{own}</mp:MiniProgram>"""


def attachment(owner, picture, *, purpose=2, remark="") -> str:
    """A picture of the subject."""
    remark = f"<Bz>{remark}</Bz>" if remark else ""
    return f"""<Fj><Fjxx><Fjwjgs>1</Fjwjgs><Fjyt>{purpose}</Fjyt><Fjnr>{base64.b64encode(picture).decode()}</Fjnr>
<Fjssdx><Ssdxlx>1</Ssdxlx><Ssdxbs>{owner}</Ssdxbs></Fjssdx>{remark}</Fjxx></Fj>"""


def _file(operation, records, isp) -> str:
    return f'<UploadData version="V.3.0"><ICP><Qqdwid>{isp}</Qqdwid><{operation}>{records}</{operation}></ICP></UploadData>'


def cancellation(key, *, isp=110000105, reason="1", category="1", password="") -> str:
    """A ZXBA file: category 0 a subject, 1 a service, 2 an access."""
    password = f"<ICPmm>{password}</ICPmm>" if password else ""
    return (
        f'<UploadData version="V.3.0"><ICP><Qqdwid>{isp}</Qqdwid><ZXBA><Zx_xx><Zxlb>{category}</Zxlb>'
        f"<Jlid>{key}</Jlid><Zxly>{reason}</Zxly>{password}</Zx_xx></ZXBA></ICP></UploadData>"
    )


class Platform:
    """The enterprise side of one province."""

    def __init__(self, base: str, account: dict, province="110000", transport=None) -> None:
        self.account = account
        self.up_down = Client(f"{base}/{province}/ISPWebService/upDownLoad?wsdl", transport=transport)
        self.query = Client(f"{base}/{province}/BeianStatusWebService/queryBeianStatus?wsdl", transport=transport)
        self.check = Client(f"{base}/{province}/BeianStatusWebService/verifyBamm?wsdl", transport=transport)
        binding = self.up_down.service._binding
        (self.provider,) = (
            name for name, _ in binding.get("isp_download").input.body.type.elements if name.lower() == "ispid"
        )
        self.sequence = 0

    def who(self, **changes) -> dict:
        rand = changes.get("randVal", "abcdefghij0123456789")
        digest = hashlib.md5((self.account["password"] + rand).encode("gbk")).digest()
        if "ispID" in changes:
            changes[self.provider] = changes.pop("ispID")
        return {
            self.provider: self.account["isp_id"],
            "userName": self.account["user_name"],
            "randVal": rand,
            "pwdHash": base64.b64encode(digest).decode(),
            "hashAlgorithm": 0,
        } | changes

    def package(self, xml: str | bytes, entry="XZBA1.xml") -> dict:
        content = xml if isinstance(xml, bytes) else f'<?xml version="1.0" encoding="GBK"?>{xml}'.encode(
            "gbk", "xmlcharrefreplace")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo(entry), content)
        zipped = buffer.getvalue()
        fill = 16 - len(zipped) % 16
        cipher = self._cipher().encryptor()
        encrypted = self.account["encrypt"]
        body = cipher.update(zipped + bytes([fill]) * fill) if encrypted else zipped
        return {
            "beianInfo": base64.b64encode(body).decode(),
            "beianInfoHash": base64.b64encode(self._hash(zipped)).decode(),
            "encryptAlgorithm": int(encrypted),
            "compressionFormat": 0,
        }

    def upload(self, xml, sequence=None, **changes) -> etree._Element:
        """isp_upload; the answer's return document."""
        if sequence is None:
            self.sequence = sequence = self.sequence + 1
        arguments = self.who() | self.package(xml) | {"dataSequence": sequence} | changes
        return etree.fromstring(self.up_down.service.isp_upload(**arguments))

    def download(self, **changes) -> etree._Element:
        """isp_download; the answer's return document."""
        return etree.fromstring(self.up_down.service.isp_download(**self.who(**changes)))

    def acknowledge(self, name, **changes) -> etree._Element:
        arguments = self.who(**changes) | {"fileName": name}
        return etree.fromstring(self.up_down.service.isp_downloadack(**arguments))

    def previous(self, **changes) -> etree._Element:
        return etree.fromstring(self.up_down.service.isp_querypreviousupload(**self.who(**changes)))

    def status(self, kind, condition, **changes) -> etree._Element:
        arguments = self.who(**changes) | {"queryConditionType": kind, "queryCondition": condition}
        return etree.fromstring(self.query.service.isp_querybeianstatus(**arguments))

    def password(self, number, password, **changes) -> etree._Element:
        arguments = self.who(**changes) | {"baxh": number, "bamm": password}
        return etree.fromstring(self.check.service.isp_verifybamm(**arguments))

    def open(self, answer) -> etree._Element:
        """The document inside a downloaded file."""
        info = answer.find("fileInfos")
        body = base64.b64decode(info.findtext("beianInfo"))
        zipped = body
        if info.findtext("encryptAlgorithm") == "1":
            plain = self._cipher().decryptor().update(body)
            zipped = plain[: -plain[-1]]
        assert base64.b64decode(info.findtext("beianInfoHash")) == self._hash(zipped)
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
            (name,) = archive.namelist()
            return etree.fromstring(archive.read(name))

    def fetch(self) -> list[etree._Element]:
        """Everything that waits, each file acknowledged as it comes."""
        documents = []
        while (answer := self.download()).findtext("msg_code") in ("1", "3"):
            documents.append(self.open(answer))
            assert code(self.acknowledge(answer.findtext("fileInfos/return_FileName"))) == 0
        assert code(answer) == 2
        return documents

    def _hash(self, zipped: bytes) -> bytes:
        digest = hashlib.md5(zipped)
        return digest.digest() if self.account["hash_encoding"] == "raw" else digest.hexdigest().encode()

    def _cipher(self) -> Cipher:
        key, iv = (self.account[name].encode() for name in ("aes_key", "aes_iv"))
        return Cipher(algorithms.AES(key), modes.CBC(iv))


def code(answer) -> int:
    return int(answer.findtext("msg_code"))


def results(document) -> list[tuple[str, list[int]]]:
    """Processing results as (key, codes)."""
    return [
        (block.findtext("Bs"), [int(node.text) for node in block.iterfind("Jgxx/Jgdm")])
        for block in document.iterfind("ICP/BAJG/Jg_xx")
    ]


def verifications(document) -> list[tuple[str, str, str]]:
    """SMS verifications as (key, principal, result)."""
    return [
        tuple(block.findtext(MP + name) for name in ("RecordId", "Principal", "Result"))
        for block in document.iterfind(f"ICP/BAJG/{MP}SmsVerification")
    ]


def decision(document) -> tuple[str, str, str | None]:
    """A reviewer's decision as (key, 1 or 0, opinion)."""
    block = document.find("ICP/BAJG/GJSHS/Gjsh")
    return block.findtext("Jlid"), block.findtext("Shjg"), block.findtext("Shyj")
