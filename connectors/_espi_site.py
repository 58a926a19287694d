"""Which readings of an ESPI feed repeat others: parts their total, net what is drawn and fed in."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from connectors._espi import Meter
from connectors._espi_types import FORWARD, NET, REVERSE, commodity, is_amount, part
from hub.model import ChannelKey, Note

_PART = Note(
    "green_button_part",
    "parties (période tarifaire, palier, phase) à côté de leur total : laissées de côté",
    "parts (tariff period, tier, phase) beside their total: left aside",
)
_NET = Note(
    "green_button_net",
    "net à côté de ce qui est soutiré et injecté : laissé de côté",
    "net beside what is drawn and fed in: left aside",
)

#: Start and end of a reading.
Span = tuple[int, int]
#: Usage point, commodity, quantity, flow direction.
_Stream = tuple[str, str, str, int | None]


class _Told:
    """Amounts by the time that they are of; those of one time add up."""

    def __init__(self) -> None:
        self.amounts: dict[Span, int] = defaultdict(int)
        self._joined: tuple[list[int], list[int]] | None = None

    def add(self, span: Span, amount: int) -> None:
        self.amounts[span] += amount
        self._joined = None

    def covers(self, span: Span) -> bool:
        """Whether all of a time is told, in one piece or in several."""
        if span in self.amounts:
            return True
        starts, ends = self._joined = self._joined or self._join()
        at = bisect_right(starts, span[0]) - 1
        return at >= 0 and span[1] <= ends[at]

    def _join(self) -> tuple[list[int], list[int]]:
        starts: list[int] = []
        ends: list[int] = []
        for start, end in sorted(self.amounts):
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        return starts, ends


class Site:
    """All meters of a feed: which add up, and what was told of them so far.

    They are to be told in the order of :meth:`rank`: what repeats others after them.
    """

    def __init__(self, found: Sequence[Meter]) -> None:
        self._points: dict[str, set[str]] = defaultdict(set)
        self._directions: dict[tuple[str, str], set[int | None]] = defaultdict(set)
        self._wholes: dict[_Stream, _Told] = defaultdict(_Told)
        self._all: dict[_Stream, _Told] = defaultdict(_Told)
        for meter in found:
            self._points[commodity(meter)].add(meter.usage_point)
            if is_amount(meter):
                point = (meter.usage_point, commodity(meter))
                self._directions[point].add(meter.codes.get("flowDirection"))

    def rank(self, meter: Meter) -> tuple[bool, bool]:
        """What is drawn or fed in before net, and totals before their parts."""
        return self._is_net(meter), part(meter) != ""

    def input(self, meter: Meter) -> str:
        """What tells a meter from the others of its commodity that it adds up with."""
        is_one_of_several = len(self._points[commodity(meter)]) > 1
        point = meter.usage_point.rpartition("/")[2] if is_one_of_several else ""
        return "/".join(name for name in (point, part(meter)) if name)[:60]

    def take(self, meter: Meter, key: ChannelKey, span: Span, amount: int) -> None:
        """An amount that counts."""
        stream = _stream(meter, key, meter.codes.get("flowDirection"))
        self._all[stream].add(span, amount)
        if part(meter) == "":
            self._wholes[stream].add(span, amount)

    def beside(
        self, meter: Meter, key: ChannelKey, span: Span, amount: int
    ) -> tuple[ChannelKey, int] | Note:
        """What an amount adds to what was told, or why it is left aside.

        Where one direction is told, net tells the other one: what is drawn less what is fed in is
        net. Below 0 is what cannot be.
        """
        direction = meter.codes.get("flowDirection")
        if part(meter) != "" and self._wholes[_stream(meter, key, direction)].covers(span):
            return _PART
        if not self._is_net(meter):
            return key, amount
        drawn, fed = (self._all[_stream(meter, key, code)] for code in (FORWARD, REVERSE))
        known = [drawn.covers(span), fed.covers(span)]
        if not any(known):
            return key, amount
        if all(known) or part(meter) != "" or commodity(meter) != "electricity":
            return _NET
        net = amount if key.flow == "consumption" else -amount
        if span in drawn.amounts:
            other, rest = replace(key, flow="injection"), drawn.amounts[span] - net
        elif span in fed.amounts:
            other, rest = replace(key, flow="consumption"), fed.amounts[span] + net
        else:
            return _NET
        return other, rest

    def _is_net(self, meter: Meter) -> bool:
        """Of a meter that states no direction: only beside both of them."""
        direction = meter.codes.get("flowDirection")
        told = self._directions[meter.usage_point, commodity(meter)]
        return direction in NET and (bool(direction) or {FORWARD, REVERSE} <= told)


def _stream(meter: Meter, key: ChannelKey, direction: int | None) -> _Stream:
    return meter.usage_point, commodity(meter), key.quantity, direction
