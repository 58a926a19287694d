"""How fast each connector decodes, on one core: messages or rows a second, its golden inputs.

Small messages (one reading, or a few) come from many devices every few seconds, large ones (a frame
of a Linky, a telegram, an uplink, a description's states) less often; a load curve is years of
half-hours in one file. Documents and answers are fetched a few times a day at most; each row of
these short ones is slower than of a long one, whose rows share the work of beginning.
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

SMALL = (
    *("ahoydtu", "enphase_envoy", "fronius", "homeassistant_statestream", "opendtu", "senml"),
    *("shelly_gen1", "shelly_gen2", "wmbusmeters"),
)
LARGE = (
    *("dsmr_p1", "gazpar2mqtt", "homeassistant_discovery", "linky_tic", "lorawan", "ngsi_ld"),
    *("tasmota_teleinfo", "teleinfo2mqtt", "zigbee2mqtt_zlinky"),
)
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


def kind(connector: str) -> tuple[str, str, int]:
    """What is decoded, what of it is counted, and how many a second there must be."""
    if connector in CURVES:
        return f"a load curve of {ROWS} rows", "rows/s", 500_000
    if connector in SMALL:
        return "small messages", "messages/s", 50_000
    if connector in LARGE:
        return "large messages", "messages/s", 2_000
    return "documents", "rows/s", 2_000


def run(_: Stack) -> Iterator[Result]:
    """One line a connector."""
    for connector in connectors.names():
        inputs = [i for case in cases() if case.connector == connector for i in messages(case)]
        if connector in CURVES:
            inputs = [(CURVES[connector](ROWS), inputs[0][1])]
        what, unit, least = kind(connector)
        count = len(inputs)
        if connector not in LARGE:  # of several small messages in a file each is a row
            count = sum(decoded.rows for decoded in told(connector, inputs))
        rates = [count * each for each in rounds(connector, inputs)]
        size = sum(len(payload) for payload, _ in inputs) / count
        yield Result("decode", f"{connector}: {what}", unit, max(rates),
                     goal=Goal("at least", least), runs={"hub": rates},
                     note=f"{count} of {size:.0f} bytes")  # fmt: skip
