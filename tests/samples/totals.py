"""What a resident sees of raw files and messages, day by day, and the same by hand.

The hub's half: files go through the loader, messages through the intake of the broker, both are
rolled up and read from ``household_day``. The other half knows nothing of connectors: it makes
(register, instant, mWh) of a text and spreads the differences over local days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import connectors
from hub.model import Context
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from ingest.config import Routing, defaults
from ingest.load import Loader, Options, SourceFile
from ingest.messages import Intake
from ingest.reading import Reader
from ingest.storing import Message
from tests.ingest.test_load import decoders
from tests.rollup.store import worker
from tests.store.district import FILES, bring

PARIS = ZoneInfo("Europe/Paris")
#: Local day -> mWh.
Days = dict[date, int]
#: Register, instant in seconds, mWh.
Told = tuple[str, int, int]


class Heard(NamedTuple):
    """A message as the broker would bring it."""

    arrival: int
    topic: str
    payload: bytes


Raw = Sequence[bytes] | Sequence[Heard]


class Proof(NamedTuple):
    """Raw input of one connector, and the days that a few lines make of it.

    ending: of the files' names. device: what the registry calls the meter of messages.
    """

    connector: str
    raw: Callable[[], Raw]
    by_hand: Callable[[Raw], Days]
    commodity: str = "electricity"
    flow: str = "consumption"
    ending: str = ".txt"
    device: str = "GIVEN"


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=PARIS).timestamp())


def local(text: str, form: str = "%Y-%m-%d", *, fold: int = 0) -> int:
    """The instant of a naive local stamp."""
    return int(datetime.strptime(text, form).replace(tzinfo=PARIS, fold=fold).timestamp())


def share(days: Days, start: int, end: int, amount: int) -> None:
    """Give each local day its part of what was used between two instants (floor, telescoping)."""
    day, before = datetime.fromtimestamp(start, PARIS).date(), 0
    while before < amount or midnight(day) < end:
        day += timedelta(days=1)
        until = amount * (min(midnight(day), end) - start) // (end - start)
        days[day - timedelta(days=1)] += until - before
        before = until


def of_registers(told: Iterable[Told]) -> Days:
    """Differences of each register, spread over the local days between its readings."""
    registers: dict[str, dict[int, int]] = defaultdict(dict)
    for register, ts, mwh in told:
        registers[register][ts] = mwh
    days: Days = defaultdict(int)
    for readings in registers.values():
        for (start, opening), (end, closing) in pairwise(sorted(readings.items())):
            share(days, start, end, closing - opening)
    return days


def of_intervals(told: Iterable[tuple[int, int, int]]) -> Days:
    """Amounts (start, end, mWh), each within its days."""
    days: Days = defaultdict(int)
    for start, end, mwh in told:
        share(days, start, end, mwh)
    return days


def shown(
    conn: Connection, url: str, commodity: str = "electricity", flow: str = "consumption"
) -> Days:
    """The household's days once all is rolled up."""
    with worker(url) as one:
        assert one.drain() > 0
    rows = conn.execute(
        "SELECT day, sum(measured + coalesce(allocated, 0))::int8 FROM household_day"
        " JOIN measure USING (measure_id) WHERE register = 'TOTAL' AND flow = %s"
        " AND commodity = %s AND (covered > 0 OR measured + coalesce(allocated, 0) > 0)"
        " GROUP BY day ORDER BY day",
        [flow, commodity],
    ).fetchall()
    return dict(rows)


def a_home(conn: Connection) -> None:
    """A household in a dwelling, without any meter yet."""
    bring(
        conn, {name: FILES[name] for name in ("areas.csv", "homes.csv", "people.csv", "stay.csv")}
    )


def load_files(conn: Connection, url: str, proof: Proof, folder: Path) -> None:
    """Load files at the usage points that they name, or at the one that is given."""
    named, files = set[tuple[str, str]](), []
    for number, payload in enumerate(proof.raw()):
        assert isinstance(payload, bytes)
        files.append(SourceFile(folder / f"{number}{proof.ending}", usage_point="GIVEN"))
        files[-1].path.write_bytes(payload)
        context = Context(received_at=1_795_900_000, device="GIVEN")
        decoded = connectors.load(proof.connector).decode(payload, context)
        named |= {(s.key.device, s.key.commodity) for s in decoded.series}
    points = "".join(f"{ref},{commodity},d1\n" for ref, commodity in sorted(named))
    bring(conn, {"points.csv": f"ref,commodity,dwelling\n{points}"})
    with connect(url, application="test-load") as loading:
        for report in Loader(loading, decoders(), Options()).load(files):
            assert report.problem is None
            assert report.connector == proof.connector
            assert report.counts["accepted"] > 0


def hear_messages(conn: Connection, proof: Proof) -> None:
    """Store messages by the topics of the default configuration."""
    bring(conn, {
        "points.csv": f"ref,commodity,dwelling\nHEARD,{proof.commodity},d1\n",
        "meters.csv": f"connector,ref,usage_point\n{proof.connector},{proof.device},HEARD\n",
    })  # fmt: skip
    reader = Reader(Routing(defaults()), "Europe/Paris")
    for heard in proof.raw():
        assert isinstance(heard, Heard)
        message = Message(heard.topic, heard.payload, heard.arrival, heard.arrival)
        Intake(reader).store(conn, Directory(), [message])
    refused = conn.execute("SELECT * FROM rejected").fetchall()
    assert refused == []
    (sources,) = conn.execute("SELECT array_agg(DISTINCT source) FROM channel").fetchall()
    assert sources == ([proof.connector],)


def clock(ts: int) -> str:
    """2026-11-20T18:00:00Z."""
    return datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
