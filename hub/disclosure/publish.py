"""Publishing what is due, under the policy, once and for all.

A table (one tree of areas, one measure, one period) is frozen as soon as one of its figures is
published. A table that is withheld whole is looked at again while data arrive: nothing was said
of it yet. Finer periods are not published once a longer one that contains them is frozen, because
the difference would speak.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.pq import TransactionStatus

from hub.disclosure import due
from hub.disclosure.cubes import Forest
from hub.disclosure.halfhours import publish_half_hours
from hub.disclosure.longer import publish_days_and_longer
from hub.disclosure.policy import flow_class
from hub.disclosure.run import Run
from hub.disclosure.tables import tree_of
from hub.store import publication as store
from hub.store.connection import Connection, zone_of

_FULL_EVERY = timedelta(hours=1)
_RECENT = timedelta(days=3)


def publish_due(conn: Connection, now: datetime, *, everything: bool = False) -> int:
    """Publish what is due at ``now`` (aware) in release ``running``; returns the rows written.

    Cheap to call often: most calls find by one look that nothing new is due. ``everything`` looks
    at all periods, as the first call and one call an hour do. Does nothing while another process
    publishes, or while the demo's history is being filled in. ``conn`` must be idle; one
    transaction, one snapshot.
    """
    if conn.info.transaction_status != TransactionStatus.IDLE:
        raise psycopg.ProgrammingError("publish_due needs a connection outside a transaction")
    if not _locked(conn):
        return 0
    level = conn.isolation_level
    try:
        # The lock comes first: a snapshot taken before it could be older than what was written.
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with conn.transaction():
            return _publish(conn, now, everything)
    finally:
        conn.isolation_level = level
        store.unlock(conn)
        conn.commit()


def _locked(conn: Connection) -> bool:
    locked = store.try_lock(conn)
    conn.commit()
    return locked


def _publish(conn: Connection, now: datetime, everything: bool) -> int:
    zone = ZoneInfo(zone_of(conn))
    state = store.read_state(conn)
    demo = store.read_setting(conn, "demo") or {}
    full, half = _needed(state, now, zone, everything, demo.get("changed_at"))
    if not half:
        return 0
    if demo.get("state") == "filling":
        told = {"at": now, "held_at": now, "full_at": None, "whole_at": None, "waiting_days": True}
        store.keep_state(conn, {**told, "waiting_half_hours": True})
        return 0
    run = Run(conn, now, zone, store.policy(conn), state.get("held_at"))
    for measure in store.measures(conn):
        for forest in forests(store.area_nodes(conn), flow_class(measure.flow)):
            if full:
                publish_days_and_longer(run, measure, forest)
            publish_half_hours(run, measure, forest, None if full else now - _RECENT)
    if run.count:
        store.announce(conn)
    if full and _first_time(state, demo) and store.behind(conn, due.last_day(now, zone)):
        run.waiting_days = True
    told = {
        "at": now,
        "full_at": now if full else state.get("full_at"),
        # when everything due was last out: days that a later load holds back make nobody wait
        "whole_at": now if full and not run.waiting_days else state.get("whole_at"),
        "held_at": run.held_at,
        "waiting_days": run.waiting_days,
        "waiting_half_hours": run.waiting_half_hours,
    }
    store.keep_state(conn, told)
    return run.count


def _first_time(state: dict[str, Any], demo: dict[str, Any]) -> bool:
    """Whether no round has yet found everything added up (since the demo was filled in).

    Until then days may lack that no area has a row of, so that nothing else tells of them.
    """
    full_at, changed_at = state.get("full_at"), demo.get("changed_at")
    newer = full_at is not None and changed_at is not None and changed_at > full_at
    return full_at is None or newer or bool(state.get("waiting_days"))


def _needed(
    state: dict[str, Any],
    now: datetime,
    zone: ZoneInfo,
    everything: bool,
    demo_changed_at: datetime | None,
) -> tuple[bool, bool]:
    """Whether days and longer, and whether half-hours have to be looked at."""
    last, full_at = state.get("at"), state.get("full_at")
    if everything or state.get("waiting_days") or last is None or full_at is None:
        return True, True
    if demo_changed_at is not None and demo_changed_at > full_at:
        return True, True
    if now - full_at >= _FULL_EVERY or due.last_day(now, zone) != due.last_day(last, zone):
        return True, True
    if state.get("waiting_half_hours"):
        return False, True
    return False, int(now.timestamp()) // 1800 != int(last.timestamp()) // 1800


def forests(nodes: Sequence[store.AreaNode], flows: str) -> list[Forest]:
    """The trees among areas, one for each root, columns in order of id."""
    by_id = {n.area_id: n for n in nodes}
    top = {n.area_id: _root(n, by_id) for n in nodes}
    found = []
    for root in sorted(root for root, count in Counter(top.values()).items() if count):
        members = sorted(a for a in by_id if top[a] == root)
        column = {area: i for i, area in enumerate(members)}
        parents = [column.get(by_id[a].parent or 0, -1) if a != root else -1 for a in members]
        kinds = tuple(by_id[a].kind for a in members)
        found.append(Forest(tree_of(parents), tuple(members), kinds, flows))
    return found


def _root(node: store.AreaNode, by_id: dict[int, store.AreaNode]) -> int:
    seen = {node.area_id}
    while node.parent in by_id and node.parent not in seen:
        node = by_id[node.parent]
        seen.add(node.area_id)
    return node.area_id
