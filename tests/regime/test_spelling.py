"""What people type, and the one form in which it is judged, stored, compared, sent and published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from openbeian.regime import gbk, spelling
from openbeian.regime.code_tables import certificate_types
from openbeian.regime.identity import certificate_problem, email_problem, mobile_problem, phone_problem

#: Enough of everything that matters here to make odd combinations.
CHARACTERS = (
    "示例杭州䶮林周0123456789０１９９ａＡxX×+＋86()（）〔〕［］"
    "-－—–.．。·•・●˙﹒○⼾e\u0301\u0338“＂《<〈\u2329～~_[Tel电话：手机"
    "＠@ 　\u200b\u202c\u00ad#转分机号ext年月日/／长期永久號備浙粤ICP"
)
TEXTS = st.text() | st.text(st.sampled_from(CHARACTERS), max_size=30)
PLAIN = (spelling.person_name, spelling.unit_name, spelling.address, spelling.mobile, spelling.phone, spelling.email,
         spelling.person_number, spelling.filing_number, spelling.code, spelling.date, spelling.name_key)


@pytest.mark.parametrize("spell", PLAIN)
@given(TEXTS)
def test_a_canonical_form_is_its_own_canonical_form(spell, text):
    once = spell(text)
    assert spell(once) == once == once.strip()


@given(st.none() | st.sampled_from([*certificate_types(), 999]), TEXTS)
def test_so_is_a_certificates_number_also_while_its_type_is_not_known(kind, text):
    once = spelling.certificate_number(kind, text)
    assert spelling.certificate_number(kind, once) == once
    assert spelling.certificate_number(kind, spelling.certificate_number(None, text)) == once


# Names


@pytest.mark.parametrize(("typed", "canonical"), [
    ("林 示例", "林示例"),
    ("林　示例", "林示例"),
    (" 林\t示例\n", "林示例"),
    *((f"买买提{dot}艾力", "买买提·艾力") for dot in "\u2022\u30fb\u2027\u2219\u22c5\uff65\u0387\uff0e."),
    ("买买提 ． 艾力", "买买提·艾力"),
    ("买买提。艾力", "买买提·艾力"),
    ("阿．卜．示例", "阿·卜·示例"),
    *((f"买买提{dots}艾力", "买买提·艾力") for dots in ("●", "˙", "﹒", *"⦁ꞏ᛫ᐧ◦⚫○", "··", "・・", " · · ", ".．", "。·")),
    *((typed, "林示例") for typed in ("林示例。", "林示例.", "林示例．", "·林示例", " • 林示例 · ", "林示例●", "..林示例")),
    ("。", ""),
    ("林⽰例", "林示例"),  # as PDFs give it
    ("⾭禾", "青禾"),
    ("\uf96e⻳示例", "葉龟示例"),
    ("Rene\u0301e", "Renée"),
    ("䶮示例", "䶮示例"),
    ("\ue863示例", "䶮示例"),  # as code page 936 holds it
    ("王䜣", "王䜣"),
    ("ＡＮＮＥ　 Ｍａｒｉｅ", "ANNE Marie"),
    ("J. Smith", "J. Smith"),
    ("Anne–Marie", "Anne-Marie"),
    ("李 Anne Marie", "李Anne Marie"),
    ("", ""),
])
def test_names_of_people(typed, canonical):
    assert spelling.person_name(typed) == canonical


@pytest.mark.parametrize(("typed", "canonical"), [
    (" 杭州 宽窄(示例)　有限公司 ", "杭州宽窄（示例）有限公司"),
    ("示例—样本有限公司", "示例-样本有限公司"),
    ("示例 ＡＢＣ 有限公司", "示例ABC有限公司"),
    ("Example （Hangzhou）  Ltd", "Example (Hangzhou) Ltd"),
    ("示例，样本；有限公司", "示例，样本；有限公司"),
    ("示例··样本有限公司", "示例·样本有限公司"),
    ("二○○八示例公司", "二○○八示例公司"),
    ("“示例”《样本》公司", "“示例”《样本》公司"),
    ("\u2f3e示例有限公司", "户示例有限公司"),
])
def test_names_of_units(typed, canonical):
    assert spelling.unit_name(typed) == canonical


@pytest.mark.parametrize("typed", [
    "示例—样本（杭州）Abc•甲·乙有限公司", "示例-样本(杭州)ABC‧甲．乙有限公司", "示例－样本〔杭州〕ａｂｃ∙甲.乙有限公司",
    "示例――样本 ( 杭州 ) abc ・ 甲 ． 乙 有限公司", "示例‐样本［杭州］Abc⋅甲。乙有限公司",
    "示例–样本【杭州】ＡＢＣ·甲・乙有限公司。", "\u202a示例-样本(杭州)A\u00adbc·甲··乙有\u2066限公司\u2069\u202c",
])
def test_all_these_are_one_name(typed):
    assert spelling.name_key(typed) == "示例-样本(杭州)abc·甲·乙有限公司"


@pytest.mark.parametrize("spellings", [
    ("“示例”公司", '"示例"公司', "＂示例＂公司", "「示例」公司"), ("《示例》公司", "<示例>公司", "〈示例〉公司", "＜示例＞公司"),
    ("｛示例｝公司", "{示例}公司"), ("示例～公司", "示例〜公司", "示例~公司"), ("A·B公司", "A.B公司", "Ａ．Ｂ公司", "a•b公司"),
    ("é示例", "e\u0301示例"), ("示例公司", "示例公司。"), ("阿○示例", "阿·示例")])
def test_all_these_are_one_name_too(spellings):
    assert len({spelling.name_key(name) for name in spellings}) == 1


def test_different_names_stay_different():
    names = ["示例样本", "示例-样本", "示例·样本", "示例（样本）", "示例样本公司", "示例 1 样本2", "示例1.1",
             "示例11", "“示例”样本", "《示例》样本"]
    assert len({spelling.name_key(name) for name in names}) == len(names)


@given(TEXTS)
def test_a_names_key_is_that_of_its_canonical_form(text):
    assert spelling.name_key(spelling.unit_name(text)) == spelling.name_key(text)


@pytest.mark.parametrize(("typed", "canonical"), [
    ("示例路８８号 Ａ座 １２０１室", "示例路88号A座1201室"),
    ("文三路1—3号(青禾大厦)", "文三路1-3号（青禾大厦）"),
    ("示例路88号，青禾大厦；后楼", "示例路88号，青禾大厦；后楼"),
    ("示例路88-1 1201", "示例路88-1 1201"),  # two numbers are not made one
    ("No. 8  Example Road", "No. 8 Example Road"),
    ("浙 出示例－00001号", "浙出示例-00001号"),
    ("⽂三路1号⾦厦", "文三路1号金厦"),
])
def test_addresses_and_numbers_of_approvals(typed, canonical):
    assert spelling.address(typed) == canonical


# Phones and mailboxes


#: What phone books put around a number, or into it.
HIDDEN = [chr(sign) for sign in (
    0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)]


@pytest.mark.parametrize("sign", HIDDEN)
def test_signs_that_are_not_seen_are_dropped(sign):
    assert spelling.mobile(f"{sign}139{sign}0000-0001{sign}") == "13900000001"
    assert spelling.phone(f"{sign}0571-{sign}87654321{sign}") == "0571-87654321"
    assert spelling.email(f"lin@{sign}example.com{sign}") == "lin@example.com"
    assert spelling.person_name(f"{sign}林{sign}示例{sign}") == "林示例"
    assert spelling.filing_number(f"{sign}浙ICP备2023000001号{sign}") == "浙ICP备2023000001号"
    assert spelling.name_key(f"{sign}示例{sign}公司{sign}") == "示例公司"


@pytest.mark.parametrize("typed", [
    "139 0000 0001", "１３９０００００００１", "139-0000-0001", "139—0000—0001", "+86 13900000001",
    "＋８６１３９０００００００１",
    "0086-139-0000-0001", "8613900000001", "(+86)139.0000.0001", "（86）13900000001", "013900000001", " 13900000001 ",
    "139·0000·0001", "139_0000_0001", "+86-0139-00000001", "tel:13900000001", "Tel. 13900000001",
    "电话：13900000001", "手机：13900000001",
    "手机号码 13900000001",
])
def test_mobiles(typed):
    assert spelling.mobile(typed) == spelling.phone(typed) == "13900000001"
    assert mobile_problem(spelling.mobile(typed)) is None


@pytest.mark.parametrize("typed", ["+85251234567", "1390000000", "139000000011", "周示范", "13900000001;13900000002",
                                   "400-123-4567", "0571/87654321/87654322", "0571-8765432/4321", "400-1234567", "852-51234567",
                                   "0571-87654321~2", "电话", "tel:周示范"])
def test_what_is_no_mobile_stays_as_it_is(typed):
    assert spelling.mobile(f" {typed}") == spelling.phone(typed) == typed


@pytest.mark.parametrize(("typed", "canonical"), [
    ("０５７１－８７６５４３２１", "0571-87654321"),
    ("0571—87654321", "0571-87654321"),
    ("(0571)87654321", "0571-87654321"),
    ("（0571） 8765 4321", "0571-87654321"),
    ("057187654321", "0571-87654321"),
    ("+86 571 87654321", "0571-87654321"),
    ("+86(571)8765-4321", "0571-87654321"),
    ("0086 0571 87654321", "0571-87654321"),
    ("+86 (0)571 87654321", "0571-87654321"),
    ("8657187654321", "0571-87654321"),
    ("01087654321", "010-87654321"),
    ("+86 10 8765 4321", "010-87654321"),
    ("02187654321", "021-87654321"),
    ("029-87654321", "029-87654321"),
    *((typed, "0571-87654321") for typed in (
        "0571——87654321", "0571--87654321", "0571－－8765—4321", "0571.87654321", "0571．87654321", "0571/87654321",
        "0571／87654321", "+86——571——87654321", "（0571）——87654321")),
    ("0870-2345678", "0870-2345678"),
    ("08702345678", "0870-2345678"),
    *((f"0571-87654321{extension}", "0571-87654321-801")
      for extension in ("-801", "转801", " 轉 801", "转分机801", "分机801", "——801", " 分机号 801", "分機號：801",
                        " ext. 801", "x801", "#801", "—801", "（801）")),
    ("0870-2345678-1801", "0870-2345678-1801"),
    *((typed, "0571-87654321") for typed in (
        "571-87654321", "(571)87654321", "[0571]87654321", "【0571】87654321", "0571~87654321", "0571～87654321", "0571_87654321",
        "0571·8765·4321", "电话：0571-87654321", "TEL:0571-87654321")),
    ("010-87654321-1", "010-87654321-1"),
    ("571-87654321转801", "0571-87654321-801"),
    ("10-87654321", "010-87654321"),
    ("999-87654321", "999-87654321"),
    ("57187654321", "57187654321"),
    ("87654321", "87654321"),
    ("8765432112", "8765432112"),
])
def test_fixed_lines(typed, canonical):
    assert spelling.phone(typed) == canonical
    if canonical.startswith("0"):
        assert phone_problem(canonical) is None


@pytest.mark.parametrize(("typed", "canonical"), [
    ("lin＠example.com", "lin@example.com"),
    ("ｌｉｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "lin@example.com"),
    ("lin@example。com", "lin@example.com"),
    (" lin @ example.com ", "lin@example.com"),
    ("Lin@Example.COM", "Lin@example.com"),
    ("lin@example", "lin@example"),
    ("lin example.com", "lin example.com"),
    ("lin@@Example.com", "lin@@Example.com"),
])
def test_mail_addresses(typed, canonical):
    assert spelling.email(typed) == canonical
    if canonical.endswith("@example.com"):
        assert (email_problem(canonical) is None) == (canonical.count("@") == 1)


# Certificates and filing numbers


@pytest.mark.parametrize(("kind", "typed", "canonical"), [
    (2, "330106 19880214 0010", "330106198802140010"),
    (2, "330106-19880214-0010", "330106198802140010"),
    (2, "33010619900101019x", "33010619900101019X"),
    (2, "３３０１０６１９９００１０１０１９Ｘ", "33010619900101019X"),
    (2, "33010619900101019×", "33010619900101019X"),
    (1, "91330106ma0000015k", "91330106MA0000015K"),
    (1, "91330106 MA0000015K", "91330106MA0000015K"),
    (1, "330106-000000013", "330106000000013"),
    (12, "600037341", "60003734-1"),
    (12, "60003734－1", "60003734-1"),
    (12, "d2143569x", "D2143569-X"),
    (4, "１２３３０１０６ mb0000012", "12330106MB0000012"),
    (4, "事证第 133010000001 号", "事证第133010000001号"),
    (5, "示例—０００１（甲）", "示例-0001(甲)"),
    (7, "e0000 0001", "E00000001"),
    (11, "0000000001（b）", "0000000001(B)"),
    (11, "0000000001B", "0000000001(B)"),
    (11, "0000 0001", "00000001"),
    (14, "ha 1234567", "HA1234567"),
    (14, "MA1234567", "MA1234567"),
    (14, "H-00000001", "H00000001"),
    (30, "gbr330100000010", "GBR330100000010"),
    (None, "60003734－1", "60003734-1"),
    (999, "甲-1", "甲-1"),
])
def test_numbers_of_certificates(kind, typed, canonical):
    assert spelling.certificate_number(kind, typed) == canonical


@pytest.mark.parametrize(("kind", "typed"), [
    (2, "33010619900101019x"), (2, " 330106 19900101 019X "), (12, "６０００３７３４１"), (11, "0000000001b"), (14, "ha1234567")])
def test_what_is_spelled_passes(kind, typed):
    assert certificate_problem(kind, spelling.certificate_number(kind, typed)) is None


def test_a_persons_number_needs_no_type():
    assert spelling.person_number("330106 19790630-0029") == "330106197906300029"
    assert spelling.person_number("0000000001b") == "0000000001(B)"
    assert spelling.person_number("e1234 5678") == "E12345678"


@pytest.mark.parametrize(("one", "other"), [
    ((1, "91330106MA0000015K"), (4, "91330106 ma0000015k")), ((13, "91330106MA0000015K"), (15, "91330106-MA0000015K")),
    ((2, "33010619880214007x"), (2, "330106 19880214 007X")), ((12, "600037341"), (3, "60003734-1")),
    ((11, "0000000001b"), (11, "0000000001(B)")), ((5, "示例—0001"), (5, "示例-0001"))])
def test_one_organizer_is_known_by_any_spelling_of_its_number(one, other):
    assert spelling.organizer_key(*one) == spelling.organizer_key(*other)


@pytest.mark.parametrize(("one", "other"), [
    ((7, "E12345678"), (11, "E12345678")), ((7, "12345678"), (14, "12345678")), ((37, "AB-C1/2"), (37, "A.BC12")),
    ((37, "1234567890"), (38, "1234567890")), ((6, "0001"), (17, "0001")),
    ((35, "91330106MA0000015K"), (1, "91330106MA0000015K"))])
def test_the_same_digits_of_two_certificates_are_two_organizers(one, other):
    assert spelling.organizer_key(*one) != spelling.organizer_key(*other)


@pytest.mark.parametrize(("typed", "canonical"), [
    ("粤ICP備2020034752号", "粤ICP备2020034752号"),
    ("粤ICP备2020034752號", "粤ICP备2020034752号"),
    ("粵icp備２０２００３４７５２號－３ｘ", "粤ICP备2020034752号-3X"),
    (" 不详 ", "不详"),
])
def test_filing_numbers(typed, canonical):
    assert spelling.filing_number(typed) == canonical


# Dates and codes


@pytest.mark.parametrize(("typed", "canonical"), [
    ("20200101", "20200101"),
    *((typed, "20200101") for typed in (
        "2020-01-01", "2020/1/1", "2020.01.01", "2020年1月1日", "2020 年 01 月 01 日", "２０２００１０１", "２０２０－１－１",
        "2020．1．1", "2020—01—01", "2020年1月1号")),
    *((typed, "长期") for typed in ("长期", "長期", "永久", "长期有效", "長期有效", " 长 期 ")),
    ("20200230", "20200230"),
    ("2020-02-30", "2020-02-30"),
    ("2020-01", "2020-01"),
    ("20-01-01", "20-01-01"),
    ("不详", "不详"),
])
def test_dates(typed, canonical):
    assert spelling.date(typed) == canonical


def test_codes():
    assert spelling.code(" ３３０１０６ ") == "330106"


# The characters that the interface can carry


#: The rows of GBK that Python's codec lacks, and the euro.
LACKING = [
    *((0xFE, trail) for trail in range(0x50, 0xA1) if trail != 0x7F), *((0xA9, trail) for trail in range(0x89, 0x96)),
    (0xA8, 0xBC), (0xA8, 0xBF), (0xA2, 0xE3)]


def test_all_of_gbk_is_carried_also_what_pythons_codec_lacks():
    assert len(gbk.LACKING) == len(LACKING) == 96
    assert sorted(gbk.LACKING.values()) == sorted(map(bytes, LACKING))
    assert [sign for sign in gbk.LACKING if gbk.uncarried(sign)] == []
    assert gbk.uncarried("王䜣䴙䴘䶮𠂇😀₿") == (7, 8)


@pytest.mark.parametrize("sign", [
    "㐂", "䶵", "鿯", "﨎", "𠮷", "𫟼", "𫠝", "𬺓", "𮯠", "\U0002ebf0", "𰻝", "\U00031350", "\U00033479", "𡗗"])
def test_every_chinese_character_is_carried_also_beyond_gbk(sign):
    assert gbk.uncarried(f"林{sign}示例") == ()


@pytest.mark.parametrize("sign", ["😀", "₿", "®", "e\u0301", "\ue000", "⺂", "한", "\U000e0100", "\U0002ffff",
    "\U00040000"])
def test_other_signs_beyond_gbk_are_not(sign):
    assert gbk.uncarried(f"林{sign}") != ()


@pytest.mark.parametrize(("sign", "encoded"), sorted(gbk.LACKING.items()))
def test_the_table_is_what_libxml2_reads(sign, encoded):
    """Another table than ours: the converter of the C library, for GB 18030, of which GBK is a part."""
    document = b'<?xml version="1.0" encoding="GBK"?><a>' + encoded + b"</a>"
    assert etree.fromstring(document, etree.XMLParser(encoding="gb18030")).text == sign
    assert encoded.decode("gb18030") == sign or 0xE000 <= ord(encoded.decode("gb18030")) < 0xF900


def test_encoding_is_complete_and_never_guesses():
    assert gbk.encode("王䜣𠂇") == b"\xcd\xf5\xfe\x80\xfe\x51"
    with pytest.raises(UnicodeEncodeError):
        gbk.encode("𠮷店")


def test_in_xml_a_reference_is_read_by_every_parser():
    text = "".join(gbk.LACKING)
    document = f'<?xml version="1.0" encoding="GBK"?><a>王{text}</a>'.encode("gbk", "xmlcharrefreplace")
    assert etree.fromstring(document).text == f"王{text}"


def test_private_use_stands_for_the_same_places():
    assert (spelling.person_name("\ue815"), spelling.person_name("\ue863"), spelling.person_name("\ue864")) == ("⺁", "䶮", "龻")
    assert list(gbk.PRIVATE_USE) == list(range(0xE815, 0xE865))
