"""Readings that came as counts, counted again at another worth: each exactly, or none.

A channel knows whether its readings came as counts (``channel.counted``). Where only some did, or
where a count cannot be told from the stored amount, nothing is changed and the caller is told.
"""

from __future__ import annotations

from typing import NamedTuple

from hub.pulses import Worth, read_pulse

#: Written beside the former value of a reading that was counted again.
WHY = "pulse"
#: A stored value, where it is not counted again and where it is.
AS_IT_IS = "value"
RECOUNTED = """recounted(value, %(times)s::int8, %(over)s::int8,
                          %(new_times)s::int8, %(new_over)s::int8)"""

#: A count of a thousandth: what channels of quantity ``units`` hold.
_UNIT = Worth(1, 1)


class UnknownWorthError(Exception):
    """What the stored readings were counted at is not known of all of them."""


class Recount(NamedTuple):
    """From one worth to another, and the quantity that the readings are in then."""

    old: Worth
    new: Worth
    quantity: str

    def parameters(self) -> dict[str, int]:
        """Those of :data:`RECOUNTED`."""
        return {
            "times": self.old.times, "over": self.old.over,
            "new_times": self.new.times, "new_over": self.new.over,
        }  # fmt: skip


def recount(
    old_pulse: str | None, new_pulse: str | None, quantity: str, counted: bool | None
) -> Recount | None:
    """What a change of a device's pulse means for a channel that it fed; None: nothing.

    ``quantity``, ``counted``: the channel's. Raises UnknownWorthError.
    """
    if new_pulse is None:
        return None
    new = read_pulse(new_pulse)
    if quantity == "units":
        return Recount(_UNIT, new.worth, new.quantity)
    if counted is False:
        return None
    old = read_pulse(old_pulse) if old_pulse is not None else None
    if old is not None and (old.worth, quantity) == (new.worth, new.quantity):
        return None
    if old is None or counted is None:
        raise UnknownWorthError
    return Recount(old.worth, new.worth, new.quantity)
