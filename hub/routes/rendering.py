"""Points as JSON bytes: exact decimal numbers, local instants with their offset. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from hub.series import Energy, Point
from hub.store.series import Coefficient
from hub.units import Unit, plain


def instant(moment: datetime, zone: ZoneInfo) -> str:
    """An instant as people of the zone write it: 2026-11-22T00:00:00+01:00."""
    return moment.astimezone(zone).isoformat()


def number(text: str | None) -> orjson.Fragment:
    """A number as JSON, digit by digit; None is null."""
    return orjson.Fragment("null" if text is None else text)


def points(found: Iterable[Point], unit: Unit | None, zone: ZoneInfo) -> list[dict[str, object]]:
    """Points in ``unit``; without one, gas as exact kWh."""
    return [
        {
            "start": instant(p.start, zone),
            "end": instant(p.end, zone),
            **(_energy(p.energy, p) if unit is None else _amounts(p, unit)),
            "coverage": p.coverage,
            "quality": None if p.quality is None else dict(p.quality),
        }
        for p in found
    ]


def _amounts(point: Point, unit: Unit) -> dict[str, object]:
    def shown(value: int | None) -> orjson.Fragment:
        return number(None if value is None else unit.text(value))

    return {
        "amount": shown(point.amount),
        "measured": shown(point.measured),
        "allocated": shown(point.allocated),
        "estimated": shown(point.estimated),
    }


def _energy(energy: Energy | None, point: Point) -> dict[str, object]:
    known = energy is not None and point.measured is not None
    shown = energy or Energy()
    estimated = None if shown.estimated is None else plain(shown.estimated)
    coefficient = shown.coefficient
    return {
        "amount": number(plain(shown.measured + shown.allocated) if known else None),
        "measured": number(plain(shown.measured) if known else None),
        "allocated": number(plain(shown.allocated) if known else None),
        "estimated": number(estimated),
        "coefficient": number(None if coefficient is None else plain(coefficient)),
        "provisional": shown.provisional,
    }


def coefficients(used: Iterable[Coefficient]) -> list[dict[str, object]]:
    """The coefficients that were applied, with their source."""
    return [
        {
            "from": c.valid_from,
            "to": c.valid_to,
            "value": number(plain(c.value)),
            "unit": "kWh/m3",
            "source": c.source,
            "provisional": c.provisional,
        }
        for c in used
    ]


def body(content: Mapping[str, object]) -> bytes:
    """JSON bytes of an answer."""
    return orjson.dumps(content)
