"""Do the derived tables add up? Every check on one snapshot, so that live data disturb nothing."""

from __future__ import annotations

from hub.rollup.recount import recount
from hub.store import reconcile as store
from hub.store import rollup_work as queue
from hub.store.connection import Connection
from hub.store.reconcile import Outcome


def reconcile(
    conn: Connection, *, every: int = 100, seed: int = 0
) -> tuple[dict[str, int], list[Outcome]]:
    """What is waiting (and left out), and what each check found. ``conn``: autocommit, idle.

    every: one in so many channel-days is recomputed from its registers; seed: which ones.
    """
    with queue.snapshot(conn):
        pending = store.prepare(conn)
        outcomes = [store.run(conn, check, every, seed) for check in store.checks()]
        outcomes.append(recount(conn))
    return pending, outcomes
