"""What the fills of a chart mean; only those that are on it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.components.basic import colours, extra
from dashboard.tongue import Tongue
from dashboard.views.bars import BarRow
from hub.store.commodities import Commodity


def legend(tongue: Tongue, rows: list[BarRow]) -> Component | None:
    """Swatches with words, or None for a plain chart."""
    items = [item for row in rows for item in _parts(row)]
    bars = [bar for row in rows for bar in row.bars]
    only = rows[0].commodity if len(rows) == 1 else None
    if any(bar.allocated for bar in bars):
        items.append(_item("spread", tongue.t("total connu, réparti sur sa durée"), only))
    if any(bar.running for bar in bars):
        items.append(_item("running", tongue.t("en cours"), only))
    if any(bar.state in ("missing", "partial") for bar in bars):
        items.append(_item("lost", tongue.t("pas de mesure, ou pas tout le temps"), None))
    if any(bar.state == "withheld" for bar in bars):
        items.append(_item("lost", tongue.t("non publié"), None))
    return html.Ul(items, className="legend", id="legend") if items else None


def _parts(row: BarRow) -> list[Component]:
    if not any(bar.parts for bar in row.bars):
        return []
    return [
        _item(part.fill, part.name, row.commodity, {"--share": f"{round(part.share * 100)}%"})
        for part in row.parts
    ]


def _item(
    kind: str, words: str, commodity: Commodity | None, more: dict[str, str] | None = None
) -> Component:
    style = colours(commodity.colour_light, commodity.colour_dark) if commodity else {}
    style |= more or {}
    swatch = html.Span(className=f"swatch {kind}", style=style, **extra(aria_hidden="true"))
    return html.Li([swatch, words])
