"""The demo district's own facts: its setting, how far its readings reach, and that it is one."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from hub.store.connection import Connection

SETTING = "demo"
#: Two demos on one database would send the same meters twice; any number will do.
_LOCK = 0x0064_656D_6F00
#: Seconds after which a database without simulated data is asked again.
_ASK_AGAIN = 10.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Up to when one source has told of one usage point."""

    source: str
    usage_point: str
    until: dt.datetime


def hold_demo(conn: Connection) -> bool:
    """Take the demo's lock for this session; False if another process holds it."""
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    conn.commit()
    return bool(row and row[0])


def read_demo(conn: Connection) -> dict[str, Any] | None:
    """The setting of the demo; None where no demo was ever begun."""
    row = conn.execute("SELECT value FROM setting WHERE name = %s", (SETTING,)).fetchone()
    return row[0] if row else None


def write_demo(conn: Connection, value: Mapping[str, Any]) -> None:
    """Write the setting and commit, so that everyone sees how far the demo is."""
    conn.execute(
        "INSERT INTO setting (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = now()",
        (SETTING, Jsonb(dict(value))),
    )
    conn.commit()


def holds_simulated(conn: Connection) -> bool:
    """Whether simulated homes are among those counted, or a demo was ever begun.

    What is published stands, so a demo's figures stay among the others for good.
    """
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM setting WHERE name = %s)"
        " OR EXISTS (SELECT FROM household WHERE simulated AND superseded_at IS NULL)",
        (SETTING,),
    ).fetchone()
    return bool(row and row[0])


class Simulated:
    """Whether data are simulated, remembered: ``known`` is True from the first time on."""

    def __init__(self) -> None:
        self.known = False
        self._ask_at = 0.0

    @property
    def due(self) -> bool:
        """Whether the database should be asked: until it said yes, once in a while."""
        return not self.known and time.monotonic() >= self._ask_at

    def ask(self, conn: Connection) -> bool:
        """What is known, after asking the database where that is due."""
        if self.due:
            self._ask_at = time.monotonic() + _ASK_AGAIN
            self.known = holds_simulated(conn)
        return self.known


def count_households(conn: Connection) -> tuple[int, int]:
    """Households now in the registry: simulated, and not."""
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE simulated), count(*) FILTER (WHERE NOT simulated)"
        " FROM household WHERE superseded_at IS NULL"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def reaches(conn: Connection) -> list[Reach]:
    """How far each source reaches for each usage point of simulated households.

    Registers tell it by their last value, files also by the ranges they brought.
    """
    rows = conn.execute(_REACHES).fetchall()
    conn.commit()
    return [Reach(*row) for row in rows]


_REACHES = """
SELECT c.source, u.ref, max(t.until)
FROM household h
JOIN occupancy o ON o.household_id = h.household_id AND o.superseded_at IS NULL
JOIN usage_point u ON u.dwelling_id = o.dwelling_id AND u.superseded_at IS NULL
JOIN channel c ON c.usage_point_id = u.usage_point_id AND c.kind <> 'power'
JOIN (
    SELECT channel_id, ts AS until FROM latest
    UNION ALL
    SELECT lc.channel_id, lc.to_ts FROM load_channel lc JOIN load l USING (load_id)
    WHERE l.undone_at IS NULL
) t ON t.channel_id = c.channel_id
WHERE h.superseded_at IS NULL AND h.simulated
GROUP BY c.source, u.ref
"""
