"""Language of a page: chosen by a cookie, else by Accept-Language; French is the source.

The English catalogue is committed as `locale/en/LC_MESSAGES/hub.po` and compiled in memory on
first use, so there is no second, compiled file to forget.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Literal

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
COOKIE = "hub_lang"
_FOLDER = Path(__file__).parent / "locale"


def choose(cookie: str | None, accept_language: str | None) -> Language:
    """The cookie's language if we have it, else the best of `Accept-Language`, else French."""
    for language in LANGUAGES:
        if cookie == language:
            return language
    best = negotiate_locale(_accepted(accept_language or ""), LANGUAGES, sep="-")
    return "en" if best == "en" else "fr"


def _accepted(header: str) -> list[str]:
    """Language tags of an Accept-Language header, most wanted first."""
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if tag and tag != "*" and weight > 0:
            weighted.append((-weight, place, tag.split("-")[0].lower()))
    return [tag for _, _, tag in sorted(weighted)]


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """The translations from French; French itself needs none."""
    if language == "fr":
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (_FOLDER / language / "LC_MESSAGES" / "hub.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
