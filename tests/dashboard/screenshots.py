"""Pictures of every page: `python -m tests.dashboard.screenshots URL LINK docs/screenshots`.

LINK is what `hub link HOUSEHOLD` prints (an address or its path). Names: page-language-size.png;
dark ones end in -dark.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, FilePayload, Page

from tests.dashboard.browser import chromium


@dataclass(frozen=True)
class Shot:
    """A page to picture. `sign` shows that it is drawn; `whole`: all of it, not one screen.

    `file`: text of a file that is chosen and checked first.
    """

    name: str
    path: str
    sign: str
    own: bool = False
    width: int = 1440
    height: int = 900
    dark: bool = False
    whole: bool = True
    slide: int = 0
    file: str = ""


#: Half-hours of two days of a Linky, with a morning that is not there and a row that is no number.
CURVE = "Horodate;Valeur\n" + "".join(
    f"2026-11-{day}T{hour:02}:{minute:02}:00+01:00;"
    f"{'12x' if (day, hour, minute) == (10, 20, 0) else 180 + 20 * ((hour * 7 + minute) % 23)}\n"
    for day in (10, 11)
    for hour in range(1, 24)
    for minute in (0, 30)
    if (day, hour) not in {(11, n) for n in range(5, 10)}
)

WIDE = [
    Shot("maintenant", "/", "#profiles .main-svg", own=True),
    Shot("historique", "/historique?vue=mois", "#history .main-svg", own=True),
    Shot("historique-electricite", "/historique?vue=mois&energie=electricity", ".legend", own=True),
    Shot("historique-annee", "/historique?vue=annee", "#history .main-svg", own=True),
    Shot("envoyer", "/envoyer", "#send-files", own=True, file=CURVE),
    Shot("bienvenue", "/", ".points"),
    Shot("quartier", "/quartier", "#district .main-svg"),
    Shot("donnees-ouvertes", "/donnees-ouvertes", ".shelf"),
]
NARROW = [
    Shot(s.name, s.path, s.sign, s.own, 390, 844, whole=False, file=s.file)
    for s in WIDE
    if s.name not in {"historique-electricite", "historique-annee"}
]
KIOSK = [
    Shot(f"kiosque-{n + 1}", "/kiosque", ".slide.shown", False, 1920, 1080, whole=False, slide=n)
    for n in (0, 2, 6, 7)
]
DARK = [
    Shot("maintenant", "/", "#profiles .main-svg", own=True, dark=True),
    Shot("quartier", "/quartier", "#district .main-svg", dark=True),
]


def picture(
    browser: Browser, base: str, link: str, shot: Shot, language: str, folder: Path
) -> Path:
    """Take one picture."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        locale="fr-FR" if language == "fr" else "en-GB",
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    if shot.own:
        page.goto(urljoin(base, link))
    page.goto(urljoin(base, shot.path))
    page.wait_for_selector(shot.sign, timeout=30_000)
    settle(page)
    if shot.file:
        check(page, shot.file)
    if shot.slide:
        dots = page.locator(".dot")
        dots.nth(min(shot.slide, dots.count() - 1)).click()
        page.wait_for_timeout(500)
    tone = "-dark" if shot.dark else ""
    target = folder / f"{shot.name}-{language}-{shot.width}x{shot.height}{tone}.png"
    page.screenshot(path=target, full_page=shot.whole)
    context.close()
    return target


def check(page: Page, text: str) -> None:
    """Choose a file of the first usage point and look what would become of it."""
    name = "Enedis_Conso_Heure.csv"
    page.set_input_files(
        "#send-files", FilePayload(name=name, mimeType="text/csv", buffer=text.encode())
    )
    page.locator("#send-point").select_option(index=1)
    page.locator("#send-form button").click()
    page.wait_for_selector("#send-head", timeout=30_000)
    page.wait_for_timeout(300)


def settle(page: Page) -> None:
    """Wait until every chart is drawn."""
    page.wait_for_function(
        "() => Array.from(document.querySelectorAll('.chart, .kiosk-chart')).every("
        "c => c.classList.contains('empty') || c.querySelector('.main-svg'))",
        timeout=30_000,
    )
    page.wait_for_timeout(800)


def main() -> None:
    """All pictures, in both languages."""
    if len(sys.argv) != 4:
        sys.exit("usage: python -m tests.dashboard.screenshots BASE_URL LINK OUT_DIR")
    base, link, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for language in ("fr", "en"):
            for shot in [*WIDE, *NARROW, *KIOSK, *(DARK if language == "fr" else [])]:
                print(picture(browser, base, link, shot, language, folder), flush=True)


if __name__ == "__main__":
    main()
