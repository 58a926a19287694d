"""Pulse counters: a bare count becomes water, gas or energy by what the registry says of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hub.registry.importing import ImportReport, import_tables, read_bytes
from hub.rollup.rebuild import rebuild
from hub.rollup.reconcile import reconcile
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.loads import undo_load
from ingest.config import read
from ingest.load import SourceFile
from ingest.messages import Intake
from ingest.reading import Reader
from ingest.replay import Replay
from ingest.storing import Message
from tests.ingest.test_load import load, number
from tests.rollup.store import idle, tables, worker
from tests.stack import Stack
from tests.store.district import bring, stored

ZONE = "Europe/Paris"
EUI = "99000000000000A1"
NOW = int(time.time())
DAY = 86_400
NOV_10 = 1_794_265_200  # 2026-11-10 00:00 in Paris
CONSENT = {"c.csv": "household,purpose,valid_from\nh1,area-totals,2026-01-01\n"}


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        bring(connection, CONSENT)
        yield connection


def uplink(count: int, ts: int, **tags: str) -> bytes:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))
    info = {"devEui": EUI.lower(), "tags": tags}
    return json.dumps(
        {"time": at, "deviceInfo": info, "fPort": 85, "object": {"pulse": count}}
    ).encode()


def receive(conn: Connection, *uplinks: bytes, at: int = NOW) -> None:
    topic = f"application/a/device/{EUI.lower()}/event/up"
    messages = [Message(topic, payload, at, at) for payload in uplinks]
    Intake(Reader(read(None).routing, ZONE)).store(conn, Directory(), messages)


def declare(conn: Connection, *rows: str, action: bool = False) -> ImportReport:
    """Rows of table device: usage point, pulse, valid_from, valid_to."""
    head = "connector,ref,usage_point,pulse,valid_from,valid_to" + (",action" if action else "")
    text = "\n".join([head, *(f"lorawan,{EUI},{row}" for row in rows)])
    report = import_tables(conn, [read_bytes("d.csv", text.encode(), ZONE)])
    assert report.problems == []
    return report


def channels(conn: Connection) -> list[tuple[Any, ...]]:
    return conn.execute(
        "SELECT DISTINCT u.ref, c.commodity, c.flow, c.quantity, c.kind, c.counted FROM channel c"
        " JOIN usage_point u USING (usage_point_id)"
        " WHERE EXISTS (SELECT FROM reading r WHERE r.channel_id = c.channel_id) ORDER BY 1"
    ).fetchall()


def values(conn: Connection) -> list[int]:
    conn.rollback()
    return [row[2] for row in stored(conn)]


def test_a_count_is_refused_with_words_until_the_registry_says_what_it_is_worth(
    conn: Connection,
) -> None:
    declare(conn, "W1,,,")
    receive(conn, uplink(7, NOW - 120), uplink(9, NOW - 60))
    refused = conn.execute("SELECT DISTINCT reason, device_ref FROM rejected").fetchall()
    assert refused == [("no_pulse", EUI)]
    assert values(conn) == []
    declare(conn, "W1,10 l,,")
    done = Replay(conn, read(None).routing, ZONE).run()
    assert done.payloads == {"stored": 2}
    assert values(conn) == [70_000, 90_000]
    assert channels(conn) == [("W1", "water", "consumption", "volume", "register", True)]
    latest = conn.execute("SELECT value FROM latest").fetchall()
    assert latest == [(90_000,)]


@pytest.mark.parametrize(
    ("point", "pulse", "channel", "value"),
    [
        ("W1", "0.01 m3", ("water", "consumption", "volume"), 120_000),
        ("PCE1", "0.01 m3", ("gas", "consumption", "volume"), 120_000),
        ("PRM1", "1 Wh", ("electricity", "consumption", "energy"), 12_000),
        ("PRM1", "640 imp/kWh", ("electricity", "consumption", "energy"), 18_750),
        ("PRM1", "375 tr/kWh", ("electricity", "consumption", "energy"), 32_000),
        ("S1", "1000 imp/kWh", ("solar", "production", "energy"), 12_000),
    ],
)
def test_the_usage_point_says_of_what_a_bare_count_is(
    conn: Connection, point: str, pulse: str, channel: tuple[str, str, str], value: int
) -> None:
    declare(conn, f"{point},{pulse},,")
    receive(conn, uplink(12, NOW - 60))
    assert channels(conn) == [(point, *channel, "register", True)]
    assert values(conn) == [value]


def test_a_unit_of_the_wrong_kind_is_refused_by_the_import(conn: Connection) -> None:
    text = f"connector,ref,usage_point,pulse\nlorawan,{EUI},W1,1 Wh\nlorawan,b,W1,lots\n"
    report = import_tables(conn, [read_bytes("d.csv", text.encode(), ZONE)])
    told = [(p.line, p.column, p.text("en")) for p in report.problems]
    assert told == [
        (2, "pulse", "'1 Wh' does not measure what this usage point delivers; units: m3, l"),
        (3, "pulse", "'lots' does not say what one count is worth (10 l, 0.01 m3, 1000 imp/kWh)"),
    ]


def test_a_worth_holds_on_its_dates(conn: Connection) -> None:
    declare(conn, "W1,10 l,,2026-11-10", "W1,1 l,2026-11-10,2026-11-12", "W1,,2026-11-12,")
    times = (NOV_10 - 1, NOV_10, NOV_10 + 2 * DAY - 1, NOV_10 + 2 * DAY)
    receive(conn, *(uplink(5, ts) for ts in times))
    assert [row[1:3] for row in stored(conn)] == [
        (NOV_10 - 1, 50_000), (NOV_10, 5_000), (NOV_10 + 2 * DAY - 1, 5_000),
    ]  # fmt: skip
    assert conn.execute("SELECT reason FROM rejected").fetchall() == [("no_pulse",)]


def test_what_is_no_amount_at_its_worth_is_refused(conn: Connection) -> None:
    declare(conn, "PRM1,1000000 kWh,,")
    receive(conn, uplink(10**9, NOW - 60), uplink(1, NOW - 30))
    assert conn.execute("SELECT reason FROM rejected").fetchall() == [("out_of_range",)]
    assert values(conn) == [10**12]


def test_amounts_of_an_interval_and_allocators_units(
    conn: Connection, url: str, tmp_path: Any
) -> None:
    bring(conn, {
        "p.csv": "ref,commodity,dwelling\nH1,heat,d1\n",
        "d.csv": "connector,ref,usage_point,pulse\n"
        "senml,c1,W1,0.5 l\nsenml,hca,H1,\nsenml,hm,H1,1 kWh\n",
    })  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps([
        {"n": "c1/water/consumption/TOTAL/PT1H", "u": "count", "t": NOV_10, "v": 3},
        {"n": "hca/heat/consumption/TOTAL", "u": "count", "t": NOV_10, "v": 3},
        {"n": "hm/heat/consumption/TOTAL", "u": "count", "t": NOV_10, "v": 3},
    ]))  # fmt: skip
    (report,) = load(url, SourceFile(path))
    assert report.counts["accepted"] == 3
    conn.rollback()
    assert channels(conn) == [
        ("H1", "heat", "consumption", "energy", "register", True),
        ("H1", "heat", "consumption", "units", "register", False),
        ("W1", "water", "consumption", "volume", "interval", True),
    ]
    assert sorted(values(conn)) == [1_500, 3_000, 3_000_000]


def test_what_the_rollup_thinks_of_it_is_thought_in_the_commoditys_unit(
    conn: Connection, url: str
) -> None:
    """Bounds: 40 m3 of water in an hour are not believed, 40 pulses of a litre are."""
    declare(conn, "W1,1 l,,")
    counts = (100, 140, 40_140, 40_150)
    receive(conn, *(uplink(c, NOV_10 + 3600 * n) for n, c in enumerate(counts)))
    with worker(url) as one:
        one.drain()
    row = conn.execute("SELECT measured, covered, quality FROM channel_day").fetchall()
    assert row == [(50_000, 7200, {"suspect": 1})]


# What the register of such a counter is not.


def rolled(conn: Connection, url: str) -> list[tuple[Any, ...]]:
    """The channel's days, which are those of a rebuild and which the proof finds right."""
    with worker(url) as one:
        one.drain()
    conn.rollback()
    with idle(url) as own:
        derived = tables(own)
        rebuild(own, url)
        rebuilt = tables(own)
        assert {k: v for k, v in derived.items() if "area" not in k} == {
            k: v for k, v in rebuilt.items() if "area" not in k
        }
        _, outcomes = reconcile(own, every=1)
    assert [o.name for o in outcomes if o.differences] == []
    return conn.execute(
        "SELECT day - date '2026-11-10', measured + coalesce(allocated, 0), covered"
        " FROM channel_day ORDER BY 1"
    ).fetchall()


@pytest.mark.parametrize(("before", "after"), [("1 l", "10 l"), ("10 l", "1 l")])
def test_t08_where_the_worth_changes_the_counter_begins_anew(
    conn: Connection, url: str, before: str, after: str
) -> None:
    """20 litres, then 210: not 190 litres in an hour, however little that is."""
    declare(conn, f"W1,{before},,2026-11-10", f"W1,{after},2026-11-10,")
    counts = {-2: 18, -1: 20, 1: 21, 2: 22}
    receive(conn, *(uplink(c, NOV_10 + 3600 * h) for h, c in counts.items()))
    litres = [int(text.split()[0]) for text in (before, after)]
    assert rolled(conn, url) == [(-1, 2000 * litres[0], 3600), (0, 1000 * litres[1], 3600)]


def test_t08_the_worth_changes_while_nothing_is_heard(conn: Connection, url: str) -> None:
    declare(conn, "W1,1 l,,2026-11-10", "W1,10 l,2026-11-10,")
    counts = {-50: 18, -49: 20, 49: 21, 50: 22}
    receive(conn, *(uplink(c, NOV_10 + 3600 * h) for h, c in counts.items()))
    assert rolled(conn, url) == [(-3, 2000, 3600), (2, 10_000, 3600)]


def test_t08_what_the_meter_shows_is_not_what_its_counter_shows(
    conn: Connection, url: str, tmp_path: Any
) -> None:
    """The meter's 100 and 105 m3 are no registers of a counter that stands at 98 m3, but of the
    source that reads the meter."""
    bring(conn, {"p.csv": "ref,commodity,dwelling\nW2,water,d1\n"})
    declare(conn, "W2,10 l,,")
    bring(conn, {"d.csv": "connector,ref,usage_point\nsenml,dial,W2\n"})
    hours = {0: 9_800, 5: 9_810, 7: 9_812, 9: 9_815}
    receive(conn, *(uplink(c, NOV_10 + 3600 * h) for h, c in hours.items()))
    path = tmp_path / "dial.json"
    path.write_text(json.dumps([
        {"n": "dial/water/consumption/TOTAL", "u": "m3", "t": NOV_10 + 3600 * h, "v": v}
        for h, v in ((0, 99.9), (9, 105.1))
    ]))  # fmt: skip
    load(url, SourceFile(path))
    event = "usage_point,at,kind,closing,opening\nW2,2026-11-10T06:00+01:00,replacement,100,105\n"
    bring(conn, {"e.csv": event})
    assert rolled(conn, url) == [(0, 130_000, 7 * 3600), (0, 200_000, 9 * 3600)]
    receive(conn, uplink(9_900, NOV_10 + 10 * 3600, unit="10 l"))
    assert {channel[-1] for channel in channels(conn)} == {None, False}
    rolled(conn, url)


# A worth that was registered wrongly.


def test_a_corrected_worth_counts_what_is_stored_again(conn: Connection, url: str) -> None:
    declare(conn, "W1,1 l,,")
    receive(conn, *(uplink(c, NOV_10 + 3600 * c) for c in range(1, 5)))
    with worker(url) as one:
        one.drain()
    report = declare(conn, "W1,10 l,,")
    assert (report.recounted, report.moved, report.not_recounted) == (4, 0, [])
    assert values(conn) == [10_000, 20_000, 30_000, 40_000]
    assert conn.execute("SELECT value FROM latest").fetchall() == [(40_000,)]
    former = conn.execute("SELECT value, why FROM reading_revision ORDER BY 1").fetchall()
    assert former == [(n * 1000, "pulse") for n in range(1, 5)]
    with worker(url) as one:
        one.drain()
    conn.rollback()
    corrected = {k: v for k, v in tables(conn).items() if "area" not in k}
    assert [row[1] for row in conn.execute("SELECT day, measured FROM channel_day")] == [30_000]
    assert declare(conn, "W1,10 l,,").recounted == 0
    assert declare(conn, "W1,0.01 m3,,").recounted == 0
    declare(conn, "W1,1 l,,")
    declare(conn, "W1,10 l,,")
    with worker(url) as one:
        one.drain()
    conn.rollback()
    assert {k: v for k, v in tables(conn).items() if "area" not in k} == corrected


def test_a_correction_from_a_date_on(conn: Connection) -> None:
    declare(conn, "W1,1 l,,")
    receive(conn, uplink(5, NOV_10 - 60), uplink(6, NOV_10), uplink(7, NOV_10 + 60))
    report = declare(conn, "W1,1 l,,2026-11-10", "W1,10 l,2026-11-10,")
    assert report.recounted == 2
    assert values(conn) == [5_000, 60_000, 70_000]


def test_a_wrong_usage_point_and_a_wrong_worth_at_once(conn: Connection) -> None:
    """Of another commodity, too, where the counter itself does not say of what it counts."""
    declare(conn, "PCE1,1 l,,")
    receive(conn, uplink(5, NOV_10))
    declare(conn, "PCE1,1 l,,,remove", "W1,0.25 l,,,", action=True)
    assert channels(conn) == [("W1", "water", "consumption", "volume", "register", True)]
    assert values(conn) == [1_250]
    declare(conn, "W1,0.25 l,,,remove", "S1,1000 imp/kWh,,,", action=True)
    assert channels(conn) == [("S1", "solar", "production", "energy", "register", True)]
    assert values(conn) == [5_000]


def test_units_of_heat_become_energy_once_they_are_worth_something(conn: Connection) -> None:
    bring(conn, {
        "p.csv": "ref,commodity,dwelling\nH1,heat,d1\n",
        "d.csv": "connector,ref,usage_point,pulse\nsenml,hm,H1,\n",
    })  # fmt: skip
    pack = [{"n": "hm/heat/consumption/TOTAL", "u": "count", "t": NOV_10, "v": 3}]
    message = Message("hub/v1/gw/readings", json.dumps(pack).encode(), NOW, NOW)
    Intake(Reader(read(None).routing, ZONE)).store(conn, Directory(), [message])
    assert channels(conn) == [("H1", "heat", "consumption", "units", "register", False)]
    bring(conn, {"d.csv": "connector,ref,usage_point,pulse\nsenml,hm,H1,10 kWh\n"})
    assert channels(conn) == [("H1", "heat", "consumption", "energy", "register", True)]
    assert values(conn) == [30_000_000]


def test_a_device_of_two_commodities_keeps_them_apart(conn: Connection) -> None:
    head = "connector,ref,usage_point,pulse\n"
    bring(conn, {
        "p.csv": "ref,commodity,dwelling\nW2,water,d1\n",
        "d.csv": f"{head}senml,m,W2,1 l\nsenml,m,PCE1,10 l\n",
    })  # fmt: skip
    pack = [
        {"n": f"m/{commodity}/consumption/TOTAL", "u": "count", "t": NOV_10, "v": 3}
        for commodity in ("water", "gas")
    ]
    message = Message("hub/v1/gw/readings", json.dumps(pack).encode(), NOW, NOW)
    Intake(Reader(read(None).routing, ZONE)).store(conn, Directory(), [message])
    bring(conn, {"d.csv": f"{head}senml,m,W2,2 l\nsenml,m,PCE1,20 l\n"})
    assert [(row[0], row[2]) for row in stored(conn)] == [("PCE1", 60_000), ("W2", 6_000)]


def test_a_load_of_counts_can_be_undone_after_the_correction(
    conn: Connection, url: str, tmp_path: Any
) -> None:
    """What it replaced comes back at the new worth, as if it had been counted at it."""
    declare(conn, "W1,1 l,,")
    receive(conn, uplink(5, NOV_10))
    path = tmp_path / "uplink.json"
    path.write_bytes(uplink(8, NOV_10))
    (report,) = load(url, SourceFile(path))
    assert values(conn) == [8_000]
    declare(conn, "W1,10 l,,")
    assert values(conn) == [80_000]
    undo_load(conn, number(report))
    conn.commit()
    assert values(conn) == [50_000]


def test_what_the_device_told_with_a_unit_is_never_counted_again(conn: Connection) -> None:
    declare(conn, "W1,1 l,,")
    receive(conn, uplink(5, NOV_10, unit="10 l"))
    assert channels(conn)[0][-1] is False
    report = declare(conn, "W1,10 l,,")
    assert (report.recounted, report.not_recounted, values(conn)) == (0, [], [50_000])
    receive(conn, uplink(6, NOV_10 + 60))
    assert channels(conn)[0][-1] is None
    report = declare(conn, "W1,1 l,,")
    assert (report.recounted, report.not_recounted) == (0, [f"lorawan/{EUI}"])
    assert values(conn) == [50_000, 60_000]


def test_where_the_count_cannot_be_told_nothing_changes(conn: Connection) -> None:
    declare(conn, "PRM1,10 imp/Wh,,")
    receive(conn, uplink(5, NOV_10))
    conn.execute("UPDATE reading SET value = 550")  # five counts and a half
    conn.commit()
    report = declare(conn, "PRM1,1 imp/Wh,,")
    assert (report.not_recounted, values(conn)) == ([f"lorawan/{EUI}"], [550])


def test_two_counters_of_one_channel_are_left_alone(conn: Connection) -> None:
    declare(conn, "W1,1 l,,")
    bring(conn, {"d.csv": "connector,ref,usage_point,pulse\nlorawan,B2,W1,1 l\n"})
    receive(conn, uplink(5, NOV_10))
    report = declare(conn, "W1,10 l,,")
    assert (report.undecided, values(conn)) == ([f"lorawan/{EUI}"], [5_000])
