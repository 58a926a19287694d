"""Facts and traps of ESPI feeds."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import Any

import pytest

from hub.model import Decoded, DecodeError, Quality
from tests.connectors.answers import DEVICE, decode, sniffed
from tests.connectors.files import amounts, notes, reasons

T0 = 1_792_879_200  # 2026-10-24T22:00:00Z
HOUR = 3600
ESPI = 'xmlns="http://naesb.org/espi"'


def entry(own: str, content: str, *related: str, up: str = "") -> str:
    links = f'<link rel="self" href="{own}"/>' + (f'<link rel="up" href="{up}"/>' if up else "")
    links += "".join(f'<link rel="related" href="{href}"/>' for href in related)
    return f"<entry>{links}<content>{content}</content></entry>"


def reading(start: Any, seconds: Any, value: Any, quality: str = "") -> str:
    period = f"<timePeriod><duration>{seconds}</duration><start>{start}</start></timePeriod>"
    marks = f"<ReadingQuality><quality>{quality}</quality></ReadingQuality>" if quality else ""
    return f"<IntervalReading>{marks}{period}<value>{value}</value></IntervalReading>"


def block(readings: Iterable[str], start: int = T0) -> str:
    period = f"<interval><duration>86400</duration><start>{start}</start></interval>"
    return f"<IntervalBlock {ESPI}>{period}{''.join(readings)}</IntervalBlock>"


def meter(name: str, readings: Iterable[str], point: str = "U/1", **codes: Any) -> str:
    """A meter reading with its type and one block."""
    told = "".join(f"<{code}>{value}</{code}>" for code, value in codes.items())
    own = f"{point}/MeterReading/{name}"
    return (
        entry(own, f"<MeterReading {ESPI}/>", f"T/{name}", f"{own}/IntervalBlock")
        + entry(f"T/{name}", f"<ReadingType {ESPI}>{told}</ReadingType>")
        + entry(f"{own}/IntervalBlock/1", block(readings), up=f"{own}/IntervalBlock")
    )


def point(name: str = "U/1", kind: Any = 0) -> str:
    service = f"<ServiceCategory><kind>{kind}</kind></ServiceCategory>"
    return entry(name, f"<UsagePoint {ESPI}>{service}</UsagePoint>", f"{name}/MeterReading")


def feed(*parts: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(parts)}</feed>'.encode()


def told(*parts: str, device: str = DEVICE) -> Decoded:
    return decode("green_button", feed(*parts), device)


def one(text: Any = 100, seconds: int = HOUR, **codes: Any) -> Decoded:
    """A single reading of electricity (unless the codes say otherwise) in Wh."""
    codes = {"uom": 72, "commodity": 1} | codes
    return told(point(), meter("a", [reading(T0, seconds, text)], **codes))


def value(decoded: Decoded) -> tuple[str, str, str, int]:
    (series,) = decoded.series
    return series.key.commodity, series.key.flow, series.key.quantity, int(series.value[0])


def test_f01_the_stamp_is_the_start_of_its_duration() -> None:
    assert amounts(one()) == {"2026-10-24T22:00": (HOUR, 100_000)}
    fraction = told(point(), meter("a", [reading(f"{T0}.9", HOUR, 1)], uom=72))
    assert amounts(fraction) == {"2026-10-24T22:00": (HOUR, 1_000)}


@pytest.mark.parametrize(
    ("uom", "power", "text", "quantity", "amount"),
    [
        (72, 0, "12.5", "energy", 12_500),
        (72, 3, "2", "energy", 2_000_000),
        (72, -3, "2500", "energy", 2_500),
        (31, 6, "36", "energy", 10_000_000),
        (169, -3, "37000", "energy", 1_084_104_111),  # 37 therms of 105 480 400 J
        (132, 3, "3700", "energy", 1_084_104_111),  # the same in BTU
        (42, -2, "125", "volume", 1_250_000),
        (119, 0, "100", "volume", 2_831_685),
        (128, 0, "100", "volume", 378_541),
        (130, 0, "100", "volume", 454_609),
        (134, 0, "1500", "volume", 1_500_000),
    ],
)
def test_units_and_powers_of_ten(
    uom: int, power: int, text: str, quantity: str, amount: int
) -> None:
    found = one(text, uom=uom, powerOfTenMultiplier=power, commodity=7)
    assert value(found) == ("gas", "consumption", quantity, amount)


@pytest.mark.parametrize(
    ("commodity", "service", "name"),
    [
        (1, 1, "electricity"),
        (2, "", "electricity"),
        (7, 0, "gas"),
        (9, "", "water"),
        (0, 0, "electricity"),
        ("", 1, "gas"),
        ("", 2, "water"),
        ("", 4, "heat"),
    ],
)
def test_the_reading_type_tells_the_commodity_else_the_usage_point(
    commodity: Any, service: Any, name: str
) -> None:
    found = told(point(kind=service), meter("a", [reading(T0, 60, 1)], uom=72, commodity=commodity))
    assert value(found)[0] == name


@pytest.mark.parametrize(
    ("direction", "text", "flow", "amount"),
    [
        (1, "5", "consumption", 5_000),
        (19, "5", "injection", 5_000),
        (4, "5", "consumption", 5_000),
        (4, "-5", "injection", 5_000),
        ("", "-5", "injection", 5_000),
    ],
)
def test_flow_directions(direction: Any, text: str, flow: str, amount: int) -> None:
    assert value(one(text, flowDirection=direction)) == ("electricity", flow, "energy", amount)


@pytest.mark.parametrize(
    "codes",
    [
        {"uom": 73},  # reactive energy
        {"uom": 29},  # voltage
        {"uom": 38},  # power that is not stated to be an average
        {"uom": 38, "dataQualifier": 8},  # peak
        {"accumulationBehaviour": 3},  # cumulative
        {"accumulationBehaviour": 9},
        {"dataQualifier": 8},
        {"flowDirection": 20},  # total of both directions
    ],
)
def test_what_is_no_amount_of_its_interval_is_left_aside(codes: dict[str, Any]) -> None:
    found = one(**codes)
    assert (found.series, found.ignored, list(notes(found))) == ([], 1, ["green_button_kind"])


def test_t07_an_average_power_is_the_energy_of_its_interval() -> None:
    found = one("401", 900, uom=38, dataQualifier=2)
    assert value(found) == ("electricity", "consumption", "energy", 100_250)


def test_f12_one_energy_at_two_steps_is_not_added_twice() -> None:
    days = meter("day", [reading(T0, 86_400, 5000)], uom=72)
    hours = meter("hour", [reading(T0 + HOUR * i, HOUR, 100) for i in range(3)], uom=72)
    quarters = meter("quarter", [reading(T0 + 900 * i, 900, 25) for i in range(4)], uom=72)
    found = told(point(), days, hours, quarters)
    assert {s.key.input for s in found.series} == {""}  # inputs would add up
    assert list(notes(found)) == ["green_button_coarser"]
    (series,) = found.series
    kept = sorted(zip(series.seconds or [], series.ts, strict=True))
    assert kept == [
        *((900, T0 + 900 * i) for i in range(4)),
        (HOUR, T0 + HOUR),
        (HOUR, T0 + 2 * HOUR),
        (86_400, T0),
    ]
    assert (found.rows, found.ignored) == (8, 1)


@pytest.mark.parametrize("codes", [{"tou": 1}, {"consumptionTier": 2}, {"phase": 129}])
def test_f05_parts_beside_their_total_are_left_aside_and_add_up_without_it(codes: Any) -> None:
    whole = meter("all", [reading(T0, HOUR, 100)], uom=72, phase=225)
    part = meter("part", [reading(T0, HOUR, 40)], uom=72, **codes)
    found = told(point(), part, whole)
    assert amounts(found) == {"2026-10-24T22:00": (HOUR, 100_000)}
    assert list(notes(found)) == ["green_button_part"]
    alone = told(point(), part)
    assert [s.key.input for s in alone.series] == ["".join(f"{k}{v}" for k, v in codes.items())]


@pytest.mark.parametrize(
    "other",
    [
        {"uom": 38, "dataQualifier": 8},
        {"uom": 38, "dataQualifier": 2, "flowDirection": 19},
        {"uom": 73},
        {"uom": 63},
        {"uom": 72, "accumulationBehaviour": 3},
        {"uom": 42},
    ],
)
def test_f05_what_is_no_total_of_theirs_leaves_the_parts_alone(other: dict[str, Any]) -> None:
    codes: dict[str, Any] = {"flowDirection": 1}
    parts = [
        meter(f"tou{n}", [reading(T0, HOUR, wh)], uom=72, accumulationBehaviour=4, tou=n, **codes)
        for n, wh in ((1, 3000), (2, 1000))
    ]
    found = told(point(), *parts, meter("other", [reading(T0, HOUR, 9)], **(codes | other)))
    wh = {s.key.input: int(s.value[0]) for s in found.series if s.key.input}
    assert wh == {"tou1": 3_000_000, "tou2": 1_000_000}


def test_f05_a_total_without_readings_covers_nothing() -> None:
    part = meter("part", [reading(T0, HOUR, 40)], uom=72, tou=1)
    for nothing in ([], [reading(T0, HOUR, "")], [reading(T0, HOUR, "x")]):
        found = told(point(), meter("all", nothing, uom=72), part)
        assert amounts(found) == {"2026-10-24T22:00": (HOUR, 40_000)}


def test_f05_parts_are_left_aside_only_where_their_total_is_told() -> None:
    day = 24 * HOUR
    total = meter("all", [reading(T0 + HOUR * n, HOUR, 100) for n in range(24)], uom=72)
    part = meter(
        "part", [reading(T0, day, 900), reading(T0 + day, day, 500)], uom=72, consumptionTier=1
    )
    (whole, rest) = told(point(), part, total).series
    assert (whole.key.input, list(whole.value)) == ("", [100_000] * 24)
    assert (rest.key.input, list(rest.ts), list(rest.value)) == (
        *("consumptionTier1", [T0 + day]),
        [500_000],
    )


def by_flow(*meters: str) -> dict[str, list[int]]:
    """Wh of each flow, hour by hour."""
    found = told(point(), *meters)
    assert not found.rejects
    return {
        s.key.flow: [value // 1000 for _, value in sorted(zip(s.ts, s.value, strict=True))]
        for s in found.series
    }


def hourly(direction: int | str, *values: Any, **codes: Any) -> str:
    hours = [reading(T0 + HOUR * n, HOUR, value) for n, value in enumerate(values)]
    return meter(f"flow{direction}", hours, uom=72, flowDirection=direction, **codes)


FLOWS = {"consumption": [3000, 1000], "injection": [1000, 1500]}


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
@pytest.mark.parametrize("net", [4, 0, ""])
def test_net_beside_both_directions_is_left_aside_in_any_order(order: Any, net: Any) -> None:
    flows = [hourly(net, 2000, -500), hourly(1, 3000, 1000), hourly(19, 1000, 1500)]
    meters = [flows[n] for n in order]
    assert by_flow(*meters) == FLOWS
    assert list(notes(told(point(), *meters))) == ["green_button_net"]


@pytest.mark.parametrize("beside", [(1, 3000, 1000), (19, 1000, 1500)])
def test_net_tells_the_direction_that_is_not_told(beside: tuple[int, int, int]) -> None:
    net, gross = hourly(4, 2000, -500), hourly(*beside)
    assert by_flow(net, gross) == by_flow(gross, net) == FLOWS


def test_net_counts_where_no_direction_is_told() -> None:
    gross = (hourly(1, 3000), hourly(19, 1000))
    assert by_flow(hourly(4, 2000, -500), *gross) == {
        "consumption": [3000],
        "injection": [1000, 500],
    }


def test_net_above_what_is_drawn_cannot_be() -> None:
    assert reasons(told(point(), hourly(4, 12), hourly(1, 10))) == {1: "out_of_range"}


def test_net_is_of_the_tariff_periods_together() -> None:
    peak, rest = (
        meter(f"tou{n}", [reading(T0, HOUR, wh)], uom=72, flowDirection=1, tou=n)
        for n, wh in ((1, 1800), (2, 1200))
    )
    found = told(point(), hourly(4, 2000), peak, rest)
    flows = sorted((s.key.flow, s.key.input, int(s.value[0])) for s in found.series)
    assert flows == [
        ("consumption", "tou1", 1_800_000),
        ("consumption", "tou2", 1_200_000),
        ("injection", "", 1_000_000),
    ]


def test_usage_points_of_one_commodity_add_up() -> None:
    feeds = [
        part
        for name in ("U/7", "U/8")
        for part in (point(name), meter(name[-1], [reading(T0, HOUR, 5)], name, uom=72))
    ]
    assert sorted(s.key.input for s in told(*feeds).series) == ["7", "8"]


def test_readings_without_time_periods_follow_each_other() -> None:
    bare = [f"<IntervalReading><value>{n}</value></IntervalReading>" for n in (1, 2)]
    found = told(point(), meter("a", bare, uom=72, intervalLength=900))
    assert amounts(found) == {"2026-10-24T22:00": (900, 1_000), "2026-10-24T22:15": (900, 2_000)}
    assert reasons(told(point(), meter("a", bare, uom=72))) == {1: "bad_time", 2: "bad_time"}


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        ("0", Quality.GOOD),
        ("7", Quality.CORRECTED_BY_SOURCE),
        ("8", Quality.ESTIMATED_BY_SOURCE),
        ("12", Quality.ESTIMATED_BY_SOURCE),
        ("14", Quality.GOOD),
        ("10", Quality.METER_FAULT),
        ("", Quality.ESTIMATED_BY_SOURCE),  # the type's own
    ],
)
def test_qualities(code: str, quality: Quality) -> None:
    readings = [reading(T0, HOUR, 1, code)]
    found = told(point(), meter("a", readings, uom=72, defaultQuality=9))
    assert list(found.series[0].quality or []) == [quality]


@pytest.mark.parametrize(
    ("readings", "codes", "reason"),
    [
        ([reading(T0, HOUR, "x")], {}, "bad_number"),
        ([reading(T0, HOUR, "-5")], {"flowDirection": 1}, "out_of_range"),
        ([reading(T0, HOUR, "9" * 30)], {}, "bad_number"),
        ([reading("soon", HOUR, 5)], {}, "bad_time"),
        ([reading("-5", HOUR, 5)], {}, "bad_time"),
        ([reading(T0, 0, 5)], {}, "unknown_step"),
        ([reading(T0, 500 * 86_400, 5)], {}, "out_of_range"),
        ([reading(T0, HOUR, 5)], {"uom": ""}, "bad_unit"),
        ([reading(T0, HOUR, 5)], {"uom": 2}, "bad_unit"),
        ([reading(T0, HOUR, 5)], {"powerOfTenMultiplier": 40}, "bad_unit"),
    ],
)
def test_a_bad_reading_is_rejected(readings: list[str], codes: Any, reason: str) -> None:
    found = told(point(), meter("a", readings, **({"uom": 72} | codes)))
    assert (reasons(found), found.series) == ({1: reason}, [])


def test_f09_an_empty_value_is_a_gap() -> None:
    found = told(point(), meter("a", [reading(T0, HOUR, ""), reading(T0 + HOUR, HOUR, 0)], uom=72))
    assert amounts(found) == {"2026-10-24T23:00": (HOUR, 0)}
    assert [(g.start, g.end) for g in found.gaps] == [(T0, T0 + HOUR)]


def test_a_commodity_that_nothing_tells_is_not_guessed() -> None:
    found = told(point(kind=""), meter("a", [reading(T0, HOUR, 5)], uom=72))
    assert reasons(found) == {1: "bad_name"}


def test_summaries_repeat_and_are_not_read() -> None:
    summary = entry("S/1", f"<UsageSummary {ESPI}><billToDate>1</billToDate></UsageSummary>")
    found = told(point(), meter("a", [reading(T0, HOUR, 5)], uom=72), summary)
    assert (found.rows, found.ignored) == (2, 1)


def test_links_may_be_absolute_relative_or_missing() -> None:
    bare = (
        f"<entry><content><UsagePoint {ESPI}><ServiceCategory><kind>1</kind></ServiceCategory>"
        f"</UsagePoint></content></entry><entry><content><MeterReading {ESPI}/></content></entry>"
        f"<entry><content><ReadingType {ESPI}><uom>42</uom></ReadingType></content></entry>"
        f"<entry><content>{block([reading(T0, HOUR, 3)])}</content></entry>"
    )
    assert value(told(bare)) == ("gas", "consumption", "volume", 3_000_000)
    mixed = meter("a", [reading(T0, HOUR, 3)], uom=42, commodity=7)
    assert value(told(mixed.replace('href="T/a"', 'href="https://x.example/T/a/"', 1))) == (
        *("gas", "consumption", "volume"),
        3_000_000,
    )


def test_a_block_of_nobody_is_rejected_and_one_outside_of_any_entry_too() -> None:
    two = meter("a", [], uom=72) + meter("b", [], uom=72)
    stray = entry("X/1", block([reading(T0, HOUR, 3)]))
    assert reasons(told(point(), two, stray)) == {1: "bad_unit"}
    assert reasons(told(point(), block([reading(T0, HOUR, 3)]))) == {1: "bad_name"}


@pytest.mark.parametrize(
    ("payload", "device", "reason"),
    [
        (feed(point(), meter("a", [reading(T0, HOUR, 1)], uom=72)), "", "missing_usage_point"),
        (feed(point()), DEVICE, "no_readings"),
        (b"<html><body>login</body></html>", DEVICE, "not_this_format"),
        (b"<feed", DEVICE, "not_xml"),
        (b'<!DOCTYPE feed [<!ENTITY a "b">]><feed>&a;</feed>', DEVICE, "not_xml"),
    ],
)
def test_what_is_no_feed_is_an_error(payload: bytes, device: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("green_button", payload, device)
    assert caught.value.reason == reason


def test_a_feed_is_known_by_its_namespace() -> None:
    assert sniffed(feed(point())) == {"green_button": 1.0}
    assert sniffed(b"\xef\xbb\xbf" + feed(point())) == {"green_button": 1.0}
    assert sniffed(b'<feed xmlns="http://www.w3.org/2005/Atom"/>') == {}
