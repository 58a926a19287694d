"""Chromium and a served hub for the browser tests."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from hub.accounts.sessions import COOKIE
from hub.app.settings import Settings
from hub.app.web import create_app

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str:
    """Where Chromium is. One clear line where it is not."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    raise RuntimeError("the browser tests need Chromium: apt-get install chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(database_url: str, demo: bool = True) -> Iterator[str]:
    """The real web application on a free port, in a thread; yields its address."""
    app = create_app(database_url, Settings(demo=demo))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the web application did not start; its error is above")
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)


def visitor(
    browser: Browser,
    address: str,
    token: str | None = None,
    *,
    width: int = 1440,
    height: int = 900,
    language: str = "fr-FR",
    scheme: str = "light",
) -> BrowserContext:
    """A fresh browser profile, with a household's session where `token` is given."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    if token:
        context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    return context
