"""What the last look at all totals found: kept for pages, operators and the next one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from hub.store.connection import Connection
from hub.store.reconcile import Outcome

_NAME = "verdict"


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check came to: rows compared, rows left out by reason, differences."""

    name: str
    compared: int
    left_out: dict[str, int]
    differences: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at all totals found.

    ``pending``: changes not rolled up then; what lies near them was left out. ``set_aside``: those
    among them that failed too often and wait for a person.
    """

    checked_at: dt.datetime
    checks: tuple[Checked, ...]
    pending: int
    set_aside: int

    @property
    def compared(self) -> int:
        """Rows compared, over all checks."""
        return sum(check.compared for check in self.checks)

    @property
    def wrong(self) -> dict[str, int]:
        """Checks that found differences, with their number."""
        return {check.name: check.differences for check in self.checks if check.differences}


def keep_verdict(conn: Connection, pending: dict[str, int], outcomes: Sequence[Outcome]) -> None:
    """Replace the verdict before. In the transaction of ``conn``, or at once in autocommit.

    A look that had nothing to compare is no verdict, and leaves the one before.
    """
    checks = [Checked(o.name, o.compared, dict(o.left_out), o.differences) for o in outcomes]
    if not any(check.compared for check in checks):
        return
    told = {
        "checks": [asdict(check) for check in checks],
        "pending": pending["ranges"] + pending["areas"],
        "set_aside": pending["set_aside"] + pending["areas_set_aside"],
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
    at, told = row
    checks = tuple(Checked(**check) for check in told["checks"])
    return Verdict(at, checks, told["pending"], told["set_aside"])


def has_totals(conn: Connection) -> bool:
    """Whether there is anything to look at."""
    row = conn.execute("SELECT EXISTS (SELECT FROM channel_month)").fetchone()
    return row is not None and bool(row[0])
