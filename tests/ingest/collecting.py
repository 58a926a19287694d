"""What tests of `hub collect` share: sources, sites that answer as devices and Enedis do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hub.store.collecting import SourceState
from hub.store.connection import Connection
from ingest.collect import service
from ingest.collect.rounds import Round, Rounds
from ingest.collect.sink import Sink
from ingest.collect.sources import Source
from ingest.collect.storing import Store
from tests.connectors import golden
from tests.ingest.broker import ROOT
from tests.ingest.site import Asked, Reply, Site, said
from tests.store.district import bring

PARIS = ZoneInfo("Europe/Paris")
Result = TypeVar("Result")
TOKEN = "household-token-0123456789abcdef"
DEVICES = (
    "connector,ref,usage_point\n"
    "enphase_envoy,99000000001,S1\nenphase_envoy,99000000001,PRM1\n"
    "fronius,99000000002,S1\nfronius,99160001,PRM1\n"
    "shelly_gen1,99AABBCCDD03/0,PRM1\nshelly_gen2,shellypro3em-99aabbccdd05,PRM1\n"
    "solaredge,99000000003,S1\n"
)
AGREED = "household,purpose\nh1,collect\n"


def in_a_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to its end, in a thread: the loop of another test's browser may stand in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


class Hand:
    """Does rounds of one collector by hand, with a clock that stands where it is put."""

    def __init__(self, url: str, sources: list[Source], spool: Path | None = None) -> None:
        self.now = time.time()
        self._url, self._sources, self._spool = url, sources, spool

    def rounds(self, *sources: Source, times: int = 1) -> list[Round]:
        """Rounds of these sources, one after the other, in one process's memory."""

        async def go() -> list[Round]:
            store = Store(Sink(self._url, self._sources, self._spool))
            by_hand = Rounds(store, clock=lambda: self.now, chance=lambda: 0.5)
            try:
                await by_hand.begin()
                done = []
                for _ in range(times):
                    for source in sources or self._sources:
                        done.append(await by_hand.round(source))
                        self.now = max(self.now, done[-1].next_at if times > 1 else 0)
                return done
            finally:
                await store.close()

        return in_a_thread(go())


def once(url: str, *sources: Source) -> list[Round]:
    return in_a_thread(service.ask_once(url, list(sources)))


def state(done: Round) -> SourceState:
    assert done.state is not None
    return done.state


def rows(done: Round) -> dict[str, int]:
    return dict(state(done).rows)


def number(conn: Connection, query: str) -> Any:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def sample(connector: str, case: str) -> bytes:
    (found,) = (golden.HERE / connector / case).glob("input.*")
    return found.read_bytes()


def now_in(payload: bytes, *fields: str) -> bytes:
    """A recorded answer, said a moment ago."""
    told = json.loads(payload)

    def renew(value: Any) -> Any:
        if isinstance(value, list):
            return [renew(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {k: int(time.time()) - 5 if k in fields else renew(v) for k, v in value.items()}

    return json.dumps(renew(told)).encode()


def envoy(site: Site, **other: Any) -> Source:
    usual: dict[str, Any] = {"device": "99000000001", "token_env": "TEST_TOKEN", "timeout": 5}
    return Source("envoy", "enphase_envoy", site.url, **(usual | other))


def put_envoy(site: Site) -> None:
    meters = sample("enphase_envoy", "meters")
    readings = now_in(sample("enphase_envoy", "readings_of_known_meters"), "timestamp")
    site.answers |= {"/ivp/meters": Reply(meters), "/ivp/meters/readings": Reply(readings)}


class Enedis:
    """Answers as Data Connect does: days and curves of one PRM from ``since``, not ``silent``."""

    def __init__(self, site: Site, since: date, *, prefix: str = "/v2") -> None:
        self.since = since
        self.until = date(2100, 1, 1)
        self.silent: set[date] = set()
        self.prefix = prefix
        self.spans: list[tuple[str, date, date]] = []
        self.prm = "PRM1"
        site.answers[prefix] = self.answer

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return said({"error": "invalid_token"}, 401)
        resource = asked.path.removeprefix(f"{self.prefix}/")
        first, end = (date.fromisoformat(asked.query[n]) for n in ("dateDebut", "dateFin"))
        self.spans.append((resource, first, end))
        curve = "courbe" in resource
        if curve and (end - first).days > 7:
            return said({"error": "ADAM-ERR0126", "error_description": "less than 7 days"}, 400)
        if first < self.since:
            told = "The requested period cannot be anterior to the meter's last activation date"
            return said({"error": "ADAM-ERR0123", "error_description": told}, 400)
        days = [first + timedelta(days=n) for n in range((end - first).days)]
        days = [day for day in days if day not in self.silent and day < self.until]
        if not days or ("production" in resource and not curve):
            told = "no measure found for this usage point"
            return said({"error": "no_data_found", "error_description": told}, 404)
        points = [p for day in days for p in (self.curve(day) if curve else [self.day(day)])]
        unit, business = ("W", "PA") if curve else ("Wh", "EA")
        kind = "PROD" if "production" in resource else "CONS"
        quantity = {"grandeurMetier": kind, "grandeurPhysique": business, "unite": unit}
        body = {"idPrm": self.prm, "etapeMetier": "BRUT", "pas": None if curve else "P1D"}
        return said(body | {"grandeur": [quantity | {"points": points}], "contexte": []})

    @staticmethod
    def day(day: date) -> dict[str, str]:
        return {"v": str(10_000 + day.day), "d": day.isoformat()}

    @staticmethod
    def curve(day: date) -> list[dict[str, str]]:
        """Half-hours by their END, naive: 46, 48 or 50 of them."""
        start, stop = (
            datetime(d.year, d.month, d.day, tzinfo=PARIS).timestamp()
            for d in (day, day + timedelta(days=1))
        )
        ends = range(int(start) + 1800, int(stop) + 1, 1800)
        stamps = [datetime.fromtimestamp(t, PARIS).strftime("%Y-%m-%d %H:%M:%S") for t in ends]
        return [{"v": "600", "d": s, "p": "PT30M", "n": "B", "iv": "0"} for s in stamps]


def linky(site: Site, **other: Any) -> Source:
    usual: dict[str, Any] = {
        "usage_point": "PRM1", "token_env": "TEST_TOKEN", "interval": 21_600, "timeout": 10,
        "parts": ("daily_consumption", "consumption_load_curve"), "api": "mesure_synchrone",
        "history": 20,
    }  # fmt: skip
    return Source("linky", "enedis_data_connect", f"{site.url}/v2", **(usual | other))


def today(conn: Connection) -> date:
    found: date = number(conn, "SELECT current_date")
    return found


def days_ago(conn: Connection, days: int) -> date:
    return today(conn) - timedelta(days=days)


CONSENT = "household,purpose,commodity,granularity,valid_from,valid_to,action\n"


def consent(conn: Connection, *rows_of_it: str, keep: bool = False) -> None:
    gone = "" if keep else "h1,collect,,,,,remove\n"
    bring(conn, {"consent.csv": CONSENT + gone + "".join(f"{row}\n" for row in rows_of_it)})


class Collect:
    """`hub collect` as a process of its own."""

    def __init__(self, url: str, data: Path, toml: str) -> None:
        self.data = data
        self.log = data / "collect.log"
        (data / "hub.toml").write_text(toml)
        self._env = {**os.environ, "HUB_DATABASE_URL": url, "TEST_TOKEN": TOKEN}
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "hub.app.cli", *arguments, "--data", str(self.data)]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command("collect"), cwd=ROOT, env=self._env, stderr=log
            )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=ROOT, env=self._env, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    def end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(15)
        self._process = None
        return code


def shelly_toml(name: str, site: Site, interval: int = 5, **other: object) -> str:
    more = "".join(f"{key} = {json.dumps(value)}\n" for key, value in other.items())
    return (
        f'[[collect]]\nname = "{name}"\nkind = "shelly_gen1"\nurl = "{site.url}"\n'
        f"interval = {interval}\n{more}"
    )


LINKY_TOML = (
    '[[collect]]\nname = "linky"\nkind = "enedis_data_connect"\nusage_point = "PRM1"\n'
    'url = "{url}/v2"\ntoken_env = "TEST_TOKEN"\nhistory = 20\nspacing = 0\n'
)


def growing(asked: Asked) -> Reply:
    """A register that tells a new value each time."""
    emeter = {"total": round(time.time() % 10**6, 1), "power": 1.0}
    return said({"mac": "99AABBCCDD03", "emeters": [emeter]})
