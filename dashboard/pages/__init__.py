"""One module a page: `load` reads the store, `build` makes the components of a visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from dashboard.facts import SiteFacts
from dashboard.pages import district, history, kiosk, now, open_data, send, welcome
from dashboard.visit import Visit
from hub.store.connection import Connection

#: (connection, visit, query, facts) -> components.
Render = Callable[[Connection, Visit, str, SiteFacts], Any]


@dataclass(frozen=True, slots=True)
class Page:
    """How a page is drawn, what redraws it, and its text version where that is another.

    One that follows the session stands as its reader left it, until the session is another.
    """

    render: Render
    follows: Literal["household", "published", "session"]
    text: Render | None = None


def _now(connection: Connection, visit: Visit, _query: str, _facts: SiteFacts) -> Any:
    if visit.household_id is None:
        return welcome.build(visit, welcome.load(connection, visit))
    return now.build(visit, now.load(connection, visit, visit.household_id))


def _history(connection: Connection, visit: Visit, query: str, _facts: SiteFacts) -> Any:
    if visit.household_id is None:
        title = visit.tongue.t("Historique")
        lead = visit.tongue.t("Votre foyer, de la demi-heure aux années.")
        return welcome.closed(visit, title, lead)
    values = dict(parse_qsl(query))
    return history.build(visit, history.load(connection, visit, visit.household_id, values))


def _send(connection: Connection, visit: Visit, query: str, _facts: SiteFacts) -> Any:
    if visit.household_id is None:
        return welcome.closed(visit, *send.heads(visit.tongue))
    values = dict(parse_qsl(query))
    return send.build(visit, send.load(connection, visit.household_id, values))


def _district(connection: Connection, visit: Visit, query: str, _facts: SiteFacts) -> Any:
    return district.build(visit, district.load(connection, visit, dict(parse_qsl(query))))


def _kiosk(connection: Connection, visit: Visit, _query: str, facts: SiteFacts) -> Any:
    return kiosk.build(visit, kiosk.load(connection, visit), facts)


def _kiosk_text(connection: Connection, visit: Visit, _query: str, facts: SiteFacts) -> Any:
    return kiosk.build_text(visit, kiosk.load(connection, visit), facts)


def _open_data(connection: Connection, visit: Visit, _query: str, facts: SiteFacts) -> Any:
    return open_data.build(visit, open_data.load(connection, facts.base))


PAGES: dict[str, Page] = {
    "/": Page(_now, "household"),
    "/historique": Page(_history, "household"),
    "/envoyer": Page(_send, "session"),
    "/quartier": Page(_district, "published"),
    "/kiosque": Page(_kiosk, "published", _kiosk_text),
    "/donnees-ouvertes": Page(_open_data, "published"),
}
