"""Random channels of every kind, around the nights and days on which rollups go wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

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


@st.composite
def instants(draw: st.DrawFn, most: int = 40) -> list[int]:
    """Ascending instants around one of the difficult days, with any steps and gaps."""
    day = draw(st.sampled_from(DAYS))
    at = _epoch(day) + draw(st.integers(-200_000, 50_000))
    if draw(st.booleans()):
        at -= at % 1800
    usual = draw(st.sampled_from(STEPS[:14]))
    steps = draw(st.lists(
        st.one_of(st.just(usual), st.just(usual), st.sampled_from(STEPS), st.integers(1, 100_000)),
        max_size=most,
    ))  # fmt: skip
    found = [at]
    for step in steps:
        found.append(found[-1] + step)
    return found


@st.composite
def register_channels(draw: st.DrawFn) -> Channel:
    channel = _channel(draw, "register")
    value = draw(st.integers(0, 10**9))
    top = channel.modulus
    if top and draw(st.booleans()):
        value = top - draw(st.integers(1, 3_000_000))
    for ts in draw(instants()):
        value += draw(st.one_of(st.just(0), st.integers(0, 3000), st.integers(0, 2_000_000)))
        if top and value >= top:
            value -= top
        shown = draw(st.one_of(
            st.just(value), st.just(value), st.just(value), st.just(value),
            st.integers(value - 2 * channel.resolution, value + 5_000_000),
            st.sampled_from(EXTREMES),
        ))  # fmt: skip
        channel.readings.append(Reading(ts, shown, 0, draw(st.sampled_from((0, 0, 0, 1, 2, 3, 4)))))
    _add_events(draw, channel)
    _add_moves(draw, channel)
    return channel


@st.composite
def interval_channels(draw: st.DrawFn) -> Channel:
    channel = _channel(draw, "interval")
    usual = draw(st.sampled_from((600, 900, 1800, 3600, 86_400, 7 * 86_400)))
    channel.longest = 82_800 if usual < 82_800 else 400 * 86_400
    for ts in draw(instants(25)):
        seconds = draw(st.one_of(
            st.just(usual), st.just(usual), st.sampled_from(STEPS), st.integers(-1, 10_000)
        ))  # fmt: skip
        value = draw(st.one_of(st.integers(0, 5_000_000), st.sampled_from(EXTREMES)))
        channel.readings.append(Reading(ts, value, seconds, draw(st.sampled_from((0, 0, 1, 3)))))
    _add_moves(draw, channel)
    return channel


channels = st.one_of(register_channels(), interval_channels())


def _channel(draw: st.DrawFn, kind: str) -> Channel:
    return Channel(
        kind=kind,
        slot=draw(st.sampled_from((1800, 1800, 900))),
        day_start=draw(st.sampled_from((0, 0, 6 * 3600))),
        modulus=draw(st.sampled_from((0, 0, 10**9, 10**12))),
        resolution=draw(st.sampled_from((1, 1000, 1_000_000))),
        max_per_hour=draw(st.sampled_from((36_000_000, 5_000_000, 2**62))),
    )


def _add_events(draw: st.DrawFn, channel: Channel) -> None:
    if not draw(st.booleans()):
        return
    first, last = channel.readings[0].ts - 4000, channel.readings[-1].ts + 4000
    around = st.one_of(st.integers(first, last), st.sampled_from([r.ts for r in channel.readings]))
    registers = st.one_of(st.none(), st.integers(0, 10**9))
    for at in sorted(draw(st.sets(around, min_size=1, max_size=3))):
        kind = draw(st.sampled_from(("install", "replacement", "rollover", "register_set")))
        channel.events.append(Event(at, kind, draw(registers), draw(registers)))


def _add_moves(draw: st.DrawFn, channel: Channel) -> None:
    first = datetime.fromtimestamp(channel.readings[0].ts, UTC).date()
    channel.moves = sorted(
        first + timedelta(days=n) for n in draw(st.sets(st.integers(-1, 12), max_size=2))
    )


@st.composite
def coarse_intervals(draw: st.DrawFn) -> Channel:
    """Few long intervals that overlap over several days in every way."""
    unit, longest = draw(st.sampled_from(((6 * 3600, 82_800), (86_400, 400 * 86_400))))
    channel = Channel(kind="interval", longest=longest)
    start = _epoch(draw(st.sampled_from(DAYS)))
    places = draw(st.lists(st.integers(0, 24), min_size=1, max_size=10, unique=True))
    for place in places:
        seconds = unit * draw(st.integers(1, 3 if longest == 82_800 else 9))
        channel.readings.append(Reading(start + unit * place, draw(st.integers(0, 9000)), seconds))
    return channel


def wanted(channel: Channel) -> tuple[date, date]:
    """Days that hold every reading and piece of the channel, with a margin."""
    start = min(r.ts for r in channel.readings)
    end = max(r.ts + max(r.seconds, 0) for r in channel.readings)
    times = [start, end, *(e.at for e in channel.events)]
    low = datetime.fromtimestamp(min(times), UTC).date() - timedelta(days=2)
    high = datetime.fromtimestamp(max(times), UTC).date() + timedelta(days=2)
    return low, high


@st.composite
def small_registers(draw: st.DrawFn) -> Channel:
    """Many registers of a few values: every window, resolution and modulus edge is met often."""
    channel = Channel(
        modulus=draw(st.sampled_from((0, 20, 30))),
        resolution=draw(st.integers(0, 3)),
        max_per_hour=draw(st.sampled_from((36_000, 36_000_000))),
    )
    values = draw(st.lists(
        st.one_of(st.integers(0, 12), st.integers(0, 40), st.sampled_from((-1, 2**63 - 1))),
        min_size=2, max_size=24,
    ))  # fmt: skip
    start = _epoch(draw(st.sampled_from(DAYS)))
    step = draw(st.sampled_from((600, 600, 40_000, 86_400, 100_000)))
    channel.readings = [Reading(start + step * n, value) for n, value in enumerate(values)]
    if draw(st.booleans()):
        at = start + step * draw(st.integers(0, len(values)))
        register = st.one_of(st.none(), st.integers(0, 12))
        channel.events = [Event(at, "replacement", draw(register), draw(register))]
    return channel
