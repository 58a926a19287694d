"""`/donnees-ouvertes`: a shelf of data sets: what they hold, a preview, how to take them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.amounts import base_unit, exact
from dashboard.components.basic import Table, age, icon, page_head, table
from dashboard.times import DAY
from dashboard.tongue import Tongue
from dashboard.views.district import top_area
from dashboard.visit import Visit
from hub.disclosure.datasets import DATASETS, FORMATS, LICENCE_NAME, Dataset
from hub.disclosure.policy import WITHHELD, band
from hub.store import pages as store
from hub.store import published
from hub.store.commodities import Commodity, catalogue
from hub.store.connection import Connection
from hub.store.pages import Area, PublicFigure

_PREVIEW = 6
_LETTERS = {"day": 10, "month": 7, "year": 4}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A data set and how it stands; `newest` are the figures of its last period."""

    dataset: Dataset
    span: tuple[dt.date, dt.date] | None
    updated: dt.datetime | None
    newest: list[PublicFigure]


@dataclass(frozen=True, slots=True)
class OpenData:
    """Everything on the page. `base` is the address downloads start with."""

    shelves: list[Shelf]
    areas: list[Area]
    commodities: list[Commodity]
    base: str


def load(connection: Connection, base: str) -> OpenData:
    """The data sets of the catalogue, with the newest figures of each."""
    spans = store.public_periods(connection)
    shelves = []
    for dataset in DATASETS.values():
        span = spans.get(dataset.step)
        newest = []
        if span:
            last = span[1]
            newest = store.public_figures(connection, dataset.step, last, last + DAY)
        updated = published.last_published(connection, dataset.step)
        shelves.append(Shelf(dataset, span, updated, newest))
    return OpenData(shelves, store.areas(connection), catalogue(connection), base)


def build(visit: Visit, data: OpenData) -> list[Component]:
    """The page."""
    tongue = visit.tongue
    top = top_area(data.areas)
    lead = tongue.t(
        "Les totaux publiés par le hub, libres de réutilisation."
        " Aucun ne permet de reconnaître un foyer."
    )
    return [
        page_head(tongue.t("Données ouvertes"), lead),
        html.Div([_shelf(visit, data, shelf) for shelf in data.shelves], className="shelves"),
        _method(tongue, top.name if top else ""),
    ]


def _shelf(visit: Visit, data: OpenData, shelf: Shelf) -> Component:
    tongue, dataset = visit.tongue, shelf.dataset
    title = dataset.title_fr if tongue.french else dataset.title_en
    about = dataset.about_fr if tongue.french else dataset.about_en
    links = [
        html.A(
            [icon("download"), form.upper()],
            href=f"/open/datasets/{dataset.id}.{form}",
            className="button",
            download="",
        )
        for form in FORMATS
    ]
    curl = f"curl -O {data.base}/open/datasets/{dataset.id}.csv"
    words = html.Div(
        [
            html.H2(title, id=dataset.id),
            html.P(about, className="sentence"),
            _facts(visit, shelf),
            html.Div(links, className="downloads"),
            html.P(html.Code(curl), className="curl", tabIndex=0),
        ]
    )
    return html.Article([words, _preview(tongue, data, shelf)], className="shelf")


def _facts(visit: Visit, shelf: Shelf) -> Component:
    """Time covered, freshness, licence."""
    tongue = visit.tongue
    pairs: list[tuple[str, Component | str]] = []
    if shelf.span:
        first, last = (_period(tongue, shelf.dataset.step, day) for day in shelf.span)
        covered = first if first == last else f"{first} – {last}"
        pairs.append((tongue.t("Période"), covered))
    if shelf.updated:
        pairs.append(
            (
                tongue.t("Publié"),
                age(tongue, shelf.updated, visit.now, f"updated-{shelf.dataset.id}"),
            )
        )
    pairs.append((tongue.t("Licence"), LICENCE_NAME))
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs], className="facts"
    )


def _period(tongue: Tongue, step: str, day: dt.date) -> str:
    if step == "year":
        return str(day.year)
    return tongue.month(day) if step == "month" else tongue.day(day)


def _preview(tongue: Tongue, data: OpenData, shelf: Shelf) -> Component:
    """The first lines of the newest period, as they stand in the file."""
    if not shelf.newest:
        return html.P(tongue.t("Encore vide : aucune période n'est publiée."), className="quiet")
    names = {area.area_id: area.name for area in data.areas}
    places = {area.area_id: number for number, area in enumerate(data.areas)}
    order = {c.commodity: number for number, c in enumerate(data.commodities)}
    known = [f for f in shelf.newest if f.area_id in names]
    known.sort(key=lambda f: (order.get(f.commodity, 99), f.flow, places[f.area_id]))
    rows = [_line(tongue, shelf, figure, names) for figure in known[:_PREVIEW]]
    head = ["period", "area_name", "commodity", "flow", "amount", "unit", "households"]
    title = shelf.dataset.title_fr if tongue.french else shelf.dataset.title_en
    caption = tongue.t("{title} : aperçu de la dernière période", title=title)
    return table(Table(caption, head, rows), "preview")


def _line(tongue: Tongue, shelf: Shelf, figure: PublicFigure, names: dict[int, str]) -> list[str]:
    unit = base_unit(figure.quantity)
    amount = (
        exact(tongue, figure.amount, unit) if figure.amount is not None else tongue.t("non publié")
    )
    return [
        figure.period.isoformat()[: _LETTERS[shelf.dataset.step]],
        names[figure.area_id],
        figure.commodity,
        figure.flow,
        amount,
        unit.symbol,
        band(figure.households) if figure.amount is not None and figure.households else "–",
    ]


def _method(tongue: Tongue, place: str) -> Component:
    """How the figures are made, what is left out, how to cite them."""
    summed = tongue.t(
        "Un total est la somme des foyers participants dont au moins 90 % du jour est mesuré."
        " Ce qui manque n'est pas inventé."
    )
    bands = tongue.t("Le nombre de foyers est donné par tranche, par exemple 100-199.")
    frozen = tongue.t(
        "Un chiffre publié ne change plus : deux éditions, à un foyer près, livreraient ce foyer."
    )
    cite = tongue.t(
        "Source à citer : Hub énergie {place}, avec la date de publication.", place=place
    )
    catalogue = tongue.t("Catalogue pour les machines (DCAT) : ")
    items: list[Component] = [
        html.Li(words) for words in (summed, f"{WITHHELD[tongue.code]} {bands}", frozen, cite)
    ]
    items.append(html.Li([catalogue, html.A("/open/catalog.jsonld", href="/open/catalog.jsonld")]))
    return html.Section([html.H2(tongue.t("Méthode")), html.Ul(items, className="method")])
