"""Every page as people get it: accessible, no other host, narrow, its figures also as tables."""

from __future__ import annotations

import datetime as dt
import re
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.accounts.secret import digest_of
from hub.store.accounts import add_session
from tests.dashboard.browser import visitor
from tests.dashboard.seed import Seeded

pytestmark = pytest.mark.browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Path, whether with a session, and what shows that the page is drawn.
PAGES = [
    ("/", True, "#index-water"),
    ("/", False, ".points"),
    ("/historique?vue=semaine", True, "#history .main-svg"),
    ("/historique?vue=mois&energie=electricity", True, "#history .main-svg"),
    ("/historique?vue=jour", True, "#history .main-svg"),
    ("/historique", False, ".notice"),
    ("/envoyer", True, "#send-files"),
    ("/envoyer", False, ".notice"),
    ("/quartier", False, "#district .main-svg"),
    ("/quartier?pas=mois&energie=solar", False, "#district .main-svg"),
    ("/kiosque", False, ".slide.shown .main-svg"),
    ("/donnees-ouvertes", False, ".preview"),
    ("/texte/maintenant", True, "h1"),
    ("/texte/historique?vue=mois", True, "h1"),
    ("/texte/envoyer", True, "h1"),
    ("/texte/envoyer", False, "h1"),
    ("/texte/quartier", False, "h1"),
    ("/texte/kiosque", False, "h1"),
    ("/texte/donnees-ouvertes", False, "h1"),
    ("/nulle-part", False, "h1"),
]


def drawn(browser: Browser, address: str, token: str | None, case: Any, **how: Any) -> Page:
    """A page, drawn."""
    path, own, sign = case
    page = visitor(browser, address, token if own else None, **how).new_page()
    page.goto(address + path)
    expect(page.locator(sign).first).to_be_visible(timeout=10_000)
    return page


def settle(page: Page) -> None:
    """Wait for every chart to be drawn, and a moment for what follows."""
    charts = page.locator("figure").count()
    if page.locator("#react-entry-point").count():
        expect(page.locator("figure .js-plotly-plot")).to_have_count(charts)
    page.wait_for_timeout(300)


def name(case: Any) -> str:
    """A case as the test's name shows it."""
    return f"{case[0]}{'' if case[1] else '-public'}"


@pytest.mark.parametrize("case", PAGES, ids=name)
def test_page_is_accessible_alone_and_narrow(
    browser: Browser, address: str, seeded: Seeded, case: Any
) -> None:
    """Nothing comes from another host or is refused by the policy; axe is content; 320 px do."""
    path, own, sign = case
    page = visitor(browser, address, seeded.token if own else None).new_page()
    hosts: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None,
    )
    page.goto(address + path)
    expect(page.locator(sign).first).to_be_visible(timeout=10_000)
    settle(page)
    assert broken_rules(page) == []
    assert page.locator(".modebar").count() == 0
    page.set_viewport_size({"width": 320, "height": 640})
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert hosts == {address.split("/")[2]}
    expected = "404" if path == "/nulle-part" else None
    assert [c for c in complaints if not (expected and expected in c)] == []
    page.context.close()


@pytest.mark.parametrize("case", [PAGES[n] for n in (0, 3, 6, 8, 11)], ids=name)
def test_dark_pages_are_accessible_too(
    browser: Browser, address: str, seeded: Seeded, case: Any
) -> None:
    page = drawn(browser, address, seeded.token, case, scheme="dark")
    settle(page)
    assert broken_rules(page) == []
    page.context.close()


def broken_rules(page: Page) -> list[str]:
    """What axe finds, minor remarks aside."""
    page.evaluate(AXE)
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", TAGS
    )
    return [
        f"{v['impact']}: {v['id']} {[node['html'][:160] for node in v['nodes'][:3]]}"
        for v in found["violations"]
        if v["impact"] != "minor"
    ]


def test_english_pages_by_the_browsers_own_language(
    browser: Browser, address: str, seeded: Seeded
) -> None:
    page = drawn(browser, address, seeded.token, PAGES[0], language="en-GB")
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.locator("h1")).to_have_text("Now")
    assert page.title() == "Now – Energy hub Lyon 3e"
    assert page.locator("main").count() == page.locator("h1").count() == 1
    page.context.close()


def test_the_language_switch_stays_on_the_page(
    browser: Browser, address: str, seeded: Seeded
) -> None:
    page = drawn(browser, address, seeded.token, PAGES[3])
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("History")
    assert page.url.endswith("/historique?vue=mois&energie=electricity")
    page.context.close()


def test_a_click_on_a_bar_goes_down_and_the_breadcrumb_up(
    browser: Browser, address: str, seeded: Seeded
) -> None:
    page = drawn(browser, address, seeded.token, PAGES[3])
    box = page.locator("#history .main-svg").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 52 + (box["width"] - 76) * 0.05, box["y"] + box["height"] * 0.7)
    expect(page.locator(".breadcrumb [aria-current]")).to_contain_text("2 ")
    expect(page).to_have_url(re.compile("vue=jour"))
    page.locator(".breadcrumb a").nth(1).click()
    expect(page.locator(".breadcrumb [aria-current]")).to_have_text("2026")
    expect(page).to_have_url(re.compile("vue=annee"))
    page.context.close()


def test_skip_link_and_focus_are_visible(browser: Browser, address: str, seeded: Seeded) -> None:
    page = drawn(browser, address, seeded.token, PAGES[0])
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Aller au contenu")
    assert (focused.bounding_box() or {"y": -1})["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()


@pytest.mark.parametrize("case", [*PAGES[:1], *PAGES[2:5], *PAGES[8:10]], ids=name)
def test_every_figure_has_a_table_with_the_same_numbers(
    browser: Browser, address: str, seeded: Seeded, case: Any
) -> None:
    """Sum of each bar trace = sum of its table column (to the table's precision)."""
    page = drawn(browser, address, seeded.token, case)
    settle(page)
    graphs = page.evaluate(_READ_FIGURES)
    assert graphs
    for graph in graphs:
        assert graph["label"], "a chart needs a text alternative"
        assert graph["rows"], "a chart needs a table"  # just after midnight all of it is to come
        assert graph["bars"] == pytest.approx(graph["cells"], rel=1e-3, abs=2e-2)
    page.context.close()


_READ_FIGURES = """() => Array.from(document.querySelectorAll('figure')).map(figure => {
  const graph = figure.querySelector('.js-plotly-plot');
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const values = (trace) => {
    const y = Array.from(trace.y._inputArray || trace.y);
    return y.map(v => v === null || Number.isNaN(v) ? 0 : v);
  };
  const cumulated = !graph.data.some(t => t.type === 'bar');
  const drawn = graph.data.filter(t => cumulated
    ? t.mode === 'lines' && t.hovertemplate && t.line.dash !== 'dot'
    : t.type === 'bar' && t.marker.color !== 'rgba(0,0,0,0)');
  const number = (text) => Number(text.replace(/[\\u00a0\\u202f ]/g, '').replace(',', '.')) || 0;
  const rows = Array.from(figure.querySelectorAll('tbody tr'));
  const heads = Array.from(figure.querySelectorAll('thead th')).map(h => h.textContent);
  const unit = / \\((kWh|m³|L|MWh)\\)$/;
  const columns = heads.map((h, i) => i).filter(i => cumulated ? i === 1 : unit.test(heads[i]));
  return {
    label: figure.querySelector('[role=img]').getAttribute('aria-label'),
    bars: sum(drawn.map(t => sum(values(t)))),
    rows: columns.length && rows.length,
    cells: sum(columns.map(i => sum(rows.map(r => number(r.children[i].textContent))))),
  };
})"""


def test_leaving_ends_the_session(
    browser: Browser, address: str, district: tuple[str, Seeded]
) -> None:
    url, seeded = district
    token = "a session to be left"
    with psycopg.connect(url) as connection:
        add_session(connection, digest_of(token), seeded.household_id, dt.timedelta(days=1))
    page = drawn(browser, address, token, PAGES[2])
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.locator(".points")).to_be_visible()
    page.goto(f"{address}/historique")
    expect(page.locator(".notice.closed")).to_be_visible()
    page.context.close()
