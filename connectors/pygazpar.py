"""PyGazpar's output in JSON: gas by day, week and month, fetched from GRDF's portal.

Source: what the library PyGazpar returns, saved: a list of records of one frequency, or an object
    of such lists ("daily", "weekly", "monthly", "yearly").
Device: the file tells none: a usage point must be given.
Units: volume_m3 and the index of days in m3 -> cm3; converter_factor_kwh/m3 becomes the dated
    series gas_coefficient/<usage point>; energy_kwh is derived and not read.
Label: START and end in time_period: a day, "Du ... au ..." (both included), a month's name, a year;
    newer versions add start_date and end_date (excluded). Gas days run from 06:00 to 06:00.
Zone: local; timestamp is the moment of the fetch, local.
Cadence: daily, weekly, monthly, yearly.
Traps: weeks, months and years are sums of days, the last one until the fetch (cut there); energy,
    index and volume are rounded apart (F8); a year is no period of ours and repeats its months:
    only its index is read, where the next year begins with it; NaN stands where there was nothing
    to add up (F9); temperature_degC is that of the commune and not read.
"""

from __future__ import annotations

from connectors import _pygazpar
from connectors._json import kind_of, not_this
from hub.model import Context, Decoded

NAME = "pygazpar"
LABELS = {"interval": "both", "register": "bound", "context": "start"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()


def decode(payload: bytes, ctx: Context) -> Decoded:
    """All records. Raises DecodeError: not JSON, not this format, no usage point."""
    answer = _pygazpar.load(payload, ctx)
    found = _pygazpar.lists(answer)
    records = [record for part in found.values() for record in part]
    named = [r for r in records if isinstance(r, dict) and "time_period" in r]
    if not found or (records and not named):
        raise not_this(NAME, f"time_period ? ({kind_of(answer)})")
    return _pygazpar.decode(found, ctx.device, ctx)


def sniff(head: bytes) -> float:
    """Sure by the names of a record; not of the messages that gazpar2mqtt makes of them."""
    return 1.0 if _pygazpar.begins(head) == "records" else 0.0
