"""Every opened page of a household leaves a line in its access log: who, what, never values."""

from __future__ import annotations

import uuid

from dashboard.visit import Visit
from hub.accounts import log
from hub.store.connection import Connection


def note_opened(connection: Connection, visit: Visit, path: str, query: str) -> None:
    """Write the line, in the transaction that reads the page. Nothing without a household."""
    if visit.household_id is None:
        return
    log.record(
        connection,
        actor="resident",
        purpose="own data",
        household_id=visit.household_id,
        what=f"page {path}{'?' if query else ''}{query[:200]}",
        request_id=uuid.uuid4().hex,
    )
