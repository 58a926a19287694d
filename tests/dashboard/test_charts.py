"""Figures: Plotly takes them, they stay small, colours come from tokens and catalogue."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from dashboard.amounts import base_unit
from dashboard.chart_style import CONFIG, Figure, Style, distinct, round_top, tokens
from dashboard.charts import bar_rows, day_curve
from dashboard.components.legend import legend
from dashboard.curves import Usual
from dashboard.times import SLOT, day_slots
from dashboard.tongue import Tongue
from dashboard.views.bars import Bar, BarRow, Part
from dashboard.views.now import DayCurve
from tests.dashboard.rows import KWH, PARIS, commodity

FR = Tongue("fr")
LIGHT, DARK = Style("light"), Style("dark")


def row(bars: list[Bar], **more: object) -> BarRow:
    return BarRow(commodity(), "Électricité", base_unit("energy"), bars, **more)  # type: ignore[arg-type]


def bar(title: str, amount: int | None = KWH, **more: object) -> Bar:
    return Bar(title, amount, **more)  # type: ignore[arg-type]


def drawn(figure: Figure) -> list[Figure]:
    """Bars with a value, not the hatch of what is missing."""
    return [
        trace
        for trace in figure["data"]
        if trace["type"] == "bar" and trace["marker"]["color"] != "rgba(0,0,0,0)"
    ]


def curve(day: dt.date) -> DayCurve:
    ends = [start + SLOT for start in day_slots(day, PARIS, dt.timedelta())]
    band = Usual([1.0 * KWH] * len(ends), [2.0 * KWH] * len(ends), [3.0 * KWH] * len(ends), 8)
    return DayCurve(ends, [KWH, 2 * KWH], band, base_unit("energy"))


@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_plotly_takes_them(style: Style) -> None:
    bars = [bar("lundi", allocated=5), bar("mardi", None, state="missing"), bar("mercredi")]
    for figure in (
        bar_rows(FR, style, [row(bars), row(bars)], [(0, "lun.")]),
        day_curve(FR, style, commodity(), curve(dt.date(2026, 10, 25)), PARIS),
    ):
        assert go.Figure(figure).data


def test_missing_has_a_hatch_and_no_value() -> None:
    bars = [bar("lundi"), bar("mardi", None, state="missing")]
    figure = bar_rows(FR, LIGHT, [row(bars)], [])
    assert drawn(figure)[0]["y"] == [1.0, None]
    hatches = [t for t in figure["data"] if t["type"] == "bar" and t not in drawn(figure)]
    assert [trace["x"] for trace in hatches] == [["mardi"]]
    words = next(t["customdata"] for t in figure["data"] if t.get("hovertemplate"))
    assert [text for _, text in words] == ["1\u00a0kWh", "pas de mesure"]


def test_a_bar_whose_period_is_not_over_has_stripes() -> None:
    bars = [bar("lundi", 3 * KWH), bar("mardi", 2 * KWH, running=True)]
    (first,) = drawn(bar_rows(FR, LIGHT, [row(bars)], []))
    assert first["marker"]["pattern"]["shape"] == ["", "-"]
    assert first["marker"]["color"] == commodity().colour_light  # the stripes have it, too
    (over,) = drawn(bar_rows(FR, LIGHT, [row(bars[:1])], []))
    assert "pattern" not in over["marker"]
    for shown, told in ((bars, ["en cours"]), (bars[:1], None)):
        found = legend(FR, [row(shown)])
        assert (found and [item.children[1] for item in found.children]) == told


def test_the_hatch_of_an_incomplete_bar_is_seen_above_it() -> None:
    """The highest bar of a chart too, which else would fill its axis."""
    found = bar_rows(FR, LIGHT, [row([bar("lundi", 3 * KWH, state="partial")])], [])
    assert found["layout"]["yaxis"]["range"][1] > 3.1


def test_allocated_stands_hatched_on_the_measured() -> None:
    solid, spread = drawn(bar_rows(FR, LIGHT, [row([bar("lundi", 3 * KWH, allocated=KWH)])], []))
    assert (solid["y"], spread["y"], spread["base"]) == ([2.0], [1.0], [2.0])
    assert "pattern" in spread["marker"]
    assert "pattern" not in solid["marker"]


def test_parts_stack_to_the_amount() -> None:
    split = bar("lundi", 3 * KWH, parts=((2 * KWH, 0), (KWH, 0)))
    parts = (Part("HP"), Part("HC", "tint", 0.42))
    first, second = drawn(bar_rows(FR, LIGHT, [row([split], parts=parts)], []))
    assert (first["y"], second["y"], second["base"]) == ([2.0], [1.0], [2.0])
    assert first["marker"]["color"] == commodity().colour_light != second["marker"]["color"]


def test_what_no_part_accounts_for_is_drawn_on_top_with_a_line_around() -> None:
    bars = [
        bar("lundi", 3 * KWH, parts=((2 * KWH, 0), (None, 0), (KWH, 0))),
        bar("mardi", 3 * KWH, parts=((2 * KWH, 0), (KWH, 0), (0, 0))),
    ]
    parts = (Part("HP"), Part("HC", "tint", 0.42), Part("reste", "rest"))
    traces = drawn(bar_rows(FR, LIGHT, [row(bars, parts=parts)], []))
    rest = traces[-1]
    assert (rest["y"], rest["base"]) == ([1.0, None], [2.0, 3.0])
    assert rest["marker"]["line"]["width"] > 0
    assert [sum(trace["y"][place] or 0 for trace in traces) for place in (0, 1)] == [3.0, 3.0]


def test_the_hour_october_repeats_keeps_both_bars() -> None:
    titles = distinct(["2 h", "2 h 30", "2 h", "2 h 30"])
    assert len(set(titles)) == 4
    assert [title.strip("\u200b") for title in titles] == ["2 h", "2 h 30", "2 h", "2 h 30"]
    figure = day_curve(FR, LIGHT, commodity(), curve(dt.date(2026, 10, 25)), PARIS)
    assert len(figure["layout"]["xaxis"]["categoryarray"]) == 51


def test_the_label_of_the_usual_band_stands_over_todays_line() -> None:
    part = curve(dt.date(2026, 11, 18))
    high = part.usual.high[-1] / KWH if part.usual else 0
    long = replace(part, today=[n * KWH for n in range(40)])
    back = replace(part, today=[4 * KWH, 9 * KWH, 4 * KWH])
    layouts = [
        day_curve(FR, LIGHT, commodity(), each, PARIS)["layout"] for each in (part, long, back)
    ]
    assert [one["annotations"][0]["y"] for one in layouts] == [high, 39, high]
    assert layouts[2]["yaxis"]["range"][1] > 9, "a register that went back leaves the line whole"


def test_no_trace_has_more_than_two_thousand_points() -> None:
    bars = [bar(str(number)) for number in range(50)]
    figure = bar_rows(FR, LIGHT, [row(bars)] * 5, [])
    assert max(len(trace["x"]) for trace in figure["data"]) <= 2_000


def test_axes_start_at_zero_and_end_round() -> None:
    figure = bar_rows(FR, LIGHT, [row([bar("lundi", 7_300_000)])], [])
    axis = figure["layout"]["yaxis"]
    assert axis["tickvals"] == [0, 2, 4, 6, 8]
    assert axis["range"][0] == 0


def test_an_axis_has_a_value_between_zero_and_its_top() -> None:
    """One number says how high a bar may be, not how high it is."""
    rows = [row([bar("lundi", amount * KWH)]) for amount in (1, 15, 30, 4)]
    found = bar_rows(FR, LIGHT, rows, [])["layout"]
    texts = [found[name]["ticktext"] for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    assert texts == [
        ["0", "0,5", "1"],
        ["0", "5", "10", "15"],
        ["0", "10", "20", "30"],
        ["0", "2", "4"],
    ]


@pytest.mark.parametrize("largest", [0.0, 0.003, 0.9, 1.0, 7.3, 24.1, 99.0, 12_345.0])
def test_round_tops(largest: float) -> None:
    top, parts = round_top(largest)
    assert top >= largest
    assert largest == 0 or top <= largest * 2.001
    step = top / parts
    assert math.isclose(step, float(f"{step:.2g}"))


def test_colours_are_the_pages_own() -> None:
    assert tokens()["ground"] == ("#ffffff", "#0f172a")
    assert (LIGHT["text"], DARK["text"]) == ("#111827", "#f1f5f9")
    assert LIGHT.colour(commodity()) == "#1E40AF"
    assert DARK.tint("#000000", 0.0) == DARK["ground"]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("text", "ground", 7.0),
        ("quiet", "ground", 7.0),
        ("text", "raised", 7.0),
        ("accent", "ground", 7.0),
        ("accent", "accent-ground", 4.5),
        ("warning", "warning-ground", 4.5),
    ],
)
def test_contrast_of_tokens(theme: Style, front: str, back: str, least: float) -> None:
    high, low = sorted((luminance(theme[front]), luminance(theme[back])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= least


def test_nothing_offers_to_upload_the_figure() -> None:
    assert CONFIG["displayModeBar"] is False
    assert CONFIG["plotlyServerURL"] == ""
