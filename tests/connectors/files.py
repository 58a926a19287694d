"""Short ways to decode a portal's file in the tests."""

from __future__ import annotations

from datetime import UTC, datetime

import connectors
from hub.model import Context, Decoded, Series
from tests.connectors import golden

PRM = "99123456789012"
HEAD = (
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;"
    "Grandeur physique;Grandeur metier;Etape metier;Unite"
)
REGISTERS = ";".join(
    ["Horodate", "Type de releve"]
    + [f"EAS F{n}" for n in range(1, 11)]
    + [f"EAS D{n}" for n in range(1, 5)]
    + ["EAS T"]
)


def decode(connector: str, payload: str | bytes, device: str = PRM) -> Decoded:
    """The connector's answer, after the sum of its rows was checked."""
    raw = payload.encode() if isinstance(payload, str) else payload
    ctx = Context(received_at=golden.ARRIVAL, device=device)
    decoded = connectors.load(connector).decode(raw, ctx)
    assert len(golden.accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def enedis(*rows: str, device: str = PRM) -> Decoded:
    """Rows without any header."""
    return decode("enedis_portal_csv", "\n".join(rows), device)


def curve(*rows: str, step: str = "", business: str = "Consommation", unit: str = "W") -> Decoded:
    """A load curve under its three lines of heading."""
    told = f"{PRM};Courbe de charge;;;Energie active;{business};Comptage Brut;{unit};{step}"
    head = f"{HEAD};Pas en minutes\n{told}\nHorodate;Valeur\n"
    return decode("enedis_portal_csv", head + "\n".join(rows), "")


def instant(text: str) -> int:
    """ISO 8601 with offset as seconds."""
    return int(datetime.fromisoformat(text).timestamp())


def amounts(decoded: Decoded) -> dict[str, tuple[int, int]]:
    """UTC start -> (seconds, value) of the only series of intervals."""
    (series,) = (s for s in decoded.series if s.key.kind == "interval")
    assert series.seconds is not None
    return {
        _utc(int(ts)): (int(seconds), int(value))
        for ts, seconds, value in zip(series.ts, series.seconds, series.value, strict=True)
    }


def registers(decoded: Decoded) -> dict[str, dict[str, int]]:
    """Register name -> UTC instant -> value."""
    return {s.key.register: _values(s) for s in decoded.series if s.key.kind == "register"}


def reasons(decoded: Decoded) -> dict[int, str]:
    """Row -> why it was rejected."""
    return {reject.row: reject.reason for reject in decoded.rejects}


def notes(decoded: Decoded) -> dict[str, str]:
    """Code -> the English text of each note."""
    return {note.code: note.en for note in decoded.notes}


def _values(series: Series) -> dict[str, int]:
    return {_utc(int(t)): int(v) for t, v in zip(series.ts, series.value, strict=True)}


def _utc(ts: int) -> str:
    return datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%dT%H:%M")
