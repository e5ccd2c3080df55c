"""Files the clerk sends of his own accord, taken over and read by somebody else's program."""

import pytest

from openbeian.simulator.models import Outgoing
from openbeian.v3.wire.validation import validate_root
from tests.simulator.simulated_platform import MP, code, credit_code
from tests.simulator.test_simulator_kinds import NUMBER, approve, filed, sent, served  # noqa: F401


@pytest.fixture
def issued(platform, post):
    """Issue a block and download it."""

    def issue(block: str, **content):
        name = post("/api/issue", {"block": block, "province": "110000", **content})["file_name"]
        answer = platform.download()
        assert answer.findtext("fileInfos/return_FileName") == name and name.startswith(block)
        document = platform.open(answer)
        assert code(platform.acknowledge(name)) == 0
        assert validate_root(document, "download") == []
        return document

    return issue


def texts(node, *names) -> list[tuple]:
    return [tuple(child.findtext(name) for name in names) for child in node]


def test_a_full_synchronisation_tells_all_that_is_on_file_for_us(issued, filed, served, post):  # noqa: F811
    served(20, subject_number=NUMBER)
    post("/api/seed-record", {
        "province": "110000", "organizer": "北京外来示例有限公司", "certificate_number": credit_code("91110105MA0000009"),
        "services": [{"name": "外来商城"}],
    })  # fmt: skip
    records = issued("SJTB").findall("SJTB/ICP/BASJ/Baxx")
    assert [r.findtext("Wz_xx/Baxh") for r in records] == [f"{NUMBER}-1X", f"{NUMBER}-2X"], "not those of others"
    assert [r.findtext("Wz_xx/IspWzid") for r in records] == ["12", "20"]
    assert [r.findtext("Zt_xx/IspZtid") for r in records] == ["12", "12"]
    accesses = [r.findtext(f"Wz_xx/{MP}MiniProgram/{MP}ProvinceAccessId") for r in records]
    assert accesses == ["11000000003", "11000000005"]


def test_a_synchronisation_of_nothing_is_an_empty_file(issued):
    assert issued("SJTB").findall(".//Baxx") == []


def test_blacklists(issued):
    block = issued(
        "HMDLB",
        subjects=[{"name": "示例失信有限公司", "certificate_type": 1, "certificate_number": credit_code("91110105MA0000066")}],
        services=[{"name": "示例黑名单", "domain": "bad.example.com", "operation": 2}],
    ).find("ICP/HMDLB")
    names = ("Czlx", "Zt_xx/Dwmc", "Zt_xx/Zj/Zjlx", "Zt_xx/Zj/Zjhm", "Wz_xx/Wzmc", "Wz_xx/Ym_xx/Ym")
    assert texts(block, *names) == [
        ("0", "示例失信有限公司", "1", credit_code("91110105MA0000066"), None, None),
        ("2", None, None, None, "示例黑名单", "bad.example.com"),
    ]
    assert len(issued("HMDLB").find("ICP/HMDLB")) == 1, "without content, something plausible"


def test_lists_of_sites(issued):
    sites = [{"domain": "a.example.com", "ip": "192.0.2.7"}]
    assert texts(issued("FFJRHMD", sites=sites).find("ICP/FFJRHMD"), "Ym", "Ip") == [("a.example.com", "192.0.2.7")]
    assert texts(issued("WBAWZLB", sites=sites).find("ICP/WBAWZLB"), "Wzym_mc", "IP") == [
        ("a.example.com", str(192 * 2**24 + 2 * 2**8 + 7))
    ]


def test_verification_tasks_and_check_results(issued, filed, served):  # noqa: F811
    second = served(20, subject_number=NUMBER)
    assert [r.findtext(".//Wz_xx/Baxh") for r in issued("HSRW").find("ICP/HSRW")] == [f"{NUMBER}-2X", f"{NUMBER}-1X"]
    (task,) = issued("HSRW", services=[second.service_number]).find("ICP/HSRW")
    assert task.findtext(".//Wz_xx/Wzid") == second.service_id
    names = ("Wzid", "Wz_Baxh", "Hcjg", "Jrid")
    (dead,) = issued("HCJG", services=[int(filed.service_id)], kind="shells", result=1).iterfind("ICP/HCJG/Jgxx/Kkwzhc")
    assert tuple(dead.findtext(name) for name in names) == (filed.service_id, f"{NUMBER}-1X", "1", None)
    (under,) = issued("HCJG", services=[f"{NUMBER}-2X"], kind="accesses", result=2).iterfind("ICP/HCJG/Jgxx/Jrhc")
    assert tuple(under.findtext(name) for name in names) == (
        second.service_id, second.service_number, "2", second.access_id,
    )  # fmt: skip
    assert len(list(issued("HCJG").iterfind("ICP/HCJG/Jgxx/Wzch"))) == 2


def test_notices(issued, filed):  # noqa: F811
    service = issued("XGTZ", text="请更新服务负责人手机").find("ICP/XGTZ")
    assert texts(service, "Tzlb", "Baxh", "Jlid", "Tznr") == [
        ("1", f"{NUMBER}-1X", filed.service_id, "请更新服务负责人手机")
    ]
    subject = issued("XGTZ", number=NUMBER).find("ICP/XGTZ")
    assert texts(subject, "Tzlb", "Baxh", "Jlid") == [("0", NUMBER, filed.subject_id)]


def test_code_tables_and_a_change_in_them(issued):
    document = issued("JCDM", changes={"Dwxz": [{"Id": 21, "Mc": "新单位性质"}, {"Id": 4, "Sfyx": 0}]})
    rows = {node.findtext("Id"): node for node in document.iter("Dwxz")}
    assert (rows["21"].findtext("Mc"), rows["21"].findtext("Sfyx")) == ("新单位性质", "1")
    assert (rows["4"].findtext("Mc"), rows["4"].findtext("Sfyx")) == ("企业", "0")
    assert len(rows) == 19
    assert {n.findtext("Shengjc") for n in document.iter("Gj_dm")} >= {"浙", "蜀", "陇"}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"block": "XXXX", "province": "110000"}, 400, "unknown_block"),
        ({"block": "SJTB", "province": "11"}, 404, "unknown_province"),
        ({"block": "SJTB"}, 400, "field_missing"),
        ({"block": "XGTZ", "province": "110000"}, 400, "nothing_on_file"),
        ({"block": "HSRW", "province": "110000"}, 400, "nothing_on_file"),
        ({"block": "HMDLB", "province": "110000", "subjects": [{}]}, 400, "bad_content"),
        ({"block": "HMDLB", "province": "110000", "subjects": 7}, 400, "bad_content"),
        ({"block": "WBAWZLB", "province": "110000", "sites": [{"domain": "x", "ip": "here"}]}, 400, "bad_content"),
        ({"block": "JCDM", "province": "110000", "changes": {"Dwxz": [{"Mc": "x"}]}}, 400, "bad_content"),
        ({"block": "JCDM", "province": "110000", "changes": {"Hyfl": [{"Id": 1}]}}, 400, "bad_content"),
        ({"block": "JCDM", "province": "110000", "changes": {"Dwxz": [{"Id": 1, "<": "x"}]}}, 400, "bad_content"),
        ({"block": "FFJRHMD", "province": "110000", "sites": [{"domain": "\x00", "ip": "192.0.2.1"}]}, 400, "bad_content"),
    ],
)
def test_what_cannot_be_issued_is_refused(post, at, body, status, error):
    at("2024-01-10T10:00:00+08:00")
    assert post("/api/issue", body, status)["error"]["code"] == error
    assert Outgoing.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"province": "x"}, 404, "unknown_province"),
        ({"organizer": " "}, 400, "bad_seed"),
        ({"certificate_number": "1"}, 200, None),
        ({"certificate_type": 99}, 400, "bad_seed"),
        ({"certificate_type": "1"}, 400, "bad_seed"),
        ({"mobile": "12"}, 400, "bad_seed"),
        ({"services": [{"name": "x", "kind": "radio"}]}, 400, "bad_seed"),
        ({"services": [{"title": "x"}]}, 400, "bad_seed"),
        ({"services": "x"}, 400, "bad_seed"),
        ({"colour": "red"}, 400, "bad_seed"),
    ],
)
def test_what_cannot_be_seeded_is_refused(post, at, changes, status, error):
    at("2024-01-10T10:00:00+08:00")
    seed = {"province": "110000", "organizer": "x公司", "certificate_number": credit_code("91110105MA0000009")}
    answer = post("/api/seed-record", {**seed, **changes}, status)
    assert answer.get("error", {}).get("code") == error
