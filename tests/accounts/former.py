"""What earlier versions of the hub made, and a database may still hold."""

from __future__ import annotations

from hub.accounts.secret import digest_of
from hub.store import accounts as store
from hub.store.connection import Connection


def club_token(conn: Connection, code: str) -> str:
    """A club's token: no route serves clubs, so none is made any more."""
    token = f"hub_former-{code}"
    store.add_token(conn, digest_of(token), "club", code, None)
    return token
