"""Do the derived tables add up? Every check on one snapshot, so that live data disturb nothing."""

from __future__ import annotations

from hub.rollup.recount import recount
from hub.store import reconcile as store
from hub.store import rollup_work as queue
from hub.store.connection import Connection
from hub.store.reconcile import Outcome

#: One in so many channel-days is in the sample, of a district's year one in more: each costs some
#: milliseconds, and another night has another sample.
_EVERY, _SAMPLE = 100, 20_000


def reconcile(
    conn: Connection, *, every: int | None = None, seed: int = 0
) -> tuple[dict[str, int], list[Outcome]]:
    """What is waiting (and left out), and what each check found. ``conn``: autocommit, idle.

    every: one in so many channel-days is recomputed from its registers, by default a hundred or
    as many as leave :data:`_SAMPLE`; seed: which ones.
    """
    with queue.snapshot(conn):
        pending = store.prepare(conn)
        every = every or max(_EVERY, store.channel_days(conn) // _SAMPLE)
        outcomes = [store.run(conn, check, every, seed) for check in store.checks()]
        outcomes.append(recount(conn))
    return pending, outcomes
