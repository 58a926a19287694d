"""What live messages tell and is not read, kept for a person."""

from __future__ import annotations

from hub.model import Note
from ingest.notes import MOST, Notes

UNREAD = Note("ha_template", "modèle", "template", unread=True, about="0x1_energy")


def test_the_latest_of_each_source_that_tells_of_something_unread() -> None:
    notes = Notes()
    notes.keep("c", "t/1", [UNREAD, Note("how", "comment", "how"), Note("x", "x", "x", True)], 10)
    notes.keep("c", "t/2", [UNREAD], 20)
    assert [(n["source"], n["code"], n["at"]) for n in notes.told(30)] == [
        ("0x1_energy", "ha_template", 20),
        ("t/1", "x", 10),
    ]
    assert notes.told(30)[0] == {
        "connector": "c", "source": "0x1_energy", "code": "ha_template",
        "fr": "modèle", "en": "template", "at": 20,
    }  # fmt: skip


def test_what_was_not_said_for_a_day_is_over() -> None:
    notes = Notes()
    notes.keep("c", "t", [UNREAD], 0)
    assert notes.told(86_399)
    assert notes.told(86_400) == []


def test_they_are_bounded() -> None:
    notes = Notes()
    for n in range(3 * MOST):
        notes.keep("c", f"t/{n}", [Note("x", "x", "x", unread=True)], n)
    assert [n["source"] for n in notes.told(100)] == [f"t/{n}" for n in range(149, 99, -1)]
