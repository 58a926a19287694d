"""Words for people: two languages, numbers that agree, foreign text that is safe to show. Pure."""

from __future__ import annotations

import unicodedata

#: One and several of a thing: ("reading", "readings").
Forms = tuple[str, str]


def agree(number: int, french: Forms, english: Forms, language: str) -> str:
    """The number with its noun: "1 reading", "2 readings"; in French none is singular too."""
    if language == "fr":
        return f"{number} {french[abs(number) > 1]}"
    return f"{number} {english[number != 1]}"


def length(seconds: int, language: str) -> str:
    """A length of time in at most two units: "30 min", "1 h 30 min", "3 jours 2 h"."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [
        agree(days, ("jour", "jours"), ("day", "days"), language) if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{rest} s" if rest else "",
    ]
    return " ".join([part for part in parts if part][:2]) or "0 s"


def visible(text: str) -> str:
    """Text of a file, an address or a device, fit for a terminal or a log.

    Control characters and other characters that nobody sees are written out (``\\x1b``): they could
    recolour a terminal, forge a line or turn the reading direction.
    """
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def visible_lines(text: str) -> str:
    """Text of several lines of our own, each as :func:`visible` shows it."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character.isprintable() or category == "Zs":  # spaces of French numbers among them
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
