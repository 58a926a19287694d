"""Live updates of open pages over Dash's WebSocket callbacks.

One persistent callback a page waits on the shared listener (`dashboard.live`) and writes only what
moved. Its household comes from the socket's session cookie, checked when the socket opens, with
its messages, and again before a page's own figures are sent; the page tells only what it shows.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import psycopg
from dash import ctx, hooks, set_props
from dash.exceptions import PreventUpdate
from starlette.websockets import WebSocket

from dashboard.components.now_words import Constants, Words, constants, moving_words
from dashboard.i18n import Language, choose
from dashboard.pages import PAGES
from dashboard.shell import HubDash
from dashboard.site import Site
from dashboard.tongue import tongue
from dashboard.updates import Updates
from dashboard.visit import Visit
from hub.store import live as live_store
from hub.store.connection import Connection
from hub.store.live import LiveChannel

_log = logging.getLogger(__name__)
_socket: ContextVar[WebSocket] = ContextVar("hub_socket")

#: Seconds between redraws of charts, spoken updates, and checks of the session.
REDRAW, SPEAK, RECHECK = 30.0, 30.0, 30.0
_CHANGED = (4009, "session changed")
_LATER = (4010, "store does not answer")


async def _opened(websocket: WebSocket) -> tuple[int, str] | None:
    """Who opens this socket: kept with it, and checked again with its messages."""
    _socket.set(websocket)
    websocket.state.opened = time.time()
    return await _identify(websocket)


async def _message(websocket: WebSocket, _message: dict[str, Any]) -> tuple[int, str] | None:
    """Close the socket when its session has ended since; the browser reconnects as nobody."""
    if time.monotonic() - websocket.state.checked < RECHECK:
        return None
    before = websocket.state.visit.household_id
    refused = await _identify(websocket)
    if refused is None and websocket.state.visit.household_id != before:
        return _CHANGED
    return refused


async def _identify(websocket: WebSocket) -> tuple[int, str] | None:
    site: Site = websocket.app.state.pages
    try:
        websocket.state.visit = await site.visit(websocket.cookies, _language(websocket))
    except psycopg.Error as error:
        _log.warning("live page refused, the store does not answer: %s", error)
        return _LATER
    websocket.state.checked = time.monotonic()
    return None


def _language(websocket: WebSocket) -> str | None:
    return websocket.headers.get("accept-language")


_hooks: Any = hooks  # Dash gives its decorators no types
_hooks.websocket_connect()(_opened)
_hooks.websocket_message()(_message)


def register(app: HubDash, site: Site) -> None:
    """Add the live callback; without a WebSocket (no SharedWorker) pages poll instead."""

    @app.callback(websocket=True, persistent=True)
    async def follow() -> None:
        if ctx.websocket is None:
            raise PreventUpdate
        site.live.start()
        await _Follower(site, _socket.get(), ctx.websocket).run()


class _Follower:
    """One open page."""

    def __init__(self, site: Site, socket: WebSocket, page: Any) -> None:
        self.site, self.socket, self.page = site, socket, page
        self.live = site.live
        self.redrawn = self.spoken = time.monotonic()
        self.published = self.live.published
        self.refreshes = 0
        self.language: Language = "fr"
        self.known = Constants([], None)
        self.learnt = self.told_all = -RECHECK
        self.told: Updates = {}
        self.drawn: object = None

    @property
    def visit(self) -> Visit:
        visit: Visit = self.socket.state.visit
        return visit

    async def run(self) -> None:
        """Until the page is closed."""
        view = await self._view()
        while view is None and not self.page.is_shutdown:
            await asyncio.sleep(0.2)
            view = await self._view()
        if view is None or await self._other_session(view):
            return
        self.language = choose(view.get("lang"), None)
        channels = await self._channels()
        with self.live.watch(c.channel_id for c in channels):
            await self._loop(channels, view["path"] == "/")

    async def _loop(self, channels: list[LiveChannel], cards: bool) -> None:
        seen, due = self.live.sequence, False
        if channels and cards:
            channels = await self._write(channels)  # again, now that they are watched
        while not self.page.is_shutdown:
            await self.live.wait(5.0)
            household = self.visit.household_id
            moved = self.live.channels_since(seen, [c.channel_id for c in channels])
            totals = household is not None and self.live.household_since(seen, household)
            published = self.live.published > self.published
            due = due or totals
            if not (moved or due or published):
                seen = self.live.sequence
                continue
            view = await self._view()
            if view is None or view.get("paused"):
                continue
            if await self._other_session(view):
                return
            if view.get("at") != self.drawn:  # opened since: nothing of before stands on it
                self.drawn, self.told = view.get("at"), {}
            seen = self.live.sequence
            if (moved or totals) and view["path"] == "/" and household is not None:
                channels = await self._write(channels)
            due = self._redraw(view, due, published)

    def _redraw(self, view: dict[str, Any], totals: bool, published: bool) -> bool:
        """Ask the page to draw itself again, not too often; True = still to do."""
        page = PAGES.get(view["path"])
        wants = {"household": totals, "published": published, "session": False}
        wanted = page is not None and wants[page.follows]
        if published:
            self.published = self.live.published
        if not wanted:
            return totals
        if page and page.follows == "household" and time.monotonic() - self.redrawn < REDRAW:
            return True
        self.redrawn = time.monotonic()
        self._draw_again()
        return False

    async def _write(self, channels: list[LiveChannel]) -> list[LiveChannel]:
        """The moving words of the cards, and at most every 30 s a line for those who listen.

        Returns the channels they are made of; those given where the store does not answer.
        """
        try:
            self.socket.state.visit, channels, words = await self.site.read(self._words)
        except psycopg.Error as error:
            _log.warning("live page not written, the store does not answer: %s", error)
            return channels
        self.socket.state.checked = time.monotonic()
        if words is None:
            return channels
        self._tell(words.props)
        if time.monotonic() - self.spoken >= SPEAK:
            self.spoken = time.monotonic()
            set_props("status", {"children": words.spoken})
        return channels

    def _tell(self, wanted: Updates) -> None:
        """Set what differs from what was set before: each property is a message of its own.

        All of them again now and then, for the page may have been drawn otherwise meanwhile.
        """
        if time.monotonic() - self.told_all >= RECHECK:
            self.told_all = time.monotonic()
            self.told = {}
        for key, props in wanted.items():
            before = self.told.get(key, {})
            moved = {
                n: value for n, value in props.items() if n not in before or before[n] != value
            }
            if moved:
                set_props(key, moved)
        self.told = wanted

    def _words(self, connection: Connection) -> tuple[Visit, list[LiveChannel], Words | None]:
        """All that a write needs from the store, in one go: pages are many.

        The session is looked up each time: who logged out sees no more figures.
        """
        socket = self.socket
        visit = self.site.visit_on(connection, socket.cookies, _language(socket))
        household = visit.household_id
        if household is None:
            return visit, [], None
        if time.monotonic() - self.learnt >= RECHECK:
            self.known = constants(connection, visit.today)
            self.learnt = time.monotonic()
        channels = live_store.household_channels(connection, household, visit.today)
        # A shared worker's socket may ask for another language than its page.
        spoken = replace(visit, tongue=tongue(self.language))
        return visit, channels, moving_words(connection, spoken, household, channels, self.known)

    async def _channels(self) -> list[LiveChannel]:
        visit = self.visit
        if visit.household_id is None:
            return []
        household = visit.household_id
        return await self.site.read(
            lambda c: live_store.household_channels(c, household, visit.today)
        )

    async def _view(self) -> dict[str, Any] | None:
        """What the page shows, as the page says; None when it does not answer."""
        try:
            view = await self.page.get_prop("view", "data", timeout=10.0)
        except TimeoutError:
            return None
        return view if isinstance(view, dict) and view.get("path") else None

    async def _other_session(self, view: dict[str, Any]) -> bool:
        """Browsers share one socket among their tabs, so page and socket may differ in session.

        The older of the two is made anew, with the browser's cookies of now: the page is drawn
        again, the socket is closed and the browser opens another.
        """
        if view.get("session", "") == self.visit.session:
            return False
        if view.get("at", 0) <= self.socket.state.opened:
            self._draw_again()
            for _ in range(15):
                await asyncio.sleep(0.2)
                fresh = await self._view()
                if fresh is not None and fresh.get("session", "") == self.visit.session:
                    return False
        await self.socket.close(*_CHANGED)
        return True

    def _draw_again(self) -> None:
        self.refreshes += 1
        self.told = {}
        set_props("refresh", {"data": f"live-{id(self)}-{self.refreshes}"})
