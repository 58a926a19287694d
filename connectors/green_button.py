"""Green Button: readings of electricity, gas and water in ESPI, an Atom feed (XML).

Source: "Download My Data" and "Connect My Data" of suppliers (NAESB REQ.21, ESPI 1 to 3);
    IntervalBlocks one an entry or several in one, with or without namespace prefixes.
Device: a feed tells no number of the meter: a usage point must be given. Several UsagePoints of one
    commodity in a feed are told apart by the last part of their addresses and add up.
Units: ReadingType's uom times 10^powerOfTenMultiplier: Wh, J, m3, cubic feet, gallons, litres, BTU,
    therms (of the US gas industry, 105.4804 MJ); W where it is stated to be an average.
Label: START and duration of each reading; without timePeriod the block's start and intervalLength.
Zone: seconds since 1970 UTC.
Cadence: quarters of an hour to two months, several in one feed.
Traps: one energy told at several steps (hours and days) goes to channels of their period, which do
    not add up; of two steps of one period the finer counts, and a coarser reading that begins with
    one of it is left aside, with a note. Flow direction 1 is drawn, 19 fed in; 4, and none, is net:
    below 0 it is fed in. Where both directions are told of a time, net is left aside; beside one
    of them it tells the other (forward less net is fed in, reverse and net are drawn). Tariff
    periods, tiers and phases are left aside where a total in their quantity tells all of their
    time; elsewhere they add up. Summaries of bills repeat the readings: not read. Cumulative
    readings, peaks, reactive energy and voltages are left aside, with a note. What states no unit
    is refused (bad_unit). Estimated and projected readings are marked. Therms are energy, and gas
    is counted as volume here: such readings are told, and refused when they are to be stored.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from connectors import _espi_types, _xml
from connectors._espi import Meter, meters, readings
from connectors._espi_site import Site
from connectors._json import not_this
from connectors._units import BadValueError, to_amount
from hub.model import (
    LONGEST,
    TOTAL,
    ChannelKey,
    Context,
    Decoded,
    DecodeError,
    Gap,
    Note,
    PeriodClass,
    Reject,
    Series,
    period_class,
)

NAME = "green_button"
LABELS, DEVICE = {"interval": "length"}, "usage_point"
TOPICS: tuple[str, ...] = ()

_SUMMARIES = ("ElectricPowerUsageSummary", "UsageSummary", "ElectricPowerQualitySummary")
_KIND = Note(
    "green_button_kind",
    "index, pointes, énergie réactive et tensions : laissés de côté",
    "cumulative readings, peaks, reactive energy and voltages: left aside",
)
_COARSER = Note(
    "green_button_coarser",
    "la même énergie à un pas plus long : laissée de côté",
    "the same energy at a longer step: left aside",
)

#: ts, value, seconds, row, quality.
_Reading = tuple[int, int, int, int, int]


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every reading of the feed. Raises DecodeError: not XML, no feed, no readings, no device."""
    feed = _xml.root(payload)
    if feed.tag not in ("feed", "entry"):
        raise not_this(NAME, f"<{feed.tag[:40]}>, <feed> ?")
    rows = {id(each): n for n, each in enumerate(feed.iter("IntervalReading"), start=1)}
    if not rows:
        raise DecodeError("no_readings", value="Green Button")
    if not ctx.device:
        raise DecodeError("missing_usage_point")
    summaries = sum(1 for each in feed.iter() if each.tag in _SUMMARIES)
    into = Decoded(rows=len(rows) + summaries, ignored=summaries)
    columns: dict[ChannelKey, list[_Reading]] = {}
    known: set[tuple[ChannelKey, PeriodClass, int]] = set()
    site = Site(found := meters(feed))
    for meter in sorted(found, key=lambda each: (site.rank(each), _step(each))):
        told = _told(meter, site, ctx.device, rows, into)
        for key, reading in told:
            if (key, period_class(reading[2]), reading[0]) in known:
                _leave(_COARSER, into)
            else:
                columns.setdefault(key, []).append(reading)
                site.take(meter, key, (reading[0], reading[0] + reading[2]), reading[1])
        known.update((key, period_class(r[2]), r[0]) for key, r in told)
    for row in rows.values():  # in no entry
        into.rejects.append(Reject(row, "bad_name", column="IntervalReading"))
    for key, column in columns.items():
        ts, value, seconds, numbers, quality = map(list, zip(*column, strict=True))
        into.series.append(Series(key, ts, value, seconds=seconds, row=numbers, quality=quality))
    return into


def sniff(head: bytes) -> float:
    """Sure of XML that names the ESPI namespace."""
    return 1.0 if _xml.begins(head) and b"http://naesb.org/espi" in head else 0.0


def _told(
    meter: Meter, site: Site, device: str, rows: dict[int, int], into: Decoded
) -> list[tuple[ChannelKey, _Reading]]:
    """What a meter's readings tell; gaps, rejects and what is left aside go to ``into``."""
    is_amount = _espi_types.is_amount(meter)
    found = []
    for element, ts, seconds in readings(meter):
        row = rows.pop(id(element), None)
        if row is None:
            continue
        if not is_amount:
            _leave(_KIND, into)
            continue
        try:
            reading = _reading(element, ts, seconds, meter, device, site)
        except BadValueError as error:
            into.rejects.append(Reject(row, error.reason, error.column or "value", error.value))
            continue
        if reading is None:
            into.gaps.append(Gap(row, ts, ts + seconds, "value"))
        elif isinstance(reading, Note):
            _leave(reading, into)
        else:
            quality = int(_espi_types.quality(element, meter))
            found.append((reading[0], (ts, reading[1], seconds, row, quality)))
    return found


def _reading(
    element: Element, ts: int, seconds: int, meter: Meter, device: str, site: Site
) -> tuple[ChannelKey, int] | Note | None:
    """Channel and amount of a reading, or why it is left aside; None where it says nothing.

    Raises BadValueError.
    """
    if ts < 0:
        raise BadValueError("bad_time", _xml.text(element, "timePeriod/start"), "start")
    if seconds <= 0:
        raise BadValueError("unknown_step", None, "duration")
    if seconds > LONGEST["month"]:
        raise BadValueError("out_of_range", seconds, "duration")
    unit, commodity = _espi_types.unit(meter, seconds), _espi_types.commodity(meter)
    if not commodity:
        raise BadValueError("bad_name", meter.service, "ServiceCategory")
    text = _xml.text(element, "value")
    if text == "":
        return None
    flow, size = _espi_types.flow(meter, text)
    key = ChannelKey(device, commodity, flow, unit.quantity, TOTAL, "interval", site.input(meter))
    told = site.beside(meter, key, (ts, ts + seconds), to_amount(size, unit))
    if not isinstance(told, Note) and told[1] < 0:
        raise BadValueError("out_of_range", text)
    return told


def _step(meter: Meter) -> int:
    """The length of a meter's readings, to tell the finer one."""
    lengths = (seconds for _, _, seconds in readings(meter) if seconds > 0)
    return next(lengths, LONGEST["month"])


def _leave(note: Note, into: Decoded) -> None:
    into.ignored += 1
    if note not in into.notes:
        into.notes.append(note)
