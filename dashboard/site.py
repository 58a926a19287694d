"""What all pages of one process share: the store, the live hub, facts about the installation."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg_pool import ConnectionPool

from dashboard import i18n
from dashboard.facts import SiteFacts
from dashboard.live import Live
from dashboard.shared import SharedDrawings
from dashboard.tongue import tongue
from dashboard.visit import SESSION_COOKIE, THEME_COOKIE, Visit, fingerprint
from hub.accounts.sessions import household_of
from hub.store import pages as store
from hub.store.accounts import HouseholdIdentity
from hub.store.connection import Connection, pool

Result = TypeVar("Result")
_log = logging.getLogger(__name__)
#: Seconds a page waits for a connection before it says that the store does not answer.
_PATIENCE = 3.0


class Site:
    """One per process. `read` runs a function on a connection, away from the event loop."""

    def __init__(self, database_url: str, demo: bool, public_url: str | None = None) -> None:
        self.demo = demo
        self.public_url = public_url
        self.live = Live(database_url)
        self.shared = SharedDrawings()
        self._database_url = database_url
        self._place = ""

    @cached_property
    def _pool(self) -> ConnectionPool:
        return pool(self._database_url, application="pages", min_size=1, max_size=4)

    async def read(
        self, work: Callable[[Connection], Result], patience: float = _PATIENCE
    ) -> Result:
        """Run `work` on a pooled connection in a thread; the connection goes back afterwards."""

        def run() -> Result:
            with self._pool.connection(timeout=patience) as connection:
                return work(connection)

        return await asyncio.to_thread(run)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of local days: a property of the database, read once."""
        with self._pool.connection(timeout=_PATIENCE) as connection:
            return ZoneInfo(store.zone(connection))

    @property
    def place(self) -> str:
        """Name of the arrondissement (or the largest area); empty before the registry is there."""
        return self._place

    def facts(self, base: str) -> SiteFacts:
        """What pages may know; `base` is the address of the request where none is configured."""
        return SiteFacts(self.demo, self._place, (self.public_url or base).rstrip("/"))

    async def learn(self) -> None:
        """Look up the place's name until it is known; a frame is drawn without it too."""
        if not self._place:
            try:
                found = await self.read(store.areas, patience=1.0)
            except psycopg.Error as error:
                _log.warning("the district's name is not known yet: %s", error)
                return
            middle = [area for area in found if area.kind == "arrondissement"] or found
            self._place = middle[0].name if middle else ""

    async def visit(self, cookies: Mapping[str, str], accept_language: str | None) -> Visit:
        """Who asks and how they want it; the household comes from the session cookie alone."""
        identity = None
        if cookies.get(SESSION_COOKIE):
            identity = await self.read(lambda connection: household_of(cookies, connection))
        if "zone" not in self.__dict__:
            await asyncio.to_thread(lambda: self.zone)
        await self.learn()
        return self._visit(cookies, accept_language, identity)

    def visit_on(
        self, connection: Connection, cookies: Mapping[str, str], accept_language: str | None
    ) -> Visit:
        """As `visit`, on a connection that is at hand; for who has visited before."""
        return self._visit(cookies, accept_language, household_of(cookies, connection))

    def _visit(
        self,
        cookies: Mapping[str, str],
        accept_language: str | None,
        identity: HouseholdIdentity | None,
    ) -> Visit:
        return Visit(
            tongue=tongue(i18n.choose(cookies.get(i18n.COOKIE), accept_language)),
            theme="dark" if cookies.get(THEME_COOKIE) == "dark" else "light",
            household_id=identity.household_id if identity else None,
            session=fingerprint(cookies) if identity else "",
            now=dt.datetime.now(dt.UTC),
            zone=self.zone,
        )

    async def close(self) -> None:
        """Stop listening and give the connections back."""
        await self.live.close()
        if "_pool" in self.__dict__:
            await asyncio.to_thread(self._pool.close)
