"""A corrected mapping: readings of a device that was assigned wrongly go to the right channel.

A reading does not know its device, only its channel. So what is moved is what the device's old
channel holds between the dates on which the old and the new assignment differ. Where another
device fed the same channel on those dates nobody can tell whose a reading is: nothing is moved and
the caller is told. What a count is worth belongs to the assignment: what came as counts is counted
again (:mod:`hub.store.recounting`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.store.channels import lock_mapping, note_mixed
from hub.store.connection import Connection
from hub.store.latest import recompute_latest
from hub.store.readings import CORRECTION
from hub.store.recounting import AS_IT_IS, RECOUNTED, WHY, Recount, UnknownWorthError, recount
from hub.store.shifts import Shift

_DELIVERS = """
SELECT c.commodity, CASE WHEN 'consumption' = ANY(c.flows) THEN 'consumption' ELSE c.flows[1] END
FROM usage_point u JOIN commodity c USING (commodity) WHERE usage_point_id = %s LIMIT 1"""
_SHARED = """
SELECT d.ref FROM device d
WHERE d.superseded_at IS NULL AND d.connector = %(connector)s AND d.ref <> %(ref)s
  AND d.usage_point_id = %(point)s AND d.input = %(input)s
  AND coalesce(d.valid_from, '-infinity') < %(end)s AND coalesce(d.valid_to, 'infinity') > %(start)s
LIMIT 1"""
_OLD_CHANNELS = """
SELECT channel_id, commodity, flow, quantity, kind, input, counted,
       coalesce(horizon > %(start)s::date, false)
FROM channel
WHERE usage_point_id = %(point)s AND source = %(connector)s
  AND (input = %(input)s OR (%(input)s = '') OR starts_with(input, %(input)s || '/'))"""
_NEW_CHANNEL = """
WITH named AS (
    SELECT %(point)s::int4 AS usage_point_id, %(commodity)s AS commodity, %(flow)s AS flow,
           %(quantity)s AS quantity, register, kind, source, %(input)s AS input, period_class
    FROM channel WHERE channel_id = %(old)s),
made AS (
    INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source, input,
                         period_class, counted)
    SELECT *, %(counted)s::boolean FROM named ON CONFLICT DO NOTHING RETURNING channel_id)
SELECT channel_id, %(counted)s::boolean FROM made
UNION ALL SELECT channel_id, channel.counted FROM channel JOIN named
USING (usage_point_id, commodity, flow, quantity, register, kind, source, input, period_class)"""
_HELD = "channel_id = %(old)s AND ts >= %(start)s::timestamptz AND ts < %(end)s::timestamptz"
_ANY = f"SELECT EXISTS (SELECT FROM reading WHERE {_HELD})"  # noqa: S608 - constants
# Former values count, too, because an undone load brings them back.
_INEXACT = f"""
SELECT EXISTS (SELECT FROM reading WHERE {_HELD} AND {RECOUNTED} IS NULL)
    OR EXISTS (SELECT FROM reading_revision
               WHERE {_HELD} AND why IS DISTINCT FROM %(why)s AND {RECOUNTED} IS NULL)"""  # noqa: S608
# One statement: what a message adds meanwhile is moved as well, or not touched at all.
_MOVE = """
WITH gone AS (
    DELETE FROM reading WHERE {held} RETURNING *
), put AS (
    INSERT INTO reading AS r (ts, value, received_at, channel_id, seconds, load_id, quality)
    SELECT ts, {value}, received_at, %(new)s, seconds, load_id, quality FROM gone
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
_RECOUNT = """
WITH put AS (
    UPDATE reading SET value = {value} WHERE {held} RETURNING ts, seconds
), marked AS (
    INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
    SELECT %(old)s, min(ts), max(ts + seconds * interval '1 second'), %(priority)s
    FROM put HAVING min(ts) IS NOT NULL
) SELECT count(*) FROM put"""
# Those that a recount left behind are history, and of the worth of their time.
_REVISIONS = """
UPDATE reading_revision
SET channel_id = %(new)s, value = CASE WHEN why IS DISTINCT FROM %(why)s THEN {value} ELSE value END
WHERE {held}"""
# So that the loads can still be taken back where their rows are now.
_LOADS = """
INSERT INTO load_channel AS l (load_id, channel_id, from_ts, to_ts, accepted, unchanged, revised)
SELECT load_id, %(new)s, from_ts, to_ts, accepted, unchanged, revised FROM load_channel
WHERE channel_id = %(old)s AND from_ts < %(end)s::timestamptz AND to_ts >= %(start)s::timestamptz
ON CONFLICT (load_id, channel_id) DO UPDATE
SET from_ts = least(l.from_ts, EXCLUDED.from_ts), to_ts = greatest(l.to_ts, EXCLUDED.to_ts)"""


@dataclass(slots=True)
class Moved:
    """What became of the readings of changed devices.

    readings: went to another channel. recounted: were counted again at another worth. undecided,
    not_recounted: devices of which nothing could be moved, or not everything counted again.
    """

    readings: int = 0
    recounted: int = 0
    undecided: list[str] = field(default_factory=list)
    not_recounted: list[str] = field(default_factory=list)


class _Held(NamedTuple):
    """A channel that the device fed. frozen: some of its days on these dates are."""

    channel_id: int
    commodity: str
    flow: str
    quantity: str
    kind: str
    input: str
    counted: bool | None
    frozen: bool


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
            moved.undecided.append(shift.name)
            continue
        delivers = conn.execute(_DELIVERS, [shift.new_point]).fetchone()
        assert delivers is not None
        for row in conn.execute(_OLD_CHANNELS, where).fetchall():
            _follow(conn, shift, _Held(*row), delivers, moved)
    return moved


def _follow(
    conn: Connection, shift: Shift, held: _Held, delivers: tuple[str, str], moved: Moved
) -> None:
    """Take what the device told of one channel to where it belongs, at what it is worth."""
    if held.kind == "power":
        if shift.is_move and delivers[0] == held.commodity:
            _forget_power(conn, held)
        return
    where: dict[str, Any] = {"old": held.channel_id, "start": shift.start, "end": shift.end}
    found = conn.execute(_ANY, where).fetchone()
    if found is None or not found[0]:
        return
    is_other = delivers[0] != held.commodity
    if is_other and held.counted is False and held.quantity != "units":
        return  # what was told as another commodity's was never this usage point's
    try:
        again = recount(shift.old_pulse, shift.new_pulse, held.quantity, held.counted)
        is_known = not is_other or shift.new_pulse is not None
    except UnknownWorthError:
        is_known = False
    if not is_known or (again is not None and _is_lost(conn, held, where, again)):
        moved.not_recounted += [shift.name] if shift.name not in moved.not_recounted else []
    elif shift.is_move or again is not None:
        _move(conn, shift, held, delivers, again, where, moved)


def _is_lost(conn: Connection, held: _Held, where: dict[str, Any], again: Recount) -> bool:
    """Whether the counts cannot be told from what is stored, or days made of them are frozen."""
    row = conn.execute(_INEXACT.encode(), where | again.parameters() | {"why": WHY}).fetchone()
    return held.frozen or row is None or bool(row[0])


def _forget_power(conn: Connection, held: _Held) -> None:
    """Two days of live power: not worth a history, but nobody else's to see."""
    conn.execute("DELETE FROM latest WHERE channel_id = %s", [held.channel_id])
    conn.execute("DELETE FROM power WHERE channel_id = %s", [held.channel_id])


def _move(
    conn: Connection,
    shift: Shift,
    held: _Held,
    delivers: tuple[str, str],
    again: Recount | None,
    where: dict[str, Any],
    moved: Moved,
) -> None:
    commodity, flow = delivers
    own = held.input.removeprefix(shift.old_input).removeprefix("/")
    where |= {
        "point": shift.new_point,
        "input": "/".join(part for part in (shift.new_input, own) if part),
        "commodity": commodity,
        "flow": held.flow if commodity == held.commodity else flow,
        "quantity": held.quantity if again is None else again.quantity,
        "counted": again is not None or held.counted,
        "priority": CORRECTION,
        "why": WHY,
    }
    row = conn.execute(_NEW_CHANNEL, where).fetchone()
    assert row is not None
    new = where["new"] = row[0]
    if row[1] != where["counted"]:
        note_mixed(conn, [new])
    if again is not None:
        where |= again.parameters()
    value = AS_IT_IS if again is None else RECOUNTED
    conn.execute(_REVISIONS.format(value=value, held=_HELD).encode(), where)
    if new == held.channel_id:
        conn.execute("SELECT set_config('hub.why', %(why)s, true)", where)
        done = conn.execute(_RECOUNT.format(value=value, held=_HELD).encode(), where).fetchone()
        conn.execute("SELECT set_config('hub.why', '', true)")
    else:
        done = conn.execute(_MOVE.format(value=value, held=_HELD).encode(), where).fetchone()
        conn.execute(_LOADS, where)
        moved.readings += int(done[0]) if done else 0
    moved.recounted += int(done[0]) if done and again is not None else 0
    recompute_latest(conn, {held.channel_id, new})
