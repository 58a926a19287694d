"""A device that was assigned wrongly: its readings follow the correction."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from hub.registry.importing import ImportReport, import_tables, read_bytes
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.loads import undo_load
from hub.store.readings import Origin, write_batch
from tests.stack import Stack
from tests.store.district import batch, bring, registers, stored

DAY = 86_400
NOV_10 = 1_794_265_200  # 2026-11-10 00:00 in Paris


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        bring(connection)
        yield connection


def write(conn: Connection, *pairs: tuple[int, int], device: str = "e1", load: int = 0) -> None:
    readings = [(NOV_10 + day * DAY, value) for day, value in pairs]
    write_batch(
        conn, Directory(), batch(registers(*readings, device=device), load_id=load), Origin()
    )
    conn.execute("DELETE FROM dirty")
    conn.commit()


def correct(conn: Connection, rows: str) -> ImportReport:
    text = f"connector,ref,usage_point,valid_from,valid_to,action\n{rows}"
    report = import_tables(conn, [read_bytes("d.csv", text.encode(), "Europe/Paris")])
    assert report.problems == []
    return report


def where(conn: Connection) -> list[tuple[str, int, int]]:
    return [(ref, (ts - NOV_10) // DAY, value) for ref, ts, value, *_ in stored(conn)]


def test_a_wrong_usage_point_is_corrected(conn: Connection) -> None:
    write(conn, (0, 1), (1, 2))
    report = correct(conn, "senml,e1,PRM2,,,\n")
    assert report.moved == 2
    assert where(conn) == [("PRM2", 0, 1), ("PRM2", 1, 2)]
    latest = conn.execute(
        "SELECT u.ref, l.value FROM latest l JOIN channel USING (channel_id)"
        " JOIN usage_point u USING (usage_point_id)"
    ).fetchall()
    assert latest == [("PRM2", 2)]
    dirty = conn.execute(
        "SELECT u.ref, extract(epoch FROM from_ts)::int8, extract(epoch FROM to_ts)::int8"
        " FROM dirty JOIN channel USING (channel_id) JOIN usage_point u USING (usage_point_id)"
        " ORDER BY 1"
    ).fetchall()
    assert set(dirty) == {("PRM1", NOV_10, NOV_10 + DAY), ("PRM2", NOV_10, NOV_10 + DAY)}


def test_from_a_date_on(conn: Connection) -> None:
    write(conn, (-1, 1), (0, 2), (1, 3))
    report = correct(conn, "senml,e1,PRM1,,2026-11-10,\nsenml,e1,PRM2,2026-11-10,,\n")
    assert report.moved == 2
    assert where(conn) == [("PRM1", -1, 1), ("PRM2", 0, 2), ("PRM2", 1, 3)]


def test_the_same_file_again_moves_nothing(conn: Connection) -> None:
    write(conn, (0, 1))
    rows = "senml,e1,PRM1,,2026-11-10,\nsenml,e1,PRM2,2026-11-10,,\n"
    assert correct(conn, rows).moved == 1
    assert correct(conn, rows).moved == 0
    assert where(conn) == [("PRM2", 0, 1)]


def test_another_devices_readings_stay(conn: Connection) -> None:
    """Two devices of one channel: nobody can tell whose a reading is."""
    bring(conn, {"d.csv": "connector,ref,usage_point\nsenml,twin,PRM1\n"})
    write(conn, (0, 1))
    write(conn, (1, 2), device="twin")
    report = correct(conn, "senml,e1,PRM2,,,\n")
    assert (report.moved, report.undecided) == (0, ["senml/e1"])
    assert where(conn) == [("PRM1", 0, 1), ("PRM1", 1, 2)]


def test_a_dates_correction_alone_moves_nothing(conn: Connection) -> None:
    write(conn, (0, 1))
    correct(conn, "senml,e1,PRM1,,2026-11-05,\n")
    assert where(conn) == [("PRM1", 0, 1)]


def test_a_moved_load_can_be_undone(conn: Connection) -> None:
    conn.execute(
        "INSERT INTO load (load_id, file_name, digest, connector, actor)"
        " VALUES (7, 'f', '', 'senml', 'operator')"
    )
    write(conn, (0, 1), load=7)
    conn.execute("INSERT INTO load_channel SELECT 7, channel_id, ts, ts, 1, 0, 0 FROM reading")
    conn.commit()
    assert correct(conn, "senml,e1,PRM2,,,\n").moved == 1
    undone = undo_load(conn, 7)
    assert undone.removed == 1
    assert where(conn) == []


def test_live_power_of_another_home_is_forgotten(conn: Connection) -> None:
    power = registers((1_795_000_000, 5), kind="power", quantity="power")
    write_batch(conn, Directory(), batch(power))
    conn.commit()
    correct(conn, "senml,e1,PRM2,,,\n")
    assert conn.execute("SELECT * FROM latest").fetchall() == []
    assert conn.execute("SELECT * FROM power").fetchall() == []


def test_a_message_under_way_is_waited_for_and_moved(stack: Stack) -> None:
    """It is in a transaction that was begun under the old assignment."""
    with (
        stack.fresh_database() as url,
        connect(url, application="test") as conn,
        connect(url, application="other") as other,
    ):
        bring(conn)
        write(conn, (0, 1))
        readings = registers((NOV_10 + DAY, 2), device="e1")
        write_batch(other, Directory(), batch(readings), Origin())
        committing = threading.Timer(1, other.commit)
        committing.start()
        assert correct(conn, "senml,e1,PRM2,,,\n").moved == 2
        assert not committing.is_alive()
        assert where(conn) == [("PRM2", 0, 1), ("PRM2", 1, 2)]


def test_the_next_message_goes_by_the_new_assignment(stack: Stack) -> None:
    """Whatever the sender's connection remembers, and before it has heard of the change."""
    with (
        stack.fresh_database() as url,
        connect(url, application="test") as conn,
        connect(url, application="other") as other,
    ):
        bring(conn)
        directory = Directory()
        for day, value in ((0, 1), (1, 2)):
            readings = registers((NOV_10 + day * DAY, value), device="e1")
            write_batch(other, directory, batch(readings), Origin())
            other.commit()
            if day == 0:
                correct(conn, "senml,e1,PRM2,,,\n")
        assert where(conn) == [("PRM2", 0, 1), ("PRM2", 1, 2)]
