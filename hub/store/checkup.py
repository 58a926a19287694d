"""What `hub doctor` asks of the database: what is wrong with what came in, and what did not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.store.connection import Connection
from hub.store.policies import is_community, policies_are_on
from hub.store.shared_inputs import shared_inputs


@dataclass(frozen=True, slots=True)
class Refused:
    """Payloads and rows refused for one reason; ``origin`` and ``detail`` are the newest one's."""

    reason: str
    count: int
    origin: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Several:
    """How many there are, and the first few of them by name."""

    count: int
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Silent:
    """Devices that told something once and have not for long; the longest silent first."""

    devices: Several
    since: dt.datetime | None


#: So many are named.
NAMED = 5
_REFUSED = """
SELECT DISTINCT ON (reason) reason, count(*) OVER (PARTITION BY reason), origin, detail
FROM rejected WHERE replayed_at IS NULL AND load_id IS NULL AND reason <> 'unknown_device'
ORDER BY reason, id DESC"""
_REGISTERED = """
EXISTS (SELECT FROM device d WHERE d.superseded_at IS NULL
        AND d.connector = {0}.connector AND d.ref = {0}.{1})"""
# A later load of the file has its own say of its rows; one that was taken back has none.
_REFUSED_ROWS = f"""
SELECT DISTINCT ON (reason) reason, count(*) OVER (PARTITION BY reason), origin, detail
FROM rejected r JOIN load l USING (load_id)
WHERE (r.reason <> 'unknown_device' OR {_REGISTERED.format("r", "device_ref")})
  AND l.undone_at IS NULL AND NOT EXISTS (
    SELECT FROM load n WHERE n.load_id > l.load_id AND n.actor = l.actor AND n.undone_at IS NULL
    AND n.finished_at IS NOT NULL AND (n.file_name = l.file_name OR n.digest = l.digest))
ORDER BY reason, id DESC"""  # noqa: S608 - constants
_UNKNOWN = f"""
SELECT count(*) OVER (), connector || '/' || ref || ' (' || origin || ')'
FROM unknown_device u WHERE NOT {_REGISTERED.format("u", "ref")}
ORDER BY u.count DESC, connector, ref LIMIT %s"""  # noqa: S608 - constants
_WAITING = f"""
SELECT sum(count(*)) OVER ()::int8, connector || '/' || device_ref
FROM rejected r
WHERE replayed_at IS NULL AND load_id IS NULL AND reason = 'unknown_device'
  AND {_REGISTERED.format("r", "device_ref")}
GROUP BY connector, device_ref ORDER BY count(*) DESC, 2 LIMIT %s"""  # noqa: S608 - constants
_SILENT = """
SELECT count(*) OVER (), d.connector || '/' || d.ref, max(l.received_at)
FROM device d
JOIN channel c ON c.usage_point_id = d.usage_point_id AND c.source = d.connector
    AND c.input = d.input
JOIN latest l USING (channel_id)
WHERE d.superseded_at IS NULL AND (d.valid_from IS NULL OR d.valid_from <= current_date)
  AND (d.valid_to IS NULL OR d.valid_to > current_date)
GROUP BY d.connector, d.ref
HAVING max(l.received_at) < now() - %s
ORDER BY 3, 2 LIMIT %s"""
# A step back is rounding; more than one over a month is a meter that runs backwards, or two meters
# in one channel.
_BACKWARDS = """
SELECT count(*) OVER (), concat_ws(' ', c.source, u.ref, c.flow, c.register, nullif(c.input, ''))
FROM channel_month m JOIN channel c USING (channel_id)
JOIN usage_point u ON u.usage_point_id = c.usage_point_id AND u.superseded_at IS NULL
JOIN commodity k ON k.commodity = c.commodity
WHERE m.month >= current_date - 62 AND c.kind = 'register'
GROUP BY 2
HAVING min(m.measured + coalesce(m.allocated, 0) + coalesce(u.resolution, k.resolution)) < 0
ORDER BY 2 LIMIT %s"""
_WITHOUT_CONSENT = """
SELECT count(*) OVER (), h.ref
FROM household h
WHERE h.superseded_at IS NULL
  AND EXISTS (
    SELECT FROM occupancy o WHERE o.household_id = h.household_id AND o.superseded_at IS NULL
    AND (o.valid_from IS NULL OR o.valid_from <= current_date)
    AND (o.valid_to IS NULL OR o.valid_to > current_date))
  AND NOT EXISTS (
    SELECT FROM consent c WHERE c.household_id = h.household_id AND c.superseded_at IS NULL
    AND c.purpose <> 'collect' AND (c.valid_from IS NULL OR c.valid_from <= current_date)
    AND (c.valid_to IS NULL OR c.valid_to > current_date))
ORDER BY h.ref LIMIT %s"""


def refused(conn: Connection) -> list[Refused]:
    """Messages refused and not replayed, by reason; unknown devices are counted apart."""
    return [Refused(*row) for row in conn.execute(_REFUSED).fetchall()]


def refused_rows(conn: Connection) -> list[Refused]:
    """Rows of files refused, by reason, where the file was not loaded again since.

    Those of an unknown device once it is registered, for then the file can be loaded again.
    """
    return [Refused(*row) for row in conn.execute(_REFUSED_ROWS.encode()).fetchall()]


def unknown_devices(conn: Connection) -> Several:
    """Devices the registry does not know, the most talkative first, with where they were heard."""
    return _several(conn.execute(_UNKNOWN.encode(), [NAMED]).fetchall())


def waiting_messages(conn: Connection) -> Several:
    """Messages from when their device was unknown, which is registered now; its name."""
    rows = conn.execute(_WAITING.encode(), [NAMED]).fetchall()
    return _several(rows)


def mixed_devices(conn: Connection) -> Several:
    """Pairs of devices that feed one channel at the same time."""
    pairs = [pair.name for pair in shared_inputs(conn)]
    return Several(len(pairs), tuple(pairs[:NAMED]))


def silent_devices(conn: Connection, longer_than: dt.timedelta) -> Silent:
    """Registered devices whose last message is older than that."""
    rows = conn.execute(_SILENT, [longer_than, NAMED]).fetchall()
    return Silent(_several(rows), rows[0][2] if rows else None)


def backward_registers(conn: Connection) -> Several:
    """Registers that went back by more than a step over one of the last months."""
    return _several(conn.execute(_BACKWARDS, [NAMED]).fetchall())


def households_without_consent(conn: Connection) -> Several:
    """Households that live somewhere today and let nothing be counted in any total."""
    return _several(conn.execute(_WITHOUT_CONSENT, [NAMED]).fetchall())


def lacks_policies(conn: Connection) -> bool:
    """Whether TimescaleDB could compress and drop old rows by itself, and was not told to."""
    return is_community(conn) and not policies_are_on(conn)


def _several(rows: list[tuple[Any, ...]]) -> Several:
    """From rows of (count of all, name, ...)."""
    return Several(rows[0][0] if rows else 0, tuple(row[1] for row in rows))
