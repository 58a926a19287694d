"""What the rollup service does once a night: it proves its own totals."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.rollup.reconcile import reconcile
from hub.store.connection import Connection, zone_of
from hub.store.rollup_work import has_backlog
from hub.store.verdicts import has_totals, keep_verdict, last_verdict

#: Local time from which the night's look is due: after the day's late readings, before breakfast.
HOUR = 3

log = logging.getLogger("hub.rollup")


def is_due(now: datetime, last: datetime | None) -> bool:
    """Whether tonight's look has still to be taken. Both instants in the zone of local days.

    A service that was down at night makes up for it when it is back; the first look is due at once.
    """
    if last is None:
        return True
    due = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return last < (due if now >= due else due - timedelta(days=1))


def prove(conn: Connection, now: datetime) -> bool:
    """Take tonight's look if it is due; whether it was. ``conn``: autocommit, idle.

    Another sample every night: in some months each channel-day was recomputed from its registers.
    """
    zone = ZoneInfo(zone_of(conn))
    last = last_verdict(conn)
    if last is None and (has_backlog(conn) or not has_totals(conn)):
        return False  # nothing to look at yet
    if not is_due(now.astimezone(zone), last.checked_at.astimezone(zone) if last else None):
        return False
    pending, outcomes = reconcile(conn, seed=now.date().toordinal())
    keep_verdict(conn, pending, outcomes)
    wrong = [f"{o.name}: {o.differences}" for o in outcomes if o.differences]
    if wrong:
        log.error("totals do not add up: %s; `hub reconcile` shows where", "; ".join(wrong))
    else:
        log.info("all totals add up (%d rows)", sum(o.compared for o in outcomes))
    return True
