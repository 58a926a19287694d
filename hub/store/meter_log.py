"""Meter events as people look at them: listed, and taken back one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.model import HubError, Quantity
from hub.store.connection import Connection
from hub.store.events import restore_event
from hub.store.registry import lock_registry, notify_registry
from hub.store.registry_marks import EventMark, mark_events
from hub.store.rollup_work import hold_shares

_EVENTS = """
SELECT e.row_id, u.ref, u.commodity, k.quantity, e.at, e.kind, e.flow, e.register, e.closing,
       e.opening, e.source, nullif(e.load_id, 0), l.file_name
FROM meter_event e
JOIN (SELECT DISTINCT usage_point_id, ref, commodity FROM usage_point
      WHERE superseded_at IS NULL) u USING (usage_point_id)
JOIN commodity k USING (commodity)
LEFT JOIN load l USING (load_id)
WHERE e.superseded_at IS NULL AND {}
ORDER BY u.commodity, e.at, e.flow, e.register"""
_TAKE_BACK = """
UPDATE meter_event SET superseded_at = now() WHERE row_id = %s AND superseded_at IS NULL
RETURNING usage_point_id, flow, register, at, kind, recorded_at"""
_SUPERSEDED = "SELECT superseded_at FROM meter_event WHERE row_id = %s"
_REGISTERS = """
SELECT DISTINCT c.register FROM channel c
JOIN usage_point u ON u.usage_point_id = c.usage_point_id AND u.superseded_at IS NULL
WHERE u.ref = %(ref)s AND (c.commodity = %(commodity)s OR %(commodity)s = '')
  AND c.flow = %(flow)s AND c.kind = 'register' ORDER BY 1"""


class EventError(HubError):
    """A meter event that cannot be shown or taken back as asked."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A meter event in force. closing, opening: in the quantity's unit, None = unknown.

    number: by which it can be taken back. load, file: that told it, None for a message or a person.
    """

    number: int
    usage_point: str
    commodity: str
    quantity: Quantity
    at: datetime
    kind: str
    flow: str
    register: str
    closing: int | None
    opening: int | None
    source: str
    load: int | None
    file: str | None


def events_of(conn: Connection, usage_point: str) -> list[RecordedEvent]:
    """Events in force of the usage points of that reference, in order of time.

    Raises EventError where there is none of that name.
    """
    known = conn.execute(
        "SELECT EXISTS (SELECT FROM usage_point WHERE ref = %s AND superseded_at IS NULL)",
        [usage_point],
    ).fetchone()
    if known is None or not known[0]:
        raise EventError(
            f"there is no usage point {usage_point}", f"il n'y a pas de point {usage_point}"
        )
    rows = conn.execute(_EVENTS.format("u.ref = %s").encode(), [usage_point]).fetchall()
    return [RecordedEvent(*row) for row in rows]


def remove_event(conn: Connection, number: int) -> tuple[RecordedEvent, RecordedEvent | None]:
    """Take an event back and commit; gives it, and what a file had told of that moment before it
    and counts again.

    Workers wait meanwhile, as for an import. Raises EventError where it is not in force.
    """
    lock_registry(conn)
    hold_shares(conn)
    event = _event(conn, number)
    if event is None:
        raise _not_in_force(conn, number)
    row = conn.execute(_TAKE_BACK, [number]).fetchone()
    assert row is not None
    point, flow, register, at, kind, recorded_at = row
    key = (point, flow, register, at)
    restored = restore_event(conn, key, recorded_at, number, told_by_files=True)
    kinds = {kind} if restored is None else {kind, restored[1]}
    mark_events(conn, [EventMark(*key, one) for one in kinds])
    again = None if restored is None else _event(conn, restored[0])
    notify_registry(conn)
    conn.commit()
    return event, again


def registers_of(conn: Connection, usage_point: str, commodity: str, flow: str) -> list[str]:
    """Registers that sources tell of a usage point; commodity "": of any."""
    asked = {"ref": usage_point, "commodity": commodity, "flow": flow}
    return [row[0] for row in conn.execute(_REGISTERS, asked)]


def _event(conn: Connection, number: int) -> RecordedEvent | None:
    row = conn.execute(_EVENTS.format("e.row_id = %s").encode(), [number]).fetchone()
    return None if row is None else RecordedEvent(*row)


def _not_in_force(conn: Connection, number: int) -> EventError:
    row = conn.execute(_SUPERSEDED, [number]).fetchone()
    if row is None or row[0] is None:
        return EventError(
            f"there is no meter event {number}", f"il n'y a pas d'événement de compteur {number}"
        )
    when = f"{row[0]:%Y-%m-%d %H:%M}"
    return EventError(
        f"meter event {number} was taken back or replaced on {when}",
        f"l'événement de compteur {number} a été retiré ou remplacé le {when}",
    )
