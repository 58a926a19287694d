"""Parts of a total (HP and HC, two inverters): since when each is one, and when it is away.

A total is never silently lower: a part that has started, is not away and has no row makes its day
uncovered (:mod:`hub.rollup.counting`). A part has started

- when a meter event says that it joined the set of registers; else
- at the reading of its fellows before its own first one, because it may have counted since then;
  not on that day where less than an hour of it was left; intervals at their own first one.

It is away from the day after an event says that it left the set, until it is read on a later day or
joins again. Nothing read, nothing missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hub.clock import Days, days
from hub.model import TOTAL
from hub.rollup.families import family_of
from hub.rollup.registry import ALWAYS, ChannelRow
from hub.rollup.work import DayRanges, StoredChannel
from hub.store import rollup_parts as store
from hub.store.connection import Connection

#: A fellow's reading so long before the end of a day says nothing of that day.
_LITTLE = 3600
#: Later than any day: a part that was never read.
_NEVER = ALWAYS + 1


def with_lives(conn: Connection, there: Sequence[StoredChannel], zone: str) -> list[ChannelRow]:
    """The channels' rows; those of several that make one sum with the days on which each is one."""
    fellows: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, channel in enumerate(there):
        row = channel.row
        key = (row.usage_point, row.stream, row.source, row.kind, row.period_class,
               family_of(row.register))  # fmt: skip
        fellows[key].append(i)
    families = [members for members in fellows.values() if len(members) > 1]
    rows = [channel.row for channel in there]
    parts = [rows[i].channel_id for members in families for i in members]
    if not parts:
        return rows
    began = store.started(conn, parts)
    before = _fellows_before(conn, [[rows[i] for i in members] for members in families], began)
    changes = store.set_changes(conn, parts)
    calendars = {
        rows[i].channel_id: days(zone, there[i].day_start) for members in families for i in members
    }
    away = _away(conn, changes, calendars)
    for members in families:
        for i in members:
            number = rows[i].channel_id
            start = _start(
                began.get(number), before.get(number), changes.get(number, ()), calendars[number]
            )
            rows[i] = replace(rows[i], started=start, away=away.get(number, ()))
    return rows


def _fellows_before(
    conn: Connection, families: Sequence[Sequence[ChannelRow]], began: Mapping[int, int]
) -> dict[int, int]:
    """Last reading of each register's fellows before its own first one, where there is one."""
    asked: dict[int, list[store.Moment]] = {}
    for family in families:
        numbers = [row.channel_id for row in family if row.kind == "register"]
        for number in numbers:
            if number in began:
                asked[number] = [
                    (other, began[number])
                    for other in numbers
                    if began.get(other, began[number]) < began[number]
                ]
    found = store.last_before(conn, [moment for moments in asked.values() for moment in moments])
    last = {number: [found[m] for m in moments if m in found] for number, moments in asked.items()}
    return {number: max(instants) for number, instants in last.items() if instants}


def _start(
    first: int | None, before: int | None, changes: Sequence[store.SetChange], calendar: Days
) -> int:
    if first is None:
        return _NEVER
    joined = [change.at for change in changes if not change.leaves and change.at <= first]
    if joined:
        return calendar.day_at(max(joined))
    return calendar.day_at(first if before is None else min(before + _LITTLE, first))


def _away(
    conn: Connection,
    changes: Mapping[int, Sequence[store.SetChange]],
    calendars: Mapping[int, Days],
) -> dict[int, tuple[tuple[int, int], ...]]:
    """Days on which parts are away, inclusive ranges, by channel."""
    left: dict[int, list[tuple[int, int]]] = {}  # first day, last day as far as events tell
    for number, told in changes.items():
        day_at = calendars[number].day_at
        for n, change in enumerate(told):
            if change.leaves:
                joins = [day_at(c.at) - 1 for c in told[n + 1 :] if not c.leaves]
                left.setdefault(number, []).append((day_at(change.at) + 1, min([*joins, ALWAYS])))
    since = {
        (number, first): calendars[number].start_at(first)
        for number, ranges in left.items()
        for first, _ in ranges
    }
    back = store.first_from(conn, [(number, ts) for (number, _), ts in since.items()])
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for number, ranges in left.items():
        day_at = calendars[number].day_at
        read = {first: back.get((number, since[number, first])) for first, _ in ranges}
        ends = ((a, b if read[a] is None else min(b, day_at(read[a] or 0) - 1)) for a, b in ranges)
        found[number] = tuple((a, b) for a, b in ends if a <= b)
    return found


def household_days(
    conn: Connection, stored: Sequence[StoredChannel], ranges: DayRanges, zone: str
) -> tuple[list[int], list[int]]:
    """First and last day of each range on which it may change what households have.

    Where a part starts, comes back or is away for good its day ranges do not say alone: other
    parts' days count or not by it.
    """
    first, last = ranges.first.tolist(), ranges.last.tolist()
    fellows = _fellows(conn, stored, set(ranges.channel.tolist()))
    if not fellows:
        return first, last
    began = store.started(conn, list(fellows))
    left = store.ever_left(conn, list(fellows))
    asked: dict[int, tuple[list[store.Moment], store.Moment]] = {}
    for n, i in enumerate(ranges.channel.tolist()):
        row, calendar = stored[i].row, days(zone, stored[i].day_start)
        number, begin = row.channel_id, began.get(row.channel_id)
        starts_here = begin is None or calendar.day_at(begin) >= first[n]
        if number in fellows and (starts_here or number in left):
            edge = calendar.start_at(first[n])
            missed_before = starts_here and row.kind == "register"
            before = [(other, edge) for other in fellows[number]] if missed_before else []
            asked[n] = before, (number, calendar.start_at(last[n] + 1))
    earlier = store.last_before(conn, {m for before, _ in asked.values() for m in before})
    following = store.first_from(conn, {after for _, after in asked.values()})
    last_days = store.last_days(conn, {other for others in fellows.values() for other in others})
    for n, (before, after) in asked.items():
        calendar = days(zone, stored[ranges.channel[n]].day_start)
        first[n] = min([first[n], *(calendar.day_at(earlier[m]) for m in before if m in earlier)])
        number = after[0]
        if after in following:
            last[n] = max(last[n], calendar.day_at(following[after]))
        elif number not in began or number in left:
            last[n] = max([last[n], *(last_days[o] for o in fellows[number] if o in last_days)])
    return first, last


def _fellows(
    conn: Connection, stored: Sequence[StoredChannel], which: set[int]
) -> dict[int, list[int]]:
    """Numbers of the other parts of each channel's sum, for those of these that have some."""
    rows = {stored[i].row.channel_id: stored[i].row for i in which}
    parts = [number for number, row in rows.items() if row.register != TOTAL or row.input]
    beside = store.beside(conn, parts) if parts else {}
    found = {
        number: [
            o for o, register in others if family_of(register) == family_of(rows[number].register)
        ]
        for number, others in beside.items()
        if family_of(rows[number].register) is not None
    }
    return {number: others for number, others in found.items() if others}
