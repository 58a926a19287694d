"""A value told by the intake moves the card; pausing stops what moves.

How soon is measured on the whole demo (tests/app/test_demo.py), where nothing else runs.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browser import visitor
from tests.dashboard.seed import Seeded

pytestmark = pytest.mark.browser

#: Milliseconds; a busy machine is slow, and still right.
PATIENCE = 20_000


def tell(url: str, channel: int, value: int) -> None:
    """What ingest does after a commit: the new last value, then the notification."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE latest SET value = %s, ts = %s WHERE channel_id = %s",
            (value, dt.datetime.now(dt.UTC), channel),
        )
        connection.execute("SELECT pg_notify('hub_latest', %s)", (json.dumps([channel]),))


def open_now(browser: Browser, address: str, token: str) -> Page:
    """The resident's page, its live connection up."""
    page = visitor(browser, address, token).new_page()
    with page.expect_console_message(lambda message: "WebSocket connected" in message.text):
        page.goto(address)
    expect(page.locator("#index-water")).to_contain_text("m³")
    page.wait_for_timeout(800)  # the page's first own question to the store
    return page


def test_a_reading_is_on_the_card(
    browser: Browser, address: str, district: tuple[str, Seeded]
) -> None:
    url, seeded = district
    page = open_now(browser, address, seeded.token)
    tell(url, seeded.channels["water", "register", "TOTAL"], 299_111_000)
    expect(page.locator("#index-water")).to_have_text("299,111\u00a0m³", timeout=PATIENCE)
    expect(page.locator("#age-water")).to_have_text(
        re.compile(r"à l'instant|il y a \d+\ss"), timeout=PATIENCE
    )
    page.context.close()


def test_live_power_moves(browser: Browser, address: str, district: tuple[str, Seeded]) -> None:
    url, seeded = district
    page = open_now(browser, address, seeded.token)
    tell(url, seeded.channels["electricity", "power", "TOTAL"], 2_345_000)
    expect(page.locator("#power-electricity")).to_have_text("2\u00a0345\u00a0VA", timeout=PATIENCE)
    page.context.close()


def test_paused_cards_stand_still_until_resumed(
    browser: Browser, address: str, district: tuple[str, Seeded]
) -> None:
    url, seeded = district
    page = open_now(browser, address, seeded.token)
    page.locator("#pause").click()
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    before = page.locator("#index-solar").inner_text()
    tell(url, seeded.channels["solar", "register", "TOTAL"], 6_999_999_000)
    page.wait_for_timeout(1_500)
    assert page.locator("#index-solar").inner_text() == before
    page.locator("#pause").click()
    expect(page.locator("#index-solar")).to_have_text("6\u00a0999,999\u00a0kWh", timeout=PATIENCE)
    page.context.close()


def test_a_redraw_closes_nothing_and_keeps_the_focus(
    browser: Browser, address: str, district: tuple[str, Seeded]
) -> None:
    page = open_now(browser, address, district[1].token)
    expect(page.locator("#profiles .main-svg").first).to_be_visible()
    page.evaluate("document.querySelector('#number-water').mark = 'the same node'")
    page.locator(".twin summary").first.click()
    page.locator("#pause").focus()
    with page.expect_response("**/_dash-update-component**"):
        page.evaluate("window.hub.refresh()")
    page.wait_for_timeout(500)
    assert page.evaluate("document.querySelector('#number-water').mark") == "the same node"
    assert page.evaluate("document.querySelector('.twin').open")
    assert page.evaluate("document.activeElement.id") == "pause"
    page.context.close()


def test_two_sessions_of_one_browser_never_mix(
    browser: Browser, address: str, district: tuple[str, Seeded]
) -> None:
    """Tabs share one socket: a page opened after a change of session gets a new one."""
    url, seeded = district
    context = visitor(browser, address)
    public = context.new_page()
    public.goto(f"{address}/quartier")
    expect(public.locator("h1")).to_have_text("Lyon 3e")
    context.add_cookies([{"name": "hub_session", "value": seeded.token, "url": address}])
    own = context.new_page()
    own.goto(address)
    expect(own.locator("#index-water")).to_contain_text("m³")
    deadline = time.monotonic() + PATIENCE / 1000
    value = 300_000_000
    while own.locator("#index-water").inner_text() != f"{value // 1_000_000},000\u00a0m³":
        assert time.monotonic() < deadline, "the page of the new session is not live"
        tell(url, seeded.channels["water", "register", "TOTAL"], value)
        own.wait_for_timeout(500)
    context.close()


def test_a_new_release_is_on_the_kiosk(
    browser: Browser, address: str, district: tuple[str, Seeded]
) -> None:
    url, _ = district
    page = visitor(browser, address, width=1920, height=1080).new_page()
    with page.expect_console_message(lambda message: "WebSocket connected" in message.text):
        page.goto(f"{address}/kiosque")
    number = page.locator(".slide.shown .kiosk-number")
    expect(number).to_be_visible()
    page.wait_for_timeout(800)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """UPDATE published SET amount = 1234000000, published_at = now()
               WHERE (area_id, measure_id, start) IN (
                   SELECT p.area_id, p.measure_id, p.start FROM published p
                   JOIN measure m USING (measure_id) JOIN area a USING (area_id)
                   WHERE p.step = '30min' AND a.code = '69383' AND m.commodity = 'electricity'
                     AND m.flow = 'consumption' ORDER BY p.start DESC LIMIT 1) AND step = '30min'"""
        )
        connection.execute("NOTIFY hub_published")
    expect(number).to_have_text("1\u00a0230", timeout=PATIENCE)
    page.context.close()
