"""Linky curves, days and registers through Quoalise, a French federation of energy data (XML).

Source: the answers and messages of a Quoalise proxy of Enedis' services (SGE, Data Connect):
    ``quoalise/data`` with ``meta`` and a SenML pack, also as XMPP wraps it.
Device: the 14-digit PRM of the record's name: ``urn:dev:prm:<PRM>_consumption/power/active/raw``.
Units: W: the mean over the sampling interval that ``meta`` states -> energy mWh; Wh -> mWh.
Label: START of the interval: the proxy has shifted Enedis' stamps; registers: the instant told.
Zone: seconds since 1970 UTC; ``energy/active/daily`` is of the local day that begins at t.
Cadence: 10, 30 or 60 min; daily.
Traps: the name, not ``meta``, tells whether it is consumption or production, which is what the
    meter feeds into the network: injection. A curve without a stated interval is refused
    (unknown_step, F2). Mean W is not Wh (T7). ``corrected`` values are marked. The index of a
    tariff class stands beside the total: it is kept under its own name, that of the distributor's
    classes with D_ before it (F5). Maximal, reactive power and voltage are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from connectors import _xml
from connectors._json import limit_of, not_this
from connectors._message import channel
from connectors._senml import Record, resolve
from connectors._senml_xml import pack
from connectors._time import duration_seconds, is_duration
from connectors._units import UNITS, BadValueError, Unit, to_amount
from hub.model import TOTAL, ChannelKey, Context, Decoded, Flow, Kind, Quality, Reject, Series

NAME = "quoalise"
LABELS = {"interval": "length", "register": "instant"}
DEVICE = "usage_point"
TOPICS: tuple[str, ...] = ()

_NAME = re.compile(
    r"urn:dev:prm:(?P<prm>[0-9]{14})[_:](?P<flow>consumption|production)[/_](?P<of>.+)"
)
_CURVE = re.compile(r"load|(?:active_power|power/active)/(?:raw|corrected)")
_DAILY = "energy/active/daily"
_INDEX = re.compile(r"energy/active/index(?:/(distributor|provider)/([a-z0-9_]{1,12}))?")


class _Reading(NamedTuple):
    """A record's channel and what it says there; seconds 0 where it is a register."""

    key: ChannelKey
    value: int
    seconds: int
    quality: Quality


def decode(payload: bytes, ctx: Context) -> Decoded:
    """Every record of every pack. Raises DecodeError: not XML, no such document."""
    document = _xml.root(payload, min(limit_of(ctx), _xml.LIMIT))
    found = [data for data in document.iter("data") if data.find("sensml") is not None]
    if not found or not any(document.iter("quoalise")):
        raise not_this(NAME, "<quoalise><data> ?")
    out = Decoded(rows=0)
    columns: dict[ChannelKey, list[tuple[int, _Reading, int]]] = {}
    for record, step in _records(found, ctx):
        out.rows += 1
        try:
            if isinstance(record, BadValueError):
                raise record
            reading = None if record is None else _reading(record, step, ctx.zone)
        except BadValueError as error:
            column = error.column or "v"
            out.rejects.append(Reject(out.rows, error.reason, column=column, value=error.value))
            continue
        if record is None or reading is None:
            out.ignored += 1
        else:
            columns.setdefault(reading.key, []).append((record.ts, reading, out.rows))
    out.series = [_series(key, readings) for key, readings in columns.items()]
    return out


def sniff(head: bytes) -> float:
    """Sure of XML in Quoalise's namespace."""
    return 1.0 if _xml.begins(head) and b"urn:quoalise:" in head else 0.0


def _records(
    found: list[Element], ctx: Context
) -> Iterator[tuple[Record | BadValueError | None, str]]:
    """Each record with the step that is stated for it; '' if there is none."""
    for data in found:
        step = _step(data)
        for sensml in data.findall("sensml"):
            for record in resolve(pack(sensml), ctx.received_at, NAME):
                yield record, step


def _step(data: Element) -> str:
    """The sampling interval as a duration; the older documents give it in seconds."""
    told = [element.get("interval", "") for element in data.iter("sampling")]
    told += [element.get("sampling-interval", "") for element in data.iter("measurement")]
    step = next((text.strip() for text in told if text.strip()), "")
    return f"PT{step}S" if re.fullmatch(r"[0-9]{1,6}", step) else step


def _reading(record: Record, step: str, zone: str) -> _Reading | None:
    """What a record says; None where it is nothing that is counted. Raises BadValueError."""
    name = _NAME.fullmatch(record.name)
    if name is None:
        raise BadValueError("bad_name", record.name, "n")
    register, seconds, of = TOTAL, 0, name["of"]
    index = _INDEX.fullmatch(of)
    if index:
        register = _register(index[1], index[2])
    elif _CURVE.fullmatch(of) or of == _DAILY:
        if not is_duration(wanted := "P1D" if of == _DAILY else step):
            raise BadValueError("unknown_step", step or None, "sampling")
        if record.relative:
            raise BadValueError("missing_time", None, "t")
        seconds = duration_seconds(wanted, record.ts, zone)
    else:
        return None
    unit = _unit(record.unit, seconds if _CURVE.fullmatch(of) else 0)
    flow: Flow = "consumption" if name["flow"] == "consumption" else "injection"
    kind: Kind = "interval" if seconds else "register"
    key = channel(name["prm"], "electricity", flow, "energy", register, kind)
    corrected = of.endswith("/corrected")
    quality = Quality.CORRECTED_BY_SOURCE if corrected else Quality.GOOD
    return _Reading(key, to_amount(record.value, unit), seconds, quality)


def _register(of: str | None, tariff: str | None) -> str:
    if of is None or tariff is None:
        return TOTAL
    return f"D_{tariff}".upper() if of == "distributor" else tariff.upper()


def _unit(name: str, seconds: int) -> Unit:
    """The unit of energy; that of a mean power over ``seconds`` where they are above 0."""
    unit = UNITS.get(name)
    if unit is None or unit.quantity != ("power" if seconds else "energy"):
        raise BadValueError("bad_unit", name, "u")
    return Unit("energy", unit.times * seconds, unit.over * 3600) if seconds else unit


def _series(key: ChannelKey, readings: list[tuple[int, _Reading, int]]) -> Series:
    quality = [int(reading.quality) for _, reading, _ in readings]
    return Series(
        key,
        [ts for ts, _, _ in readings],
        [reading.value for _, reading, _ in readings],
        seconds=[r.seconds for _, r, _ in readings] if key.kind == "interval" else None,
        row=[row for _, _, row in readings],
        quality=quality if any(quality) else None,
    )
