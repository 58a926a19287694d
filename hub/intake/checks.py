"""Is a reading possible at all? Vectorised over a batch; pure.

What is unlikely but possible (a jump, a sentinel of a meter) is stored: the rollup judges it with
the readings around it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.intake.batch import Batch
from hub.model import LONGEST, Int64Array, PeriodClass

#: 2000-01-01T00:00:00Z. Earlier stamps are clocks that were never set.
EARLIEST = 946_684_800
#: A clock may be ahead of ours by so many seconds.
AHEAD = 600
#: 1850-01-01T00:00:00Z. The weather was written down long before any reading of ours.
EARLIEST_CONTEXT = -3_786_825_600
#: Forecasts, and the colour of tomorrow, are told so many seconds ahead at most.
FORECAST = 400 * 86_400
#: Beyond this a sum of a few readings could leave int8: 10^12 kWh, 10^12 m3.
LARGEST = 2**60
#: Power is shown live and kept for two days; older power is nobody's figure.
POWER_KEPT = 48 * 3600

CLASSES: tuple[PeriodClass, ...] = ("sub-daily", "day", "week", "month")
#: First length, seconds, of each class after the first (see hub.model.period_class).
_BOUNDS = np.array([23 * 3600, 25 * 3600 + 1, 8 * 86_400 + 1], dtype=np.int64)

#: Codes that a reading may be refused for here; 0 is none.
REASON_CODES: tuple[str, ...] = (
    "",
    "too_early",
    "too_late",
    "out_of_range",
    "unknown_device",
    "unknown_usage_point",
    "wrong_commodity",
    "wrong_quantity",
    "bad_name",
    "before_usage_point",
    "frozen",
    "duplicate_row",
    "not_allowed",
    "no_pulse",
)
CODE = {reason: code for code, reason in enumerate(REASON_CODES)}

CodeArray = npt.NDArray[np.int8]


def period_classes(seconds: Int64Array) -> npt.NDArray[np.int8]:
    """Index into CLASSES for each length; meaningless for registers and power (seconds 0)."""
    return np.searchsorted(_BOUNDS, seconds, side="right").astype(np.int8)


def is_believable(ts: int, received_at: int) -> bool:
    """Whether what arrived at ``received_at`` can be of this instant, as a reading can."""
    return EARLIEST <= ts <= received_at + AHEAD


def is_context_believable(ts: int, received_at: int) -> bool:
    """The same for what is of no meter: weather and calendars."""
    return EARLIEST_CONTEXT <= ts <= received_at + FORECAST


def refuse_impossible(batch: Batch, is_interval: npt.NDArray[np.bool_]) -> CodeArray:
    """Reason code per reading: time before 2000, in the future, or a number without meaning.

    ``is_interval`` per reading: intervals need a length above 0 and below their class's longest.
    """
    reason = np.zeros(len(batch), dtype=np.int8)
    longest = LONGEST["month"]
    bad_length = np.where(
        is_interval, (batch.seconds <= 0) | (batch.seconds > longest), batch.seconds != 0
    )
    bad_value = (batch.value > LARGEST) | (batch.value < -LARGEST)
    reason[bad_length | bad_value] = CODE["out_of_range"]
    # written so that no stamp, however absurd, overflows
    latest = batch.received_at + AHEAD - np.where(bad_length, 0, batch.seconds)
    reason[batch.ts > latest] = CODE["too_late"]
    reason[batch.ts < EARLIEST] = CODE["too_early"]
    return reason
