"""The whole way, as a user sees it: `hub up --demo`, a meter's message, crashes, reconciliation."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from playwright.sync_api import expect

from hub.app.embedded.prefix import ensure_prefix
from hub.app.embedded.process import free_port
from hub.app.runfile import RunFile
from tests.dashboard.browser import chromium
from tests.ingest.broker import register_pack, wait_for

pytestmark = [pytest.mark.long, pytest.mark.browser]

REGISTRY = {
    "dwelling.csv": "ref,area,kind,surface_m2\nneighbour,693830101,flat,60\n",
    "household.csv": "ref,people\nneighbour,2\n",
    "occupancy.csv": "household,dwelling,valid_from\nneighbour,neighbour,2026-01-01\n",
    "usage_point.csv": (
        "commodity,ref,dwelling,subscribed_kva,pipe_mm\n"
        "electricity,21000000000001,neighbour,9,\nwater,neighbour-water,neighbour,,15\n"
    ),
    "device.csv": (
        "connector,ref,commodity,usage_point\n"
        "tasmota_teleinfo,031999000001,electricity,21000000000001\n"
        "wmbusmeters,99001122,water,neighbour-water\n"
    ),
}


class Demo:
    """`hub up --demo` on a folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.log = data.parent / "up.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def run(self) -> RunFile:
        found = RunFile.read(self.data)
        assert found is not None
        return found

    def start(self) -> float:
        """Start it; seconds until /readyz is 200."""
        begun = time.monotonic()
        arguments = ["up", "--demo", "--data", str(self.data), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.app.cli", *arguments], stdout=log, stderr=log
            )
        wait_for(self._ready, f"the demo is ready: {self.log}", 600)
        return time.monotonic() - begun

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self.process = None
        return code

    def hub(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command on this demo's data."""
        command = [sys.executable, "-m", "hub.app.cli", *arguments, "--data", str(self.data)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def link(self, household: str) -> str:
        return str(json.loads(self.hub("link", household, "--json").stdout)["url"])

    def publish(self, topic: str, payload: str) -> None:
        broker = json.loads(self.hub("status", "--json").stdout)["broker"]
        client = ensure_prefix(lambda _: None).client_bin / "mosquitto_pub"
        where = ["-h", broker["host"], "-p", str(broker["port"]), "-q", "1", "-t", topic]
        subprocess.run([str(client), *where, "-m", payload], check=True)

    def query(self, sql: str) -> Any:
        database = self.run.database
        assert database is not None
        with psycopg.connect(database.url) as connection:
            row = connection.execute(sql.encode()).fetchone()
        assert row is not None
        return row[0]

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="hub-demo-") as folder:
        Path(folder).chmod(0o755)
        running = Demo(Path(folder) / "data")
        print(f"\nready after {running.start():.0f} s the first time")
        try:
            _register(running, Path(folder))
            yield running
        finally:
            if running.process is not None:
                running.stop()


def _register(demo: Demo, folder: Path) -> None:
    """A real household beside the simulated ones: two meters, an earlier reading of each."""
    files = []
    for name, text in REGISTRY.items():
        (folder / name).write_text(text)
        files.append(str(folder / name))
    done = demo.hub("import", "registry", *files)
    assert done.returncode == 0, done.stdout + done.stderr
    earlier = datetime.now(_ZONE) - timedelta(minutes=20)
    demo.publish(*_linky(earlier, 8_123_456))
    demo.publish(*_water(datetime.now(UTC) - timedelta(minutes=20), "123.400"))
    wait_for(lambda: demo.query(_COUNT) == 2, "the earlier readings are stored", 20)


_ZONE = ZoneInfo("Europe/Paris")
_COUNT = """SELECT count(*) FROM reading JOIN channel USING (channel_id) JOIN usage_point u
            USING (usage_point_id) WHERE u.ref IN ('21000000000001', 'neighbour-water')"""


def _linky(at: datetime, watt_hours: int) -> tuple[str, str]:
    tic = {"ADCO": "031999000001", "OPTARIF": "BASE", "BASE": f"{watt_hours:09}", "PAPP": "00780"}
    return "tele/tasmota_neighbour/SENSOR", json.dumps(
        {"Time": at.strftime("%Y-%m-%dT%H:%M:%S"), "TIC": tic}
    )


def _water(at: datetime, cubic_metres: str) -> tuple[str, str]:
    return "wmbusmeters/neighbour", (
        '{"_":"telegram","media":"water","meter":"iperl","name":"neighbour","id":"99001122",'
        f'"total_m3":{cubic_metres},"timestamp":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'
    )


def _points(
    demo: Demo, session: httpx.Client, household: str, **query: str
) -> list[dict[str, Any]]:
    path = f"{demo.url}/api/v1/households/{household}/consumption"
    answer = session.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["points"])


def test_the_district_has_its_totals(demo: Demo) -> None:
    for commodity, flow in (
        ("electricity", "consumption"), ("gas", "consumption"), ("water", "consumption"),
        ("solar", "production"),
    ):  # fmt: skip
        steps = ["day", "30min"] if commodity in ("electricity", "water") else ["day"]
        for step in steps:
            query = {"commodity": commodity, "flow": flow, "step": step}
            answer = httpx.get(f"{demo.url}/api/v1/areas/69383/consumption", params=query).json()
            known = [p for p in answer["points"] if p["amount"] is not None]
            assert len(known) > (300 if step == "day" else 40), (commodity, step)


def test_a_household_has_points_of_all_four(demo: Demo) -> None:
    with httpx.Client(follow_redirects=True) as session:
        assert session.get(demo.link("demo-0001")).status_code == 200
        days = {"from": "2026-10-01", "to": "2026-11-01", "step": "day"}
        for commodity, flow in (
            ("electricity", "consumption"), ("gas", "consumption"), ("water", "consumption"),
            ("solar", "production"),
        ):  # fmt: skip
            points = _points(demo, session, "demo-0001", commodity=commodity, flow=flow, **days)
            assert len(points) == 31 and all(p["amount"] is not None for p in points), commodity
        other = session.get(
            f"{demo.url}/api/v1/households/demo-0002/consumption",
            params={"commodity": "water", **days},
        )
        assert other.status_code == 404


def test_a_message_is_on_the_card_and_in_the_api(demo: Demo) -> None:
    with httpx.Client(follow_redirects=True) as session, chromium() as browser:
        link = demo.link("neighbour")
        assert session.get(link).status_code == 200
        page = browser.new_page(locale="fr-FR")
        with page.expect_console_message(lambda message: "WebSocket connected" in message.text):
            page.goto(demo.link("neighbour"))
        page.wait_for_timeout(1_000)
        demo.publish(*_water(datetime.now(UTC), "123.529"))
        expect(page.locator("#index-water")).to_contain_text("123,529", timeout=2_000)
        demo.publish(*_linky(datetime.now(_ZONE), 8_123_956))
        expect(page.locator("#index-electricity")).to_contain_text("8\u00a0123,956", timeout=2_000)
        today = datetime.now(_ZONE).date()
        days = {"from": str(today), "to": str(today + timedelta(days=1)), "step": "day"}

        def amount(commodity: str) -> Any:
            return _points(demo, session, "neighbour", commodity=commodity, **days)[0]["amount"]

        def counted() -> bool:
            return bool(amount("electricity") == 0.5 and amount("water") == 0.129)

        wait_for(counted, "both are in the API", 5)


def test_kill_9_of_each_service_loses_none_and_doubles_none(demo: Demo) -> None:
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    folder = demo.data.parent
    (folder / "device2.csv").write_text(
        "connector,ref,commodity,usage_point\nsenml,counter,electricity,21000000000001\n"
    )
    assert demo.hub("import", "registry", str(folder / "device2.csv")).returncode == 0
    start = int(time.time()) - 200_000
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.max_queued_messages_set(0)
    broker = json.loads(demo.hub("status", "--json").stdout)["broker"]
    client.connect(broker["host"], broker["port"])
    client.loop_start()
    sent = []
    for number in range(10_000):
        pack = register_pack("counter", start + 20 * number, 5_000_000 + number)
        sent.append(client.publish("hub/v1/gateway/readings", pack, qos=1))
        if number in (1_000, 4_000, 7_000):
            for part in ("ingest", "rollup", "serve"):
                os.kill(demo.run.parts[part].pid, signal.SIGKILL)
        if number % 100 == 0:
            time.sleep(0.05)
    for one in sent:
        one.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    count = """SELECT count(*) FROM reading JOIN channel USING (channel_id)
               WHERE source = 'senml' AND usage_point_id = (SELECT usage_point_id
               FROM usage_point WHERE ref = '21000000000001')"""
    wait_for(lambda: demo.query(count) == 10_000, "every message is stored once", 90)
    wait_for(demo._ready, "the pages are back", 60)
    total = """SELECT coalesce(sum(measured + coalesce(allocated, 0)), 0) FROM channel_day
               JOIN channel USING (channel_id) WHERE source = 'senml' AND usage_point_id =
               (SELECT usage_point_id FROM usage_point WHERE ref = '21000000000001')"""
    wait_for(lambda: demo.query(total) == 9_999_000, "the days add up to last minus first", 60)


def test_reconcile_finds_no_difference(demo: Demo) -> None:
    done = demo.hub("reconcile")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_second_start_is_quick_and_keeps_everything(demo: Demo) -> None:
    days = "SELECT count(*) FROM published WHERE step = 'day'"
    before = demo.query(days)
    assert demo.stop() == 0
    print(f"\nready after {demo.start():.0f} s the second time")
    assert demo.query(days) == before
