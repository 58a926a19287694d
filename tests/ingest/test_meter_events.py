"""Meter events from the files that tell them to the totals: T4, T5, T7, T8, T9, T11 and F5.

Day by day, to the last unit, whatever the order in which the files come.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.intake.report import LoadReport
from hub.model import Context
from hub.registry.importing import import_tables, read_bytes
from hub.rollup.rebuild import rebuild
from hub.rollup.reconcile import reconcile
from hub.store.channels import Directory
from hub.store.connection import Connection, connect, zone_of
from hub.store.live import household_channels
from hub.store.loads import undo_load
from hub.store.placing import Rules
from hub.store.readings import Origin
from ingest.load import SourceFile
from ingest.storing import Message, decode, store_reads
from tests.connectors.test_enedis_flux import AT, D, event, flux, prm, reading, side, value
from tests.connectors.test_grdf_portal import PCE, record
from tests.ingest.broker import wait_for
from tests.ingest.test_load import load, number
from tests.rollup.store import idle, tables, worker
from tests.stack import Stack
from tests.store.district import bring, waits

PRM = "99123456789012"
HOME = {
    "homes.csv": "ref,area\nd3,693830101\n",
    "people.csv": "ref\nh3\n",
    "stay.csv": "household,dwelling\nh3,d3\n",
    "points.csv": f"ref,commodity,dwelling,subscribed_kva\n{PRM},electricity,d3,9\n{PCE},gas,d3,\n",
}
#: What counts on a day: Wh (or litres) and seconds known.
Days = dict[str, tuple[int, int]]
DAY = 86_400


@contextmanager
def database(stack: Stack) -> Iterator[tuple[str, Connection]]:
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        bring(conn)
        bring(conn, HOME)
        yield url, conn


@pytest.fixture
def base(stack: Stack) -> Iterator[tuple[str, Connection]]:
    with database(stack) as both:
        yield both


def days(url: str, commodity: str = "electricity", register: str = "TOTAL") -> Days:
    """The household's days, which are those of a rebuild, and which the proof finds right."""
    with worker(url) as one:
        one.drain()
    with idle(url) as conn:
        found = {name: rows for name, rows in tables(conn).items() if "area" not in name}
        rebuild(conn, url)
        for name, rows in tables(conn).items():
            assert found.get(name, rows) == rows, name
        pending, outcomes = reconcile(conn, every=1)
        assert [(o.name, o.shown) for o in outcomes if o.differences] == []
        assert not any(pending.values())
        rows = conn.execute(
            "SELECT to_char(day, 'MM-DD'), (measured + coalesce(allocated, 0)) / 1000, covered"
            " FROM household_day d JOIN measure m USING (measure_id)"
            " WHERE m.commodity = %s AND m.register = %s AND covered > 0 ORDER BY day",
            [commodity, register],
        ).fetchall()
    return {day: (amount, covered) for day, amount, covered in rows}


def total(url: str) -> int:
    """mWh of the household on all days."""
    with idle(url) as conn:
        row = conn.execute(
            "SELECT sum(measured + coalesce(allocated, 0)) FROM household_day d"
            " JOIN measure m USING (measure_id) WHERE m.register = 'TOTAL'"
        ).fetchone()
    assert row is not None
    return int(row[0])


class Files:
    """Files in a folder, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, content: str | bytes) -> SourceFile:
        path = self._folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return SourceFile(path)


@pytest.fixture
def save(tmp_path: Path) -> Files:
    return Files(tmp_path)


Registers = Mapping[str, float]


def r151(*told: tuple[str, Registers]) -> str:
    """Registers in Wh at the END of each day: {"F1": 12000400}."""
    readings = [reading(day, *written(wh)) for day, wh in told]
    unit = "<Unite_Mesure_Index>Wh</Unite_Mesure_Index>"
    return flux("R151", prm(*readings, number=PRM), more=unit)


def written(told: Registers) -> list[str]:
    return [value(number, name[1:], D if name[0] == "D" else "") for name, number in told.items()]


def c15(
    at: str, before: Registers, after: Registers, *, then: str = "", nature: str = "CMAT"
) -> str:
    """An event with the registers in kWh on both sides."""
    sides = [side(False, at, *written(before))] if before else []
    sides += [side(True, then or at, *written(after))] if after else []
    return flux("C15", event(*sides, nature=nature).replace(AT, at))


#: A meter with two registers at 12 003.4 and 20 001.9 kWh on the evening of the 19th.
OLD = [
    ("2026-11-17", {"F1": 12_000_400, "F2": 20_000_000}),
    ("2026-11-18", {"F1": 12_001_900, "F2": 20_000_800}),
    ("2026-11-19", {"F1": 12_003_400, "F2": 20_001_900}),
]
NEW = [
    ("2026-11-20", {"F1": 5_250, "F2": 2_100}),
    ("2026-11-21", {"F1": 6_250, "F2": 4_100}),
]
SWAP = c15(
    "2026-11-20T10:30:00+01:00", {"F1": 12_005, "F2": 20_002}, {"F1": 3, "F2": 1},
    then="2026-11-20T10:31:00+01:00",
)  # fmt: skip
#: 12 005 - 12 003.4 + 5.25 - 3 and 20 002 - 20 001.9 + 2.1 - 1, the sum of both.
CHANGED = {
    "11-18": (2_300, DAY),
    "11-19": (2_600, DAY),
    "11-20": (1_600 + 2_250 + 100 + 1_100, DAY),
    "11-21": (3_000, DAY),
}


def test_t08_the_registers_around_a_change_of_meter_make_its_day_exact(
    base: tuple[str, Connection], save: Files
) -> None:
    url, _ = base
    load(url, save("r151.xml", r151(*OLD, *NEW)))
    assert "11-20" not in days(url)
    (report,) = load(url, save("c15.xml", SWAP))
    assert report.events == {"added": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert "meter events: 3 recorded" in "\n".join(report.lines("en"))
    assert days(url) == CHANGED
    assert days(url, register="F1")["11-20"] == (1_600 + 2_250, DAY)
    assert days(url, register="F2")["11-20"] == (100 + 1_100, DAY)


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_t09_an_event_counts_the_same_before_between_and_after_the_readings(
    base: tuple[str, Connection], save: Files, order: tuple[str, ...]
) -> None:
    url, _ = base
    files = {
        "a": save("old.xml", r151(*OLD)),
        "b": save("new.xml", r151(*NEW)),
        "c": save("c15.xml", SWAP),
    }
    for name in order:
        load(url, files[name])
        days(url)
    assert days(url) == CHANGED
    (again,) = load(url, files["c"])
    assert (again.events["unchanged"], again.counts["unchanged"]) == (3, again.rows_read)
    assert days(url) == CHANGED


def test_t09_an_event_that_is_undone_was_never_told(stack: Stack, save: Files) -> None:
    with database(stack) as (url, conn):
        load(url, save("r151.xml", r151(*OLD, *NEW)))
        without = days(url)
        assert without != CHANGED
        for _ in range(2):
            (report,) = load(url, save("c15.xml", SWAP))
            assert days(url) == CHANGED
            undo_load(conn, number(report))
            conn.commit()
            assert days(url) == without


def test_t08_an_event_beyond_the_last_reading_ends_there_and_nowhere_else(
    base: tuple[str, Connection], save: Files
) -> None:
    """The closing is known at once, a day and more after the last register; the new meter's first
    register comes a week later."""
    url, _ = base
    load(url, save("old.xml", r151(*OLD[:2])))
    days(url)
    load(url, save("c15.xml", SWAP))
    known = days(url)
    whole = 12_005_000 - 12_001_900 + 20_002_000 - 20_000_800
    assert total(url) == (2_300 + whole) * 1000
    assert known["11-20"][1] == 10.5 * 3600 + 60
    load(url, save("late.xml", r151(("2026-11-27", {"F1": 10_000, "F2": 8_000}))))
    after = days(url)
    assert total(url) == (2_300 + whole + 7_000 + 7_000) * 1000
    assert {covered for _, covered in after.values()} == {DAY}


@pytest.mark.parametrize(
    ("before", "after", "wh", "seconds"),
    [
        ({}, {"F1": 3, "F2": 1}, 2_250 + 1_100, DAY - 10.5 * 3600),
        ({"F1": 12_005, "F2": 20_002}, {}, 1_600 + 100, 10.5 * 3600),
        ({}, {}, None, 0),
    ],
)
def test_t08_what_is_not_told_of_a_side_is_not_known_and_nothing_else_is_lost(
    base: tuple[str, Connection], save: Files, before: Any, after: Any, wh: int | None, seconds: int
) -> None:
    url, _ = base
    load(url, save("r151.xml", r151(*OLD, *NEW)))
    load(url, save("c15.xml", c15("2026-11-20T10:30:00+01:00", before, after)))
    found = days(url)
    assert found.pop("11-20", None) == (None if wh is None else (wh, seconds))
    assert found == {day: told for day, told in CHANGED.items() if day != "11-20"}


def test_t08_registers_in_whole_kwh_below_the_last_in_wh_are_the_last(
    base: tuple[str, Connection], save: Files
) -> None:
    """12 003 kWh is told of a meter that showed 12 003.4 that night: nothing was used since."""
    url, _ = base
    load(url, save("r151.xml", r151(*OLD, *NEW)))
    load(url, save("c15.xml", c15(AT, {"F1": 12_003, "F2": 20_001}, {"F1": 0, "F2": 0})))
    assert days(url) == CHANGED | {"11-20": (5_250 + 2_100, DAY)}


def test_t04_a_change_in_the_hour_that_comes_twice(
    base: tuple[str, Connection], save: Files
) -> None:
    """Half past two in winter time is an hour after half past two in summer time."""
    url, conn = base
    told = [("2026-10-23", 1_000_000), ("2026-10-24", 1_010_000), ("2026-10-25", 20_000)]
    load(url, save("r151.xml", r151(*((day, {"F1": wh}) for day, wh in told))))
    for stamp, hours in (("02:30:00+02:00", 2.5), ("02:30:00+01:00", 3.5)):
        at = f"2026-10-25T{stamp}"
        (report,) = load(url, save("c15.xml", c15(at, {}, {"F1": 9})))
        found = days(url)
        assert found == {"10-24": (10_000, DAY), "10-25": (11_000, 25 * 3600 - hours * 3600)}
        undo_load(conn, number(report))
        conn.commit()
    row = f"usage_point,at,kind,register,opening\n{PRM},2026-10-25T02:30,replacement,F1,9\n"
    problems = import_tables(conn, [read_bytes("e.csv", row.encode(), "Europe/Paris")]).problems
    assert [p.reason for p in problems] == ["ambiguous_time"]


def curve(day: int, watts: list[int]) -> str:
    """Data Connect's half-hours of a day of November: mean W, stamped with their end."""
    ends = [(day, f"{n // 2:02}:{'30' if n % 2 else '00'}") for n in range(1, 48)]
    points = [
        {"value": str(w), "date": f"2026-11-{d:02} {t}:00", "interval_length": "PT30M"}
        for w, (d, t) in zip(watts, [*ends, (day + 1, "00:00")], strict=True)
    ]
    kind = {"unit": "W", "measurement_kind": "power", "aggregate": "average"}
    reading_ = {"usage_point_id": PRM, "reading_type": kind, "interval_reading": points}
    return json.dumps({"meter_reading": reading_})


def test_t05_t07_the_curve_of_a_day_and_the_registers_around_it_are_one_energy(
    stack: Stack, save: Files
) -> None:
    """Mean watts over half-hours stamped with their end, registers stamped with their day's end and
    a change of meter stamped with its moment: three files, the same day, the same Wh."""
    watts = [100] * 21 + [1_000] * 21 + [38] * 6
    used = sum(watts) // 2
    at_noon = sum(watts[:21]) // 2
    with database(stack) as (url, _):
        load(url, save("curve.json", curve(20, watts)))
        alone = days(url)
    assert alone == {"11-20": (used, DAY)}
    assert used == 21 * 50 + 21 * 500 + 6 * 19
    with database(stack) as (url, _):
        load(url, save("r151.xml", r151(
            ("2026-11-19", {"F1": 5_000_000}), ("2026-11-20", {"F1": 2_000 + used - at_noon}),
        )))  # fmt: skip
        kwh = (5_000_000 + at_noon) / 1000
        load(url, save("c15.xml", c15("2026-11-20T10:30:00+01:00", {"F1": kwh}, {"F1": 2})))
        assert days(url) == alone


def test_t11_a_register_that_says_nothing_is_no_register_of_an_event(
    base: tuple[str, Connection], save: Files
) -> None:
    """The counter's stop as closing register: unknown, and neither millions of kWh nor zero."""
    url, conn = base
    load(url, save("r151.xml", r151(*OLD, *NEW)))
    stop = {"F1": 16_777_215, "F2": 20_002}
    (report,) = load(url, save("c15.xml", c15(
        "2026-11-20T10:30:00+01:00", stop, {"F1": 3, "F2": 1}, then="2026-11-20T10:31:00+01:00",
    )))  # fmt: skip
    assert [reject.reason for reject in report.rejects] == ["sentinel"]
    found = days(url)
    assert found["11-20"] == (2_250 + 100 + 1_100, DAY - 10.5 * 3600 - 60)
    assert {k: v for k, v in found.items() if k != "11-20"} == {
        k: v for k, v in CHANGED.items() if k != "11-20"
    }
    event_ = f"usage_point,at,kind,closing,opening,register\n{PRM},2026-11-20T10:31:00+01:00,"
    bring(conn, {"e.csv": f"{event_}replacement,4294967.295,3,F1\n"})
    assert days(url)["11-20"] == found["11-20"]


# Registers that leave and join (F5)


def both(day: str, f: dict[str, int], d: dict[str, int]) -> tuple[str, dict[str, int]]:
    return day, f | d


CONTRACT = [
    both("2026-11-18", {"F1": 5_000_000, "F2": 9_000_000},
         {"D1": 3_000_000, "D2": 4_000_000, "D3": 3_000_000, "D4": 4_000_000}),
    both("2026-11-19", {"F1": 5_002_000, "F2": 9_005_000},
         {"D1": 3_000_000, "D2": 4_000_000, "D3": 3_002_000, "D4": 4_005_000}),
    both("2026-11-20", {"F1": 5_010_000}, {"D1": 3_008_000}),
    both("2026-11-21", {"F1": 5_015_000}, {"D1": 3_013_000}),
]  # fmt: skip
ONE_PRICE = c15(
    "2026-11-20T00:01:00+01:00",
    {"F1": 5_002, "F2": 9_005, "D1": 3_000, "D2": 4_000, "D3": 3_002, "D4": 4_005},
    {"F1": 5_002, "D1": 3_000},
    then="2026-11-20T00:02:00+01:00",
    nature="MCT",
)


def away(conn: Connection) -> dict[str, date]:
    """What the home's pages are told of registers that the daily file tells no more."""
    row = conn.execute("SELECT household_id FROM household WHERE ref = 'h3'").fetchone()
    assert row is not None
    told = household_channels(conn, row[0], date(2026, 11, 21))
    conn.commit()
    return {c.register: c.away_from for c in told if c.away_from and c.source == "enedis_flux_r151"}


@pytest.mark.parametrize("first", ["contract", "registers"])
def test_f05_a_contract_of_one_price_ends_the_other_registers_of_both_grids(
    base: tuple[str, Connection], save: Files, first: str
) -> None:
    """Without the event no set would ever be whole again: F2, D2, D3 and D4 are told no more."""
    url, conn = base
    files = [save("r151.xml", r151(*CONTRACT)), save("c15.xml", ONE_PRICE)]
    reports: list[LoadReport] = []
    for file in files if first == "registers" else files[::-1]:
        reports += load(url, file)
    wanted = {"11-19": (7_000, DAY), "11-20": (8_000, DAY), "11-21": (5_000, DAY)}
    assert days(url) == wanted
    assert away(conn) == dict.fromkeys(("F2", "D2", "D3", "D4"), date(2026, 11, 21))
    undo_load(conn, max(number(r) for r in reports if r.connector == "enedis_flux_c15"))
    conn.commit()
    assert (days(url), away(conn)) == ({"11-19": (7_000, DAY)}, {})
    load(url, files[1])
    assert days(url) == wanted


def test_f05_a_contract_of_two_prices_begins_with_its_event(
    base: tuple[str, Connection], save: Files
) -> None:
    """On the day of the change F1 alone is not the total, and it does not say so."""
    url, _ = base
    told = [
        ("2026-11-18", {"F1": 5_000_000}),
        ("2026-11-19", {"F1": 5_007_000}),
        ("2026-11-20", {"F1": 5_009_000, "F2": 6_000}),
        ("2026-11-21", {"F1": 5_011_000, "F2": 9_000}),
    ]
    load(url, save("r151.xml", r151(*told)))
    assert days(url) == {"11-19": (7_000, DAY), "11-21": (5_000, DAY)}
    load(url, save("c15.xml", c15(
        "2026-11-20T00:01:00+01:00", {"F1": 5_007}, {"F1": 5_007, "F2": 0},
        then="2026-11-20T00:02:00+01:00", nature="MCT",
    )))  # fmt: skip
    assert days(url) == {"11-19": (7_000, DAY), "11-20": (8_000, DAY), "11-21": (5_000, DAY)}


PORTAL_HEAD = (
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;"
    "Etape metier;Unite\n"
    f"{PRM};Index;18/11/2026;22/11/2026;Energie active;Consommation;Comptage Brut;Wh\n"
    "Horodate;Type de releve;EAS F1;EAS F2;EAS D1;EAS T\n"
)


def portal(*rows: tuple[str, int, int, int, int]) -> str:
    """The customer portal's registers, at the beginning of each day, with their total."""
    return PORTAL_HEAD + "".join(
        f"2026-11-{day}T00:00:00+01:00;Arrêté quotidien;{f1};{f2};{d1};{t}\n"
        for day, f1, f2, d1, t in rows
    )


def test_f05_the_total_goes_on_where_registers_of_the_set_vanish(
    base: tuple[str, Connection], save: Files
) -> None:
    url, _ = base
    rows = [
        ("18", 1_000, 2_000, 3_000, 3_000), ("19", 2_000, 4_000, 6_000, 6_000),
        ("20", 5_000, 4_500, 9_500, 9_500), ("21", 9_000, 4_500, 13_500, 13_500),
    ]  # fmt: skip
    load(url, save("portal.csv", portal(*rows)))
    load(url, save("c15.xml", c15(
        "2026-11-19T00:01:00+01:00", {"F1": 2, "F2": 4}, {"F1": 2},
        then="2026-11-19T00:02:00+01:00", nature="MCT",
    )))  # fmt: skip
    assert days(url) == {"11-18": (3_000, DAY), "11-19": (3_500, DAY), "11-20": (4_000, DAY)}


def test_t08_the_portals_total_has_no_closing_and_its_parts_stand_for_it(
    base: tuple[str, Connection], save: Files
) -> None:
    """C15 tells F1 and F2. What the total was nobody says, so that the parts count on that day."""
    url, _ = base
    rows = [
        ("18", 1_000, 2_000, 3_000, 3_000), ("19", 2_500, 4_000, 6_500, 6_500),
        ("20", 1_000, 500, 1_500, 1_500), ("21", 2_000, 700, 2_700, 2_700),
    ]  # fmt: skip
    load(url, save("portal.csv", portal(*rows)))
    at = "2026-11-19T10:30:00+01:00"
    load(url, save("c15.xml", c15(at, {"F1": 3, "F2": 5}, {"F1": 0, "F2": 0})))
    assert days(url) == {
        "11-18": (3_500, DAY), "11-19": (500 + 1_000 + 1_000 + 500, DAY), "11-20": (1_200, DAY),
    }  # fmt: skip


# A register that passes its end (T8)


def test_t08_when_a_register_passed_its_end_is_for_its_readings_to_tell(
    base: tuple[str, Connection], save: Files
) -> None:
    """R15 knows two readings in 20 days and puts the passage at an even pace, on the 18th. The
    daily registers show it on the 21st. Neither loses a kWh nor invents one."""
    url, conn = base
    values = [999_900 + 2 * n for n in range(18)] + [999_935 + 30 * n for n in range(1, 4)]
    by_day = {1 + n: (kwh % 1_000_000) * 1000 for n, kwh in enumerate(values)}
    files = [
        save("r151.xml", r151(*((f"2026-11-{d:02}", {"F1": wh}) for d, wh in by_day.items()))),
        save("r15.xml", flux("R15", prm(reading(
            "2026-11-22T00:00:00+01:00",
            value(by_day[21] // 1000, Valeur_Precedent="999900", Indicateur_Passage_A_Zero="1",
                  Nb_Chiffres_Cadran="6", Unite_Mesure="kWh"),
            Date_Releve_Precedent="2026-11-02T00:00:00+01:00",
        ), number=PRM))),
    ]  # fmt: skip
    load(url, files[0])
    assert "11-21" not in days(url)
    (report,) = load(url, files[1])
    assert report.events["added"] == 1
    found = days(url)
    assert sum(wh for wh, _ in found.values()) == (values[-1] - values[0]) * 1000
    assert {covered for _, covered in found.values()} == {DAY}
    assert found["11-10"] == (2_000, DAY)
    assert found["11-20"] == (30_000, DAY)
    of_r15 = conn.execute(
        "SELECT sum(measured + coalesce(allocated, 0)) FROM channel_day d JOIN channel c"
        " USING (channel_id) WHERE c.source = 'enedis_flux_r15'"
    ).fetchone()
    assert of_r15 == ((values[-1] - values[0]) * 10**6,)


# Gas: an index that opens below the last close


def gas(*records: dict[str, Any]) -> str:
    return json.dumps({PCE: {"idPce": PCE, "releves": list(records)}})


def test_t08_gas_of_a_meter_that_was_replaced_during_an_absence(stack: Stack, save: Files) -> None:
    """No volumes, only indexes: up to 9 010 m3, and from 2 m3 on."""
    absent: Callable[..., dict[str, Any]] = lambda day, **said: record(  # noqa: E731
        day, qualificationReleve="Absence de Données", **said
    )
    old = [record("2026-01-10", volumeBrutConsomme=4, indexDebut=9000, indexFin=9004),
           absent("2026-01-11"), absent("2026-01-12", indexFin=9010)]  # fmt: skip
    new = [absent("2026-01-13", indexDebut=2, indexFin=5), absent("2026-01-14", indexFin=9)]
    wanted = {"01-10": 4_000, "01-11": 3_000, "01-12": 3_000, "01-13": 3_000, "01-14": 4_000}
    with database(stack) as (url, conn):
        (report,) = load(url, save("all.json", gas(*old, *new)))
        assert report.events["added"] == 1
        assert {day: wh for day, (wh, _) in days(url, "gas").items()} == wanted
        undo_load(conn, number(report))
        conn.commit()
        assert days(url, "gas") == {}


# Who may tell


def test_an_event_of_a_point_that_nobody_registered_is_told_to_the_person(
    base: tuple[str, Connection], save: Files
) -> None:
    url, conn = base
    (report,) = load(url, save("c15.xml", SWAP.replace(PRM, "99000000000001")))
    assert report.events["refused"] == 3
    assert "événements de compteur : 3 d'autres points" in "\n".join(report.lines("fr"))
    assert conn.execute("SELECT count(*) FROM meter_event").fetchone() == (0,)


@pytest.mark.parametrize("first", ["event", "readings"])
def test_t09_an_event_that_meets_the_first_readings_of_a_meter_counts(
    base: tuple[str, Connection], first: str
) -> None:
    """Two transactions at once, and a worker as soon as the readings are there."""
    url, conn = base
    conn.execute(
        "INSERT INTO reading (ts, value, channel_id, seconds, load_id, quality)"
        " SELECT '2026-11-20', 0, 0, 0, 0, 0"
    )  # or each would wait for the chunk that the other one makes
    conn.execute("DELETE FROM reading")
    conn.commit()
    with ExitStack() as stack, ThreadPoolExecutor(1) as thread:
        event, readings = (
            Writer(stack.enter_context(connect(url, application="test")), name, content)
            for name, content in (
                ("enedis_flux_c15", SWAP), ("enedis_flux_r151", r151(*OLD, *NEW)),
            )
        )  # fmt: skip
        one, other = (event, readings) if first == "event" else (readings, event)
        one.store()
        stored = thread.submit(other.store)
        wait_for(lambda: stored.done() or waits(conn, other.conn), "both are at work")
        # the readings come first wherever they can
        early = one is readings or stored.done()
        for writer in (readings, event) if early else (event, readings):
            if writer is other:
                stored.result()
            writer.conn.commit()
            with worker(url) as rollup:
                rollup.drain()
    assert days(url) == CHANGED


class Writer:
    """A file's writer with a transaction of its own, which it does not end."""

    def __init__(self, conn: Connection, connector: str, content: str) -> None:
        self.conn = conn
        self._connector = connector
        now = int(time.time())
        self._message = Message(connector, content.encode(), now, now, transport="file")

    def store(self) -> None:
        context = Context(self._message.received_at, zone_of(self.conn), file_name=self._connector)
        read = decode(self._connector, self._message, context)
        assert read.decoded is not None, read.reject
        origin = Origin(rules=Rules(by_usage_point=True))
        stored = store_reads(self.conn, Directory(), [read], zone=context.zone, origin=origin)
        (fate,) = stored.fates
        assert not fate.rejects
