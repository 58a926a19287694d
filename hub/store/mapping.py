"""A corrected mapping: readings of a device that was assigned wrongly go to the right channel.

A reading does not know its device, only its channel. So what is moved is what the device's old
channel holds between the dates on which the old and the new assignment differ. Where another
device fed the same channel on those dates nobody can tell whose a reading is: nothing is moved and
the caller is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.registry.planning import Plan
from hub.store.channels import lock_mapping
from hub.store.connection import Connection
from hub.store.latest import recompute_latest
from hub.store.readings import CORRECTION
from hub.store.registry import rows_as_dicts

_COMMODITY = "SELECT min(commodity) FROM usage_point WHERE usage_point_id = %s"
_SHARED = """
SELECT d.ref FROM device d
WHERE d.superseded_at IS NULL AND d.connector = %(connector)s AND d.ref <> %(ref)s
  AND d.usage_point_id = %(point)s AND d.input = %(input)s
  AND coalesce(d.valid_from, '-infinity') < %(end)s AND coalesce(d.valid_to, 'infinity') > %(start)s
LIMIT 1"""
_OLD_CHANNELS = """
SELECT channel_id, input, kind FROM channel
WHERE usage_point_id = %(point)s AND source = %(connector)s
  AND (input = %(input)s OR (%(input)s = '') OR starts_with(input, %(input)s || '/'))"""
_NEW_CHANNEL = """
WITH named AS (
    SELECT %(point)s::int4 AS usage_point_id, commodity, flow, quantity, register, kind, source,
           %(input)s AS input, period_class
    FROM channel WHERE channel_id = %(old)s),
made AS (
    INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source, input,
                         period_class)
    SELECT * FROM named ON CONFLICT DO NOTHING RETURNING channel_id)
SELECT channel_id FROM made UNION ALL SELECT channel_id FROM channel JOIN named
USING (usage_point_id, commodity, flow, quantity, register, kind, source, input, period_class)"""
# One statement: what a message adds meanwhile is moved as well, or not touched at all.
_MOVE = """
WITH gone AS (
    DELETE FROM reading WHERE
        channel_id = %(old)s AND ts >= %(start)s::timestamptz AND ts < %(end)s::timestamptz
    RETURNING *
), put AS (
    INSERT INTO reading AS r (ts, value, received_at, channel_id, seconds, load_id, quality)
    SELECT ts, value, received_at, %(new)s, seconds, load_id, quality FROM gone
    ON CONFLICT (channel_id, ts) DO UPDATE SET
        value = EXCLUDED.value, seconds = EXCLUDED.seconds, quality = EXCLUDED.quality,
        received_at = EXCLUDED.received_at, load_id = EXCLUDED.load_id
    WHERE EXCLUDED.received_at >= r.received_at
), marked AS (
    INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
    SELECT c, min(ts), max(ts + seconds * interval '1 second'), %(priority)s
    FROM gone, unnest(ARRAY[%(old)s, %(new)s]::int4[]) AS c
    GROUP BY c HAVING min(ts) IS NOT NULL
) SELECT count(*) FROM gone"""
_ANY = """
SELECT EXISTS (SELECT FROM reading WHERE
    channel_id = %(old)s AND ts >= %(start)s::timestamptz AND ts < %(end)s::timestamptz)"""
_REVISIONS = """
UPDATE reading_revision SET channel_id = %(new)s WHERE
    channel_id = %(old)s AND ts >= %(start)s::timestamptz AND ts < %(end)s::timestamptz"""
# So that the loads can still be taken back where their rows are now.
_LOADS = """
INSERT INTO load_channel AS l (load_id, channel_id, from_ts, to_ts, accepted, unchanged, revised)
SELECT load_id, %(new)s, from_ts, to_ts, accepted, unchanged, revised FROM load_channel
WHERE channel_id = %(old)s AND from_ts < %(end)s::timestamptz AND to_ts >= %(start)s::timestamptz
ON CONFLICT (load_id, channel_id) DO UPDATE
SET from_ts = least(l.from_ts, EXCLUDED.from_ts), to_ts = greatest(l.to_ts, EXCLUDED.to_ts)"""


@dataclass(slots=True)
class Moved:
    """Readings that went to another channel, and devices of which nothing could be moved."""

    readings: int = 0
    undecided: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shift:
    """A device's assignment between two local days (end exclusive) as it was and as it is."""

    connector: str
    ref: str
    old_point: int
    old_input: str
    new_point: int
    new_input: str
    start: str
    end: str


def shifts(conn: Connection, plans: Iterable[Plan]) -> list[Shift]:
    """Where the plans change what devices are assigned to."""
    return [shift for plan in plans if plan.table.name == "device" for shift in _shifts(conn, plan)]


def move_readings(conn: Connection, found: Iterable[Shift]) -> Moved:
    """Move what the changed devices had stored elsewhere, in the transaction of their plan."""
    moved = Moved()
    found = list(found)
    if found:
        lock_mapping(conn)
    for shift in found:
        where = {
            "connector": shift.connector,
            "ref": shift.ref,
            "point": shift.old_point,
            "input": shift.old_input,
            "start": shift.start,
            "end": shift.end,
        }
        if conn.execute(_SHARED, where).fetchone() is not None:
            moved.undecided.append(f"{shift.connector}/{shift.ref}")
            continue
        for old, inputs, kind in conn.execute(_OLD_CHANNELS, where).fetchall():
            moved.readings += _move(conn, shift, old, inputs, kind)
    return moved


def _move(conn: Connection, shift: Shift, old: int, inputs: str, kind: str) -> int:
    if kind == "power":  # two days of live power: not worth a history, but nobody else's to see
        conn.execute("DELETE FROM latest WHERE channel_id = %s", [old])
        conn.execute("DELETE FROM power WHERE channel_id = %s", [old])
        return 0
    own = inputs.removeprefix(shift.old_input).removeprefix("/")
    named = "/".join(part for part in (shift.new_input, own) if part)
    where: dict[str, Any] = {"old": old, "start": shift.start, "end": shift.end}
    found = conn.execute(_ANY, where).fetchone()
    if found is None or not found[0]:
        return 0
    row = conn.execute(
        _NEW_CHANNEL, {"old": old, "point": shift.new_point, "input": named}
    ).fetchone()
    assert row is not None
    where |= {"new": row[0], "priority": CORRECTION}
    moved = conn.execute(_MOVE, where).fetchone()
    for statement in (_REVISIONS, _LOADS):
        conn.execute(statement, where)
    recompute_latest(conn, [old, row[0]])
    return int(moved[0]) if moved else 0


def _shifts(conn: Connection, plan: Plan) -> Iterator[Shift]:
    """Where an old and a new row of one device overlap and say different things."""
    old = rows_as_dicts(plan.table, [o for o, _ in plan.changes if o is not None])
    new = rows_as_dicts(plan.table, [n for _, n in plan.changes if n is not None])
    by_device: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in new:
        by_device.setdefault((row["connector"], row["ref"]), []).append(row)
    for before in old:
        for after in by_device.get((before["connector"], before["ref"]), ()):
            start = max(before["valid_from"] or date.min, after["valid_from"] or date.min)
            end = min(before["valid_to"] or date.max, after["valid_to"] or date.max)
            places = [(r["usage_point_id"], r["input"]) for r in (before, after)]
            if start < end and places[0] != places[1] and _same_commodity(conn, places):
                yield Shift(
                    before["connector"],
                    before["ref"],
                    *places[0],
                    *places[1],
                    "-infinity" if start == date.min else start.isoformat(),
                    "infinity" if end == date.max else end.isoformat(),
                )


def _same_commodity(conn: Connection, places: list[tuple[int, str]]) -> bool:
    told = {conn.execute(_COMMODITY, [point]).fetchone() for point, _ in places}
    return len(told) == 1
