"""The write path on the real TimescaleDB."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from hub.intake.batch import BatchBuilder
from hub.intake.checks import CODE
from hub.intake.outcomes import Outcome
from hub.model import Series
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.placing import Rules
from hub.store.readings import BACKFILL, MixedLoadsError, Origin, Written, write_batch
from tests.stack import Stack
from tests.store.district import HOUR, NOW, batch, bring, key, registers, stored

A, U, R, X, I = (  # noqa: E741
    Outcome.ACCEPTED,
    Outcome.UNCHANGED,
    Outcome.REVISED,
    Outcome.REJECTED,
    Outcome.IGNORED,
)
T = NOW - 10 * HOUR


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        yield connection


@pytest.fixture
def directory() -> Directory:
    return Directory()


def write(
    conn: Connection,
    directory: Directory,
    *series: Series,
    origin: Origin | None = None,
    load: int = 0,
) -> Written:
    if load:
        conn.execute(
            "INSERT INTO load (load_id, file_name, digest, connector, actor)"
            " VALUES (%s, 'f', '', 'senml', 'operator') ON CONFLICT DO NOTHING",
            [load],
        )
    written = write_batch(conn, directory, batch(*series, load_id=load), origin)
    conn.commit()
    return written


def dirty(conn: Connection) -> list[tuple[int, int, int]]:
    """(from, to, priority) relative to T, then forgotten."""
    rows = conn.execute(
        "WITH d AS (DELETE FROM dirty RETURNING *)"
        " SELECT extract(epoch FROM from_ts)::int8 - %(t)s,"
        " extract(epoch FROM to_ts)::int8 - %(t)s, priority FROM d ORDER BY channel_id, 1",
        {"t": T},
    ).fetchall()
    conn.commit()
    return [(a, b, c) for a, b, c in rows]


@pytest.mark.parametrize(("origin", "load"), [(Origin(), 0), (Origin(BACKFILL), 7)])
def test_new_then_again_then_corrected(
    conn: Connection, directory: Directory, origin: Origin, load: int
) -> None:
    first = registers((T, 100), (T + HOUR, 200), (T + 2 * HOUR, 300))
    assert write(conn, directory, first, origin=origin, load=load).outcome.tolist() == [A, A, A]
    assert dirty(conn) == [(0, 2 * HOUR, origin.priority)]
    assert write(conn, directory, first, origin=origin, load=load).outcome.tolist() == [U, U, U]
    assert dirty(conn) == []
    mixed = registers((T, 100), (T + HOUR, 250), (T + 3 * HOUR, 400))
    assert write(conn, directory, mixed, origin=origin, load=load).outcome.tolist() == [U, R, A]
    assert dirty(conn) == [(HOUR, 3 * HOUR, origin.priority)]
    assert [row[1:3] for row in stored(conn)] == [
        (T, 100), (T + HOUR, 250), (T + 2 * HOUR, 300), (T + 3 * HOUR, 400)
    ]  # fmt: skip
    assert conn.execute("SELECT value, replaced_by FROM reading_revision").fetchall() == [
        (200, load)
    ]


def test_latest_moves_only_forward(conn: Connection, directory: Directory) -> None:
    moved = write(conn, directory, registers((T, 100), (T + HOUR, 200))).moved
    assert len(moved) == 1
    assert write(conn, directory, registers((T - HOUR, 50))).moved == []
    assert write(conn, directory, registers((T + HOUR, 210))).moved == moved  # corrected
    assert conn.execute("SELECT extract(epoch FROM ts)::int8, value FROM latest").fetchall() == [
        (T + HOUR, 210)
    ]


def test_latest_is_the_reading_that_stands(conn: Connection, directory: Directory) -> None:
    """A value for the same moment that was received earlier and comes later changes neither."""
    for value, received in ((7, NOW), (5, NOW - HOUR)):
        one = batch(registers((T, value)))
        one.received_at[:] = received
        write_batch(conn, directory, one, Origin())
    assert conn.execute("SELECT value FROM reading").fetchall() == [(7,)]
    assert conn.execute("SELECT value FROM latest").fetchall() == [(7,)]


def test_power_is_shown_and_never_a_reading(conn: Connection, directory: Directory) -> None:
    old = NOW - 50 * HOUR
    power = registers(
        (old, 5), (NOW - 2, 7), (NOW - 2, 8), (NOW - 1, 9), kind="power", quantity="power"
    )
    written = write(conn, directory, power)
    assert written.outcome.tolist() == [I, I, A, A]
    assert stored(conn) == []
    assert conn.execute("SELECT value FROM power ORDER BY ts").fetchall() == [(8,), (9,)]
    assert conn.execute("SELECT value FROM latest").fetchall() == [(9,)]
    assert dirty(conn) == []


def test_every_length_of_interval_has_its_channel(conn: Connection, directory: Directory) -> None:
    steps = [1800, 23 * HOUR, 25 * HOUR, 7 * 24 * HOUR, 31 * 24 * HOUR]
    at = NOW - 40 * 24 * HOUR
    series = Series(
        key(kind="interval"), [at] * 5, [1, 2, 3, 4, 5], seconds=steps, row=[1, 2, 3, 4, 5]
    )
    written = write(conn, directory, series)
    # the two days are one key: live, the later one counts
    assert written.outcome.tolist() == [A, I, A, A, A]
    rows = conn.execute(
        "SELECT period_class, seconds FROM channel JOIN reading USING (channel_id) ORDER BY seconds"
    ).fetchall()
    assert rows == [
        ("sub-daily", 1800), ("day", 25 * HOUR), ("week", 7 * 24 * HOUR), ("month", 31 * 24 * HOUR)
    ]  # fmt: skip


def test_a_stated_period_is_not_judged_by_its_length(
    conn: Connection, directory: Directory
) -> None:
    """A month cut to a week stays a month; what is called a day and is longer is no day."""
    week = 7 * 24 * HOUR
    month, day = (
        Series(key(kind="interval", period=stated), [NOW - 2 * week], [value], seconds=[week])
        for stated, value in (("month", 3), ("day", 4))
    )
    plain = Series(key(kind="interval"), [NOW - 2 * week], [4], seconds=[week])
    assert write(conn, directory, month, day).outcome.tolist() == [A, A]
    assert write(conn, directory, plain).outcome.tolist() == [U]
    rows = conn.execute(
        "SELECT period_class, value FROM channel JOIN reading USING (channel_id) ORDER BY value"
    ).fetchall()
    assert rows == [("month", 3), ("week", 4)]


def test_dirty_covers_what_a_longer_interval_reached(
    conn: Connection, directory: Directory
) -> None:
    def interval(seconds: int) -> Series:
        return Series(key(kind="interval"), [T], [5], seconds=[seconds])

    write(conn, directory, interval(2 * HOUR))
    assert dirty(conn) == [(0, 2 * HOUR, 0)]
    write(conn, directory, interval(HOUR))
    assert sorted(dirty(conn)) == [(0, HOUR, 0), (0, 2 * HOUR, 1)]


def test_who_replaces_what_came_meanwhile_makes_all_of_it_dirty(
    conn: Connection, url: str, directory: Directory
) -> None:
    """The other writer's interval was not there when this one looked: it waits at its key."""

    def interval(seconds: int) -> Series:
        return Series(key(kind="interval"), [T], [5], seconds=[seconds])

    write(conn, directory, registers((T, 1)))  # so that devices and channels are known
    dirty(conn)
    with connect(url, application="test") as other:
        write_batch(other, Directory(), batch(interval(2 * HOUR)))
        late = threading.Thread(target=write, args=[conn, directory, interval(HOUR)])
        late.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with connect(url, application="test") as third:
            third.autocommit = True
            while late.is_alive() and third.execute(waiting).fetchone() == (0,):
                late.join(0.01)
        other.commit()
        late.join()
        assert sorted(dirty(other)) == [(0, HOUR, 0), (0, 2 * HOUR, 0), (0, 2 * HOUR, 1)]


def test_one_late_reading_does_not_make_a_year_dirty(
    conn: Connection, directory: Directory
) -> None:
    year = 365 * 24 * HOUR
    write(conn, directory, registers((T - year, 1), (T, 100), (T + HOUR, 200)))
    assert dirty(conn) == [(-year, -year, 0), (0, HOUR, 0)]


def test_the_last_of_two_values_for_a_moment_counts(conn: Connection, directory: Directory) -> None:
    twice = registers((T, 1), (T, 2), (T, 2), (T + 1, 5))
    written = write(conn, directory, twice, load=3)
    assert written.outcome.tolist() == [X, U, A, A]
    assert written.reason.tolist() == [CODE["duplicate_row"], 0, 0, 0]
    assert [row[2] for row in stored(conn)] == [2, 5]


@pytest.mark.parametrize(
    ("ts", "value", "reason"),
    [
        (946_684_799, 1, "too_early"),
        (0, 1, "too_early"),
        (-(2**62), 1, "too_early"),
        (NOW + 601, 1, "too_late"),
        (4_070_908_800, 1, "too_late"),
        (2**62, 1, "too_late"),
        (T, 2**60 + 1, "out_of_range"),
        (T, -(2**63), "out_of_range"),
        (T, 10**30, "out_of_range"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_stored(
    conn: Connection, directory: Directory, ts: int, value: int, reason: str
) -> None:
    written = write(conn, directory, registers((T - HOUR, 7), (ts, value), (NOW + 600, 9)))
    assert written.outcome.tolist() == [A, X, A]
    assert written.reason.tolist() == [0, CODE[reason], 0]


@pytest.mark.parametrize(
    ("ts", "seconds", "reason"),
    [
        (NOW - HOUR, HOUR + 601, "too_late"),
        (T, 0, "out_of_range"),
        (T, -5, "out_of_range"),
        (NOW - 500 * 24 * HOUR, 401 * 24 * HOUR, "out_of_range"),
        (T, 2**62, "out_of_range"),
    ],
)
def test_an_impossible_interval_is_refused(
    conn: Connection, directory: Directory, ts: int, seconds: int, reason: str
) -> None:
    series = Series(key(kind="interval"), [ts], [1], seconds=[seconds])
    assert write(conn, directory, series).reason.tolist() == [CODE[reason]]
    assert conn.execute("SELECT count(*) FROM channel").fetchone() == (0,)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"device": "nobody"}, "unknown_device"),
        ({"device": "e1", "commodity": "gas", "quantity": "volume"}, "wrong_commodity"),
        ({"device": "e1", "quantity": "volume"}, "wrong_quantity"),
        ({"device": "e1", "quantity": "units"}, "no_pulse"),
        ({"device": "e1", "quantity": "units", "commodity": ""}, "no_pulse"),
        ({"device": "e1", "commodity": ""}, "bad_name"),
        ({"device": "e1", "quantity": "units", "commodity": "water"}, "wrong_commodity"),
        ({"device": "e1", "commodity": "steam"}, "bad_name"),
        ({"device": "e1", "flow": "production"}, "bad_name"),
        ({"device": "PRM1"}, "unknown_device"),  # a usage point's ref: for files only
    ],
)
def test_a_series_without_a_place_is_refused(
    conn: Connection, directory: Directory, other: dict[str, str], reason: str
) -> None:
    written = write(conn, directory, registers((T, 1), **other), registers((T, 1)))
    assert written.reason.tolist() == [CODE[reason], 0]
    unknown = {("senml", other["device"])} if reason == "unknown_device" else set()
    assert written.unknown == unknown


@pytest.mark.parametrize(
    ("device", "rules"),
    [("e2", Rules()), ("PRM2", Rules(by_usage_point=True)), ("e2", Rules(by_usage_point=True))],
)
def test_nothing_older_than_the_usage_point(
    conn: Connection, directory: Directory, device: str, rules: Rules
) -> None:
    opened = 1_767_999_600  # 2026-01-10 00:00 in Paris
    written = write(
        conn,
        directory,
        registers((opened - 86_401, 1), (opened - 86_400, 2), device=device),
        origin=Origin(rules=rules),
    )
    assert written.reason.tolist() == [CODE["before_usage_point"], 0]


def test_nothing_enters_frozen_days(conn: Connection, directory: Directory) -> None:
    write(conn, directory, registers((T, 1)))
    conn.execute("UPDATE channel SET horizon = '2026-11-01'")
    directory.forget()
    early = 1_793_487_600 - 1  # the second before 2026-11-01 00:00 in Paris
    written = write(conn, directory, registers((early, 1), (early + 1, 1)))
    assert written.reason.tolist() == [CODE["frozen"], 0]


def test_a_device_serves_by_date(conn: Connection, directory: Directory) -> None:
    bring(
        conn,
        {
            "d.csv": "connector,ref,usage_point,valid_from,valid_to\n"
            "senml,moved,PRM1,2026-11-01,2026-11-10\nsenml,moved,PRM2,2026-11-10,\n"
        },
    )
    first, tenth = 1_793_487_600, 1_794_265_200
    written = write(
        conn,
        directory,
        registers((first - 1, 1), (first, 2), (tenth - 1, 3), (tenth, 4), device="moved"),
    )
    assert written.reason.tolist() == [CODE["unknown_device"], 0, 0, 0]
    assert [row[:3] for row in stored(conn)] == [
        ("PRM1", first, 2), ("PRM1", tenth - 1, 3), ("PRM2", tenth, 4)
    ]  # fmt: skip


def test_a_portals_usage_point_needs_no_device(conn: Connection, directory: Directory) -> None:
    rules = Rules(by_usage_point=True, portals={"senml"})
    written = write(
        conn,
        directory,
        registers((T, 1), device="PRM1"),
        registers((T, 1), device="PCE1"),
        registers((T, 1), device="99999"),
        origin=Origin(rules=rules),
        load=1,
    )
    assert written.reason.tolist() == [0, CODE["wrong_commodity"], CODE["unknown_usage_point"]]


def test_a_sender_writes_only_where_it_may(conn: Connection, directory: Directory) -> None:
    number = conn.execute("SELECT usage_point_id FROM usage_point WHERE ref = 'W1'").fetchone()
    assert number is not None
    written = write(
        conn,
        directory,
        registers((T, 1)),
        registers((T, 1), device="w1", commodity="water", quantity="volume"),
        origin=Origin(rules=Rules(usage_points={number[0]})),
    )
    assert written.reason.tolist() == [CODE["not_allowed"], 0]


def test_the_registry_tells_that_it_changed(conn: Connection, url: str) -> None:
    directory = Directory()
    directory.listen(conn)
    assert write(conn, directory, registers((T, 1), device="new")).outcome.tolist() == [X]
    with connect(url, application="test") as other:
        bring(other, {"d.csv": "connector,ref,usage_point\nsenml,new,PRM1\n"})
    conn.execute("SELECT 1")  # any statement brings the notice
    conn.commit()
    assert write(conn, directory, registers((T, 1), device="new")).outcome.tolist() == [A]


def test_a_failed_transaction_leaves_no_remembered_channel(
    conn: Connection, directory: Directory
) -> None:
    write_batch(conn, directory, batch(registers((T, 1))))
    conn.rollback()
    directory.forget()
    assert write(conn, directory, registers((T, 1))).outcome.tolist() == [A]
    assert len(stored(conn)) == 1


def test_writers_at_once_double_nothing(conn: Connection, url: str) -> None:
    """Four connections write the same and overlapping keys; channels and rows are there once."""
    errors: list[Exception] = []

    def work(seed: int) -> None:
        directory, order = Directory(), list(range(200))
        random.Random(seed).shuffle(order)
        try:
            with connect(url, application="test") as own:
                for start in range(0, 200, 20):
                    # a batch is sorted by key, so that writers wait for each other, never in a ring
                    pairs = [(T + n, n) for n in order[start : start + 20]]
                    write_batch(own, directory, batch(registers(*pairs)))
                    own.commit()
        except psycopg.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [row[1:3] for row in stored(conn)] == [(T + n, n) for n in range(200)]
    assert conn.execute("SELECT count(*) FROM channel").fetchone() == (1,)
    assert conn.execute("SELECT count(*) FROM reading_revision").fetchone() == (0,)


def test_any_order_and_split_gives_the_same_readings(stack: Stack) -> None:
    """Facts that do not contradict each other, permuted, repeated and split: one table."""
    facts = [(T + 60 * n, 10 * n) for n in range(60)]
    found = []
    for seed in range(3):
        with stack.fresh_database() as address, connect(address, application="test") as conn:
            bring(conn)
            directory, chance = Directory(), random.Random(seed)
            given = facts + chance.sample(facts, 20)
            chance.shuffle(given)
            while given:
                n = chance.randint(1, len(given))
                write(conn, directory, registers(*given[:n]))
                given = given[n:]
            found.append(stored(conn))
    assert found[0] == found[1] == found[2]
    assert [row[1:3] for row in found[0]] == facts


def test_counts_by_channel_add_up(conn: Connection, directory: Directory) -> None:
    write(conn, directory, registers((T, 1), (T + 1, 2)), load=5)
    counts = write(
        conn,
        directory,
        registers((T, 1), (T + 1, 3), (T + 2, 4)),
        registers((T, 1), device="w1", commodity="water", quantity="volume"),
        load=6,
    ).counts
    assert counts.load.tolist() == [6, 6]
    rows = np.stack(
        [counts.first - T, counts.last - T, counts.accepted, counts.unchanged, counts.revised]
    )
    assert rows.T.tolist() == [[0, 2, 1, 1, 1], [0, 0, 1, 0, 0]]


def test_two_loads_never_settle_a_moment_in_one_batch(
    conn: Connection, directory: Directory
) -> None:
    builder = BatchBuilder()
    builder.add("senml", registers((T, 1)), NOW, 0, load_id=1)
    builder.add("senml", registers((T, 2)), NOW, 1, load_id=2)
    with pytest.raises(MixedLoadsError):
        write_batch(conn, directory, builder.build())


def test_an_empty_batch_is_nothing(conn: Connection, directory: Directory) -> None:
    written = write(conn, directory)
    assert len(written.outcome) == 0
    assert written.moved == []
