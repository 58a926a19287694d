"""The demo's files go into the store as anyone's do; here only the bookkeeping around it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from types import TracebackType

from hub.intake.report import LoadReport, reject_line
from hub.model import HubError
from hub.store.connection import connect
from ingest.decoder import Decoders
from ingest.load import Loader, Options, SourceFile
from ingest.simulate.history import HistoryFile

ACTOR = "demo"


@dataclass
class Tally:
    """What became of files: counts of files and rows, megabytes, and seconds of each stage."""

    files: int = 0
    megabytes: float = 0.0
    accepted: int = 0
    unchanged: int = 0
    revised: int = 0
    seconds_write: float = 0.0
    seconds_load: float = 0.0

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def rows(self) -> int:
        """Rows that the store now has."""
        return self.accepted + self.unchanged + self.revised

    def __str__(self) -> str:
        return (
            f"{self.files} files, {self.megabytes:.0f} MB, {self.rows} rows"
            f" (writing {self.seconds_write:.1f} s, loading {self.seconds_load:.1f} s)"
        )


class DemoLoader:
    """Loads the demo's files, with one connection and one decoding process; a context manager."""

    def __init__(self, database_url: str) -> None:
        self._conn = connect(database_url, application="simulate-load")
        self._decoders = Decoders(1)
        self._loader = Loader(self._conn, self._decoders, Options(actor=ACTOR))

    def __enter__(self) -> DemoLoader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._decoders.close()
        self._conn.close()

    def write_and_load(self, files: Iterable[HistoryFile]) -> Tally:
        """Write the files by taking them from their generator, then load them.

        Raises HubError naming the first row that was not taken: ours are all good.
        """
        begun = time.perf_counter()
        written = list(files)
        made = time.perf_counter()
        tally = self._load(written)
        tally.seconds_write = made - begun
        tally.seconds_load = time.perf_counter() - made
        return tally

    def _load(self, files: Sequence[HistoryFile]) -> Tally:
        tally = Tally()
        sources = [SourceFile(f.path, f.connector, f.usage_point) for f in files]
        for file, report in zip(files, self._loader.load(sources), strict=True):
            _check(report)
            tally.files += 1
            tally.megabytes += file.path.stat().st_size / 1e6
            tally.accepted += report.counts["accepted"]
            tally.unchanged += report.counts["unchanged"]
            tally.revised += report.counts["revised"]
        return tally


def _check(report: LoadReport) -> None:
    refused = [report.problem] if report.problem else report.rejects
    if refused:
        told = "; ".join(reject_line(reject, "en") for reject in refused[:3])
        raise HubError(f"the demo's own file {report.file} was not taken: {told}")
