"""P1 telegrams of smart meters: NL (DSMR 2.2 to 5), BE, LU, HU, IE, SE, and meters like them.

Source: the meter's P1 port, each telegram as it stands: a message (MQTT), or a file with one or
    many. Decrypted: a frame that needs a key (LU, AT) is refused as encrypted.
Device: the equipment number, hex digits read as text: 0-0:96.1.1, 0-0:96.1.0, 0-0:96.1.255 or
    0-0:42.0.0; where none is told the one given, or the topic's part (``dsmr/<x>/telegram`` is x).
    A gas, water or heat meter behind it has its own (0-n:96.1.0 or 0-n:96.1.1), else the other
    meter's with ``/n``.
Units: as written: kWh, Wh, kW, W, m3, GJ.
Label: registers and powers of an instant.
Zone: stamps are local with S (summer) or W (winter), in the household's zone; in versions 2 and 3
    without: then on the October night the hour nearer to the arrival, in a file neither. No stamp
    of the telegram at all (versions 2 and 3): the arrival of a message; in a file no reading.
Cadence: 1 to 10 s; a meter behind it every 5 min or every hour, repeated until the next.
Traps: 1.8.0 and 2.8.0 are TOTAL, 1.8.1 to 1.8.10 the parts F1 to F10 that add up to it, also where
    the meter tells no total (F5). Which is the cheap one differs: 1 by night in NL, 2 in BE. Gas
    has its own stamp, up to an hour old. The stamps 632525252525 and 700101 are no time and their
    0 no reading (F12). A wrong CRC16 refuses the telegram; versions 2 and 3 have none. A power
    below zero flows the other way. The header line names a model, not a meter.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors import _dsmr, _dsmr_facts
from connectors._columns import Columns
from connectors._dsmr import Lines
from connectors._dsmr_facts import Fact
from connectors._json import limit_of, not_this
from connectors._message import channel
from connectors._units import BadValueError, identifier, to_amount, to_integer
from hub.model import ChannelKey, Context, Decoded, DecodeError, Flow, Gap, Quality, Reject

NAME = "dsmr_p1"
LABELS = {"register": "instant"}
DEVICE = "meter"
TOPICS = ("dsmr/+/telegram", "dsmr/+/raw", "p1/+/telegram")

_CLOCK = "0-0:1.0.0"
_NAMELESS = "missing_usage_point"
_OTHER: dict[Flow, Flow] = {"consumption": "injection", "injection": "consumption"}


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every telegram. Raises DecodeError: no telegram, no device, the only one cannot be read."""
    if len(payload) > limit_of(ctx):
        raise DecodeError("too_large", bytes=len(payload), limit=limit_of(ctx))
    if _dsmr.encrypted(payload):
        raise DecodeError("encrypted", value=payload.lstrip()[:8].hex())
    found = list(_dsmr.telegrams(payload))
    if not found:
        raise not_this(NAME, "/XXX5... 1-0:1.8.1(...) ?")
    out = Decoded(rows=len(found), lines=[telegram.line for telegram in found])
    columns = Columns()
    for row, telegram in enumerate(found, start=1):
        try:
            _dsmr.check(telegram)
            _read(_dsmr.lines(telegram), row, ctx, columns, out)
        except BadValueError as bad:
            if len(found) == 1:
                raise DecodeError(bad.reason, **_detail(bad)) from None
            out.rejects.append(_reject(row, telegram.line, None, bad))
    out.series = columns.series()
    if not out.series and any(reject.reason == _NAMELESS for reject in out.rejects):
        raise DecodeError(_NAMELESS)
    return out


def sniff(head: bytes) -> float:
    """Sure by a header line and the OBIS code after it."""
    return 1.0 if _dsmr.begins(head) else 0.0


def _read(lines: Lines, row: int, ctx: Context, columns: Columns, out: Decoded) -> None:
    """Add the readings of a telegram, its rejects; gaps where it gives nothing else.

    Raises BadValueError where nothing tells its device.
    """
    device = _dsmr_facts.number(lines) or ctx.device or "/".join(ctx.topic.split("/")[1:-1])
    if not device:
        raise BadValueError(_NAMELESS, None)
    clock = _Clock(lines, ctx)
    told: set[object] = set()  # channels, and columns of rejects
    gaps: list[Gap] = []
    line = out.lines[row - 1] if out.lines else None
    for fact in _dsmr_facts.facts(lines, device):
        if fact.key in told:
            continue
        if not fact.text:
            gaps.append(Gap(row, column=fact.code))
            continue
        try:
            identifier(fact.key.device, fact.code)
            ts, quality = clock.at(fact.stamp)
            readings = list(_readings(fact))
        except BadValueError as bad:
            column = bad.column or fact.code
            if column not in told:
                told.add(column)
                out.rejects.append(_reject(row, line, column, bad))
            continue
        for key, value in readings:
            if key not in told:
                told.add(key)
                columns.add(key, ts, value, row, int(quality))
    if not told:
        out.gaps += gaps
        out.ignored += not gaps


def _readings(fact: Fact) -> Iterator[tuple[ChannelKey, int]]:
    """The value, in whole units; a power below zero is none, and flows the other way.

    Raises BadValueError.
    """
    key = fact.key
    number, unit = _dsmr.amount(fact.text)
    if unit.quantity != key.quantity:
        raise BadValueError("bad_unit", fact.text.partition("*")[2])
    if key.kind == "register":
        yield key, to_amount(number, unit)
        return
    value = to_integer(number, unit)
    yield key, max(value, 0)
    if value < 0:
        way = _OTHER[key.flow]
        yield channel(key.device, key.commodity, way, "power", key.register, "power"), -value


class _Clock:
    """When a telegram's values were: by their own stamp, the telegram's, or its arrival."""

    def __init__(self, lines: Lines, ctx: Context) -> None:
        self._own, self._ctx = lines.get(_CLOCK, ("",))[0].strip(), ctx

    def at(self, stamp: str) -> tuple[int, Quality]:
        """The instant of ``stamp`` ('': the telegram's). Raises BadValueError."""
        near = self._ctx.received_at if self._ctx.topic else None
        if stamp:
            return _dsmr.instant(stamp, self._ctx.zone, near), Quality.GOOD
        try:
            if self._own:
                return _dsmr.instant(self._own, self._ctx.zone, near), Quality.GOOD
        except BadValueError as bad:
            raise BadValueError(bad.reason, bad.value, _CLOCK) from None
        if near is None:
            raise BadValueError("missing_time", None, _CLOCK)
        return near, Quality.ARRIVAL_TIME


def _reject(row: int, line: int | None, column: str | None, bad: BadValueError) -> Reject:
    return Reject(row, bad.reason, column, bad.value, line, _detail(bad))


def _detail(bad: BadValueError) -> dict[str, object]:
    return {"connector": NAME, "error": bad.value, "value": bad.value}
