"""What the store knows of the parts of a total: their first readings, neighbours, set changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.clock import day_number
from hub.store.connection import Connection

Moment = tuple[int, int]  # channel, instant

_STARTED = """
SELECT c.channel_id, extract(epoch FROM r.ts)::int8
FROM unnest(%s::int4[]) AS c (channel_id)
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id ORDER BY ts LIMIT 1) r"""
_LAST_BEFORE = """
SELECT c.channel_id, c.at, extract(epoch FROM r.ts)::int8
FROM unnest(%s::int4[], %s::int8[]) AS c (channel_id, at)
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id
                    AND ts < to_timestamp(c.at) ORDER BY ts DESC LIMIT 1) r"""
_FIRST_FROM = """
SELECT c.channel_id, c.at, extract(epoch FROM r.ts)::int8
FROM unnest(%s::int4[], %s::int8[]) AS c (channel_id, at)
CROSS JOIN LATERAL (SELECT ts FROM reading WHERE channel_id = c.channel_id
                    AND ts >= to_timestamp(c.at) ORDER BY ts LIMIT 1) r"""
_CHANGES = """
SELECT c.channel_id, floor(extract(epoch FROM e.at))::int8, e.closing IS NOT NULL
FROM channel c
JOIN meter_event e ON e.usage_point_id = c.usage_point_id AND e.flow = c.flow
     AND e.register = c.register AND e.kind = 'register-set' AND e.superseded_at IS NULL
     AND (e.closing IS NULL) <> (e.opening IS NULL)
WHERE c.kind = 'register' AND c.channel_id = ANY(%s)
ORDER BY c.channel_id, e.at"""
# Whatever is known of it now: what an event that was taken back had changed changes back.
_EVER_LEFT = """
SELECT DISTINCT c.channel_id
FROM channel c
JOIN meter_event e ON e.usage_point_id = c.usage_point_id AND e.flow = c.flow
     AND e.register = c.register AND e.kind = 'register-set'
WHERE c.kind = 'register' AND c.channel_id = ANY(%s)"""
_BESIDE = """
SELECT c.channel_id, o.channel_id, o.register
FROM channel c
JOIN channel o USING (usage_point_id, commodity, flow, quantity, source, kind, period_class)
WHERE c.channel_id = ANY(%s) AND o.channel_id <> c.channel_id
ORDER BY 1, 2"""
_LAST_DAYS = """
SELECT c.channel_id, d.day
FROM unnest(%s::int4[]) AS c (channel_id)
CROSS JOIN LATERAL (SELECT day FROM channel_day WHERE channel_id = c.channel_id
                    ORDER BY day DESC LIMIT 1) d"""


class SetChange(NamedTuple):
    """A register left the meter's set of registers, or joined it."""

    at: int
    leaves: bool


def started(conn: Connection, channels: Sequence[int]) -> dict[int, int]:
    """Instant of the first reading of each channel that has one."""
    return dict(conn.execute(_STARTED, [list(channels)]).fetchall())


def last_before(conn: Connection, moments: Iterable[Moment]) -> dict[Moment, int]:
    """Instant of each channel's last reading before a moment, where there is one."""
    return _near(conn, _LAST_BEFORE, moments)


def first_from(conn: Connection, moments: Iterable[Moment]) -> dict[Moment, int]:
    """Instant of each channel's first reading at a moment or after it, where there is one."""
    return _near(conn, _FIRST_FROM, moments)


def _near(conn: Connection, statement: str, moments: Iterable[Moment]) -> dict[Moment, int]:
    columns = [list(column) for column in zip(*moments, strict=True)]
    if not columns:
        return {}
    return {(channel, at): ts for channel, at, ts in conn.execute(statement, columns)}


def set_changes(conn: Connection, channels: Sequence[int]) -> dict[int, list[SetChange]]:
    """When the register of each channel left or joined the set, in order of time."""
    found: dict[int, list[SetChange]] = {}
    for channel, at, leaves in conn.execute(_CHANGES, [list(channels)]):
        found.setdefault(channel, []).append(SetChange(at, leaves))
    return found


def ever_left(conn: Connection, channels: Sequence[int]) -> set[int]:
    """Those of the channels of whose register this was ever said."""
    return {row[0] for row in conn.execute(_EVER_LEFT, [list(channels)])}


def beside(conn: Connection, channels: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Channel -> the others that its source tells of the same, with their registers."""
    found: dict[int, list[tuple[int, str]]] = {}
    for channel, other, register in conn.execute(_BESIDE, [list(channels)]):
        found.setdefault(channel, []).append((other, register))
    return found


def last_days(conn: Connection, channels: Iterable[int]) -> dict[int, int]:
    """The last day on which each of these channels has a row, where there is one."""
    rows = conn.execute(_LAST_DAYS, [list(channels)])
    return {channel: day_number(day) for channel, day in rows}
