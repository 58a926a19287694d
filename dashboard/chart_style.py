"""Charts look like the page: colours from assets/tokens.css and the catalogue, one layout. Pure.

Figures are plain dictionaries in Plotly's format: quick to build and to send.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.tongue import Tongue
from dashboard.visit import Theme
from hub.store.commodities import Commodity

Figure = dict[str, Any]

_TOKENS = Path(__file__).parent / "assets" / "tokens.css"
_PAIR = re.compile(r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)", re.IGNORECASE)
FONT = '"Atkinson Hyperlegible Next", system-ui, sans-serif'
CLEAR = "rgba(0,0,0,0)"

#: No mode bar (its "share" uploads the figure), no zoom: a chart scrolls with its page.
CONFIG = {
    "displayModeBar": False,
    "plotlyServerURL": "",
    "showTips": False,
    "scrollZoom": False,
    "doubleClick": False,
    "responsive": True,
}


@cache
def tokens() -> dict[str, tuple[str, str]]:
    """Colour tokens: name -> (light, dark)."""
    return {name: (light, dark) for name, light, dark in _PAIR.findall(_TOKENS.read_text())}


@dataclass(frozen=True, slots=True)
class Style:
    """Colours of one theme, and the size of text (larger on the kiosk)."""

    theme: Theme
    text_size: int = 14

    def __getitem__(self, token: str) -> str:
        return tokens()[token][1 if self.theme == "dark" else 0]

    def colour(self, commodity: Commodity) -> str:
        """The commodity's colour on this ground."""
        return commodity.colour_dark if self.theme == "dark" else commodity.colour_light

    def tint(self, colour: str, share: float) -> str:
        """`colour` mixed into the ground, for a second, quieter part."""
        ground = self["ground"]
        mixed = (
            round(share * int(colour[at : at + 2], 16) + (1 - share) * int(ground[at : at + 2], 16))
            for at in (1, 3, 5)
        )
        return "#" + "".join(f"{channel:02x}" for channel in mixed)


def layout(
    style: Style, *, height: int, left: int = 56, right: int = 12, top: int = 12, bottom: int = 32
) -> Figure:
    """What every figure shares."""
    return {
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": FONT, "size": style.text_size, "color": style["text"]},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "hoverlabel": {
            "bgcolor": style["raised"],
            "bordercolor": style["line"],
            "font": {"family": FONT, "size": style.text_size, "color": style["text"]},
        },
        "bargap": 0.18,
        "barmode": "overlay",
        "transition": {"duration": 0},
        "uirevision": "same",
        "separators": ",\u00a0",
    }


def x_axis(
    style: Style, titles: list[str], ticks: list[tuple[float, str]], span: tuple[float, float]
) -> Figure:
    """The time axis: a category a bucket, named as the cursor says it; labels at our own places.

    `ticks` are (place, label), places and `span` counted in buckets from the first one's middle.
    """
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": titles,
        "range": list(span),
        "tickmode": "array",
        "tickvals": [place for place, _ in ticks],
        "ticktext": [text for _, text in ticks],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": style["line"],
        "linecolor": style["line"],
        "showline": True,
        "tickfont": {"color": style["quiet"]},
        "autotickangles": [0, 45, 90],
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": style["hatch"],
        "showspikes": True,
        "spikesnap": "hovered data",
    }


def y_axis(
    style: Style,
    tongue: Tongue,
    top: float,
    domain: tuple[float, float] = (0.0, 1.0),
    *,
    ticks: int = 2,
) -> Figure:
    """A value axis from zero to a round number."""
    values = [top * number / ticks for number in range(ticks + 1)]
    return {
        "range": [0, top * 1.02],
        "domain": list(domain),
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [tongue.short(value) for value in values],
        "gridcolor": style["grid"],
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"color": style["quiet"]},
    }


def round_top(largest: float) -> tuple[float, int]:
    """The next round number, and into how many equal round steps it parts."""
    if largest <= 0:
        return 1.0, 2
    power = 10.0 ** math.floor(math.log10(largest))
    for step, parts in ((1, 4), (1.5, 3), (2, 4), (2.5, 5), (3, 3), (4, 4), (5, 5), (6, 3), (8, 4)):
        if largest <= step * power * 1.0001:
            return step * power, parts
    return 10 * power, 5


def distinct(titles: list[str]) -> list[str]:
    """Titles that differ: the hour that October repeats gets an invisible mark."""
    counts: dict[str, int] = {}
    marked = []
    for title in titles:
        counts[title] = counts.get(title, -1) + 1
        marked.append(title + "\u200b" * counts[title])
    return marked


def bar(x: list[str], y: list[float | None], colour: str, **more: Any) -> Figure:
    """Solid bars: what was measured."""
    return {
        "type": "bar",
        "x": x,
        "y": y,
        "marker": {"color": colour, "line": {"width": 0}},
        "hoverinfo": "skip",
        **more,
    }


def striped(trace: Figure, which: list[bool]) -> None:
    """Stripes across some of a trace's bars, in their colour: what is not over yet."""
    trace["marker"]["pattern"] = {
        "shape": ["-" if one else "" for one in which],
        "size": 5,
        "solidity": 0.55,
        "fillmode": "replace",
    }


def hatched(style: Style, x: list[str], y: list[float | None], colour: str, **more: Any) -> Figure:
    """Hatched bars: energy known, its hours not."""
    trace = bar(x, y, colour, **more)
    trace["marker"] = {
        "color": style.tint(colour, 0.25),
        "line": {"width": 0},
        "pattern": {
            "shape": "/",
            "fgcolor": colour,
            "size": 6,
            "solidity": 0.35,
            "fillmode": "overlay",
        },
    }
    return trace


def dotted(style: Style, x: list[str], y: list[float | None], colour: str, **more: Any) -> Figure:
    """Dotted bars: what was made here and left for the network."""
    trace = bar(x, y, colour, **more)
    trace["marker"] = {
        "color": style.tint(colour, 0.2),
        "line": {"width": 0},
        "pattern": {
            "shape": ".",
            "fgcolor": colour,
            "size": 6,
            "solidity": 0.4,
            "fillmode": "overlay",
        },
    }
    return trace


def outlined(style: Style, x: list[str], y: list[float | None], colour: str, **more: Any) -> Figure:
    """Pale bars with a line around: counted, but not known into which part."""
    trace = bar(x, y, style.tint(colour, 0.12), **more)
    trace["marker"]["line"] = {"width": 1.5, "color": colour}
    return trace


def missing(style: Style, x: list[str], top: float, **more: Any) -> Figure:
    """Grey hatch over the whole height: nothing known. It is not a value and has no number."""
    trace = bar(x, [top] * len(x), CLEAR, **more)
    trace["marker"] = {
        "color": CLEAR,
        "line": {"width": 0},
        "pattern": {
            "shape": "\\",
            "fgcolor": style["hatch"],
            "bgcolor": CLEAR,
            "size": 8,
            "solidity": 0.12,
            "fillmode": "replace",
        },
    }
    return trace


def label(style: Style, text: str, *, y: float, x: float = 0.0, **more: Any) -> Figure:
    """A word on the chart, in paper coordinates, from its left edge."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": style.text_size, "color": style["text"]},
        **more,
    }
