"""Real files from end to end: outcomes add up, a second load changes nothing, undo undoes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import connectors
from hub.intake.report import LoadReport
from hub.model import Context
from hub.store.connection import Connection, connect
from hub.store.loads import undo_load
from ingest.load import Loader, Options, SourceFile
from ingest.recognise import HEAD, recognise
from tests.ingest.test_load import decoders
from tests.stack import Stack
from tests.store.district import bring

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
#: Folder -> (commodity, connector) of files that bring readings or context.
FOLDERS = {
    "electricity/enedis-portal-csv/*.csv": ("electricity", "enedis_portal_csv"),
    "gas/grdf-portal-json/pygazpar_donnees_*.json": ("gas", "grdf_portal_json"),
    "gas/grdf-portal-xlsx/*.xlsx": ("gas", "grdf_portal_xlsx"),
    "water/veolia-idf-csv/*.csv": ("water", "veolia_csv"),
    "water/wmbusmeters-json/*.jsonl": ("water", "wmbusmeters"),
    "gas/wmbusmeters-json/*.jsonl": ("gas", "wmbusmeters"),
    "water/lorawan-uplink/ttn_*.json": ("water", "lorawan"),
    "grid/tempo/*.json*": ("electricity", "tempo"),
    "electricity/enedis-data-connect/*_tempo.json": ("electricity", "tempo"),
    "electricity/enedis-data-connect/*_ecowatt.json": ("electricity", "ecowatt"),
    "grid/eco2mix/*.json": ("electricity", "eco2mix"),
    "weather/open-meteo-json/*.json": ("gas", "open_meteo"),
    "weather/meteo-france-csv/[HQ]_*.csv": ("gas", "meteo_france_csv"),
}
FILES = [
    pytest.param(path, *told, id=path.name)
    for pattern, told in FOLDERS.items()
    for path in sorted(SAMPLES.glob(pattern))
]
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the sample files beside the repository are not there"
)
TABLES = ("reading", "latest", "meter_event", "rejected", "context_series")

pytestmark = [pytest.mark.samples, needs_samples]


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        yield connection


def register(conn: Connection, path: Path, commodity: str, connector: str) -> None:
    """Declare what the file speaks of, as its owner would."""
    context = Context(received_at=1_795_000_000, file_name=path.name, device="GIVEN")
    decoded = connectors.load(connector).decode(path.read_bytes(), context)
    said = {(s.key.device, s.key.commodity) for s in decoded.series} | {("GIVEN", commodity)}
    points = "".join(f"{device},{c},d1\n" for device, c in sorted(said))
    bring(conn, {"points.csv": f"ref,commodity,dwelling\n{points}"})


def load(url: str, path: Path, *, dry_run: bool = False) -> LoadReport:
    with connect(url, application="test-load") as conn:
        loader = Loader(conn, decoders(), Options(dry_run=dry_run))
        (report,) = loader.load([SourceFile(path, usage_point="GIVEN")])
    assert report.problem is None
    assert sum(report.counts.values()) == report.rows_read
    return report


def state(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    conn.rollback()
    hidden = {
        "context_series": "series, ts, value, label",
        "reading": "ts, value, channel_id, seconds",
    }
    return {
        table: sorted(
            conn.execute(f"SELECT {hidden.get(table, '*')} FROM {table}".encode()).fetchall()
        )
        for table in TABLES
    }


def dated(path: Path, folder: Path) -> Path:
    """The file; where its times were masked, a copy with one of our days, a minute a line."""
    text = path.read_bytes()
    if b"1111-11-11T11:11:11Z" not in text:
        return path
    lines = [
        line.replace(b"1111-11-11T11:11:11Z", f"2026-11-01T{n // 60:02}:{n % 60:02}:00Z".encode())
        for n, line in enumerate(text.splitlines(keepends=True))
    ]
    copy = folder / path.name
    copy.write_bytes(b"".join(lines))
    return copy


def test_there_are_samples() -> None:
    assert {p.values[2] for p in FILES} == {told[1] for told in FOLDERS.values()}
    assert len(FILES) >= 12


@pytest.mark.parametrize(("path", "commodity", "connector"), FILES)
def test_a_sample_loads_once(
    conn: Connection, url: str, tmp_path: Path, path: Path, commodity: str, connector: str
) -> None:
    path = dated(path, tmp_path)
    assert recognise(path.read_bytes()[:HEAD]) == connector
    register(conn, path, commodity, connector)
    empty = state(conn)
    tried = load(url, path, dry_run=True)
    assert state(conn) == empty
    first = load(url, path)
    assert first.counts == tried.counts
    assert first.counts["accepted"] > 0
    assert first.counts["rejected"] == len({r.row for r in first.rejects})
    filled = state(conn)
    second = load(url, path)
    assert second.counts["accepted"] == second.counts["revised"] == 0
    assert second.counts["unchanged"] == first.counts["accepted"] + first.counts["unchanged"]
    assert state(conn)["reading"] == filled["reading"]
    assert first.load_id is not None
    assert second.load_id is not None
    undo_load(conn, second.load_id)
    conn.commit()
    assert state(conn)["reading"] == filled["reading"]
    undone = undo_load(conn, first.load_id)
    conn.commit()
    assert undone.replaced_since == 0
    after = state(conn)
    for table in ("reading", "latest", "rejected"):
        assert after[table] == empty[table], table


def test_exports_of_days_weeks_and_months_do_not_replace_each_other(
    conn: Connection, url: str
) -> None:
    """The first month of an export holds its last days only, and may begin with a week."""
    paths = sorted((SAMPLES / "gas" / "grdf-portal-xlsx").glob("*.xlsx"))
    assert len(paths) == 3
    register(conn, paths[0], "gas", "grdf_portal_xlsx")
    first, again = ([load(url, path).counts for path in paths] for _ in range(2))
    assert [c["revised"] for c in first + again] == [0] * 6
    assert [c["accepted"] for c in again] == [0] * 3
    assert [c["unchanged"] for c in again] == [c["accepted"] for c in first]
