"""Generated cases for the database: a home, its channels, and the way their readings come in.

A case is written by sequences of steps. Steps of one sequence follow each other (a wrong value
before the right one); sequences of one case touch different readings, so that any order of them,
from any number of writers, leaves the same facts behind.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import event
from hypothesis import strategies as st

from hub.store.connection import Connection
from hub.store.registry_marks import EventMark, mark_events
from tests.rollup.oracle import Channel, Reading
from tests.rollup.store import home, stored_channel, usage_point
from tests.rollup.strategies import (
    coarse_intervals,
    interval_channels,
    register_channels,
    small_registers,
)

#: Bound of the catalogue by day start: electricity and gas.
COMMODITIES = {0: ("electricity", 36_000_000), 6 * 3600: ("gas", 16_000_000)}
DIFFICULT = {"2026-03-29": "spring", "2026-10-25": "autumn", "2028-02-29": "leap day"}

Put = tuple[int, Reading]  # index of the channel


@dataclass
class Case:
    """A home. seed: of the order, the splits and the mistakes with which its readings come.

    shared: the second channel competes with the first at one usage point, else it has its own.
    """

    channels: list[Channel]
    seed: int
    shared: bool = False
    numbers: list[int] = field(default_factory=list)  # of its channels in the database


@dataclass
class Step:
    """One write: readings, then readings to delete, then the meter events of the case."""

    put: list[Put] = field(default_factory=list)
    delete: list[tuple[int, int]] = field(default_factory=list)  # channel, ts
    events: bool = False
    priority: int = 0


def fitted(channel: Channel) -> Channel:
    """The channel with the settings that the registry of these tests can hold."""
    channel.resolution, channel.printed, channel.moves = 1, 10**6, []
    channel.modulus = max([e.closing or 0 for e in channel.events if e.kind == "rollover"] or [0])
    channel.max_per_hour = COMMODITIES[channel.day_start][1]
    channel.longest = 82_800 if channel.longest == 82_800 else 400 * 86_400
    return channel


#: Mostly the sparse ones: what a change reaches lies on other days there.
found_channels = st.one_of(
    small_registers(), coarse_intervals(), small_registers(), coarse_intervals(),
    register_channels(), interval_channels(),
).map(fitted)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    channels = draw(st.lists(found_channels, min_size=1, max_size=2))
    same_day = len({c.day_start for c in channels}) == 1
    eventless = not any(c.events for c in channels)  # events are of a whole usage point
    shared = len(channels) == 2 and same_day and eventless and draw(st.booleans())
    return Case(channels, draw(st.integers(0, 2**32)), shared)


def note_events(case: Case) -> None:
    """What is in a case, for `--hypothesis-show-statistics`."""
    for channel in case.channels:
        event(f"{channel.kind}, day from {channel.day_start // 3600} h, slot {channel.slot // 60}")
        event("swap" if channel.events else "no swap")
        for name in sorted(nights(channel)):
            event(name)


def nights(channel: Channel) -> set[str]:
    """The difficult days that the channel's readings and intervals touch."""
    found = set()
    first = datetime.fromtimestamp(min(r.ts for r in channel.readings), UTC)
    last = datetime.fromtimestamp(max(r.ts + max(r.seconds, 0) for r in channel.readings), UTC)
    for day, name in DIFFICULT.items():
        start = datetime.fromisoformat(f"{day}T00:00:00Z")
        if first < start + timedelta(days=1) and last > start:
            found.add(name)
    return found


def settle(conn: Connection, case: Case, number: int) -> None:
    """The case's home (of that number), usage points and channels, without readings."""
    first = case.channels[0]
    case.numbers = []
    home(conn, number, area=1 + number % 2, commodity=COMMODITIES[first.day_start][0])
    for n, channel in enumerate(case.channels):
        point = number
        if n and not case.shared:
            point = 1_000_000 + number
            usage_point(conn, point, COMMODITIES[channel.day_start][0], dwelling=number)
        case.numbers.append(
            stored_channel(conn, point, replace(channel, events=[]), source="ab"[n])
        )


def plan(case: Case) -> list[list[Step]]:
    """The case's sequences, in random order."""
    chance = random.Random(case.seed)
    sequences = [
        sequence
        for n, channel in enumerate(case.channels)
        for sequence in _of_channel(n, channel, chance)
    ]
    if any(channel.events for channel in case.channels):
        sequences.append([Step(events=True)])
    chance.shuffle(sequences)
    return sequences


def _of_channel(n: int, channel: Channel, chance: random.Random) -> Iterator[list[Step]]:
    """Batches of the readings, some wrong first, some twice, some with one too many."""
    waiting = list(channel.readings)
    times = {r.ts for r in waiting}
    chance.shuffle(waiting)
    while waiting:
        size = chance.randint(1, len(waiting)) if chance.random() < 0.7 else 1
        batch, waiting = [(n, r) for r in waiting[:size]], waiting[size:]
        steps = []
        if chance.random() < 0.3:
            wrong = [(n, Reading(r.ts, r.value // 2, r.seconds, 2)) for _, r in batch]
            steps.append(Step(wrong, priority=chance.choice((0, 1, 2))))
        steps.append(Step(batch, priority=chance.choice((0, 1, 2))))
        if chance.random() < 0.2:
            again = [one for one in batch if chance.random() < 0.5]
            steps.append(Step(again, priority=chance.choice((0, 1, 2))))
        extra = Reading(batch[0][1].ts + 450, chance.randint(0, 50), batch[0][1].seconds)
        if chance.random() < 0.2 and extra.ts not in times:
            times.add(extra.ts)
            steps += [Step([(n, extra)]), Step(delete=[(n, extra.ts)])]
        yield steps


_TOUCHED = """
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT channel_id, to_timestamp(min(ts)), to_timestamp(max(greatest(ts, ts + seconds))), priority
FROM unnest(%s::int4[], %s::int8[], %s::int8[], %s::int4[]) AS g (channel_id, ts, seconds, priority)
GROUP BY channel_id, priority"""
_PUT = """
INSERT INTO reading (channel_id, ts, value, seconds, quality)
SELECT channel_id, to_timestamp(ts), value, seconds, quality
FROM unnest(%s::int4[], %s::int8[], %s::int8[], %s::int4[], %s::int2[])
     AS g (channel_id, ts, value, seconds, quality)
ON CONFLICT (channel_id, ts) DO UPDATE SET value = excluded.value, seconds = excluded.seconds,
    quality = excluded.quality"""
_DELETE = """
WITH gone AS (
    DELETE FROM reading r USING unnest(%s::int4[], %s::int8[]) AS g (channel_id, ts)
    WHERE r.channel_id = g.channel_id AND r.ts = to_timestamp(g.ts)
    RETURNING r.channel_id, r.ts, greatest(r.seconds, 0) * interval '1 second' AS length
)
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT channel_id, min(ts), max(ts + length), 0 FROM gone GROUP BY channel_id"""
_EVENT = """
INSERT INTO meter_event (usage_point_id, register, at, kind, closing, opening, source)
SELECT usage_point_id, register, to_timestamp(%s), %s, %s, %s, 'operator'
FROM channel WHERE channel_id = %s
RETURNING usage_point_id"""


def write(conn: Connection, steps: Sequence[tuple[Case, Step]]) -> None:
    """Steps of several cases in one transaction, as a batch of messages holds many homes."""
    put = sorted(
        (case.numbers[n], r.ts, r.value, r.seconds, r.quality, step.priority)
        for case, step in steps
        for n, r in step.put
    )
    gone = sorted((case.numbers[n], ts) for case, step in steps for n, ts in step.delete)
    with conn.transaction():
        if put:
            number, ts, value, seconds, quality, priority = (
                list(c) for c in zip(*put, strict=True)
            )
            conn.execute(_TOUCHED, [number, ts, seconds, priority])
            conn.execute(_PUT, [number, ts, value, seconds, quality])
        if gone:
            number, ts = (list(c) for c in zip(*gone, strict=True))
            conn.execute(_DELETE, [number, ts])
        for case, step in steps:
            if step.events:
                _write_events(conn, case)


def _write_events(conn: Connection, case: Case) -> None:
    for number, channel in zip(case.numbers, case.channels, strict=True):
        for e in channel.events:
            row = conn.execute(
                _EVENT, [e.at, e.kind.replace("_", "-"), e.closing, e.opening, number]
            ).fetchone()
            assert row is not None
            at, kind = datetime.fromtimestamp(e.at, UTC), e.kind.replace("_", "-")
            mark_events(conn, [EventMark(row[0], "consumption", "TOTAL", at, kind)])


def smaller(case: Case) -> Iterator[Case]:
    """Cases with less in them, the largest steps first."""
    if len(case.channels) == 2:
        yield from (Case([channel], case.seed) for channel in case.channels)
    for n, channel in enumerate(case.channels):
        for size in (len(channel.readings) // 2, len(channel.readings) // 4, 1):
            for start in range(0, len(channel.readings) if size else 0, size or 1):
                kept = channel.readings[:start] + channel.readings[start + size :]
                if kept:
                    yield _with(case, n, replace(channel, readings=kept))
        if channel.events:
            yield _with(case, n, replace(channel, events=[]))


def _with(case: Case, n: int, channel: Channel) -> Case:
    return Case([*case.channels[:n], channel, *case.channels[n + 1 :]], case.seed, case.shared)
