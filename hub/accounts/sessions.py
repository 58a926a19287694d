"""A browser's session: opened by a link, known by a cookie, closed by logging out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hub.accounts.secret import digest_of, new_secret
from hub.store import accounts as store
from hub.store.accounts import HouseholdIdentity
from hub.store.connection import Connection

COOKIE = "hub_session"
LIFETIME = timedelta(days=180)
IDLE = timedelta(days=30)
_TOUCH_EVERY = timedelta(minutes=5)


def open_session(conn: Connection, link_token: str, cookies: Mapping[str, str]) -> str | None:
    """Exchange a link's token for a new session's cookie value; None for an unknown link.

    A session the browser had before ends. Commit to make the new one valid.
    """
    household = store.use_link(conn, digest_of(link_token))
    if household is None:
        return None
    close_session(conn, cookies)
    value = new_secret(256)
    store.add_session(conn, digest_of(value), household.household_id, LIFETIME)
    return value


def household_of(cookies: Mapping[str, str], conn: Connection) -> HouseholdIdentity | None:
    """Whose session these cookies are; None for nobody's. Ask at every request and callback."""
    value = cookies.get(COOKIE)
    if not value:
        return None
    digest = digest_of(value)
    found = store.find_session(conn, digest, IDLE)
    if found is None:
        return None
    household, seen_at = found
    if datetime.now(UTC) - seen_at > _TOUCH_EVERY:
        store.touch_session(conn, digest)
    return household


def close_session(conn: Connection, cookies: Mapping[str, str]) -> None:
    """End the session of these cookies, if there is one."""
    if value := cookies.get(COOKIE):
        store.end_session(conn, digest_of(value))
