"""The reference: the rollup's rules in slow, obvious Python, one channel at a time.

Written from docs/developer/rollup.md, not from the kernel: whole numbers, loops and zoneinfo only.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1)
INT4_MAX = 2**31 - 1
SOURCE_FLAGS = {
    1: "estimated_by_source", 2: "arrival_time", 3: "corrected_by_source", 4: "degraded_clock",
    5: "meter_fault",
}  # fmt: skip


@dataclass
class Reading:
    ts: int
    value: int
    seconds: int = 0
    quality: int = 0


@dataclass
class Event:
    at: int
    kind: str
    closing: int | None = None
    opening: int | None = None

    @property
    def leaves(self) -> bool:
        """The register leaves the meter's set of registers."""
        return self.kind == "register_set" and self.closing is not None and self.opening is None

    @property
    def joins(self) -> bool:
        return self.kind == "register_set" and self.closing is None and self.opening is not None


@dataclass
class Channel:
    kind: str = "register"
    slot: int = 1800
    zone: str = "Europe/Paris"
    day_start: int = 0
    modulus: int = 0
    resolution: int = 1000
    printed: int = 1_000_000
    max_per_hour: int = 36_000_000
    longest: int = 23 * 3600
    readings: list[Reading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    moves: list[date] = field(default_factory=list)


@dataclass
class Piece:
    t0: int
    t1: int
    amount: int
    visible: list[tuple[int, int]]

    def given(self, t: int) -> int:
        return self.amount * (t - self.t0) // (self.t1 - self.t0)

    def share(self, start: int, end: int) -> tuple[int, int]:
        """Amount and seconds that the piece gives to [start, end)."""
        amount = seconds = 0
        for x0, x1 in self.visible:
            a, b = max(x0, start), min(x1, end)
            if a < b:
                amount += self.given(b) - self.given(a)
                seconds += b - a
        return amount, seconds

    def measured_in(self, start: int, end: int, slot: int) -> bool:
        length = self.t1 - self.t0
        if length <= slot + 300:
            return True
        outside = length - max(0, min(self.t1, end) - max(self.t0, start))
        return outside * 24 <= end - start


@dataclass
class Row:
    covered: int = 0
    measured: int = 0
    allocated: int = 0
    month_allocated: int = 0
    unowned_measured: int = 0
    unowned_allocated: int = 0
    unowned_month_allocated: int = 0
    unowned_covered: int = 0
    readings: int = 0
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None
    slots: list[tuple[int, int, int]] | None = None  # amount, allocated, covered
    quality: dict[str, int] = field(default_factory=dict)


def day_start(channel: Channel, day: date) -> int:
    hour, rest = divmod(channel.day_start, 3600)
    zone = ZoneInfo(channel.zone)
    return int(datetime(day.year, day.month, day.day, hour, rest // 60, tzinfo=zone).timestamp())


def day_of(channel: Channel, ts: int) -> date:
    local = datetime.fromtimestamp(ts, ZoneInfo(channel.zone)).replace(tzinfo=None)
    return (local - timedelta(seconds=channel.day_start)).date()


def next_day(day: date) -> date:
    return day + timedelta(days=1)


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def is_sentinel(value: int) -> bool:
    full = {2**n - 1 for n in (24, 31, 32, 48)}
    printed = any(value % unit == 0 and value // unit in full for unit in (1000, 1_000_000))
    return printed or value == 2**63 - 1


def bound(channel: Channel, seconds: int) -> int:
    rate = min(max(channel.max_per_hour, 0), 2**40)
    return rate * seconds // 3600 + min(max(channel.resolution, 0), 2**40)


def credible(channel: Channel, amount: int, seconds: int, lag: int = 0) -> bool:
    # The largest share that one slot could get, if the amount were even.
    fits = amount <= INT4_MAX * max(seconds, channel.slot) // channel.slot
    return 0 <= amount <= bound(channel, seconds + lag) and seconds <= 2**31 - 1 and fits


def register_pieces(channel: Channel) -> tuple[list[Piece], list[tuple[int, str]], list[Reading]]:
    marks: list[tuple[int, str]] = []
    pieces: list[Piece] = []
    good_ones: list[Reading] = []
    events = sorted((e for e in channel.events if e.kind != "rollover"), key=lambda e: e.at)
    readings = sorted(channel.readings, key=lambda r: r.ts)
    edges: list[Event | None] = [None, *events, None]
    lives = list(itertools.pairwise(edges))
    good_of: list[list[Reading]] = []
    for opened_by, closed_by in lives:
        mine = [
            r for r in readings
            if (opened_by is None or r.ts >= opened_by.at)
            and (closed_by is None or r.ts < closed_by.at)
        ]  # fmt: skip
        excluded = excluded_readings(channel, mine, marks)
        good_of.append([r for j, r in enumerate(mine) if j not in excluded])
        good_ones += good_of[-1]
    told = [n for n, good in enumerate(good_of) if good]
    points_of: list[list[tuple[int, int, str]]] = []  # instant, register, what of an event it is
    for n, ((opened_by, closed_by), good) in enumerate(zip(lives, good_of, strict=True)):
        points = [(r.ts, r.value, "") for r in good]
        known = bool(told) and told[0] <= n <= told[-1]
        if opened_by is not None and opened_by.opening is not None:
            points = [p for p in points if p[0] != opened_by.at]
            points = [(opened_by.at, opened_by.opening, "opening"), *points] if known else points
        if closed_by is not None and closed_by.closing is not None and known:
            points.append((closed_by.at, closed_by.closing, "closing"))
        points_of.append(points)
        for (t0, v0, before), (t1, v1, after) in itertools.pairwise(points):
            written = after if after == "closing" else before
            pair(channel, t0, v0, t1, v1, pieces, marks, written)
    pieces += standstills(channel, events, points_of)
    marks += [(e.at, e.kind) for e in events]
    return pieces, marks, good_ones


def standstills(
    channel: Channel, events: list[Event], points_of: list[list[tuple[int, int, str]]]
) -> list[Piece]:
    """What a register that leaves or joins the meter's set did not count that day."""
    found = []
    for n, event in enumerate(events):
        day = day_of(channel, event.at)
        before, after = points_of[n], points_of[n + 1]
        if event.leaves and before:
            ends = [day_start(channel, next_day(day)), *(p[0] for p in after)]
            if n + 1 < len(events):
                ends.append(events[n + 1].at)
            found.append((event.at, min(ends)))
        if event.joins and after:
            begins = [day_start(channel, day), *(p[0] for p in before)]
            if n:
                last = events[n - 1]
                midnight = day_start(channel, next_day(day_of(channel, last.at)))
                begins.append(min(midnight, event.at) if last.leaves else last.at)
            found.append((max(begins), event.at))
    return [Piece(a, b, 0, [(a, b)]) for a, b in found if a < b]


def excluded_readings(
    channel: Channel, mine: list[Reading], marks: list[tuple[int, str]]
) -> set[int]:
    bad = {j for j, r in enumerate(mine) if r.value < 0 or is_sentinel(r.value)}
    excluded: dict[int, str] = {}
    for p in range(len(mine)):
        for q in range(p + 2, min(p + 8, len(mine) - 1) + 1):
            low, high = mine[p].value, mine[q].value
            if p in bad or q in bad or low > high:
                continue
            between = range(p + 1, q)
            if all(j in bad or not low <= mine[j].value <= high for j in between):
                for j in between:
                    is_dip = 0 < low - mine[j].value <= channel.resolution
                    if is_dip or j not in excluded:
                        excluded[j] = "dip" if is_dip else "suspect"
    for j in bad:
        excluded[j] = "sentinel"
    marks += [(mine[j].ts, kind) for j, kind in excluded.items()]
    return set(excluded)


def pair(
    channel: Channel, t0: int, v0: int, t1: int, v1: int,
    pieces: list[Piece], marks: list[tuple[int, str]], written: str = "",
) -> None:  # fmt: skip
    amount, mark = v1 - v0, ""
    if amount < 0:
        m = channel.modulus
        passed = any(e.kind == "rollover" and t0 < e.at <= t1 for e in channel.events)
        if -amount <= channel.resolution or (written == "closing" and -amount < channel.printed):
            amount, mark = 0 if written else amount, "dip"
        elif m > 0 and ((v0 >= m - m // 10 and v1 <= m // 10) or passed):
            amount, mark = amount + m, "rollover"
    held = mark == "dip"
    if credible(channel, abs(amount) if held else amount, t1 - t0, lag=3600):
        pieces.append(Piece(t0, t1, amount, [(t0, t1)]))
    else:
        mark = "suspect"
    if mark:
        marks.append((t1, mark))


def interval_pieces(channel: Channel) -> tuple[list[Piece], list[tuple[int, str]]]:
    marks: list[tuple[int, str]] = []
    good: list[Reading] = []
    for r in channel.readings:
        if is_sentinel(r.value):
            marks.append((r.ts, "sentinel"))
        elif not 0 < r.seconds <= channel.longest or not credible(channel, r.value, r.seconds):
            marks.append((r.ts, "suspect"))
        else:
            good.append(r)
    pieces = []
    for r in good:
        ahead = [o for o in good if (o.seconds, o.ts) < (r.seconds, r.ts)]
        end = r.ts + r.seconds
        cuts = {r.ts, end}
        for o in ahead:
            cuts |= {t for t in (o.ts, o.ts + o.seconds) if r.ts < t < end}
        edges = sorted(cuts)
        visible = [
            (a, b) for a, b in itertools.pairwise(edges)
            if not any(o.ts <= a and b <= o.ts + o.seconds for o in ahead)
        ]  # fmt: skip
        if sum(b - a for a, b in visible) < r.seconds:
            marks.append((r.ts, "overlap"))
        pieces.append(Piece(r.ts, end, r.value, visible))
    return pieces, marks


def crosses_a_move(channel: Channel, piece: Piece) -> bool:
    if piece.t1 - piece.t0 <= 86_400:
        return False
    for move in channel.moves:
        begin, end = day_start(channel, move), day_start(channel, next_day(move))
        touches = piece.t0 < end and piece.t1 > begin
        if touches and (piece.t0 < begin or piece.t1 > end):
            return True
    return False


def roll_up(channel: Channel, first: date, last: date) -> dict[date, Row]:
    """Rows of the days first..last (inclusive) on which something is known or was read."""
    good: list[Reading] = []
    if channel.kind == "register":
        pieces, marks, good = register_pieces(channel)
    else:
        pieces, marks = interval_pieces(channel)
    marks += [(r.ts, SOURCE_FLAGS[r.quality]) for r in channel.readings if r.quality]
    rows = {}
    day = first
    while day <= last:
        row = day_row(channel, day, pieces)
        today = [r for r in channel.readings if day_of(channel, r.ts) == day]
        row.readings = len(today)
        start = day_start(channel, day)
        fine = sorted((r.ts - start, r.value) for r in good if day_of(channel, r.ts) == day)
        if fine:
            row.first, row.last = fine[0], fine[-1]
        for name, count in Counter(k for ts, k in marks if day_of(channel, ts) == day).items():
            row.quality[name] = row.quality.get(name, 0) + count
        if row.covered or row.readings:
            rows[day] = row
        day = next_day(day)
    return rows


def day_row(channel: Channel, day: date, pieces: list[Piece]) -> Row:
    row = Row()
    start, end = day_start(channel, day), day_start(channel, next_day(day))
    month = date(day.year, day.month, 1)
    month_start = day_start(channel, month)
    month_end = day_start(channel, first_of_next_month(month))
    touching = [p for p in pieces if p.share(start, end)[1]]
    for piece in touching:
        amount, seconds = piece.share(start, end)
        by_day = 0 if piece.measured_in(start, end, channel.slot) else amount
        by_month = 0 if piece.measured_in(month_start, month_end, channel.slot) else amount
        row.covered += seconds
        row.measured += amount - by_day
        row.allocated += by_day
        row.month_allocated += by_month
        if crosses_a_move(channel, piece):
            row.unowned_covered += seconds
            row.unowned_measured += amount - by_day
            row.unowned_allocated += by_day
            row.unowned_month_allocated += by_month
    if any(p.t1 - p.t0 < 23 * 3600 for p in touching):
        row.slots = []
        for s in range(start, end, channel.slot):
            amount = allocated = covered = 0
            for piece in touching:
                share, seconds = piece.share(s, s + channel.slot)
                covered += seconds
                amount += share
                if not piece.measured_in(s, s + channel.slot, channel.slot):
                    allocated += share
            row.slots.append((amount, allocated, covered))
        if any(abs(amount) > INT4_MAX for amount, _, _ in row.slots):
            row.slots = None
            row.quality["suspect"] = row.quality.get("suspect", 0) + 1
    return row
