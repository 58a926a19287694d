"""The language of a request, and that every text of the pages has its English."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import dashboard
from dashboard.i18n import catalogue, choose

FOLDER = Path(dashboard.__file__).parent


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, None, "fr"),
        (None, "", "fr"),
        (None, "de, it;q=0.8", "fr"),
        (None, "en-US,en;q=0.9", "en"),
        (None, "fr;q=0.4, en;q=0.9", "en"),
        (None, "en;q=0, fr", "fr"),
        (None, "en;q=nonsense", "fr"),
        ("en", "fr", "en"),
        ("fr", "en", "fr"),
        ("de", "en", "en"),
    ],
)
def test_language_of_a_request(cookie: str | None, header: str | None, language: str) -> None:
    assert choose(cookie, header) == language


def source_texts() -> set[Any]:
    """Every text the pages say, as gettext's extraction finds it."""
    found = extract_from_dir(
        str(FOLDER),
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords={"t": None, "n": (1, 2)},
    )
    return {message for _, _, message, _, _ in found}


def test_every_text_has_its_english() -> None:
    texts = source_texts()
    assert len(texts) > 100
    with (FOLDER / "locale/en/LC_MESSAGES/hub.po").open("rb") as source:
        known = {message.id for message in read_po(source) if message.id}
    singular = {text[0] for text in known if isinstance(text, tuple)}
    assert texts - known - singular == set()
    assert known - texts == set(), "no page says this any more"


def test_a_singular_is_found_alone_too() -> None:
    """The browser's ticking ages take the singular of texts that have a plural."""
    assert catalogue("en").gettext("il y a {count} min") == "{count} min ago"


def test_translations_use_no_placeholder_of_their_own() -> None:
    """`{reference}` stands beside `{than}`: sentences.py gives both."""
    with (FOLDER / "locale/en/LC_MESSAGES/hub.po").open("rb") as source:
        messages = [message for message in read_po(source) if message.id]
    assert messages
    for message in messages:
        ids, texts = several(message.id), several(message.string)
        allowed = {"reference"}.union(*(fields(text) for text in ids))
        for text in texts:
            assert text
            assert fields(text) <= allowed, message.id


def several(found: Any) -> tuple[str, ...]:
    """A text, or its singular and plural."""
    return tuple(found) if isinstance(found, (tuple, list)) else (str(found),)


def fields(text: str) -> set[str]:
    """Placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
