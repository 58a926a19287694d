"""A registry that knows the meters of files, each at usage points of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from hub.model import Context
from hub.store.connection import Connection
from ingest.decoder import Task
from tests.ingest.test_load import decoders
from tests.store.district import bring

#: The usage point that is given where a file names none.
GIVEN = "GIVEN"
#: Of what a bare count is, and what one is worth: that is printed on the meter, not in its message.
PULSES, WORTH = "water", "1 l"


def bring_meters(conn: Connection, files: Iterable[Path]) -> int:
    """Register what the files name, and what is given; returns how many meters these are."""
    context = Context(received_at=int(time.time()), device=GIVEN)
    results = [r for _, r in decoders().decode_all(Task(path, context) for path in files)]
    found = {
        (result.connector or "", series.key.device, series.key.commodity)
        for result in results
        if result.decoded is not None
        for series in result.decoded.series
    }
    known = {row[0] for row in conn.execute("SELECT commodity FROM commodity")}
    told = {meter for meter in found if meter[2] in known}
    others = {meter[:2] for meter in told}
    found = told | {meter for meter in found if not meter[2] and meter[:2] not in others}
    points, devices = "ref,commodity,dwelling\n", "connector,ref,usage_point,pulse\n"
    for number, (connector, device, commodity) in enumerate(sorted(found)):
        points += f"P{number},{commodity or PULSES},d1\n"
        devices += f'{connector},"{device}",P{number},{"" if commodity else WORTH}\n'
    bring(conn, {"points.csv": points, "meters.csv": devices})
    return len(found)
