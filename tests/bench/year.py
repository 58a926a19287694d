"""A year of a whole arrondissement, loaded and rolled up: `python -m tests.bench.year [HOMES]`.

55 000 households of the demo's models as columns: daily gas and water for all, electricity daily
too but half-hourly for one in eleven: some 130 million register readings. They go in by the
store's own write path, all dirty ranges marked; the rebuild path rolls them up; `hub reconcile`
looks at all of it. Prints how long each part took and how much disk it needs, as Markdown.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from datetime import date

import numpy as np

from hub.rollup.rebuild import rebuild
from hub.rollup.reconcile import reconcile
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.readings import BACKFILL, Origin, write_batch
from ingest.simulate.columnar import Load
from ingest.simulate.district import District
from tests.bench.bench_sizes import DERIVED, size
from tests.bench.result import machine
from tests.bench.stand import autocommit, database, registers, stand

FIRST, LAST = date(2025, 11, 1), date(2026, 10, 31)
#: Homes of one transaction.
_TOGETHER = 100


def main(homes: int) -> None:
    """Load, roll up, check, measure."""
    load = Load(District(1, homes, FIRST), FIRST, LAST, half_hourly=max(homes // 11, 1))
    lines: list[tuple[str, str]] = []

    def told(what: str, figure: str) -> None:
        lines.append((what, figure))
        print(f"{time.strftime('%H:%M:%S')} {what}: {figure}", flush=True)

    told("readings", f"{load.count():,}".replace(",", " "))
    with (
        stand() as stack,
        database(stack, homes, "electricity", "gas", "water") as url,
        closing(connect(url, application="bench")) as conn,
    ):
        about = machine(conn)
        begun = time.perf_counter()
        loading = fill(conn, load)
        told("making the readings", _span(time.perf_counter() - begun - loading))
        told("loading them, dirty ranges marked", f"{_span(loading)}, "
             f"{load.count() / loading:,.0f} rows/s".replace(",", " "))  # fmt: skip
        begun = time.perf_counter()
        autocommit(conn, "VACUUM ANALYZE")
        told("vacuum and statistics", _span(time.perf_counter() - begun))
        conn.commit()
        conn.autocommit = True
        begun = time.perf_counter()
        done = rebuild(conn, url)
        spent = time.perf_counter() - begun
        told("rolling up", f"{_span(spent)}, {load.count() / spent:,.0f} readings/s, "
             f"{done.channel_days} channel-days, {done.household_days} household-days")  # fmt: skip
        for table in ("reading", *DERIVED):
            told(f"size of {table}", f"{size(conn, table) / 2**30:.2f} GiB")
        derived, raw = sum(size(conn, t) for t in DERIVED), size(conn, "reading")
        told("derived tables against readings", f"{derived / raw:.2f}")
        begun = time.perf_counter()
        _, outcomes = reconcile(conn)
        wrong = [outcome.name for outcome in outcomes if outcome.differences]
        told("hub reconcile", f"{_span(time.perf_counter() - begun)}, differences: {wrong or 0}")
    print("\n" + "\n".join(f"- {key}: {value}" for key, value in about.items()))
    print("\n| | |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in lines))


def fill(conn: Connection, load: Load) -> float:
    """Write all readings; seconds spent in the store."""
    directory = Directory()
    spent = 0.0
    for number, columns in enumerate(load.readings(_TOGETHER)):
        batch = registers(
            columns.home.astype(np.int64) + 1, columns.ts, columns.value, columns.commodity
        )
        begun = time.perf_counter()
        written = write_batch(conn, directory, batch, Origin(BACKFILL))
        conn.commit()
        spent += time.perf_counter() - begun
        assert not written.reason.any(), written.reason
        if number % 100 == 0:
            print(f"{time.strftime('%H:%M:%S')} home {columns.home[-1]}: {spent:.0f} s", flush=True)
    return spent


def _span(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds > 100 else f"{seconds:.1f} s"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 55_000)
