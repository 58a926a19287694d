"""RFC 8428 as the hub reads it: base fields, times, names, units, durations, sums."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import senml
from hub.model import Decoded, DecodeError, Quality
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, devices, qualities, stamps, values
from tests.connectors.messages import decode as decode_any

TOTAL = "electricity/consumption/TOTAL"


def decode(pack: Any, **more: Any) -> Decoded:
    return decode_any("senml", pack, "hub/v1/gw/readings", **more)


def one(record: dict[str, Any]) -> Decoded:
    return decode([{"bn": "m/", "t": NOW} | record])


def reasons(decoded: Decoded) -> list[tuple[int, str, str | None]]:
    return [(r.row, r.reason, r.column) for r in decoded.rejects]


@pytest.mark.parametrize(
    ("unit", "value", "quantity", "kind", "number"),
    [
        ("Wh", 7970903, "energy", "register", 7_970_903_000),
        ("kWh", 7970.903, "energy", "register", 7_970_903_000),
        ("MWh", 7.970903, "energy", "register", 7_970_903_000),
        ("J", 3_600_000, "energy", "register", 1_000_000),
        ("GJ", 3.6, "energy", "register", 1_000_000_000),
        ("m3", 123.529, "volume", "register", 123_529_000),
        ("l", 123529, "volume", "register", 123_529_000),
        ("kg", 12.5, "mass", "register", 12_500),
        ("count", 2435, "units", "register", 2_435_000),
        ("W", 431.5, "power", "power", 431_500),
        ("kVA", 0.78, "apparent_power", "power", 780_000),
    ],
)
def test_units(unit: str, value: Any, quantity: str, kind: str, number: int) -> None:
    told = one({"n": TOTAL, "u": unit, "v": value})
    assert values(told) == {("electricity", "consumption", quantity, "TOTAL", kind): number}
    assert (devices(told), stamps(told), qualities(told)) == ({"m"}, {NOW}, {Quality.GOOD})


def test_f01_a_duration_makes_the_amount_of_the_interval_that_starts_at_t() -> None:
    told = one({"n": f"{TOTAL}/PT30M", "u": "Wh", "v": 215.75})
    series = told.series[0]
    assert (series.key.kind, list(series.seconds or [])) == ("interval", [1800])
    assert (list(series.ts), list(series.value)) == ([NOW], [215_750])


def test_t07_mean_power_over_a_duration_is_its_energy() -> None:
    for step, seconds in (("PT10M", 600), ("PT30M", 1800), ("PT1H", 3600)):
        told = one({"n": f"{TOTAL}/{step}", "u": "W", "v": 1200})
        assert told.series[0].key.quantity == "energy"
        assert list(told.series[0].value) == [1_200_000 * seconds // 3600]


def test_base_fields_hold_for_what_follows() -> None:
    told = decode(
        [
            {
                "bn": "m/electricity/",
                "bt": NOW,
                "bu": "Wh",
                "bv": 1000.1,
                "n": "consumption/HC",
                "v": 0.2,
            },
            {"n": "consumption/HP", "v": 0.3, "t": 60, "u": "kWh"},
            {"bn": "k/solar/", "bv": 0, "n": "production/TOTAL", "v": 5},
        ]
    )
    assert {(s.key.device, s.key.register): (s.ts[0], s.value[0]) for s in told.series} == {
        ("m", "HC"): (NOW, 1_000_300),
        ("m", "HP"): (NOW + 60, 1_000_400_000),
        ("k", "TOTAL"): (NOW, 5_000),
    }


def test_a_sum_of_power_is_energy() -> None:
    told = decode(
        [
            {"bn": "m/", "bt": NOW, "bs": 3_600_000, "bu": "W"},
            {"n": TOTAL, "v": 500, "s": 1800},
            {"n": TOTAL, "s": 3600, "t": 60},
        ]
    )
    energy = [s for s in told.series if s.key.quantity == "energy"]
    assert [(list(s.ts), list(s.value)) for s in energy] == [
        ([NOW, NOW + 60], [1_000_500, 1_001_000])
    ]
    assert (told.rows, told.ignored) == (3, 1)


@pytest.mark.parametrize(
    ("fields", "ts", "relative"),
    [
        ({}, NOW, True),
        ({"t": 0}, NOW, True),
        ({"t": -5}, NOW - 5, True),
        ({"t": 2**28 - 1}, NOW + 2**28 - 1, True),
        ({"t": 2**28}, 2**28, False),
        ({"bt": NOW - 10, "t": 4.9}, NOW - 6, False),
        ({"bt": float(NOW) - 0.5, "t": 0.5}, NOW, False),
        ({"bt": 1.2e9, "t": -5}, 1_199_999_995, False),
        ({"bt": -60}, NOW - 60, True),
    ],
)
def test_times_below_two_to_the_28_are_relative(
    fields: dict[str, Any], ts: int, relative: bool
) -> None:
    told = decode([{"bn": "m/", "n": TOTAL, "u": "Wh", "v": 1} | fields])
    assert stamps(told) == {ts}
    assert qualities(told) == {Quality.ARRIVAL_TIME if relative else Quality.GOOD}


def test_t13_an_amount_without_an_absolute_time_is_refused() -> None:
    for time in ({}, {"t": -1800}):
        told = decode([{"bn": "m/", "n": f"{TOTAL}/PT30M", "u": "Wh", "v": 1} | time])
        assert reasons(told) == [(1, "missing_time", "t")]


def test_f13_late_history_in_one_pack_keeps_every_record_s_own_time() -> None:
    """As a LoRaWAN meter sends it: newest first, hours old, one record out of order."""
    ages = (0, 3600, 10_800, 7200, 86_400)
    told = decode(
        [{"bn": "m/", "bt": NOW - 60, "bu": "Wh"}]
        + [{"n": TOTAL, "t": -age, "v": 90_000 - age} for age in ages]
    )
    (series,) = told.series
    assert dict(zip(series.ts, series.value, strict=True)) == {
        NOW - 60 - age: (90_000 - age) * 1000 for age in ages
    }
    assert qualities(told) == {Quality.GOOD}


def test_f13_intervals_of_the_past_begin_when_their_record_says() -> None:
    starts = [NOW - 7200, NOW - 86_400, NOW - 3600]
    told = decode([{"bn": "m/", "n": f"{TOTAL}/PT1H", "u": "Wh", "t": t, "v": 5} for t in starts])
    (series,) = told.series
    assert list(series.ts) == starts
    assert list(series.seconds or []) == [3600] * 3


@pytest.mark.parametrize(
    "name",
    ["", "TOTAL", "m/TOTAL", "electricity/consumption/TOTAL", "/electricity/consumption/TOTAL",
     "m/Electricity/consumption/TOTAL", "m/electricity/use/TOTAL", "m/electricity/consumption/",
     "m/electricity/consumption/TOTAL/30M", "m/electricity/consumption/TO TAL",
     "m/electricity/consumption/TOTAL/PT30M/PT30M", "m\0/electricity/consumption/TOTAL",
     "m/electricity/consumption/" + "T" * 17, "m" * 300 + "/electricity/consumption/TOTAL"],
)  # fmt: skip
def test_names_that_are_none(name: str) -> None:
    told = decode([{"n": name, "u": "Wh", "v": 1, "t": NOW}])
    assert reasons(told) == [(1, "bad_name", "n")]
    assert "\0" not in (told.rejects[0].value or "")


def test_a_device_id_may_have_slashes_and_a_commodity_may_be_new() -> None:
    told = decode(
        [{"n": "urn:dev:mac:0/a/ev-charging/consumption/total", "u": "kWh", "v": 1, "t": NOW}]
    )
    key = told.series[0].key
    assert (key.device, key.commodity, key.register) == ("urn:dev:mac:0/a", "ev-charging", "TOTAL")


@pytest.mark.parametrize(
    ("record", "reason", "column"),
    [
        ({"u": "V", "v": 1}, "bad_unit", "u"),
        ({"v": 1}, "bad_unit", "u"),
        ({"u": 5, "v": 1}, "bad_unit", "u"),
        ({"u": "Wh"}, "bad_number", "v"),
        ({"u": "Wh", "v": "1"}, "bad_number", "v"),
        ({"u": "Wh", "v": None}, "bad_number", "v"),
        ({"u": "Wh", "v": True}, "bad_number", "v"),
        ({"u": "Wh", "vb": True}, "bad_number", "vb"),
        ({"u": "Wh", "vs": "1"}, "bad_number", "vs"),
        ({"u": "Wh", "v": -1}, "out_of_range", "v"),
        ({"u": "W", "v": -1}, "out_of_range", "v"),
        ({"u": "Wh", "v": 1e300}, "out_of_range", "v"),
        ({"u": "kWh", "v": 4294967.295}, "sentinel", "v"),
        ({"u": "Wh", "v": 1, "t": "now"}, "bad_time", "t"),
        ({"u": "Wh", "v": 1, "t": 1e300}, "bad_time", "t"),
        ({"u": "Wh", "v": 1, "t": -(10**12)}, "bad_time", "t"),
        ({"u": "Wh", "v": 1, "t": False}, "bad_time", "t"),
        ({"u": "Wh", "v": 1, "s": "x"}, "bad_number", "s"),
        ({"u": "m3", "s": 1}, "bad_unit", "s"),
        ({"u": "Wh", "v": 1, "n": 5}, "bad_name", "n"),
        ({"u": "Wh", "v": 1, "bn": 5}, "bad_name", "bn"),
        ({"u": "Wh", "v": 1, "bt": "x"}, "bad_time", "bt"),
        ({"u": "Wh", "v": 1, "bv": []}, "bad_number", "bv"),
        ({"v": 1, "bu": {}}, "bad_unit", "bu"),
        ({"u": "Wh", "v": 1, "n": f"{TOTAL}/P3Y"}, "out_of_range", "n"),
        ({"u": "VA", "v": 1, "n": f"{TOTAL}/PT1H"}, "bad_unit", "u"),
    ],
)
def test_an_invalid_record_is_a_reject_and_the_others_stay(
    record: dict[str, Any], reason: str, column: str
) -> None:
    good = {"bn": "m/", "bt": 0, "bu": "Wh", "bv": 0, "n": TOTAL, "t": NOW, "v": 2}
    told = decode([good, {"n": TOTAL, "t": NOW + 60, "bu": ""} | record, good | {"t": NOW + 120}])
    assert reasons(told) == [(2, reason, column)]
    assert [list(s.ts) for s in told.series] == [[NOW, NOW + 120]]


def test_what_hangs_on_a_broken_base_field_is_not_guessed() -> None:
    told = decode(
        [
            {"bn": "m/", "bt": NOW, "bu": "Wh", "n": TOTAL, "v": 1},
            {"bt": "noon", "n": TOTAL, "v": 2},
            {"n": TOTAL, "v": 3},
            {"bt": NOW + 60, "n": TOTAL, "v": 4},
        ]
    )
    assert reasons(told) == [(2, "bad_time", "bt"), (3, "bad_time", "bt")]
    assert [list(s.value) for s in told.series] == [[1_000, 4_000]]


@pytest.mark.parametrize(
    "pack",
    [
        {},
        3,
        None,
        "x",
        [1],
        [[]],
        [{"bver": 11}],
        [{"bver": "10"}],
        [{"n": TOTAL, "v": 1, "scale_": 2}],
    ],
)
def test_what_is_no_pack_is_an_error(pack: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(pack)
    assert caught.value.reason == "not_this_format"


def test_the_rfcs_own_example_is_read_and_each_record_answered() -> None:
    told = decode(
        [
            {"bn": "urn:dev:ow:10e2073a0108006:", "bt": 1.276020076001e09, "bu": "A", "bver": 5,
             "n": "voltage", "u": "V", "v": 120.1},
            {"n": "current", "t": -5, "v": 1.2},
        ]
    )  # fmt: skip
    assert reasons(told) == [(1, "bad_name", "n"), (2, "bad_name", "n")]


def test_a_file_of_packs_names_rows_and_lines() -> None:
    lines = [
        b'[{"bn":"m/","bu":"Wh","n":"solar/production/TOTAL","t":%d,"v":1},{"n":"x","v":1}]' % NOW,
        b"[{",
        b'{"n":"x"}',
        b'[{"bn":"m/","bu":"Wh","n":"solar/production/TOTAL","t":%d,"v":2}]' % (NOW + 60),
    ]
    told = decode_any("senml", b"\n".join(lines))
    assert [(r.row, r.line, r.reason) for r in told.rejects] == [
        (2, 1, "bad_name"),
        (3, 2, "not_json"),
        (4, 3, "not_this_format"),
    ]
    assert [list(s.row or []) for s in told.series] == [[1, 5]]
    assert len(accounted(told)) + told.ignored == told.rows == 5


@given(
    st.lists(
        st.tuples(st.sampled_from(["HC", "HP", "x y", "TOTAL/PT30M"]), st.integers(-5, 10**12),
                  st.sampled_from(["Wh", "kWh", "V", "W"]), st.integers(-100, 2**31)),
        max_size=30,
    )
)  # fmt: skip
def test_every_record_is_accounted_for(records: list[tuple[str, int, str, int]]) -> None:
    pack = [
        {"n": f"m/electricity/consumption/{n}", "v": v, "u": u, "t": t} for n, v, u, t in records
    ]
    told = decode(pack)
    taken = [r for s in told.series for r in s.row or []]
    assert told.rows == len(records) == len(taken) + len(told.rejects)
    assert len(set(taken)) == len(taken)


def test_sniff_knows_its_files() -> None:
    assert senml.sniff(b'[{"bn":"m/","n":"water/consumption/TOTAL","v":1}]') > 0.9
    assert senml.sniff(b' \n[\n{"n":"m/water/consumption/TOTAL","u":"m3","v":1}]') > 0.9
    assert 0.5 < senml.sniff(b'[{"bn":"urn:dev:","bt":1,"n":"voltage","v":1}]') < 0.9
    for other in (b"", b"date;index\n", b"{", b"[1,2]", b'[{"date":"2026-01-01"}]', b"\x00" * 100):
        assert senml.sniff(other) == 0.0
