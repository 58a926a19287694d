"""How fast each connector decodes, on one core: messages or rows a second, its golden inputs.

Small messages (one reading, or a few) come from many devices every few seconds, large ones (a frame
of a Linky, a telegram, an uplink) less often; which they are, the golden inputs tell. A load curve
is years of half-hours in one file. Documents and answers are fetched a few times a day at most;
each row of these short ones is slower than of a long one, whose rows share the work of beginning.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import connectors
from hub.model import Context, Decoded, DecodeError
from tests.bench.bench_files import curve
from tests.bench.result import Goal, Result
from tests.connectors.golden import cases, messages
from tests.stack import Stack

Inputs = Sequence[tuple[bytes, Context]]

#: A message of a connector with topics is small up to so many bytes and so many readings, on the
#: average of those of its golden inputs that came on a topic.
SMALL_BYTES, SMALL_READINGS = 256, 3
ROWS = 200_000
#: Each is decoded again and again for so long, seconds of this process, the best of so many times.
LONG, TIMES = 0.2, 3


def powers(rows: int) -> bytes:
    """EDF's file of ``rows`` powers, newest first, a line for each day and one for each power."""
    newest = datetime(2025, 6, 1, 23, 30, tzinfo=UTC)
    lines = ["Récapitulatif de mes puissances atteintes en W", ""]
    lines += ["Date et heure de relève par le distributeur;Puissance atteinte (W);Nature"]
    for n in range(rows):
        at = newest - timedelta(minutes=30 * n)
        if n % 48 == 0:
            lines.append(f"{at:%d/%m/%Y};;")
        lines.append(f"{at:%H:%M:%S};{n % 3000};Réelle")
    return "\n".join(lines).encode("latin-1")


CURVES = {"enedis_portal_csv": curve, "edf_puissances_csv": powers}


def told(connector: str, inputs: Inputs) -> list[Decoded]:
    """What the connector makes of its inputs; nothing of one that it refuses."""
    decode, found = connectors.load(connector).decode, []
    for payload, ctx in inputs:
        try:
            found.append(decode(payload, ctx))
        except DecodeError:
            continue
    return found


def rounds(connector: str, inputs: Inputs) -> list[float]:
    """How often a second all inputs are decoded, measured ``TIMES`` times."""
    rates = []
    for _ in range(TIMES):
        done, begun = 0, time.process_time()
        while (spent := time.process_time() - begun) < LONG:
            told(connector, inputs)
            done += 1
        rates.append(done / spent)
    return rates


def is_small(connector: str, inputs: Inputs) -> bool:
    """Whether its messages are small, by their size and by what those with readings tell."""
    heard = [each for each in inputs if each[1].topic] or inputs
    size = sum(len(payload) for payload, _ in heard) / len(heard)
    told_of = [sum(len(s.ts) for s in decoded.series) for decoded in told(connector, heard)]
    telling = [count for count in told_of if count]
    return size <= SMALL_BYTES and sum(telling) <= SMALL_READINGS * len(telling)


def kind(connector: str, inputs: Inputs) -> tuple[str, str, int]:
    """What is decoded, what of it is counted, and how many a second there must be."""
    if connector in CURVES:
        return f"a load curve of {ROWS} rows", "rows/s", 500_000
    if not connectors.load(connector).TOPICS:
        return "documents", "rows/s", 2_000
    if is_small(connector, inputs):
        return "small messages", "messages/s", 50_000
    return "large messages", "messages/s", 2_000


def run(_: Stack) -> Iterator[Result]:
    """One line a connector."""
    for connector in connectors.names():
        inputs = [i for case in cases() if case.connector == connector for i in messages(case)]
        if connector in CURVES:
            inputs = [(CURVES[connector](ROWS), inputs[0][1])]
        what, unit, least = kind(connector, inputs)
        count = len(inputs)
        if what != "large messages":  # of several small messages in a file each is a row
            count = sum(decoded.rows for decoded in told(connector, inputs))
        rates = [count * each for each in rounds(connector, inputs)]
        size = sum(len(payload) for payload, _ in inputs) / count
        yield Result("decode", f"{connector}: {what}", unit, max(rates),
                     goal=Goal("at least", least), runs={"hub": rates},
                     note=f"{count} of {size:.0f} bytes")  # fmt: skip
