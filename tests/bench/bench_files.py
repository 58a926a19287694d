"""How fast portal files are decoded, on one core.

Rows a second of a long load curve, and of files of the sizes that the demo loads. The best of five
runs each: what the machine can do, not what else it was doing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import orjson

import connectors
from hub.model import Context, Decoded
from tests.bench.result import Result
from tests.stack import Stack

HEAD = (
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;"
    "Grandeur physique;Grandeur metier;Etape metier;Unite"
)
CTX = Context(received_at=1_795_348_800, device="water-1")


def curve(rows: int) -> bytes:
    """A load curve of ``rows`` half-hours."""
    stamps = np.datetime64("1995-01-01T00:30:00") + np.arange(rows) * np.timedelta64(30, "m")
    told = "99123456789012;Courbe de charge;;;Energie active;Consommation;Comptage Brut;W;"
    texts = np.datetime_as_string(stamps)
    lines = [f"{stamp}+01:00;{i % 3000}" for i, stamp in enumerate(texts)]
    return "\n".join([f"{HEAD};Pas en minutes", told, "Horodate;Valeur", *lines]).encode()


def index(rows: int) -> bytes:
    """Daily registers: two of the supplier's, one of the distributor's, the total."""
    names = [*(f"EAS F{n}" for n in range(1, 11)), *(f"EAS D{n}" for n in range(1, 5)), "EAS T"]
    told = "99123456789012;Index;;;Energie active;Consommation;Comptage Brut;Wh"
    stamps = [date(2025, 11, 1) + timedelta(days=i) for i in range(rows)]
    lines = [
        f"{day}T00:00:00+01:00;Arrêté quotidien;{4 * i};{5 * i};;;;;;;;;{9 * i};;;;{9 * i}"
        for i, day in enumerate(stamps)
    ]
    return "\n".join(
        [HEAD, told, ";".join(["Horodate", "Type de releve", *names]), *lines]
    ).encode()


def gas(records: int) -> bytes:
    """An answer with ``records`` gas days."""
    days = [date(2025, 10, 1) + timedelta(days=i) for i in range(records)]
    releves = [
        {
            "journeeGaziere": str(day),
            "dateDebutReleve": f"{day}T06:00:00+00:00",
            "dateFinReleve": f"{day + timedelta(days=1)}T06:00:00+00:00",
            "indexDebut": 10_000 + 7 * i,
            "indexFin": 10_007 + 7 * i,
            "volumeBrutConsomme": 7.0,
            "coeffConversion": 11.2,
            "qualificationReleve": "Mesuré",
        }
        for i, day in enumerate(days)
    ]
    return orjson.dumps({"99198765432109": {"releves": releves}})


def water(rows: int) -> bytes:
    """Daily registers of water."""
    days = [date(2025, 10, 1) + timedelta(days=i) for i in range(rows)]
    head = "Date de relevé;Index relevé (litres);Consommation du jour (litres);Index Mesuré/Estimé"
    lines = [f"{day} 20:00:00;{400 * i};400;Mesuré" for i, day in enumerate(days)]
    return "\n".join([head, *lines]).encode()


def best(connector: str, payload: bytes) -> tuple[float, Decoded]:
    """Seconds of the best of five runs, and the answer."""
    decode = connectors.load(connector).decode
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        answer = decode(payload, CTX)
        times.append(time.perf_counter() - begun)
    return min(times), answer


def run(_: Stack) -> Iterator[Result]:
    """Rows a second by kind of file."""
    for what, connector, payload in (
        ("load curve, 500 000 rows", "enedis_portal_csv", curve(500_000)),
        ("load curve, 60 days", "enedis_portal_csv", curve(2880)),
        ("registers, 340 days", "enedis_portal_csv", index(340)),
        ("gas JSON, 400 days", "grdf_portal_json", gas(400)),
        ("water CSV, 60 days", "veolia_csv", water(60)),
    ):
        seconds, answer = best(connector, payload)
        readings = sum(len(series.ts) for series in answer.series)
        note = f"{seconds * 1e3:.2f} ms a file, {readings} readings"
        yield Result("files", f"decode {what}", "rows/s", answer.rows / seconds, note=note)
