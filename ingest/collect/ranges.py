"""Which local days to ask for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

#: Days without a reading are asked for again so long after they were answered with nothing.
_PATIENCE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a part: ``asked``: first day not answered for; ``last``: day on which the
    last reading ends; None: nothing yet."""

    asked: date | None = None
    last: date | None = None


def wanted(floor: date, end: date, known: Known, late: int) -> tuple[date, date]:
    """First day to ask for, and the day after the last.

    From the last known reading on, with the ``late`` days before that may still change; never
    before ``floor``. Days that were answered with nothing are tried again for a month. Where
    nothing was asked yet, from the last known reading (of a file, say) or from ``floor``.
    """
    first = floor
    if known.asked is not None:
        silent_since = known.last if known.last is not None else known.asked
        first = max(min(known.asked, silent_since), known.asked - _PATIENCE)
    elif known.last is not None:
        first = known.last
    return max(first - timedelta(days=late), floor), end
