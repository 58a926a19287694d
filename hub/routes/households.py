"""A household's own figures. To anyone else these routes answer 404."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from hub import estimates, series
from hub.model import DISTRIBUTOR_FAMILIES, SUPPLIER_FAMILIES, TOTAL
from hub.periods import day_of, instant_of
from hub.routes import rendering
from hub.routes.access import PRIVATE, note_access, reader_of
from hub.routes.context import utc_now, web_of
from hub.routes.parameters import (
    LONG_STEPS,
    SHORT_STEPS,
    local_days,
    long_range,
    one_of,
    only_known,
    required,
    short_range,
)
from hub.routes.problems import invalid
from hub.series import Point
from hub.store import series as store
from hub.store.commodities import Commodity, catalogue
from hub.store.connection import Connection
from hub.store.series import Coefficient
from hub.units import DECIMALS, Unit, unit_of

router = APIRouter(prefix="/api/v1/households", tags=["household"])

_STEPS = (*SHORT_STEPS, *LONG_STEPS)
_REGISTERS = {TOTAL}.union(*SUPPLIER_FAMILIES, *DISTRIBUTOR_FAMILIES)
_PARAMETERS = {"commodity", "flow", "register", "from", "to", "step", "unit", "as_of"}
_GAS_ENERGY = "kWh"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a household's series; ``unit`` None is gas as kWh."""

    household: int
    commodity: Commodity
    flow: str
    register: str
    step: str
    unit: Unit | None
    zone: ZoneInfo

    @property
    def day_start(self) -> timedelta:
        """When the commodity's local day begins."""
        return self.commodity.day_start


@router.get("/{ref}", summary="A household: what it has, where it lies, how fresh it is")
def read_household(request: Request, ref: str) -> Response:
    """Commodities with their flows, registers and days; areas; the newest readings."""
    only_known(request.query_params.multi_items(), set())
    web = web_of(request)
    with web.connection() as conn:
        reader = reader_of(request, conn, ref)
        zone = web.zone(conn)
        household = reader.household.household_id
        fresh = store.last_readings(conn, household)
        content = {
            "household": ref,
            "simulated": reader.household.simulated,
            "zone": zone.key,
            "areas": store.places(conn, household),
            "totals": store.holdings(conn, household),
            "fresh": {
                commodity: {
                    "reading_at": rendering.instant(at, zone),
                    "received_at": rendering.instant(received, zone),
                }
                for commodity, (at, received) in fresh.items()
            },
        }
        note_access(request, conn, reader, "household")
    return Response(rendering.body(content), headers=PRIVATE, media_type="application/json")


@router.get("/{ref}/consumption", summary="A household's series at any step")
def read_consumption(
    request: Request,
    ref: str,
    commodity: Annotated[str | None, Query(description="electricity, gas, water, solar")] = None,
    flow: Annotated[str | None, Query(description="consumption, injection or production")] = None,
    register: Annotated[str, Query(description="TOTAL, or a part such as HP, HC")] = TOTAL,
    begin: Annotated[
        str | None, Query(alias="from", description="local date; RFC 3339 instant below a day")
    ] = None,
    end: Annotated[str | None, Query(alias="to", description="exclusive")] = None,
    step: Annotated[str, Query(description="15min, 30min, hour, day, month, year")] = "day",
    unit: Annotated[str | None, Query(description="kWh, m3, ...; gas also kWh")] = None,
    as_of: Annotated[str | None, Query(description="not built yet: answers 422")] = None,
) -> Response:
    """Points from ``from`` to ``to``; null where nothing is known.

    From a day on, ``from`` and ``to`` are local dates, and months and years are answered whole.
    """
    web = web_of(request)
    with web.connection() as conn:
        reader = reader_of(request, conn, ref)
        only_known(request.query_params.multi_items(), _PARAMETERS)
        if as_of is not None:
            raise invalid("as_of", "as_of is not built yet: leave it out for what is known today")
        household = reader.household.household_id
        question = _question(
            conn, household, (commodity, flow, register, step, unit), web.zone(conn)
        )
        content = {
            "household": ref,
            "simulated": reader.household.simulated,
            **_answer(conn, question, begin, end),
        }
        what = f"{question.commodity.commodity} {question.flow} {step} {begin or ''}..{end or ''}"
        note_access(request, conn, reader, what[:200])
    return Response(rendering.body(content), headers=PRIVATE, media_type="application/json")


def _question(
    conn: Connection,
    household: int,
    asked: tuple[str | None, str | None, str, str, str | None],
    zone: ZoneInfo,
) -> Question:
    name, flow, register, step, unit = asked
    known = {c.commodity: c for c in catalogue(conn)}
    commodity = known[required("commodity", name, known)]
    flow = one_of("flow", commodity.main_flow if flow is None else flow, commodity.flows)
    one_of("step", step, _STEPS)
    if register not in _REGISTERS:
        existing = store.registers(conn, commodity.commodity, flow, commodity.quantity)
        one_of("register", register, existing or [TOTAL])
    if step == "15min" and not store.has_quarter_hours(conn, household, commodity.commodity):
        raise invalid("step", "no meter of this household is kept at 15 minutes; use step=30min")
    shown = _unit(commodity, commodity.unit if unit is None else unit)
    return Question(household, commodity, flow, register, step, shown, zone)


def _unit(commodity: Commodity, name: str) -> Unit | None:
    units = list(DECIMALS[commodity.quantity])
    if commodity.commodity == "gas" and commodity.quantity == "volume":
        if name == _GAS_ENERGY:
            return None
        units.append(_GAS_ENERGY)
    one_of("unit", name, units)
    return unit_of(commodity.quantity, name)


def _answer(conn: Connection, q: Question, begin: str | None, end: str | None) -> dict[str, object]:
    measure = store.measure_id(
        conn, q.commodity.commodity, q.flow, q.commodity.quantity, q.register
    )
    gas = store.coefficients(conn, q.household) if q.unit is None else None
    if q.step in SHORT_STEPS:
        span, points = _short(conn, q, measure, gas, begin, end)
    else:
        span, points = _long(conn, q, measure, gas, begin, end)
    pending = store.pending(conn, q.household, q.commodity.commodity, q.flow, *span)
    answer: dict[str, object] = {
        "commodity": q.commodity.commodity,
        "flow": q.flow,
        "quantity": q.commodity.quantity if q.unit else "energy",
        "register": q.register,
        "unit": q.unit.name if q.unit else _GAS_ENERGY,
        "zone": q.zone.key,
        "step": q.step,
        "pending": [
            {"from": rendering.instant(a, q.zone), "to": rendering.instant(b, q.zone)}
            for a, b in pending
        ],
        "points": rendering.points(points, q.unit, q.zone),
    }
    if gas is not None:
        answer["coefficients"] = rendering.coefficients(series.used_coefficients(gas, points))
    return answer


Span = tuple[datetime, datetime]


def _short(
    conn: Connection,
    q: Question,
    measure: int | None,
    gas: list[Coefficient] | None,
    begin: str | None,
    end: str | None,
) -> tuple[Span, list[Point]]:
    first, last = short_range(begin, end, q.step, utc_now())
    days = local_days(first, last, q.day_start, q.zone)
    found = store.slot_days(conn, q.household, measure, *days) if measure else []
    seconds = SHORT_STEPS[q.step]
    points = series.short_points(found, first, last, seconds, q.day_start, q.zone, gas)
    return (first, last), points


def _estimates(conn: Connection, q: Question, first: date, last: date) -> Mapping[date, int]:
    """Estimates of a total; a part of one has none, lest parts and total drift apart."""
    if q.register != TOTAL:
        return {}
    name = q.commodity.commodity
    found = estimates.of_household(conn, q.household, str(q.zone), first, last, name)
    return found.get((name, q.flow, q.commodity.quantity), {})


def _long(
    conn: Connection,
    q: Question,
    measure: int | None,
    gas: list[Coefficient] | None,
    begin: str | None,
    end: str | None,
) -> tuple[Span, list[Point]]:
    step = next(s for s in LONG_STEPS if s == q.step)
    today = day_of(utc_now(), q.day_start, q.zone)
    first, last = long_range(begin, end, step, today)
    read = store.days if step == "day" or gas is not None else store.months
    totals = read(conn, q.household, measure, first, last) if measure else []
    beside = _estimates(conn, q, first, last) if measure else {}
    if gas is None:
        points = series.long_points(totals, first, last, step, q.day_start, q.zone, beside)
    else:
        points = series.energy_points(totals, gas, first, last, step, q.day_start, q.zone, beside)
    span = instant_of(first, q.day_start, q.zone), instant_of(last, q.day_start, q.zone)
    return span, points
