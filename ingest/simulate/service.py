"""`hub simulate`: fill the demo's past once, then what a pause left open, then send the present."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from hub.accounts.links import new_link
from hub.model import HubError
from hub.registry.importing import import_files
from hub.store.connection import Connection, connect
from hub.store.demo import count_households, hold_demo, reaches, read_demo, write_demo
from ingest.simulate import fill, holes, live
from ingest.simulate.district import District, household_ref
from ingest.simulate.loading import DemoLoader, Tally
from ingest.simulate.messages import Devices
from ingest.simulate.publisher import Publisher
from ingest.simulate.registry import write_registry
from ingest.simulate.window import last_gas_day, origin_for

log = logging.getLogger(__name__)
FILLING, READY = "filling", "ready"
#: Messages of a hole are sent so many at a time, so that a stop is heeded in between.
_LOT = 2000


@dataclass(frozen=True)
class Options:
    """What the command was given. `folder`: the demo's own, for its files."""

    database_url: str
    mqtt_url: str
    folder: Path
    households: int = 600
    seed: int = 1
    rate: float = 1.0
    once: bool = False
    mqtt_ca: Path | None = None


@dataclass(frozen=True)
class Demo:
    """What the database keeps of the demo: who lives there, and how far the first fill is.

    `now` is the moment of the first fill; `done` the first homes of its finished tasks; `open` the
    pages worth showing (label, path), among them a simulated household's own.
    """

    seed: int
    households: int
    origin: str
    now: int
    state: str = FILLING
    progress: str = ""
    done: tuple[int, ...] = ()
    open: tuple[tuple[str, str], ...] = ()

    @property
    def district(self) -> District:
        """The district of these facts."""
        return District(self.seed, self.households, date.fromisoformat(self.origin))


class Simulation:
    """One run of the demo on one database."""

    def __init__(self, options: Options, stop: threading.Event) -> None:
        self._options = options
        self._stop = stop
        self._conn: Connection = connect(options.database_url, application="simulate")

    def run(self) -> None:
        """Everything until `stop` (with `once`: until the past is filled). Raises HubError."""
        with self._conn:
            if not hold_demo(self._conn):
                raise HubError(
                    "another 'hub simulate' already serves this database",
                    "un autre 'hub simulate' sert déjà cette base",
                )
            demo = self._begin()
            if demo.state == FILLING:
                demo = self._first_fill(demo)
                if self._stop.is_set():
                    return
                # today's messages follow while the past is being added up
                demo = self._ready(demo)
            publisher = Publisher(self._options.mqtt_url, self._options.mqtt_ca)
            try:
                publisher.start(self._stop)
                self._go_on(demo, publisher)
            finally:
                publisher.close()

    def _go_on(self, demo: Demo, publisher: Publisher) -> None:
        devices = Devices(demo.district)
        timetable = live.Timetable(devices, self._options.rate)
        gas = _GasFiles(demo.district, self._options, self._stop)
        while not self._stop.is_set():
            self._fill_holes(devices, publisher)
            if self._options.once:
                return
            log.info("sending the present of %d homes", demo.households)
            live.run(timetable, publisher, self._stop, gas.look)
        gas.wait()

    def _ready(self, demo: Demo) -> Demo:
        """The past is whole: say so, with the pages to open."""
        first = household_ref(0)
        pages = (
            (f"foyer / household {first}", new_link(self._conn, first)),
            ("quartier / district", "/quartier"),
            ("kiosque / kiosk", "/kiosque"),
        )
        told = "le passé est complet / the past is complete"
        return self._say(replace(demo, state=READY, progress=told, open=pages))

    def _begin(self) -> Demo:
        known = read_demo(self._conn)
        simulated, others = count_households(self._conn)
        if known is None:
            if simulated or others:
                raise HubError(
                    f"this database has {simulated + others} households that are not this demo's. "
                    "The demo never mixes with them: give it a database (or --data) of its own",
                    f"cette base a {simulated + others} foyers qui ne sont pas ceux de cette "
                    "démonstration. Elle ne s'y mêle jamais : donnez-lui une base (ou un --data) "
                    "à elle",
                )
            return self._register()
        demo = _demo_of(known)
        asked = (self._options.households, self._options.seed)
        if asked != (demo.households, demo.seed):
            log.warning(
                "this demo has %d households of seed %d and keeps them", demo.households, demo.seed
            )
        return demo

    def _register(self) -> Demo:
        now = int(time.time())
        options = self._options
        demo = Demo(options.seed, options.households, str(origin_for(now)), now)
        demo = self._say(
            replace(demo, progress="registre de la démonstration / registry of the demo")
        )
        files = write_registry(demo.district, options.folder / "registry")
        report = import_files(self._conn, files)
        if report.problems:
            first = report.problems[0]
            raise HubError(
                f"the demo's registry was not taken: {first.text('en')}",
                f"le registre de la démonstration a été refusé : {first.text('fr')}",
            )
        return demo

    def _first_fill(self, demo: Demo) -> Demo:
        options, begun = self._options, time.monotonic()
        folder = options.folder / "history"
        wanted = fill.tasks(demo.district, demo.now, folder, options.database_url)
        left = [task for task in wanted if task.first not in demo.done]
        total = Tally()

        def done(task: fill.Task, tally: Tally) -> None:
            nonlocal demo
            total.add(tally)
            finished = (*demo.done, task.first)
            share = f"{len(finished) * 100 // len(wanted)} %"
            told = f"treize mois de relevés / thirteen months of readings: {share}"
            demo = self._say(replace(demo, done=finished, progress=told))

        fill.do_all(left, done, self._stop)
        log.info("first fill: %s in %.1f s", total, time.monotonic() - begun)
        return demo

    def _fill_holes(self, devices: Devices, publisher: Publisher) -> None:
        """What is missing up to now: files first, then messages in the order of time."""
        district, now = devices.district, int(time.time())
        known = _known(self._conn)
        missing = holes.holes(district, known, now)
        folder = self._options.folder / "later"
        tally = Tally()
        with DemoLoader(self._options.database_url) as loader:
            for lot in holes.files(district, missing, now, folder):
                tally.add(loader.write_and_load(lot))
                if self._stop.is_set():
                    return
            tally.add(loader.write_and_load(holes.gas_files(district, known, now, folder)))
        if tally.files:
            log.info("filled the hole by files: %s", tally)
        sent = 0
        for said in holes.messages(devices, missing, now):
            for start in range(0, len(said), _LOT):
                if self._stop.is_set():
                    return
                sent += publisher.send(said[start : start + _LOT])
                publisher.flush(self._stop)
        if sent:
            log.info("filled the hole by %d messages", sent)

    def _say(self, demo: Demo) -> Demo:
        log.info("%s", demo.progress)
        write_demo(self._conn, asdict(demo))
        return demo


class _GasFiles:
    """GRDF's file of the last gas day, each morning, beside the messages."""

    def __init__(self, district: District, options: Options, stop: threading.Event) -> None:
        self._district = district
        self._options = options
        self._stop = stop
        self._told = last_gas_day(int(time.time()))
        self._worker: threading.Thread | None = None

    def look(self, now: int) -> None:
        """Load the file of a gas day that has just been told; called about once a minute."""
        day = last_gas_day(now)
        if day == self._told or (self._worker is not None and self._worker.is_alive()):
            return
        self._worker = threading.Thread(target=self._load, args=(now, day), name="grdf")
        self._worker.start()

    def wait(self) -> None:
        """Let a load that has begun come to its end."""
        if self._worker is not None:
            self._worker.join()

    def _load(self, now: int, day: date) -> None:
        options = self._options
        try:
            with connect(options.database_url, application="simulate-gas") as conn:
                known = _known(conn)
            files = holes.gas_files(self._district, known, now, options.folder / "later")
            with DemoLoader(options.database_url) as loader:
                log.info("gas of %s: %s", day, loader.write_and_load(files))
            self._told = day
        except Exception:
            # the next minute tries again; the messages go on meanwhile
            log.exception("the gas of %s could not be loaded", day)


def _known(conn: Connection) -> holes.Known:
    return {(r.source, r.usage_point): int(r.until.timestamp()) for r in reaches(conn)}


def _demo_of(value: dict[str, Any]) -> Demo:
    pages = tuple((str(label), str(path)) for label, path in value["open"])
    return Demo(**(value | {"done": tuple(value["done"]), "open": pages}))


def simulate(options: Options, stop: threading.Event) -> None:
    """Run the demo until `stop`."""
    Simulation(options, stop).run()
