"""What became of the rows that were read, put into the report that a person gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub.intake.report import EVENTS, LoadReport
from hub.model import Reject
from ingest.storing import Fate, Read


def tell_rows(report: LoadReport, read: Read, fate: Fate) -> None:
    """Put into a report what became of the rows of what was read."""
    if read.decoded is None:
        report.problem = fate.rejects[0]
        return
    report.rows_read = len(fate.rows)
    report.counts = fate.counts()
    report.events = dict.fromkeys(EVENTS, 0) | fate.events
    rejects = [_with_line(reject, read.decoded.lines) for reject in fate.rejects]
    report.rejects = sorted(rejects, key=lambda r: (r.line or r.row, r.row))
    report.notes = list(read.decoded.notes)


def _with_line(reject: Reject, lines: Sequence[int] | None) -> Reject:
    """The reject with the line of its row, where the file has lines."""
    if reject.line is not None or lines is None or not 0 < reject.row <= len(lines):
        return reject
    return replace(reject, line=lines[reject.row - 1])
