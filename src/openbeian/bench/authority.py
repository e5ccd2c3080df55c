"""The codec of the administration's interface beside lxml alone: one file is packed, one is unpacked.

The upload file holds first filings with their pictures, the download file a province's records on file, which are
nearly all elements. The yardstick makes or reads every element of the same file, packed in the same way, and knows
nothing of records: the ratio is the price of their types, names and limits.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from openbeian.bench.load import Figures
from openbeian.bench.report import Line
from openbeian.demo.sample_data import PICTURES, QINGHE, picture
from openbeian.filings.models import Order
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Account
from openbeian.regime.lifecycle import OrderKind
from openbeian.v3 import codec
from openbeian.v3.wire.packing import Packed, PackingSettings, pack, unpack
from openbeian.wechat.dossier import from_wechat

PROVIDER, NAME = 330000105, "3300000000000001.xml"
SETTINGS = PackingSettings(b"0123456789abcdef", b"fedcba9876543210", "no password")
XML_HEAD = '<?xml version="1.0" encoding="GBK"?>\n'
FILINGS = 50
GOAL = 0.6
YARDSTICK = "lxml alone, the same elements"


class NotTheSame(Exception):
    """Codec and yardstick do not do the same work; a ratio would mean nothing."""


@dataclass(frozen=True)
class Work:
    """One file packed or unpacked: by the codec and by lxml alone, with what each must return."""

    name: str
    records: int
    by_codec: Callable[[], Any]
    by_lxml: Callable[[], Any]
    result: Any
    yardstick_result: Any


def measure(*, rounds: int, records: int) -> list[Line]:
    """Pack first filings, and unpack a file with so many ``records`` on file.

    Codec and yardstick take turns, ``rounds`` times each, and the medians of their processor time are compared: both
    only compute, so a neighbour's load says nothing about them. Raises :class:`NotTheSame`.
    """
    return [compare(packing(), rounds=rounds), compare(unpacking(records), rounds=rounds)]


def packing() -> Work:
    """First filings with pictures, into the two texts of a packed upload file."""
    pictures = {name: picture(name, size=(90, 160)) for name in PICTURES}
    account = Account(QINGHE.appid, QINGHE.app_name, QINGHE.organizer_name)
    application = QINGHE.application({name: name for name in PICTURES}, "face check")
    dossier = parse(from_wechat(application), account=account)[0]
    filings = [
        codec.upload_record(order=Order(pk=number, kind=OrderKind.FIRST_FILING), dossier=dossier, appid=QINGHE.appid,
                            pictures=pictures)
        for number in range(1, FILINGS + 1)]

    def by_codec() -> Packed:
        return pack(codec.write_upload(filings, provider_id=PROVIDER), SETTINGS, NAME)

    packed = by_codec()
    root = etree.fromstring(unpack(packed.beianInfo, packed.beianInfoHash, SETTINGS))
    elements = [(node.tag, dict(node.attrib), node.nsmap, node.text, len(node)) for node in root.iter()]

    def by_lxml() -> Packed:
        text = etree.tostring(_built(iter(elements)), encoding="unicode")
        return pack(f"{XML_HEAD}{text}".encode("gbk"), SETTINGS, NAME)

    return Work("pack: first filing with its pictures", FILINGS, by_codec, by_lxml, packed, packed)


def unpacking(records: int) -> Work:
    """Records on file, from the two texts of a packed download file."""
    filed = tuple(_samples("sample_download.xml", records))
    packed = pack(codec.write_download(filed), SETTINGS, NAME)

    def by_codec() -> tuple[Any, ...]:
        return codec.read(unpack(packed.beianInfo, packed.beianInfoHash, SETTINGS))

    def by_lxml() -> list[Any]:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        return _texts(etree.fromstring(unpack(packed.beianInfo, packed.beianInfoHash, SETTINGS), parser))

    return Work("unpack: record on file", records, by_codec, by_lxml, filed, by_lxml())


def _built(elements: Iterator[Any], parent: etree._Element | None = None) -> etree._Element:
    """The next element of a flat list (tag, attributes, namespaces, text, number of children) with all below it."""
    tag, attributes, namespaces, text, children = next(elements)
    if parent is None:
        node = etree.Element(tag, attributes, namespaces)
    else:
        node = etree.SubElement(parent, tag, attributes, namespaces)
    node.text = text
    for _ in range(children):
        _built(elements, node)
    return node


def compare(work: Work, *, rounds: int) -> Line:
    """The codec's speed beside the yardstick's. Raises :class:`NotTheSame`."""
    if (work.by_codec(), work.by_lxml()) != (work.result, work.yardstick_result):
        raise NotTheSame(work.name)
    times: dict[Callable[[], Any], list[float]] = {work.by_codec: [], work.by_lxml: []}
    often = _often_enough(work.by_codec)
    for number in range(rounds):
        for run in times if number % 2 else reversed(times):
            times[run].append(_seconds(run, often))
    ours, theirs = sorted(times[work.by_codec]), statistics.median(times[work.by_lxml])
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


def _texts(node: etree._Element) -> list[Any]:
    """Tag and text, or tag and content, of all below an element."""
    return [(child.tag, _texts(child) if len(child) else child.text) for child in node]


def _samples(file: str, number: int) -> list[Any]:
    """So many records like the invented one in a file; their numbers differ."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    found: list[Any] = []
    for n in range(100_001, 100_001 + number):
        packed = pack(f'{XML_HEAD}{text.replace("NUMBER", str(n))}'.encode("gbk"), SETTINGS, NAME)
        found += codec.read(unpack(packed.beianInfo, packed.beianInfoHash, SETTINGS))
    return found
