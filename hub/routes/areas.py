"""Public figures of areas, from what is published and from nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from hub.disclosure.policy import STEPS, WITHHELD, band, flow_class
from hub.model import TOTAL
from hub.periods import day_of
from hub.routes import rendering
from hub.routes.context import OPEN, utc_now, web_of
from hub.routes.language import language
from hub.routes.parameters import one_of, only_known, period_range, required
from hub.routes.problems import ProblemError, invalid
from hub.store import publication, published, series
from hub.store.commodities import Commodity, catalogue
from hub.store.connection import Connection
from hub.store.published import Area, Figure
from hub.units import Unit, unit_of

router = APIRouter(prefix="/api/v1/areas", tags=["area"])

_PARAMETERS = {"commodity", "flow", "step", "period", "release"}
_PUBLIC = {**OPEN, "Cache-Control": "public, max-age=60", "Vary": "Accept-Language"}
#: Steps in order of length, for "a period must not be shorter than the step".
_DAYS = {"30min": 1, "day": 1, "month": 28, "year": 365}
_ALL = date(2000, 1, 1), date(2101, 1, 1)


@router.get("", summary="The areas: names, tree, places on the schematic map")
def read_areas(request: Request) -> Response:
    """Every area with public figures; ``parent`` is a code."""
    only_known(request.query_params.multi_items(), set())
    with web_of(request).reading() as conn:
        content = {
            "areas": [
                {
                    "code": a.code,
                    "name": a.name,
                    "kind": a.kind,
                    "parent": a.parent,
                    "tile": None if a.tile_column is None else [a.tile_column, a.tile_row],
                    "cog_year": a.cog_year,
                }
                for a in published.areas(conn)
            ]
        }
    return Response(rendering.body(content), headers=_PUBLIC, media_type="application/json")


@router.get("/{code}/consumption", summary="An area's published figures")
def read_area(
    request: Request,
    code: str,
    commodity: Annotated[str | None, Query(description="electricity, gas, water, solar")] = None,
    flow: Annotated[str | None, Query(description="consumption, injection or production")] = None,
    step: Annotated[str, Query(description="30min, day, month, year")] = "day",
    period: Annotated[str | None, Query(description="YYYY, YYYY-MM or YYYY-MM-DD")] = None,
    release: Annotated[str | None, Query(description="default: each period's newest")] = None,
) -> Response:
    """Complete calendar periods only; homes in bands; one text for every withheld figure.

    Without ``period``: the last 48 hours, 400 days, all months or all years.
    """
    web = web_of(request)
    only_known(request.query_params.multi_items(), _PARAMETERS)
    with web.reading() as conn:
        place = _area(conn, code)
        known = {c.commodity: c for c in catalogue(conn)}
        chosen = known[required("commodity", commodity, known)]
        flow = one_of("flow", flow or chosen.main_flow, chosen.flows)
        one_of("step", step, STEPS)
        if release is not None:
            one_of("release", release, published.releases(conn))
        zone = web.zone(conn)
        found = _figures(conn, place, chosen, flow, (step, period, release), zone)
        simulated = web.simulated(conn)
    unit = unit_of(chosen.quantity, chosen.unit)
    content = {
        "area": place.code,
        "name": place.name,
        "commodity": chosen.commodity,
        "flow": flow,
        "quantity": chosen.quantity,
        "unit": unit.name,
        "zone": zone.key,
        "step": step,
        "release": release or (found[-1].release if found else publication.RUNNING),
        "simulated": simulated,
        "points": _points(found, unit, zone, WITHHELD[language(request)]),
    }
    return Response(rendering.body(content), headers=_PUBLIC, media_type="application/json")


def _points(
    found: list[Figure], unit: Unit, zone: ZoneInfo, withheld: str
) -> list[dict[str, object]]:
    return [
        {
            "start": rendering.instant(f.start, zone),
            "end": rendering.instant(f.end, zone),
            "amount": rendering.number(None if f.amount is None else unit.text(f.amount)),
            "households": None if f.amount is None else band(f.households),
            "withheld": withheld if f.amount is None else None,
        }
        for f in found
    ]


def _area(conn: Connection, code: str) -> Area:
    found = published.area(conn, code)
    if found is None:
        raise ProblemError(404, f"there is no area '{code}'; /api/v1/areas lists them")
    return found


def _figures(
    conn: Connection,
    place: Area,
    commodity: Commodity,
    flow: str,
    asked: tuple[str, str | None, str | None],
    zone: ZoneInfo,
) -> list[Figure]:
    """What is published of the step, period and release asked for."""
    step, period, release = asked
    today = day_of(utc_now(), commodity.day_start, zone)
    first, end = _range(step, period, today)
    measure = series.measure_id(conn, commodity.commodity, flow, commodity.quantity, TOTAL)
    if measure is None:
        return []
    rule = publication.policy(conn).rule(step, flow_class(flow), place.kind, today)
    served_from = _ALL[0]
    if step == "30min":
        served_from = today - timedelta(days=rule.served_days or 0)
    found = published.figures(
        conn,
        area=place.area_id,
        measure=measure,
        step=step,
        first=first,
        end=end,
        release=release,
        served_from=served_from,
        long_households=rule.long_households,
    )
    if step == "30min" and period is None:
        oldest = utc_now() - timedelta(hours=48)
        found = [f for f in found if f.start >= oldest]
    return found


def _range(step: str, period: str | None, today: date) -> tuple[date, date]:
    if period is None:
        days = {"30min": 3, "day": 400}.get(step)
        return (today - timedelta(days=days), today + timedelta(days=1)) if days else _ALL
    first, end = period_range(period)
    if (end - first).days < _DAYS[step]:
        raise invalid("period", f"period {period} is shorter than step {step}")
    return first, end
