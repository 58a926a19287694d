"""Meter events and context series as sources tell them. Told again, they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.intake.outcomes import Outcome
from hub.model import ContextPoint, Flow, MeterEvent
from hub.store.channels import lock_first_sight
from hub.store.connection import Connection
from hub.store.registry_marks import EventMark, mark_events

_SAME = """
SELECT row_id, kind, closing, opening FROM meter_event
WHERE usage_point_id = %s AND flow = %s AND register = %s AND at = %s AND superseded_at IS NULL
FOR UPDATE"""
_ADD = """
INSERT INTO meter_event
    (usage_point_id, flow, register, at, kind, closing, opening, source, load_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (usage_point_id, flow, register, at) WHERE superseded_at IS NULL DO NOTHING
RETURNING row_id"""
# What an event replaced was superseded in the transaction that recorded it.
_FORMER = """
SELECT e.row_id, e.recorded_at, e.kind, e.closing, e.opening, e.source, e.load_id,
       l.undone_at IS NOT NULL
FROM meter_event e LEFT JOIN load l USING (load_id)
WHERE e.usage_point_id = %s AND e.flow = %s AND e.register = %s AND e.at = %s
  AND e.superseded_at = %s AND e.row_id < %s
ORDER BY e.row_id DESC LIMIT 1"""
_CONTEXT = """
INSERT INTO context_series AS c (series, ts, value, label, load_id)
SELECT s, to_timestamp(t), v, l, i
FROM unnest(%s::text[], %s::int8[], %s::float8[], %s::text[], %s::int4[]) AS n (s, t, v, l, i)
ORDER BY s, t
ON CONFLICT (series, ts) DO UPDATE
SET value = EXCLUDED.value, label = EXCLUDED.label, received_at = now(), load_id = EXCLUDED.load_id
WHERE (c.value, c.label) IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.label)
RETURNING series, extract(epoch FROM ts)::int8, xmax = 0"""

# As for readings: the latest former value of a load that was not itself taken back comes back.
_RESTORE_CONTEXT = """
UPDATE context_series c
SET value = f.value, label = f.label, received_at = f.received_at, load_id = f.load_id
FROM (
    SELECT DISTINCT ON (v.series, v.ts) v.*
    FROM context_series s JOIN context_revision v USING (series, ts)
    LEFT JOIN load l ON l.load_id = v.load_id
    WHERE s.load_id = %(load)s AND l.undone_at IS NULL
    ORDER BY v.series, v.ts, v.revision_id DESC
) f
WHERE c.series = f.series AND c.ts = f.ts AND c.load_id = %(load)s"""


_Key = tuple[int, str, str, datetime]  # usage point, flow, register, instant


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """A meter event of a usage point. ``register`` "": all; closing, opening: None = unknown."""

    usage_point_id: int
    at: int
    kind: str
    flow: Flow = "consumption"
    register: str = ""
    closing: int | None = None
    opening: int | None = None


def place_event(event: MeterEvent, usage_point_id: int) -> PlacedEvent:
    """The event of a device, at the device's usage point."""
    return PlacedEvent(
        usage_point_id,
        event.at,
        event.kind,
        event.flow,
        event.register,
        event.closing,
        event.opening,
    )


def record_event(conn: Connection, event: PlacedEvent, source: str, load_id: int = 0) -> str:
    """Record an event and mark what it touches; "added", "changed" or "unchanged".

    What tells less than is known of the same moment changes nothing: a source that does not know a
    register takes it from nobody.
    """
    at = datetime.fromtimestamp(event.at, UTC)
    key = (event.usage_point_id, event.flow, event.register, at)
    facts = (event.kind, event.closing, event.opening)
    while True:
        known = conn.execute(_SAME, key).fetchone()
        if known is not None:
            number, *former = known
            if all(told in (None, fact) for told, fact in zip(facts, former, strict=True)):
                return "unchanged"
            conn.execute("UPDATE meter_event SET superseded_at = now() WHERE row_id = %s", [number])
        if conn.execute(_ADD, [*key, *facts, source, load_id]).fetchone() is not None:
            break  # else another writer told of this moment meanwhile
    kinds = {event.kind, known[1] if known is not None else event.kind}
    lock_first_sight(conn, event.usage_point_id)
    mark_events(conn, [EventMark(*key, kind) for kind in kinds])
    return "added" if known is None else "changed"


def told_events(conn: Connection, load_id: int) -> bool:
    """Whether a load told meter events that are in force."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM meter_event WHERE load_id = %s AND superseded_at IS NULL)",
        [load_id],
    ).fetchone()
    return row is not None and bool(row[0])


def take_back_events(conn: Connection, load_id: int) -> int:
    """Supersede what a load told, and tell again what that had replaced; how many events.

    ``load`` says already that it was taken back.
    """
    rows = conn.execute(
        "UPDATE meter_event SET superseded_at = now() WHERE load_id = %s AND superseded_at IS NULL"
        " RETURNING usage_point_id, flow, register, at, kind, recorded_at, row_id",
        [load_id],
    ).fetchall()
    marks = []
    for point, flow, register, at, kind, recorded_at, row_id in rows:
        key = (point, flow, register, at)
        former = restore_event(conn, key, recorded_at, row_id)
        kinds = {kind} if former is None else {kind, former[1]}
        marks += [EventMark(*key, one) for one in kinds]
    mark_events(conn, marks)
    return len(rows)


def restore_event(
    conn: Connection, key: _Key, recorded_at: datetime, row_id: int, *, told_by_files: bool = False
) -> tuple[int, str] | None:
    """Record again the last fact that an event replaced and that was not taken back itself.

    recorded_at, row_id: of the event. told_by_files: only what a load told. Gives the number and
    kind of the new row, None where there is nothing to record.
    """
    while True:
        former = conn.execute(_FORMER, [*key, recorded_at, row_id]).fetchone()
        if former is None:
            return None
        row_id, recorded_at, *facts, taken_back = former
        if not taken_back and (facts[-1] or not told_by_files):
            break
    row = conn.execute(_ADD, [*key, *facts]).fetchone()
    return None if row is None else (row[0], facts[0])


def store_context(
    conn: Connection, points: Sequence[tuple[ContextPoint, int]]
) -> dict[tuple[str, int], Outcome]:
    """Store temperatures, CO2 intensities and such, each with its load (0: a message).

    The last value of a moment counts. What became of it, by series and ts.
    """
    last = {(p.series, p.ts): (p, load_id) for p, load_id in points}
    outcomes = dict.fromkeys(last, Outcome.UNCHANGED)
    if last:
        rows = [(p.series, p.ts, p.value, p.label, load_id) for p, load_id in last.values()]
        columns = [list(column) for column in zip(*rows, strict=True)]
        # a row that was there before has an xmax: that of this update
        for series, ts, is_new in conn.execute(_CONTEXT, columns).fetchall():
            outcomes[series, ts] = Outcome.ACCEPTED if is_new else Outcome.REVISED
    return outcomes


def take_back_context(conn: Connection, load_id: int) -> None:
    """Bring back the context that a load replaced and delete what it added.

    ``load`` says already that it was taken back.
    """
    conn.execute(_RESTORE_CONTEXT, {"load": load_id})
    conn.execute("DELETE FROM context_series WHERE load_id = %s", [load_id])
