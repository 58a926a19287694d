"""Figures from views. Pure: a view and a style in, a Plotly figure (a dictionary) out."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dashboard.amounts import said
from dashboard.chart_style import (
    CLEAR,
    Figure,
    Style,
    bar,
    distinct,
    dotted,
    hatched,
    label,
    layout,
    missing,
    outlined,
    round_top,
    striped,
    x_axis,
    y_axis,
)
from dashboard.times import SLOT
from dashboard.tongue import Tongue
from dashboard.views.bars import Bar, BarRow, Part, bar_words
from dashboard.views.now import DayCurve
from hub.store.commodities import Commodity


def day_curve(
    tongue: Tongue, style: Style, commodity: Commodity, curve: DayCurve, zone: ZoneInfo
) -> Figure:
    """The day so far, cumulated, over the band of usual days; labels on the lines."""
    size = curve.unit.size
    starts = [curve.ends[0] - SLOT, *curve.ends]
    locals_ = [instant.astimezone(zone) for instant in starts]
    x = distinct([tongue.clock(local) for local in locals_])
    usual = _usual_traces(tongue, style, curve, x) if curve.usual else []
    today = _today_traces(tongue, style, style.colour(commodity), curve, x) if curve.today else []
    largest = max([max(curve.today, default=0), curve.usual.high[-1] if curve.usual else 0])
    top = max(largest / size * (1.3 if curve.usual else 1.08), 1e-9)
    figure = layout(style, height=112, left=20, right=20, top=4, bottom=24)
    ticks = [(place + 0.5, words) for place, words in tongue.hours(locals_, 6)]
    figure["xaxis"] = x_axis(style, x, ticks, (-0.6, len(starts) - 0.4))
    figure["yaxis"] = {"range": [0, top], "visible": False, "fixedrange": True}
    if curve.usual:
        # Over today's line, too, where that has come near.
        near = curve.today if len(curve.today) * 3 > len(curve.ends) * 2 else []
        height = max([curve.usual.high[-1], *near]) / size
        figure["annotations"] = [_usual_label(tongue, style, x[-1], height)]
    return {"data": usual + today, "layout": figure}


def _usual_traces(tongue: Tongue, style: Style, curve: DayCurve, x: list[str]) -> list[Figure]:
    """The band from the lower to the upper quartile, and the middle as a dotted line."""
    assert curve.usual is not None
    size = curve.unit.size
    low, middle, high = (
        [0.0, *side] for side in (curve.usual.low, curve.usual.middle, curve.usual.high)
    )
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "y": [value / size for value in low]},
        {
            **edge,
            "y": [value / size for value in high],
            "fill": "tonexty",
            "fillcolor": style["band"],
        },
        {
            **_line(x, [value / size for value in middle]),
            "line": {"width": 1.5, "dash": "dot", "color": style["quiet"]},
            "customdata": [said(tongue, value, curve.unit) for value in middle],
            "hovertemplate": tongue.t("habituel : {value}", value="%{customdata}")
            + "<extra></extra>",
        },
    ]


def _today_traces(
    tongue: Tongue, style: Style, colour: str, curve: DayCurve, x: list[str]
) -> list[Figure]:
    """The line of today and the point where it stands."""
    values = [0, *curve.today]
    y = [curve.unit.of(value) for value in values]
    return [
        {
            **_line(x[: len(values)], y),
            "line": {"width": 2.5, "color": colour},
            "customdata": [said(tongue, value, curve.unit) for value in values],
            "hovertemplate": tongue.t("aujourd'hui : {value}", value="%{customdata}")
            + "<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [x[len(values) - 1]],
            "y": [y[-1]],
            "marker": {"size": 9, "color": colour, "line": {"width": 2, "color": style["ground"]}},
            "hoverinfo": "skip",
        },
    ]


def _line(x: list[str], y: list[float]) -> Figure:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y}


def _usual_label(tongue: Tongue, style: Style, x: str, y: float) -> Figure:
    """The band says what it is, at its end."""
    return {
        "text": tongue.t("habituel"),
        "x": x,
        "y": y,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": style.text_size - 1, "color": style["quiet"]},
    }


def bar_rows(
    tongue: Tongue,
    style: Style,
    rows: Sequence[BarRow],
    ticks: list[tuple[float, str]],
    *,
    row_height: int | None = None,
    highlight: int | None = None,
) -> Figure:
    """Bars of each commodity under one another, on one axis of time with one cursor.

    `highlight`: the bar that is spoken of; the others step back.
    """
    each = row_height or (300 if len(rows) == 1 else 112)
    gap, bottom = 40, 48
    total = len(rows) * (each + gap) + bottom
    figure = layout(style, height=total, left=52, right=24, top=gap, bottom=bottom)
    inner = total - gap - bottom
    titles = distinct([bar.title for bar in rows[0].bars])
    traces: list[Figure] = []
    notes: list[Figure] = []
    for place, row in enumerate(rows):
        high = 1 - place * (each + gap) / inner
        axis = "y" if place == 0 else f"y{place + 1}"
        largest = max((row.unit.of(_reach(bar)) for bar in row.bars), default=0)
        top, parts = round_top(largest)
        domain = (max(0.0, high - each / inner), high)
        figure[axis.replace("y", "yaxis")] = y_axis(
            style, tongue, top, domain, ticks=parts if len(rows) == 1 else _few(parts)
        )
        traces += _row_traces(tongue, style, row, titles, top, axis)
        words = f"<b>{row.name}</b>, {row.unit.symbol}"
        notes.append(label(style, words, y=high, yshift=8, xshift=-53))
    count = len(titles)
    figure["xaxis"] = x_axis(style, titles, ticks, (-0.5, count - 0.5))
    figure["xaxis"]["anchor"] = f"y{len(rows)}" if len(rows) > 1 else "y"
    figure["annotations"] = notes
    if highlight is not None:
        for trace in traces:
            if trace["type"] == "bar":
                trace["marker"]["opacity"] = [
                    1.0 if number == highlight else 0.6 for number in range(count)
                ]
    return {"data": traces, "layout": figure}


def _reach(one: Bar) -> float:
    """How high the axis must be for a bar: over an incomplete one its hatch stays in sight."""
    return (one.amount or 0) * (1.15 if one.state == "partial" else 1)


def _few(parts: int) -> int:
    """Steps of a low chart's axis: a value between zero and the top, two where thirds are round."""
    return 3 if parts == 3 else 2


def _row_traces(
    tongue: Tongue, style: Style, row: BarRow, titles: list[str], top: float, axis: str
) -> list[Figure]:
    """Grey hatch behind what is missing or incomplete, then the bars, then the cursor's words."""
    traces: list[Figure] = []
    lost = [
        title
        for title, one in zip(titles, row.bars, strict=True)
        if one.state in ("missing", "partial", "withheld")
    ]
    if lost:
        traces.append(missing(style, lost, top, yaxis=axis))
    base = [0.0] * len(titles)
    for part in range(max(1, len(row.parts))):
        traces += _part_traces(style, row, titles, part, base, axis)
    words = [bar_words(tongue, one, row.unit) for one in row.bars]
    traces.append(_words(titles, words, axis, row.name, [f"go-{n}" for n in range(len(titles))]))
    return traces


def _part_traces(
    style: Style, row: BarRow, titles: list[str], part: int, base: list[float], axis: str
) -> list[Figure]:
    """One part of every bar, on top of `base`, which grows by it: solid, then hatched where only
    the total is known."""
    solid: list[float | None] = []
    spread: list[float | None] = []
    for one in row.bars:
        amount, allocated = _part(one, part)
        solid.append(None if amount is None else row.unit.of(amount - allocated))
        spread.append(row.unit.of(allocated) if allocated else None)
    colour = style.colour(row.commodity)
    of = row.parts[part] if row.parts else Part("")
    shown = style.tint(colour, of.share) if of.share < 1 else colour
    stand = {"yaxis": axis, "base": list(base)}
    if of.fill == "dots":
        traces = [dotted(style, titles, solid, colour, **stand)]
    elif of.fill == "rest":
        some = [value or None for value in solid]  # a line around nothing would be seen
        traces = [outlined(style, titles, some, colour, **stand)]
    else:
        traces = [bar(titles, solid, shown, **stand)]
        if any(one.running for one in row.bars):
            striped(traces[0], [one.running for one in row.bars])
    _raise(base, solid)
    if any(spread):
        traces.append(hatched(style, titles, spread, shown, yaxis=axis, base=list(base)))
        _raise(base, spread)
    return traces


def _part(one: Bar, part: int) -> tuple[int | None, int]:
    """Amount and allocated of a part; a bar that is not split is all in the first."""
    if one.parts:
        return one.parts[part]
    return (one.amount, one.allocated) if part == 0 else (None, 0)


def _raise(base: list[float], by: list[float | None]) -> None:
    for place, value in enumerate(by):
        base[place] += value or 0.0


def _words(titles: list[str], words: list[str], axis: str, name: str, links: list[str]) -> Figure:
    """An unseen trace that carries what the cursor says and where a click leads."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": titles,
        "y": [0] * len(titles),
        "yaxis": axis,
        "marker": {"size": 1, "color": CLEAR, "opacity": 0},
        "customdata": [list(pair) for pair in zip(links, words, strict=True)],
        "hovertemplate": f"{name} : %{{customdata[1]}}<extra></extra>",
    }
