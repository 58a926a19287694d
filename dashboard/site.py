"""What all pages of one process share: the store, the live hub, facts about the installation."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg_pool import ConnectionPool

from dashboard import i18n
from dashboard.facts import SiteFacts
from dashboard.live import Live
from dashboard.proof import Proof, proof
from dashboard.shared import SharedDrawings
from dashboard.tongue import Tongue, tongue
from dashboard.visit import SESSION_COOKIE, THEME_COOKIE, Visit, fingerprint
from hub.accounts.sessions import household_of
from hub.store import pages as store
from hub.store.accounts import HouseholdIdentity
from hub.store.connection import Connection, pool
from hub.store.demo import Simulated
from hub.store.verdicts import Verdict, last_verdict

Result = TypeVar("Result")
_log = logging.getLogger(__name__)
#: Seconds a page waits for a connection before it says that the store does not answer.
_PATIENCE = 3.0
#: Seconds after which the proof of the totals is looked up again.
_PROOF_EVERY = 60.0


class Site:
    """One per process. `read` runs a function on a connection, away from the event loop."""

    def __init__(self, database_url: str, demo: bool, public_url: str | None = None) -> None:
        self._demo = demo
        self._simulated = Simulated()
        self.public_url = public_url
        self.live = Live(database_url)
        self.shared = SharedDrawings()
        self._database_url = database_url
        self._place = ""
        self._verdict: Verdict | None = None
        self._verdict_due = 0.0

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
    def demo(self) -> bool:
        """Whether pages are marked as simulated: a demo was asked for, or its data are there."""
        return self._demo or self._simulated.known

    @property
    def place(self) -> str:
        """Name of the arrondissement (or the largest area); empty before the registry is there."""
        return self._place

    def proof(self, words: Tongue) -> Proof | None:
        """The badge of the totals; None before they were first looked at."""
        if self._verdict is None:
            return None
        return proof(words, self._verdict, dt.datetime.now(dt.UTC), self.zone)

    def facts(self, base: str, words: Tongue) -> SiteFacts:
        """What pages may know; `base` is the address of the request where none is configured."""
        address = (self.public_url or base).rstrip("/")
        return SiteFacts(self.demo, self._place, address, self.proof(words))

    async def learn(self) -> None:
        """Look up what frames say: the place's name, whether data are simulated, the proof.

        A frame is drawn without it too.
        """
        if self._place and not self._simulated.due and time.monotonic() < self._verdict_due:
            return
        try:
            found = await self.read(self._look, patience=1.0)
        except psycopg.Error as error:
            _log.warning("the district's name is not known yet: %s", error)
            return
        middle = [area for area in found if area.kind == "arrondissement"] or found
        self._place = middle[0].name if middle else ""

    def _look(self, connection: Connection) -> list[store.Area]:
        self._simulated.ask(connection)
        self._verdict = last_verdict(connection)
        self._verdict_due = time.monotonic() + _PROOF_EVERY
        # Frames tell the proof's time without a connection of their own.
        self.__dict__.setdefault("zone", ZoneInfo(store.zone(connection)))
        return store.areas(connection)

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
            real=identity is not None and not identity.simulated,
        )

    async def shows_real_meters(self, cookies: Mapping[str, str]) -> bool:
        """Whether these cookies open a household that is not simulated; a frame asks it early."""
        if not self.demo or not cookies.get(SESSION_COOKIE):
            return False
        try:
            found = await self.read(lambda c: household_of(cookies, c), patience=1.0)
        except psycopg.Error as error:
            _log.warning("whose frame this is, is not known: %s", error)
            return False
        return found is not None and not found.simulated

    async def close(self) -> None:
        """Stop listening and give the connections back."""
        await self.live.close()
        if "_pool" in self.__dict__:
            await asyncio.to_thread(self._pool.close)
