"""Numbers and nouns agree; foreign text cannot act on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.words import agree, visible, visible_lines


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [
        (0, "0 relevé", "0 readings"),
        (1, "1 relevé", "1 reading"),
        (2, "2 relevés", "2 readings"),
    ],
)
def test_numbers_agree(number: int, french: str, english: str) -> None:
    forms = (("relevé", "relevés"), ("reading", "readings"))
    assert agree(number, *forms, "fr") == french
    assert agree(number, *forms, "en") == english


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Relevé du 3 : 1 234,5 m³", "Relevé du 3 : 1 234,5 m³"),
        ("1\u202f234\xa0kWh", "1\u202f234\xa0kWh"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\nb\rc\td\0", "a\\nb\\rc\\td\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("half \udc80", "half \\udc80"),
        ("line\u2028line", "line\\u2028line"),
    ],
)
def test_foreign_text_is_shown_and_does_nothing(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_of_our_own_stay_lines() -> None:
    assert visible_lines("one\ntwo \x1b[2J") == "one\ntwo \\x1b[2J"


@given(st.text())
def test_whatever_is_shown_is_one_line_that_can_be_printed(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(ord(c) < 32 or (127 <= ord(c) < 160 and c != "\xa0") for c in shown)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown
