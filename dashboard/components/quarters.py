"""The quarters of the arrondissement: commodity, schematic map, table, what is withheld."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.basic import Table, colours, extra, icon, notice, twin
from dashboard.tongue import Tongue
from dashboard.views.district import DistrictData, DistrictView, Tile, address
from hub.store.commodities import Commodity


def quarters(tongue: Tongue, path: str, data: DistrictData, view: DistrictView) -> Component | None:
    """The section; None without quarters."""
    chosen = view.chosen
    if chosen is None or not view.tiles:
        return None
    explained = tongue.t(
        "Carte schématique : chaque case est un quartier, à peu près à sa place."
        " Plus la case est colorée, plus le total est grand."
    )
    why: Component = html.P(view.rule, className="quiet")
    if any(tile.withheld for tile in view.tiles):
        why = notice([html.Strong(view.withheld), " ", view.rule], "hidden")
    return html.Section(
        [
            html.H2(tongue.t("Par quartier")),
            _choices(tongue, path, data, view, chosen),
            html.P(explained, className="sentence quiet"),
            html.Div([_map(tongue, view.tiles, chosen), why], className="beside-map"),
            twin(tongue, _table(tongue, view, chosen)),
        ]
    )


def _choices(
    tongue: Tongue, path: str, data: DistrictData, view: DistrictView, chosen: Commodity
) -> Component:
    links = [
        html.Span(
            dcc.Link(
                [icon(row.commodity.icon), row.name],
                href=path + address(data.step, data.period, row.commodity.commodity),
                className="current" if row.commodity == chosen else "",
            ),
            style=colours(row.commodity.colour_light, row.commodity.colour_dark),
        )
        for row in view.rows
    ]
    return html.Nav(links, className="choices", **extra(aria_label=tongue.t("Énergie ou eau")))


def _map(tongue: Tongue, tiles: list[Tile], chosen: Commodity) -> Component:
    """Each tile in its place; those without one come last; on narrow screens all in order."""
    columns = [tile.column for tile in tiles if tile.column is not None]
    rows = [tile.row for tile in tiles if tile.row is not None]
    corner = (min(columns, default=0), min(rows, default=0))
    return html.Ol(
        [_tile(tongue, tile, corner) for tile in tiles],
        className="tiles",
        style=colours(chosen.colour_light, chosen.colour_dark),
    )


def _tile(tongue: Tongue, tile: Tile, corner: tuple[int, int]) -> Component:
    """Its column and row counted from the map's corner: the registry may begin at 0 or at 1."""
    place = {}
    if tile.column is not None and tile.row is not None:
        place = {"--column": tile.column - corner[0] + 1, "--row": tile.row - corner[1] + 1}
    if tile.amount:
        body = [
            html.P(tile.amount, className="tile-number"),
            html.P(tile.per_home),
            html.P(tile.households),
        ]
    else:
        body = [html.P([icon("hidden"), _absent(tongue, tile)], className="tile-hidden")]
    return html.Li([html.H3(tile.name), *body], className=f"tile level-{tile.level}", style=place)


def _absent(tongue: Tongue, tile: Tile) -> str:
    return tongue.t("Non publié") if tile.withheld else tongue.t("Pas encore publié")


def _table(tongue: Tongue, view: DistrictView, chosen: Commodity) -> Table:
    caption = tongue.t("{name}, {when}, par quartier", name=tongue.name(chosen), when=view.when)
    head = [tongue.t("Quartier"), tongue.t("Total"), tongue.t("Par foyer"), tongue.t("Foyers")]
    rows = [
        [
            tile.name,
            tile.amount or "–",
            tile.per_home or "–",
            tile.households or _absent(tongue, tile),
        ]
        for tile in view.tiles
    ]
    return Table(caption, head, rows)
