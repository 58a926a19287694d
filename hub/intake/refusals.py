"""A refused reading told to a person: what, when, and against which limit."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.intake.batch import Batch
from hub.intake.checks import EARLIEST, REASON_CODES, CodeArray
from hub.model import Int64Array, Quantity, Reject

#: A quantity as a person knows it, by its usual unit.
UNIT_WORDS: dict[Quantity, str] = {
    "energy": "kWh",
    "volume": "m³",
    "mass": "kg",
    "units": "units",
    "power": "W",
    "apparent_power": "VA",
}
#: Reasons that hold a reading against an instant.
_OF_TIME = frozenset({"too_early", "too_late", "before_usage_point", "frozen"})


def refusal(
    batch: Batch, reason: CodeArray, limit: Int64Array, i: int, *, zone: str, first_row: int = 0
) -> Reject:
    """Reading ``i`` of a batch, refused for ``reason[i]``; its row counts from ``first_row``.

    ``limit``: the instant it was held against (arrival, opening, freezing), where it was one.
    """
    code = REASON_CODES[reason[i]]
    source = batch.keys[batch.key[i]]
    channel = source.channel
    ts = int(batch.ts[i])
    values = {
        "out_of_range": str(batch.value[i]),
        "unknown_device": channel.device,
        "unknown_usage_point": channel.device,
        "wrong_commodity": channel.device,
        "wrong_quantity": UNIT_WORDS[channel.quantity],
        "not_allowed": channel.device,
        "no_pulse": channel.device,
        "bad_name": f"{channel.commodity}/{channel.flow}",
    }
    detail = {
        "connector": source.connector,
        "device": channel.device,
        "commodity": channel.commodity,
    }
    if code in _OF_TIME:
        against = EARLIEST if code == "too_early" else int(limit[i])
        detail["limit"] = instant_text(against, zone)
    return Reject(
        int(batch.row[i]) - first_row,
        code,
        value=values.get(code) or instant_text(ts, zone),
        detail=detail,
    )


def instant_text(ts: int, zone: str) -> str:
    """An instant in local time with its offset; far beyond any calendar, the bare number."""
    try:
        return datetime.fromtimestamp(ts, UTC).astimezone(ZoneInfo(zone)).isoformat()
    except (OverflowError, ValueError, OSError):
        return str(ts)
