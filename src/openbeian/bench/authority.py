"""The codec of the administration's interface beside the same work by hand: one file is packed, one is unpacked.

The upload file holds first filings with their pictures, the download file a province's records on file, which are
nearly all elements.
"""

import dataclasses
import gc
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from openbeian.bench import by_hand
from openbeian.bench.load import Figures
from openbeian.bench.report import Line
from openbeian.demo.invented import appid_of, credit_code_of, resident_id_of
from openbeian.regime.calendar import SHANGHAI
from openbeian.v3 import codec
from openbeian.v3.codec import records as wire
from openbeian.v3.wire.packing import PackingSettings, pack, unpack

PROVIDER, NAME = 330000105, "3300000000000001.xml"
KEY, IV = b"0123456789abcdef", b"fedcba9876543210"
SETTINGS = PackingSettings(KEY, IV, "no password")
FILINGS, PICTURES = 50, 7
GOAL = 0.6
YARDSTICK = "lxml, zipfile and AES by hand, the same bytes"


class NotTheSame(Exception):
    """Codec and yardstick do not do the same work; a ratio would mean nothing."""


@dataclass(frozen=True)
class Work:
    """One file packed or unpacked: by the codec and by hand, with the same result."""

    name: str
    records: int
    by_codec: Callable[[], Any]
    by_hand: Callable[[], Any]


def measure(*, rounds: int, records: int) -> list[Line]:
    """Pack first filings, and unpack a file with so many ``records`` on file.

    Codec and yardstick take turns, ``rounds`` times each, and the medians of their processor time are compared: both
    only compute, so a neighbour's load says nothing about them. Raises :class:`NotTheSame`.
    """
    return [compare(packing(), rounds=rounds), compare(unpacking(records), rounds=rounds)]


def packing() -> Work:
    """First filings with pictures, into the two texts of a packed upload file."""
    chance = random.Random(7)
    filings = [_filing(number, chance, pictures_kb=2) for number in range(1, FILINGS + 1)]
    values = [plain(filing) for filing in filings]

    def yardstick() -> tuple[str, str]:
        return by_hand.pack(by_hand.write_filings(values, provider_id=PROVIDER), key=KEY, iv=IV, name=NAME)

    def packed() -> tuple[str, str]:
        return dataclasses.astuple(pack(codec.write_upload(filings, provider_id=PROVIDER), SETTINGS, NAME))

    return Work(f"pack: first filing with {PICTURES} pictures of 2 KB", FILINGS, packed, yardstick)


def unpacking(records: int) -> Work:
    """Records on file, from the two texts of a packed download file."""
    filed = [_filed(number) for number in range(1, records + 1)]
    packed = pack(codec.write_download(filed), SETTINGS, NAME)

    def yardstick() -> tuple[by_hand.Values, ...]:
        return by_hand.read_records(by_hand.unpack(packed.beianInfo, packed.beianInfoHash, key=KEY, iv=IV))

    def read() -> tuple[wire.Record, ...]:
        return codec.read(unpack(packed.beianInfo, packed.beianInfoHash, SETTINGS))

    return Work("unpack: record on file", records, read, yardstick)


def compare(work: Work, *, rounds: int) -> Line:
    """The codec's speed beside the yardstick's. Raises :class:`NotTheSame`."""
    if plain(work.by_codec()) != work.by_hand():
        raise NotTheSame(work.name)
    times: dict[Callable[[], Any], list[float]] = {work.by_codec: [], work.by_hand: []}
    often = _often_enough(work.by_codec)
    for number in range(rounds):
        for run in times if number % 2 else reversed(times):
            times[run].append(_seconds(run, often))
    ours, theirs = sorted(times[work.by_codec]), statistics.median(times[work.by_hand])
    median = statistics.median(ours)
    figures = Figures(rounds * work.records, rounds * median, 1000 * median, 1000 * ours[int(0.95 * (rounds - 1))])
    return Line(f"{work.name} ({work.records} a file)", figures, YARDSTICK, work.records / theirs, goal=GOAL)


def _seconds(run: Callable[[], Any], often: int) -> float:
    gc.collect()
    gc.disable()  # as timeit does: when it strikes depends on all that the process holds
    began = time.process_time()
    for _ in range(often):
        run()
    seconds = (time.process_time() - began) / often
    gc.enable()
    return seconds


def _often_enough(work: Callable[[], Any]) -> int:
    """How often a piece of work is done in one go, so that the clock can tell."""
    began = time.process_time()
    work()
    return max(1, round(0.02 / (time.process_time() - began + 1e-6)))


_ABSENT: tuple[Any, ...] = ("", None, (), b"")


def plain(record: Any) -> Any:
    """A record as plain dicts and tuples, without what is absent."""
    if dataclasses.is_dataclass(record):
        return {field.name: plain(value) for field in dataclasses.fields(record)
                if (value := getattr(record, field.name)) not in _ABSENT}
    return tuple(map(plain, record)) if isinstance(record, tuple) else record


# What is written and read. Everything is invented.


def _filing(number: int, chance: random.Random, *, pictures_kb: int) -> wire.NewFiling:
    key = str(number)
    owner = wire.Owner(1, wire.OwnerId(enterprise_id=key))
    return wire.NewFiling(
        wire.ReportedSubject(order_id=key, mode=1, extension=_extension(), **_organizer(number)),
        (wire.ReportedService(order_id=key, remark=_DESCRIPTION, **_content(number, "")),),
        tuple(wire.Attachment(1, 2, chance.randbytes(pictures_kb * 1024), owner, "证件正面") for _ in range(PICTURES)))


def _filed(number: int) -> wire.FiledRecord:
    at = datetime(2024, 5, 6, 9, tzinfo=SHANGHAI) + timedelta(minutes=number)
    dates: dict[str, Any] = {"first_reported_at": at, "changed_at": at, "reviewer": "示例审核员", "reviewed_at": at}
    key, subject_number = str(number), f"浙ICP备{2024000000 + number}号"
    return wire.FiledRecord(
        wire.FiledSubject(
            order_id=key, province_id=str(33_000_000_000 + number), number=subject_number, mode=1,
            extension=_extension(), **_organizer(number), **dates),
        (wire.FiledService(
            order_id=key, province_service_id=str(33_100_000_000 + number), remark=_DESCRIPTION,
            number=f"{subject_number}-1X", **_content(number, str(33_200_000_000 + number)), **dates),))


_DESCRIPTION = "展示和销售本公司自产的文具与办公用品，提供商品浏览、下单、订单查询和售后咨询服务。"


def _organizer(number: int) -> dict[str, Any]:
    return {
        "name": f"杭州示例{number}号贸易有限公司", "nature": 4,
        "address": wire.Address("330000", "330100", "330106", f"示例路{number}号"),
        "certificate": wire.Certificate(1, credit_code_of(number), f"浙江省杭州市西湖区示例路{number}号"),
        "principal": _principal(number)}


def _principal(number: int) -> wire.Principal:
    return wire.Principal(
        name="示例负责人", office_phone="13900000002", mobile="13900000001", email=f"principal{number}@example.com",
        certificate_type=2, certificate_number=resident_id_of(number, district="330106"))


def _extension() -> wire.SubjectExtension:
    return wire.SubjectExtension("20200101", "长期", "13900000002")


def _content(number: int, access: str) -> dict[str, Any]:
    return {
        "name": f"示例小程序{number}", "prior_approvals": (wire.PriorApproval(24),), "contents": (163, 164),
        "languages": (1,),
        "mini_program": wire.MiniProgram(
            appid_of(number), 7, "Qm9vdGhUYXNrMDAwMDAx", "20200101", "长期", "13900000002", str(number), access),
        "principal": _principal(number)}
