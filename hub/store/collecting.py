"""What `hub collect` asks of the store: may it ask for these days, how far did it come, how is it.

A household's own data are asked for while its consent of purpose ``collect`` is in force and it
lives where the usage point is; both say for which local days.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from hub.store.connection import Connection

PURPOSE = "collect"

State = Literal["ok", "failed", "stopped"]
Granularity = Literal["half-hour", "day", "month"]

# The days strictly between a household's dates are its own; a consent counts from the day after it
# was given to the day before it is withdrawn. Of several in force the widest and finest counts.
_PERMISSION = """
SELECT u.usage_point_id, o.household_id, o.valid_from + 1, o.valid_to - 1, c.first, c.last, c.finest
FROM usage_point u
LEFT JOIN occupancy o ON o.dwelling_id = u.dwelling_id AND o.superseded_at IS NULL
    AND (o.valid_from IS NULL OR o.valid_from <= current_date)
    AND (o.valid_to IS NULL OR o.valid_to > current_date)
LEFT JOIN LATERAL (
    SELECT nullif(min(coalesce(valid_from, '-infinity')), '-infinity') + 1 AS first,
           nullif(max(coalesce(valid_to, 'infinity')), 'infinity') - 1 AS last,
           CASE min(array_position('{half-hour,day,month}'::text[], granularity))
               WHEN 1 THEN 'half-hour' WHEN 2 THEN 'day' WHEN 3 THEN 'month' END AS finest
    FROM consent
    WHERE household_id = o.household_id AND superseded_at IS NULL AND purpose = %(purpose)s
      AND (commodity IS NULL OR commodity = u.commodity)
      AND (valid_from IS NULL OR valid_from <= current_date)
      AND (valid_to IS NULL OR valid_to > current_date)
) c ON true
WHERE u.ref = %(ref)s AND u.commodity = %(commodity)s AND u.superseded_at IS NULL
  AND (u.valid_from IS NULL OR u.valid_from <= current_date)
  AND (u.valid_to IS NULL OR u.valid_to > current_date)
ORDER BY u.row_id LIMIT 1"""
_LAST_DAY = """
SELECT max((l.ts + l.seconds * interval '1 second')::date)
FROM channel c
CROSS JOIN LATERAL (SELECT ts, seconds FROM reading WHERE channel_id = c.channel_id
                    ORDER BY ts DESC LIMIT 1) l
WHERE c.usage_point_id = %s AND c.source = %s AND c.flow = %s AND c.period_class = ANY(%s)"""
_KEEP = """
INSERT INTO collected_source AS s (name, kind, state, tried_at, succeeded_at, next_at, failures,
    failing_since, needs_person, words_fr, words_en, rows)
VALUES (%(name)s, %(kind)s, %(state)s, %(tried_at)s, %(succeeded_at)s, %(next_at)s, %(failures)s,
    %(failing_since)s, %(needs_person)s, %(words_fr)s, %(words_en)s, %(rows)s)
ON CONFLICT (name) DO UPDATE SET kind = EXCLUDED.kind, state = EXCLUDED.state,
    tried_at = EXCLUDED.tried_at, next_at = EXCLUDED.next_at, failures = EXCLUDED.failures,
    succeeded_at = coalesce(EXCLUDED.succeeded_at, s.succeeded_at),
    failing_since = EXCLUDED.failing_since, needs_person = EXCLUDED.needs_person,
    words_fr = EXCLUDED.words_fr, words_en = EXCLUDED.words_en,
    rows = CASE WHEN EXCLUDED.state = 'ok' THEN EXCLUDED.rows ELSE s.rows END"""
_UNTIL = """
INSERT INTO collected_until AS u (connector, ref, part, until) VALUES (%s, %s, %s, %s)
ON CONFLICT (connector, ref, part) DO UPDATE SET until = greatest(u.until, EXCLUDED.until)"""


@dataclass(frozen=True, slots=True)
class Permission:
    """Whose readings may be taken now, and of which local days; None: no bound is known.

    granularity: the finest that the household agreed to.
    """

    usage_point_id: int
    household_id: int
    first: date | None
    last: date | None
    granularity: Granularity


#: Why there is no permission: the usage point is not known, nobody lives there, no consent.
Refusal = Literal["unknown", "nobody", "no_consent"]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is. rows: of its last success, by outcome. succeeded_at None: never."""

    name: str
    kind: str
    state: State
    tried_at: datetime
    next_at: datetime
    succeeded_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    needs_person: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    words_fr: str | None = None
    words_en: str | None = None

    def words(self, language: str) -> str | None:
        """Why it failed or stopped, or what of its answers was refused."""
        return self.words_fr if language == "fr" else self.words_en


def permission(conn: Connection, ref: str, commodity: str) -> Permission | Refusal:
    """Whether readings of a usage point may be asked for today."""
    found = conn.execute(
        _PERMISSION, {"ref": ref, "commodity": commodity, "purpose": PURPOSE}
    ).fetchone()
    if found is None:
        return "unknown"
    number, household, moved_in, moved_out, given, withdrawn, finest = found
    if household is None:
        return "nobody"
    if finest is None:
        return "no_consent"
    first = max((day for day in (moved_in, given) if day is not None), default=None)
    last = min((day for day in (moved_out, withdrawn) if day is not None), default=None)
    return Permission(number, household, first, last, finest)


def last_day(
    conn: Connection, usage_point_id: int, connector: str, flow: str, classes: Collection[str]
) -> date | None:
    """The local day on which the last interval ends that this connector gave; None without any."""
    row = conn.execute(_LAST_DAY, [usage_point_id, connector, flow, list(classes)]).fetchone()
    return row[0] if row else None


def today(conn: Connection) -> date:
    """The local day that it is."""
    row = conn.execute("SELECT current_date").fetchone()
    assert row is not None
    found: date = row[0]
    return found


def asked_until(conn: Connection, connector: str, ref: str) -> dict[str, date]:
    """Part -> the first local day that was not answered for."""
    rows = conn.execute(
        "SELECT part, until FROM collected_until WHERE connector = %s AND ref = %s",
        [connector, ref],
    )
    return dict(rows.fetchall())


def note_asked(conn: Connection, connector: str, ref: str, part: str, until: date) -> None:
    """Note that all days before ``until`` were answered for; part of the caller's transaction."""
    conn.execute(_UNTIL, [connector, ref, part, until])


def keep_source(conn: Connection, state: SourceState) -> None:
    """Replace what was known of a source; a last success stays. Commits."""
    columns = {
        "name": state.name, "kind": state.kind, "state": state.state,
        "tried_at": state.tried_at, "succeeded_at": state.succeeded_at, "next_at": state.next_at,
        "failures": state.failures, "failing_since": state.failing_since,
        "needs_person": state.needs_person, "words_fr": state.words_fr, "words_en": state.words_en,
        "rows": json.dumps(state.rows),
    }  # fmt: skip
    conn.execute(_KEEP, columns)
    conn.commit()


def sources(conn: Connection) -> list[SourceState]:
    """Every source that was tried, by name."""
    rows = conn.execute(
        "SELECT name, kind, state, tried_at, next_at, succeeded_at, failures, failing_since,"
        " needs_person, rows, words_fr, words_en FROM collected_source ORDER BY name"
    ).fetchall()
    return [SourceState(*row) for row in rows]


def forget_sources(conn: Connection, but: Collection[str]) -> None:
    """Forget the sources that hub.toml does not name any more. Commits."""
    conn.execute("DELETE FROM collected_source WHERE name <> ALL(%s)", [list(but)])
    conn.commit()
