"""The listener: hears the store, reads `latest` once a tick, survives a lost connection."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dashboard.live import Live
from hub.store.live import household_channels
from tests.dashboard.seed import ZONE, Seeded, seed
from tests.stack import Stack

Check = Callable[[Live], Awaitable[None]]


def listening(url: str, check: Check) -> None:
    """Run a check beside a started listener."""

    async def run() -> None:
        live = Live(url)
        live.start()
        try:
            await until(lambda: live.connected and live.sequence > 0)
            await check(live)
        finally:
            await live.close()

    # a thread of its own: the browser's driver keeps a loop running in this one
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(run())).result(timeout=60)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so; five seconds at most."""
    for _ in range(100):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("waited five seconds in vain")


def say(url: str, topic: str, payload: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, %s)", (topic, payload))


def test_only_watched_channels_are_read(district: tuple[str, Seeded]) -> None:
    url, seeded = district
    water = seeded.channels["water", "register", "TOTAL"]
    gas = seeded.channels["gas", "register", "TOTAL"]

    async def check(live: Live) -> None:
        with live.watch([water]):
            before = live.sequence
            say(url, "hub_latest", json.dumps([water, gas]))
            await until(lambda: live.sequence > before)
            assert set(live.values) == {water}
            assert live.channels_since(before, [water])
            assert not live.channels_since(before, [gas])

    listening(url, check)


def test_the_same_value_again_moves_nothing(district: tuple[str, Seeded]) -> None:
    url, seeded = district
    water = seeded.channels["water", "register", "TOTAL"]

    async def check(live: Live) -> None:
        with live.watch([water]):
            say(url, "hub_latest", json.dumps([water]))
            await until(lambda: water in live.values)
            before = live.sequence
            say(url, "hub_latest", json.dumps([water]))
            await until(lambda: live.sequence > before)
            assert not live.channels_since(before, [water])

    listening(url, check)


@pytest.mark.parametrize("payload", ["*", "", "not json", "7"])
def test_an_unlisted_change_concerns_everybody(district: tuple[str, Seeded], payload: str) -> None:
    async def check(live: Live) -> None:
        before = live.sequence
        say(district[0], "hub_rollup", payload)
        await until(lambda: live.sequence > before)
        assert live.household_since(before, 1)
        assert live.household_since(before, 999)

    listening(district[0], check)


def test_households_and_publication(district: tuple[str, Seeded]) -> None:
    async def check(live: Live) -> None:
        before = live.sequence
        say(district[0], "hub_rollup", "[5]")
        await until(lambda: live.household_since(before, 5))
        assert not live.household_since(before, 6)
        published = live.published
        say(district[0], "hub_published", "")
        await until(lambda: live.published > published)

    listening(district[0], check)


def test_waiting_pages_are_woken(district: tuple[str, Seeded]) -> None:
    async def check(live: Live) -> None:
        started = asyncio.get_running_loop().time()
        waiting = [asyncio.create_task(live.wait(30)) for _ in range(50)]
        await asyncio.sleep(0)
        say(district[0], "hub_published", "")
        await asyncio.gather(*waiting)
        assert asyncio.get_running_loop().time() - started < 3

    listening(district[0], check)


def test_a_lost_connection_comes_back_and_tells_everything_may_have_moved(
    district: tuple[str, Seeded],
) -> None:
    url, seeded = district
    water = seeded.channels["water", "register", "TOTAL"]

    async def check(live: Live) -> None:
        with live.watch([water]):
            before = live.sequence
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'hub-pages-li%' AND datname = current_database()"
                )
                connection.execute(
                    "UPDATE latest SET value = value + 1000, ts = %s WHERE channel_id = %s",
                    (dt.datetime.now(dt.UTC), water),
                )
            await until(lambda: live.channels_since(before, [water]))
            assert live.household_since(before, 1)

    listening(url, check)


def test_a_watch_ends_with_its_page(district: tuple[str, Seeded]) -> None:
    live = Live(district[0])
    with live.watch([1, 2]), live.watch([2, 3]):
        assert set(live._watched) == {1, 2, 3}
    assert not live._watched


def test_channels_tell_how_much_of_the_newest_day_they_know(stack: Stack) -> None:
    """Today's or yesterday's seconds, never those before the household moved in."""
    now = dt.datetime.now(dt.UTC)
    today = now.astimezone(ZONE).date()
    with stack.fresh_database() as url:
        seeded = seed(url, now)
        water, solar = (seeded.channels[name, "register", "TOTAL"] for name in ("water", "solar"))
        with psycopg.connect(url) as connection:
            for number, back, covered in (
                (water, 0, 1_200),
                (water, 1, 86_400),
                (solar, 0, 0),
                (solar, 1, 80_000),
            ):
                connection.execute(
                    "INSERT INTO channel_day (day, channel_id, covered, measured, readings)"
                    " VALUES (%s, %s, %s, 0, 0)",
                    (today - dt.timedelta(days=back), number, covered),
                )
            known = {
                c.channel_id: (c.day, c.covered)
                for c in household_channels(connection, seeded.household_id, today)
            }
            assert known[water] == (today, 1_200)
            assert known[solar] == (today - dt.timedelta(days=1), 80_000)
            assert known[seeded.channels["gas", "register", "TOTAL"]] == (None, 0)
            connection.execute(
                "UPDATE occupancy SET valid_from = %s", [today - dt.timedelta(days=1)]
            )
            moved = household_channels(connection, seeded.household_id, today)
            assert {c.channel_id: c.day for c in moved}[solar] is None
