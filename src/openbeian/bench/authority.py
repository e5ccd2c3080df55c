"""The codec of the administration's interface: records to packed files and back, beside the same work by hand.

Files of three kinds, in both directions: first filings with their pictures, large and small; a province's records on
file, which are nearly all elements; and a processing result, of which there are most and which is nearly all packing.
"""

import dataclasses
import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from openbeian.bench import by_hand
from openbeian.bench.load import Figures
from openbeian.bench.report import Line
from openbeian.demo.invented import appid_of, credit_code_of, resident_id_of
from openbeian.regime.calendar import SHANGHAI
from openbeian.v3.codec import pack_records, unpack_records
from openbeian.v3.codec import records as wire
from openbeian.v3.wire.packing import Packed, PackingSettings

PROVIDER, NAME = 330000105, "3300000000000001.xml"
PICTURES = 7
GOAL = 0.6
YARDSTICK = "lxml, zipfile and AES by hand, the same bytes"


class NotTheSame(Exception):
    """Codec and yardstick do not do the same work; a ratio would mean nothing."""


@dataclass(frozen=True)
class Sample:
    """A file: its records, and how it is written and read by hand."""

    what: str
    records: list[Any]
    write: Callable[[list[by_hand.Values]], bytes]
    read: Callable[[bytes], list[dict[str, Any]]]


def measure(*, rounds: int, records: int) -> list[Line]:
    """Pack and unpack four files, one of them with so many ``records`` on file.

    Codec and yardstick take turns, ``rounds`` times each, and the medians of their processor time are compared: both
    only compute, so a neighbour's load says nothing about them. Raises :class:`NotTheSame`.
    """
    return [line for sample in _samples(records) for line in _both_ways(sample, rounds)]


def _samples(records: int) -> list[Sample]:
    chance = random.Random(7)

    def filings(number: int, kilobytes: int) -> Sample:
        made = [_filing(key, chance, kilobytes) for key in range(1, number + 1)]
        return Sample(f"first filing with {PICTURES} pictures of {kilobytes} KB", made,
                      lambda values: by_hand.write_filings(values, provider_id=PROVIDER), by_hand.read_filings)

    return [
        filings(1, 100), filings(50, 2),
        Sample("record on file", [_filed(number) for number in range(1, records + 1)], by_hand.write_records,
               by_hand.read_records),
        Sample("processing result", [wire.ProcessingResult((wire.ResultLine(0, "已受理"),), 1, "1", "上报序号 1")],
               by_hand.write_results, by_hand.read_results),
    ]


def _both_ways(sample: Sample, rounds: int) -> Iterator[Line]:
    key, iv = b"0123456789abcdef", b"fedcba9876543210"
    settings = PackingSettings(key, iv, "no password")
    values = [plain(record) for record in sample.records]

    def pack() -> Packed:
        return pack_records(sample.records, settings, provider_id=PROVIDER, entry_name=NAME)

    def pack_by_hand() -> tuple[str, str]:
        return by_hand.pack(sample.write(values), key=key, iv=iv, name=NAME)

    def unpack() -> Any:
        return unpack_records(packed, settings)

    def unpack_by_hand() -> Any:
        return sample.read(by_hand.unpack(packed.beianInfo, packed.beianInfoHash, key=key, iv=iv))

    packed = pack()
    if pack_by_hand() != (packed.beianInfo, packed.beianInfoHash):
        raise NotTheSame(f"{sample.what}: the files are not the same bytes")
    if unpack_by_hand() != values or list(unpack()) != sample.records:
        raise NotTheSame(f"{sample.what}: what is read is not what was written")
    size = f"{len(values)} a file, {len(packed.beianInfo) / 1024:.0f} KB"
    yield _line(f"pack: {sample.what} ({size})", len(values), rounds, pack, pack_by_hand)
    yield _line(f"unpack: {sample.what} ({size})", len(values), rounds, unpack, unpack_by_hand)


def _line(name: str, size: int, rounds: int, ours: Callable[[], Any], theirs: Callable[[], Any]) -> Line:
    times: dict[Callable[[], Any], list[float]] = {ours: [], theirs: []}
    often = _often_enough(ours)
    for number in range(rounds):
        for work in (ours, theirs) if number % 2 else (theirs, ours):
            gc.collect()
            gc.disable()  # as timeit does: when it strikes depends on all that the process holds
            began = time.process_time()
            for _ in range(often):
                work()
            times[work].append((time.process_time() - began) / often)
            gc.enable()
    mine, yardstick = sorted(times[ours]), statistics.median(times[theirs])
    median = statistics.median(mine)
    figures = Figures(rounds * size, rounds * median, 1000 * median, 1000 * mine[int(0.95 * (rounds - 1))])
    return Line(name, figures, YARDSTICK, size / yardstick, goal=GOAL)


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


def _filing(number: int, chance: random.Random, pictures_kb: int) -> wire.NewFiling:
    key = str(number)
    owner = wire.Owner(1, wire.OwnerId(enterprise_id=key))
    return wire.NewFiling(
        wire.NewSubject(order_id=key, mode=1, extension=_extension(), **_organizer(number)),
        (wire.NewService(order_id=key, remark=_DESCRIPTION, **_content(number, "")),),
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
