"""The frame of every page, rendered on the server: language, title, navigation, banner."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import Dash
from jinja2 import Environment, FileSystemLoader

from dashboard import i18n
from dashboard.site import Site
from dashboard.tongue import Tongue, tongue
from dashboard.visit import SESSION_COOKIE

_FOLDER = Path(__file__).parent


@cache
def templates() -> Environment:
    """The Jinja templates; everything is escaped."""
    return Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_paths() -> tuple[str, ...]:
    """The pages that have a text version."""
    return tuple(_ICONS)


def page_titles(words: Tongue) -> dict[str, str]:
    """Path -> name of the page."""
    return {
        "/": words.t("Maintenant"),
        "/historique": words.t("Historique"),
        "/envoyer": words.t("Envoyer"),
        "/quartier": words.t("Quartier"),
        "/donnees-ouvertes": words.t("Données ouvertes"),
        "/kiosque": words.t("Kiosque"),
    }


_ICONS = {
    "/": "house",
    "/historique": "chart",
    "/envoyer": "upload",
    "/quartier": "map",
    "/donnees-ouvertes": "download",
    "/kiosque": "screen",
}


def frame(
    site: Site, words: Tongue, path: str, query: str, cookies: Mapping[str, str], *,
    real: bool = False, text: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What the base template needs. `text`: links stay inside the text version.

    `cookies`: of the request; who may be logged in can log out. `real`: the reader's own household
    is not simulated, though the district around it is.
    """
    place = site.place
    titles = page_titles(words)
    base = "/" if path == text_path("/") else path.removeprefix("/texte")
    here = path + (f"?{query}" if query else "")
    return {
        "lang": words.code,
        "t": words.t,
        "title": window_title(words, titles.get(base, words.t("Page introuvable")), place),
        "place": place,
        "banner": banner(words, real) if site.demo else None,
        "proof": site.proof(words),
        "signed_in": SESSION_COOKIE in cookies,
        "here": here,
        "nav": [
            {
                "href": text_path(target) if text and target != "/kiosque" else target,
                "label": label,
                "icon": _ICONS[target],
                "current": target == base,
                "wide": target == "/kiosque",
            }
            for target, label in titles.items()
        ],
        "languages": [("fr", "Français"), ("en", "English")],
        "text_href": text_path(base) + (f"?{query}" if query else ""),
    }


def banner(words: Tongue, real: bool) -> tuple[str, str]:
    """What is simulated on this page, in brief and in full."""
    if real:
        return words.t("Quartier simulé."), words.t(
            "Vos relevés sont ceux de vos compteurs ; le quartier et ses autres foyers sont"
            " inventés pour la démonstration."
        )
    return words.t("Données simulées."), words.t(
        "Ce quartier, ses foyers et leurs compteurs sont inventés pour la démonstration."
    )


def window_title(words: Tongue, page: str, place: str) -> str:
    """`Maintenant – Hub énergie Lyon 3e`"""
    return f"{page} – {words.t('Hub énergie')} {place}".strip()


def text_path(path: str) -> str:
    """The text version of a page."""
    return "/texte" + ("/maintenant" if path == "/" else path)


class HubDash(Dash):
    """Dash whose index page is our own template, in the reader's language."""

    site: Site

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page around Dash's own parts, for the request being answered."""
        request = self.backend.request_adapter()
        words = request_tongue(request.cookies, request.headers)
        query = urlencode(list(request.args.multi_items()))
        real = getattr(request.context, "real", False)
        context = frame(self.site, words, request.path, query, request.cookies, real=real)
        kiosk = request.path == "/kiosque"
        return templates().get_template("shell.html").render({**parts, **context, "kiosk": kiosk})


def request_tongue(cookies: Mapping[str, str], headers: Mapping[str, str]) -> Tongue:
    """The language of a request."""
    return tongue(i18n.choose(cookies.get(i18n.COOKIE), headers.get("accept-language")))


def local_target(target: str) -> str:
    """A path of this site to return to; anything else leads home."""
    if (
        not target.startswith("/")
        or target.startswith(("//", "/\\"))
        or "\n" in target
        or "\r" in target
    ):
        return "/"
    path, _, query = target.partition("?")
    return path + (f"?{urlencode(parse_qsl(query))}" if query else "")
