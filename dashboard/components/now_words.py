"""The words of the cards that move between two drawings of the page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboard.tongue import NBSP
from dashboard.views.now import Card, NowData, cards
from dashboard.visit import Visit
from hub.store import pages as store
from hub.store.commodities import Commodity, catalogue
from hub.store.connection import Connection
from hub.store.live import LiveChannel


@dataclass(frozen=True, slots=True)
class Words:
    """`props`: component id -> properties. `spoken`: one line for screen readers."""

    props: dict[str, dict[str, Any]]
    spoken: str


@dataclass(frozen=True, slots=True)
class Constants:
    """What the words need and hardly ever changes."""

    commodities: list[Commodity]
    gas_coefficient: tuple[Decimal, bool] | None


def constants(connection: Connection, today: dt.date) -> Constants:
    """Read them."""
    return Constants(catalogue(connection), store.factor(connection, "gas_coefficient", today))


def moving_words(
    connection: Connection,
    visit: Visit,
    household_id: int,
    channels: list[LiveChannel],
    known: Constants,
) -> Words:
    """Numbers, powers, indexes and ages of now: today's totals without their half-hours."""
    days = [visit.today - dt.timedelta(days=1), visit.today]
    data = NowData(
        now=visit.now,
        zone=visit.zone,
        commodities=known.commodities,
        channels=channels,
        days=store.household_days(connection, household_id, days, slots=False),
        gas_coefficient=known.gas_coefficient,
    )
    props: dict[str, dict[str, Any]] = {}
    spoken = []
    for view in cards(visit.tongue, data):
        props |= _card(visit, view)
        number = f"{view.number}{NBSP}{view.unit}" if view.number else ""
        spoken.append(" ".join(part for part in (view.name, number, view.live.power) if part))
    line = visit.tongue.t("Mise à jour : {cards}.", cards=", ".join(spoken))
    return Words(props, line)


def _card(visit: Visit, view: Card) -> dict[str, dict[str, Any]]:
    key = view.commodity.commodity
    live = view.live
    return {
        f"number-{key}": {"children": view.number or "–"},
        f"unit-{key}": {"children": [NBSP, view.unit]},
        f"beside-{key}": {"children": view.beside},
        f"power-{key}": {"children": live.power},
        f"live-{key}": {"hidden": not live.detail},
        f"detail-{key}": {"children": live.detail},
        f"index-word-{key}": {"hidden": not live.index},
        f"index-{key}": {"children": live.index},
        f"comma-{key}": {"children": ", " if live.index else ""},
        f"age-{key}": {
            "dateTime": live.at.isoformat() if live.at else "",
            "children": visit.tongue.ago((visit.now - live.at).total_seconds()) if live.at else "",
        },
        f"silent-{key}": {"hidden": not live.silent},
    }
