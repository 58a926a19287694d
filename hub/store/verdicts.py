"""What the last look at all totals found: kept for pages, operators and the next one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from hub.store.connection import Connection
from hub.store.reconcile import Outcome

_NAME = "reconcile"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``wrong``: checks that found differences, with their number. ``pending``: ranges left out."""

    checked_at: dt.datetime
    compared: int
    wrong: dict[str, int]
    pending: int

    @property
    def clean(self) -> bool:
        """Whether everything added up."""
        return not self.wrong


def keep_verdict(conn: Connection, pending: dict[str, int], outcomes: Sequence[Outcome]) -> None:
    """Replace the verdict before. In the transaction of ``conn``, or at once in autocommit."""
    told = {
        "compared": sum(outcome.compared for outcome in outcomes),
        "wrong": {o.name: o.differences for o in outcomes if o.differences},
        "pending": pending["ranges"],
    }
    conn.execute(
        "INSERT INTO setting (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, changed_at = now()",
        [_NAME, json.dumps(told)],
    )


def last_verdict(conn: Connection) -> Verdict | None:
    """The last verdict; None before the first."""
    row = conn.execute("SELECT changed_at, value FROM setting WHERE name = %s", [_NAME]).fetchone()
    if row is None:
        return None
    return Verdict(row[0], row[1]["compared"], dict(row[1]["wrong"]), row[1]["pending"])


def has_totals(conn: Connection) -> bool:
    """Whether there is anything to look at."""
    row = conn.execute("SELECT EXISTS (SELECT FROM channel_month)").fetchone()
    return row is not None and bool(row[0])
