"""Random channels of every kind, around the nights and days on which rollups go wrong.

Strategies are made once, up here: making them anew for each reading takes longer than the kernel.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.rollup.oracle import Channel, Event, Reading

#: Both nights of the clock change, a leap day, a month end and a plain day.
DAYS = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2028, 2, 29),
    date(2026, 1, 1),
    date(2026, 7, 14),
)
STEPS = (1, 7, 60, 599, 600, 900, 1800, 1801, 2099, 2100, 2101, 3600, 7200, 40_000, 82_799, 82_800,
         86_399, 86_400, 86_401, 90_000, 200_000, 700_000)  # fmt: skip
EXTREMES = (0, -1, 1, 2**31 - 1, 2**31, 2**63 - 1, -(2**63), 4_294_967_295_000, 16_777_215_000_000,
            10**15, 2**62)  # fmt: skip


def _epoch(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


STARTS = st.sampled_from([_epoch(day) for day in DAYS])
_BEGINS = st.tuples(STARTS, st.integers(-200_000, 50_000), st.booleans())
_USUAL = st.sampled_from(STEPS[:14])
#: None: the channel's usual step.
_STEP = st.one_of(st.none(), st.none(), st.sampled_from(STEPS), st.integers(1, 100_000))
_GROWTH = st.one_of(st.just(0), st.integers(0, 3000), st.integers(0, 2_000_000))
#: What is shown for a register: None = itself, (n, False) = n more, (n, True) = n.
_SHOWN = st.one_of(
    st.none(), st.none(), st.none(), st.none(),
    st.tuples(st.integers(-2_000_000, 5_000_000), st.just(False)),
    st.tuples(st.sampled_from((-2000, -1001, -1000, -999, -2, -1, 1)), st.just(False)),
    st.tuples(st.sampled_from(EXTREMES), st.just(True)),
)  # fmt: skip
_REGISTERS = st.lists(
    st.tuples(_STEP, _GROWTH, _SHOWN, st.sampled_from((0, 0, 0, 1, 2, 3, 4))),
    min_size=1, max_size=36,
)  # fmt: skip
_SECONDS = st.one_of(
    st.none(), st.none(), st.sampled_from(STEPS), st.integers(-1, 10_000)
)  # fmt: skip
_AMOUNT = st.one_of(st.integers(0, 5_000_000), st.sampled_from(EXTREMES))
_INTERVALS = st.lists(
    st.tuples(_STEP, _AMOUNT, _SECONDS, st.sampled_from((0, 0, 1, 3))), min_size=1, max_size=24
)
_LENGTHS = st.sampled_from((600, 900, 1800, 3600, 86_400, 7 * 86_400))
_SETTINGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({
    "slot": st.sampled_from((1800, 1800, 900)),
    "day_start": st.sampled_from((0, 0, 6 * 3600)),
    "modulus": st.sampled_from((0, 0, 10**9, 10**12)),
    "resolution": st.sampled_from((1, 1000, 1_000_000)),
    "printed": st.sampled_from((1000, 1_000_000)),
    "max_per_hour": st.sampled_from((36_000_000, 5_000_000, 2**62)),
})  # fmt: skip
_REGISTER = st.none() | st.integers(0, 10**9)
#: Where in the channel's life (millionths, or the number of a reading), kind, closing, opening.
_EVENTS = st.lists(
    st.tuples(
        st.integers(-5_000, 1_005_000) | st.integers(2_000_000, 2_000_040),
        st.sampled_from(("install", "replacement", "rollover", "register_set")),
        _REGISTER, _REGISTER,
    ),
    max_size=3,
)  # fmt: skip
_MOVES = st.sets(st.integers(-1, 12), max_size=2)
_NEAR_THE_END = st.none() | st.integers(1, 3_000_000)
_FIRST_VALUE = st.integers(0, 10**9)


def _begin(draw: st.DrawFn) -> int:
    start, offset, aligned = draw(_BEGINS)
    at = start + offset
    return at - at % 1800 if aligned else at


@st.composite
def register_channels(draw: st.DrawFn) -> Channel:
    channel = Channel(**draw(_SETTINGS))
    value, top = draw(_FIRST_VALUE), channel.modulus
    before_the_end = draw(_NEAR_THE_END)
    if top and before_the_end:
        value = top - before_the_end
    ts, usual = _begin(draw), draw(_USUAL)
    for step, growth, shown, quality in draw(_REGISTERS):
        value += growth
        if top and value >= top:
            value -= top
        told = value if shown is None else shown[0] if shown[1] else value + shown[0]
        channel.readings.append(Reading(ts, told, 0, quality))
        ts += usual if step is None else step
    _add_events(draw, channel)
    _add_moves(draw, channel)
    return channel


@st.composite
def interval_channels(draw: st.DrawFn) -> Channel:
    channel = Channel(kind="interval", **draw(_SETTINGS))
    usual, length = draw(_USUAL), draw(_LENGTHS)
    channel.longest = 82_800 if length < 82_800 else 400 * 86_400
    ts = _begin(draw)
    for step, value, seconds, quality in draw(_INTERVALS):
        channel.readings.append(Reading(ts, value, length if seconds is None else seconds, quality))
        ts += usual if step is None else step
    _add_moves(draw, channel)
    return channel


channels = st.one_of(register_channels(), interval_channels())


def _add_events(draw: st.DrawFn, channel: Channel) -> None:
    times = [r.ts for r in channel.readings]
    found: dict[int, Event] = {}
    for place, kind, closing, opening in draw(_EVENTS):
        if place >= 2_000_000:
            at = times[place % len(times)]
        else:
            at = times[0] + (times[-1] + 1 - times[0]) * place // 1_000_000
        found[at] = Event(at, kind, closing, opening)
    channel.events = [found[at] for at in sorted(found)]


def _add_moves(draw: st.DrawFn, channel: Channel) -> None:
    first = datetime.fromtimestamp(channel.readings[0].ts, UTC).date()
    channel.moves = sorted(first + timedelta(days=n) for n in draw(_MOVES))


_UNITS = st.sampled_from(((6 * 3600, 82_800), (86_400, 400 * 86_400)))
#: Where each begins and how long it is, in units; no two begin together.
_COARSE = st.lists(
    st.tuples(st.integers(0, 24), st.integers(1, 9), st.integers(0, 9000)),
    min_size=1, max_size=10, unique_by=lambda one: one[0],
)  # fmt: skip


@st.composite
def coarse_intervals(draw: st.DrawFn) -> Channel:
    """Few long intervals that overlap over several days in every way."""
    unit, longest = draw(_UNITS)
    channel = Channel(kind="interval", longest=longest, day_start=draw(_DAY_START))
    start = draw(STARTS) + draw(_EARLIER)
    for place, length, value in draw(_COARSE):
        seconds = unit * (length if unit == 86_400 else (length + 2) // 3)
        channel.readings.append(Reading(start + unit * place, value, seconds))
    return channel


#: So that what begins at a difficult day's start also ends or lies across it.
_EARLIER = st.sampled_from((0, -3600, -7200, -86_400, -3 * 86_400))
_DAY_START = st.sampled_from((0, 0, 6 * 3600))
_SMALL = st.lists(
    st.one_of(st.integers(0, 12), st.integers(0, 40), st.sampled_from((-1, 2**63 - 1))),
    min_size=2, max_size=24,
)  # fmt: skip
_SMALL_SETTINGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({
    "modulus": st.sampled_from((0, 20, 30)),
    "resolution": st.integers(0, 3),
    "printed": st.sampled_from((0, 1, 4, 1_000_000)),
    "max_per_hour": st.sampled_from((36_000, 36_000_000)),
    "day_start": _DAY_START,
})  # fmt: skip
_SMALL_STEP = st.sampled_from((600, 600, 40_000, 86_400, 100_000))
_SMALL_REGISTER = st.none() | st.integers(0, 12)
_SMALL_EVENTS = st.lists(
    st.tuples(
        st.integers(-3, 27), st.sampled_from(("replacement", "register_set", "rollover")),
        _SMALL_REGISTER, _SMALL_REGISTER,
    ),
    max_size=3, unique_by=lambda one: one[0],
)  # fmt: skip


@st.composite
def small_registers(draw: st.DrawFn) -> Channel:
    """Many registers of a few values: every window, resolution and modulus edge is met often."""
    channel = Channel(**draw(_SMALL_SETTINGS))
    values, step = draw(_SMALL), draw(_SMALL_STEP)
    start = draw(STARTS) + draw(_EARLIER)
    channel.readings = [Reading(start + step * n, value) for n, value in enumerate(values)]
    for place, kind, closing, opening in sorted(draw(_SMALL_EVENTS), key=lambda one: one[0]):
        # before, among and after the readings; at one of them or between two
        at = start + step * (place * (len(values) + 2) // 27) + (step // 3 if place % 2 else 0)
        if all(e.at < at for e in channel.events):
            channel.events.append(Event(at, kind, closing, opening))
    return channel


def wanted(channel: Channel) -> tuple[date, date]:
    """Days that hold every reading and piece of the channel, with a margin."""
    start = min(r.ts for r in channel.readings)
    end = max(r.ts + max(r.seconds, 0) for r in channel.readings)
    times = [start, end, *(e.at for e in channel.events)]
    low = datetime.fromtimestamp(min(times), UTC).date() - timedelta(days=2)
    high = datetime.fromtimestamp(max(times), UTC).date() + timedelta(days=2)
    return low, high
