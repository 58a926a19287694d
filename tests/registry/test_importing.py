"""Registry files into the real store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.registry.importing import ImportReport, import_tables, read_bytes
from hub.store.connection import Connection, connect
from tests.stack import Stack

ZONE = "Europe/Paris"

FILES = {
    "devices.csv": "connector,ref,usage_point,commodity\nsenml,m1,PRM1,\nsenml,m2,X,gas\n",
    "points.csv": "ref,commodity,dwelling,subscribed_kva,resolution\n"
    "PRM1,electricity,d1,6,0.001\nX,gas,d1,,0.01\nX,water,d1,,\n",
    "consents.csv": "household,purpose,granularity\nh1,area-totals,half-hour\n",
    "stay.csv": "household,dwelling,valid_from\nh1,d1,2024-01-01\n",
    "homes.csv": "ref,area,surface_m2\nd1,693830101,50\n",
    "people.csv": "ref,people\nh1,2\n",
    "areas.csv": "code,name,kind,parent\n693830101,Part-Dieu,iris,69383\n"
    "69383,Lyon 3e,arrondissement,69123\n69123,Lyon,city,\n",
    "club.csv": "code,name\nvelo,Vélo Lyon\n",
    "members.csv": "club,household\nvelo,h1\n",
    "events.csv": "usage_point,commodity,at,kind,closing,opening\n"
    "X,gas,2026-01-01T10:00:00+01:00,replacement,1234.567,0\n",
    "factors.csv": "name,value,unit,source\ngas_coefficient,11.2,kWh/m3,GRDF\n",
    "tariffs.csv": "commodity,price,unit,source\nwater,4.1,m3,city\n",
}


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        yield connection


def bring(conn: Connection, files: dict[str, str], *, dry_run: bool = False) -> ImportReport:
    read = [read_bytes(name, text.encode(), ZONE) for name, text in files.items()]
    return import_tables(conn, read, dry_run=dry_run)


def one(conn: Connection, query: str) -> Any:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_files_in_any_order_make_a_registry(conn: Connection) -> None:
    report = bring(conn, FILES)
    assert report.problems == []
    assert {n: c.added for n, c in report.tables.items()} == {
        "area": 3, "dwelling": 1, "household": 1, "occupancy": 1, "usage_point": 3, "device": 2,
        "club": 1, "club_member": 1, "consent": 1, "meter_event": 1, "factor": 1, "tariff": 1,
    }  # fmt: skip
    assert one(conn, "SELECT subscribed_va, resolution FROM usage_point WHERE ref = 'PRM1'") == (
        6000,
        1000,
    )
    assert one(conn, "SELECT closing, opening FROM meter_event") == (1_234_567_000, 0)
    assert (
        one(
            conn,
            "SELECT count(*) FROM area i JOIN area a ON i.parent_id = a.area_id"
            " JOIN area c ON a.parent_id = c.area_id WHERE c.code = '69123' AND i.code <> '69383'",
        )
        == 1
    )
    numbers = {
        r[0] for r in conn.execute("SELECT area_id FROM area UNION SELECT club_id FROM club")
    }
    assert len(numbers) == 4


def test_the_same_files_again_change_nothing(conn: Connection) -> None:
    bring(conn, FILES)
    before = one(conn, "SELECT sum(row_id), count(*) FROM usage_point")
    report = bring(conn, FILES)
    assert report.problems == []
    assert all(c.added == c.changed == 0 for c in report.tables.values())
    assert sum(c.unchanged for c in report.tables.values()) == 17
    assert one(conn, "SELECT sum(row_id), count(*) FROM usage_point") == before


def test_a_different_row_supersedes_the_old_one(conn: Connection) -> None:
    bring(conn, FILES)
    report = bring(conn, {"homes.csv": "ref,area,surface_m2\nd1,693830101,60\n"})
    assert report.tables["dwelling"].changed == 1
    rows = conn.execute(
        "SELECT dwelling_id, surface_m2, superseded_at IS NULL FROM dwelling ORDER BY row_id"
    ).fetchall()
    assert [r[1:] for r in rows] == [(50, False), (60, True)]
    assert rows[0][0] == rows[1][0]
    assert one(conn, "SELECT o.superseded_at = n.recorded_at FROM dwelling o, dwelling n"
                     " WHERE o.superseded_at IS NOT NULL AND n.superseded_at IS NULL")  # fmt: skip


def test_a_dry_run_writes_nothing(conn: Connection) -> None:
    report = bring(conn, FILES, dry_run=True)
    assert report.tables["usage_point"].added == 3
    assert one(conn, "SELECT count(*) FROM area") == 0


def test_bad_rows_are_named_and_good_rows_taken(conn: Connection) -> None:
    bring(conn, FILES)
    report = bring(
        conn,
        {
            "homes.csv": "ref,area\nd2,693830101\nd3,nowhere\n",
            "points.csv": "ref,commodity,dwelling\nP2,steam,d2\nP3,gas,d3\nP4,water,d2\n",
            "devices.csv": "connector,ref,usage_point\nsenml,m3,X\nsenml,m4,P4\n",
            "people.csv": "ref,people\nh2,1\nh2,2\nh2,1\n",
            "noise.csv": "\x00\x01",
        },
    )
    told = [(p.file, p.line, p.column, p.value, p.reason) for p in report.problems]
    assert told == [
        ("devices.csv", 2, "usage_point", "X", "ambiguous_reference"),
        ("homes.csv", 3, "area", "nowhere", "unknown_reference"),
        ("noise.csv", 0, "", told[2][3], "unrecognised"),
        ("people.csv", 3, "", "", "twice"),
        ("points.csv", 2, "commodity", "steam", "unknown_reference"),
        ("points.csv", 3, "dwelling", "d3", "unknown_reference"),
    ]
    assert report.tables["usage_point"].added == report.tables["device"].added == 1
    assert report.tables["household"].added == 1
    assert report.unusable == 1


def test_moving_is_one_file_and_periods_never_overlap(conn: Connection) -> None:
    bring(conn, FILES | {"people.csv": "ref\nh1\nh2\nh3\n"})
    moved = bring(
        conn,
        {
            "stay.csv": "household,dwelling,valid_from,valid_to\n"
            "h1,d1,2024-01-01,2026-05-01\nh2,d1,2026-05-01,\nh3,d1,2026-06-01,\n"
        },
    )
    assert moved.tables["occupancy"].changed == moved.tables["occupancy"].added == 1
    assert [(p.line, p.reason) for p in moved.problems] == [(4, "overlaps")]
    assert "stay.csv:3" in moved.problems[0].text("fr")
    again = bring(conn, {"s.csv": "household,dwelling,valid_from\nh3,d1,2025-01-01\n"})
    assert [p.reason for p in again.problems] == ["overlaps"]


def test_a_fact_can_be_taken_back(conn: Connection) -> None:
    bring(conn, FILES)
    text = "household,purpose,action\nh1,area-totals,remove\nh1,club:velo,remove\n"
    report = bring(conn, {"c.csv": text})
    assert report.tables["consent"].removed == 1
    assert [p.reason for p in report.problems] == ["nothing_to_remove"]
    assert one(conn, "SELECT count(*) FROM consent WHERE superseded_at IS NULL") == 0


def test_a_consent_for_a_club_that_does_not_exist_is_refused(conn: Connection) -> None:
    consent = "household,purpose\nh1,club:nope\nh1,club:\nh1,club:velo\n"
    report = bring(conn, FILES | {"c.csv": consent, "clubs.csv": "code,name\nvelo,Vélo Lyon\n"})
    assert [(p.line, p.column, p.value, p.reason) for p in report.problems] == [
        (2, "purpose", "nope", "unknown_reference"),
        (3, "purpose", "", "unknown_reference"),
    ]
    assert "'nope' is not in table club" in report.problems[0].text("en")
    assert one(conn, "SELECT count(*) FROM consent WHERE purpose LIKE 'club:%'") == 1
    conn.execute("UPDATE consent SET purpose = 'club:gone' WHERE purpose = 'club:velo'")
    assert bring(conn, {"c.csv": "household,purpose,action\nh1,club:gone,remove\n"}).problems == []


def test_without_a_consent_row_there_is_no_consent(conn: Connection) -> None:
    bring(conn, {n: t for n, t in FILES.items() if n != "consents.csv"})
    assert one(conn, "SELECT count(*) FROM consent") == 0


@pytest.fixture
def with_readings(conn: Connection) -> Connection:
    bring(conn, FILES)
    conn.execute(
        "INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source)"
        " SELECT usage_point_id, commodity, 'consumption', 'energy', 'TOTAL', 'register', 'senml'"
        " FROM usage_point WHERE ref IN ('PRM1', 'X')"
    )
    conn.execute(
        "INSERT INTO reading (ts, value, channel_id) SELECT ts, 1, channel_id FROM channel,"
        " generate_series('2026-01-01 12:00'::timestamptz, '2026-01-31 12:00', '1 day') ts"
    )
    conn.commit()
    return conn


@pytest.mark.parametrize(
    ("file", "text", "channels", "first", "last"),
    [
        ("stay.csv", "household,dwelling,valid_from\nh1,d1,2026-01-10\n", 3, "01-10", "01-31"),
        (
            "c.csv",
            """household,purpose,commodity,valid_from,valid_to
h1,area-totals,electricity,2026-01-05,2026-01-07
""",
            3,
            "01-05",
            "01-09",
        ),
        (
            "d.csv",
            "connector,ref,usage_point,valid_from\nsenml,m9,PRM1,2026-01-20\n",
            1,
            "01-20",
            "01-31",
        ),
        (
            "e.csv",
            "usage_point,commodity,at,kind\nX,gas,2026-01-15T12:00:00,install\n",
            1,
            "01-15",
            "01-15",
        ),
        ("h.csv", "ref,people\nh1,4\n", 0, "", ""),
    ],
)
def test_changes_mark_the_readings_they_touch(
    with_readings: Connection, file: str, text: str, channels: int, first: str, last: str
) -> None:
    conn = with_readings
    if file == "stay.csv":
        bring(conn, {"s.csv": "household,dwelling,valid_from,action\nh1,d1,2024-01-01,remove\n"})
        conn.execute("DELETE FROM dirty")
    assert bring(conn, {file: text}).problems == []
    marked = conn.execute(
        "SELECT channel_id, to_char(from_ts, 'MM-DD'), to_char(to_ts, 'MM-DD'), priority FROM dirty"
    ).fetchall()
    assert len(marked) == channels
    assert {row[1:] for row in marked} == ({(first, last, 1)} if channels else set())


def test_a_channel_without_readings_is_not_marked(with_readings: Connection) -> None:
    """As after the undo of its only load: a range without ends would stop every worker."""
    conn = with_readings
    conn.execute("DELETE FROM reading")
    conn.commit()
    stay = "household,dwelling,valid_from,valid_to\nh1,d1,2024-01-01,2026-05-01\n"
    assert bring(conn, {"s.csv": stay}).problems == []
    assert bring(conn, {"c.csv": "household,purpose\nh1,area-totals\n"}).problems == []
    assert one(conn, "SELECT count(*) FROM dirty") == 0


def test_two_devices_on_one_input_at_the_same_time_are_named(conn: Connection) -> None:
    """They would mix two meters' readings in one channel."""
    assert bring(conn, FILES).shared == []
    head = "connector,ref,usage_point,input,valid_from,valid_to\n"
    twin = bring(conn, {"d.csv": f"{head}senml,m0,PRM1,,2026-05-01,\n"})
    assert twin.shared == ["senml/m0 + senml/m1 (PRM1)"]
    assert twin.as_json("en")["shared"] == twin.shared
    assert twin.problems == []
    assert bring(conn, {"people.csv": "ref,people\nh1,4\n"}).shared == []
    apart = bring(conn, {"d.csv": f"{head}senml,m0,PRM1,second,2026-05-01,\n"})
    assert apart.shared == []
    # one after the other, of another connector, and the entities of a Home Assistant
    others = bring(
        conn,
        {
            "d.csv": f"{head}senml,m1,PRM1,,,2026-06-01\nsenml,m3,PRM1,,2026-06-01,\n"
            "wmbusmeters,m4,PRM1,,,\nhomeassistant_statestream,a/sensor.x,PRM1,,,\n"
            "homeassistant_statestream,a/sensor.y,PRM1,,,\n"
        },
    )
    assert (others.problems, others.shared) == ([], [])
