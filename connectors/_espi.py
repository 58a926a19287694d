"""ESPI (Green Button) feeds: which readings belong to which meter.

A feed is a flat list of Atom entries. Their links tell the tree: a usage point's "related" links
name its meter readings, theirs name the reading type and the interval blocks; "up" links and longer
addresses of the same beginning tell the same from below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from connectors import _xml


@dataclass(slots=True)
class Entry:
    """An Atom entry: its addresses and what it holds."""

    own: str
    up: str
    related: list[str]
    content: list[Element]

    def holds(self, tag: str) -> bool:
        """Whether the entry has such an element."""
        return self.first(tag) is not None

    def first(self, tag: str) -> Element | None:
        """The entry's first such element."""
        return next((element for element in self.content if element.tag == tag), None)


@dataclass(slots=True)
class Meter:
    """A MeterReading with what its links lead to: its usage point's address and kind of service,
    the codes of its reading type, its blocks of readings."""

    usage_point: str = ""
    service: int | None = None
    codes: dict[str, int | None] = field(default_factory=dict)
    blocks: list[Element] = field(default_factory=list)


def number(text: str) -> int | None:
    """A code as a number; None where it is none."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else None


def meters(feed: Element) -> list[Meter]:
    """Every meter reading of the feed, with its blocks in the order of the feed.

    Blocks of which no link tells the meter are those of a meter of which nothing is known.
    """
    found = [_entry(element) for element in feed.iter("entry")]
    points, readings, types = (
        _Family([entry for entry in found if entry.holds(tag)])
        for tag in ("UsagePoint", "MeterReading", "ReadingType")
    )
    by_entry = {id(entry): _meter(entry, points, types) for entry in readings.members}
    lost = Meter()
    for entry in found:
        blocks = [element for element in entry.content if element.tag == "IntervalBlock"]
        owner = readings.owner(entry) if blocks else None
        (lost if owner is None else by_entry[id(owner)]).blocks.extend(blocks)
    return [*by_entry.values(), *([lost] if lost.blocks else [])]


def _entry(element: Element) -> Entry:
    links: dict[str, list[str]] = {"self": [], "up": [], "related": []}
    for link in element.findall("link"):
        links.setdefault(link.get("rel", ""), []).append(_address(link.get("href", "")))
    content = [child for holder in element.findall("content") for child in holder]
    own, up = (links[rel][0] if links[rel] else "" for rel in ("self", "up"))
    return Entry(own, up, links["related"], content)


def _address(href: str) -> str:
    """An address without host and last slash: files mix absolute and relative ones."""
    return re.sub(r"^[a-z]+://[^/]*", "", href.strip()).rstrip("/")


def _meter(entry: Entry, points: _Family, types: _Family) -> Meter:
    point = points.owner(entry)
    service = point.first("UsagePoint") if point else None
    told = None if service is None else number(_xml.text(service, "ServiceCategory/kind"))
    linked = [types.by_own[address] for address in entry.related if address in types.by_own]
    kinds = linked or (types.members if len(types.members) == 1 else [])
    codes = (kinds[0].first("ReadingType") if kinds else None) or ()
    return Meter(
        point.own if point else "",
        told,
        {element.tag: number((element.text or "").strip()) for element in codes},
    )


class _Family:
    """Entries of one sort, findable by the links of others and by their addresses."""

    def __init__(self, members: list[Entry]) -> None:
        self.members = members
        self.by_own = {entry.own: entry for entry in members if entry.own}
        self._by_related = {link: entry for entry in members for link in entry.related if link}

    def owner(self, entry: Entry) -> Entry | None:
        """Whose an entry is: by their link to it, by its address, or as the only one there is."""
        for address in (entry.own, entry.up):
            if address in self._by_related:
                return self._by_related[address]
        above = entry.own
        while above:
            above = above.rpartition("/")[0]
            if above in self.by_own:
                return self.by_own[above]
        return self.members[0] if len(self.members) == 1 else None


def readings(meter: Meter) -> Iterator[tuple[Element, int, int]]:
    """Each reading of a meter with its start and its seconds; where unknown, they are -1.

    Without a timePeriod a reading is the next intervalLength of its block.
    """
    length = meter.codes.get("intervalLength") or -1
    for block in meter.blocks:
        begin = _whole(_xml.text(block, "interval/start"))
        for position, reading in enumerate(block.findall("IntervalReading")):
            start = _whole(_xml.text(reading, "timePeriod/start"))
            if start < 0 <= begin and length > 0 and reading.find("timePeriod") is None:
                start = begin + position * length
            seconds = _whole(_xml.text(reading, "timePeriod/duration"))
            yield reading, start, seconds if seconds > 0 else length


def _whole(text: str) -> int:
    """Whole seconds of a number, floored; -1 where it is none."""
    match = re.fullmatch(r"([0-9]{1,11})(\.[0-9]{0,18})?", text)
    return int(match[1]) if match else -1
