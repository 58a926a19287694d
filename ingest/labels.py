"""How a file's stamps and steps were read, for its report. Pure.

What holds for every file of a format its connector says in ``LABELS``; of what differs by file it
tells in notes of its own, which stand here for the first of what the file holds.
"""

from __future__ import annotations

from collections.abc import Mapping

import connectors
from hub.intake.report_words import step_words
from hub.intake.summary import ChannelSummary, Summary
from hub.model import Decoded, Note

#: A word of ``LABELS`` -> what it says in French and in English.
SAYINGS: Mapping[str, tuple[str, str]] = {
    "start": (
        "les dates sont le début de ce qu'elles datent",
        "stamps are the start of what they date",
    ),
    "end": (
        "les dates sont la fin de ce qu'elles datent",
        "stamps are the end of what they date",
    ),
    "instant": (
        "les dates sont l'instant du relevé",
        "stamps are the instant of the reading",
    ),
    "both": ("le fichier dit le début et la fin", "the file tells start and end"),
    "length": (
        "les dates sont le début, le fichier dit la durée",
        "stamps are the start, the file tells the length",
    ),
    "bound": (
        "l'instant est une borne de la période, que le fichier dit",
        "the instant is a bound of the period, which the file tells",
    ),
    "day": ("chaque date est celle du jour", "each date is its day"),
    "month": ("chaque date est celle du mois", "each date is its month"),
}
#: Labels of which the file itself tells how long an interval is.
_TELL_LENGTH = frozenset({"both", "length"})
#: What a file can hold, in the order in which it is told -> how it is called. Any other name is a
#: series of context.
_HELD: Mapping[str, tuple[str, str]] = {
    "sub-daily": ("courbe", "curve"),
    "day": ("jours", "days"),
    "week": ("semaines", "weeks"),
    "month": ("mois", "months"),
    "register": ("index", "registers"),
    "power": ("puissances", "powers"),
    "context": ("contexte", "context"),
}
_PERIODS = tuple(_HELD)[:4]
#: So many steps are named.
_STEPS = 4


def note_reading(decoded: Decoded, summary: Summary, connector: str) -> None:
    """Add what ``LABELS`` says to a file's notes ``label`` and ``step``."""
    own = {note.code for note in decoded.notes}
    labels = labels_of(decoded, summary, connector)
    told = []
    if said := dict(list(labels.items())["label" in own :]):
        named = len(set(said.values())) > 1 or len(said) < len(labels)
        french, english = (_sentence(said, language, named=named) for language in (0, 1))
        told.append(Note("label", french, english))
    periods = [name for name in labels if name in _PERIODS]["step" in own :]
    for by_file in (True, False):
        wanted = {name for name in periods if (labels[name] in _TELL_LENGTH) is by_file}
        if channels := [c for c in summary.channels if _name(c) in wanted]:
            told.append(_step(channels, by_file))
    decoded.notes[:0] = told


def labels_of(decoded: Decoded, summary: Summary, connector: str) -> dict[str, str]:
    """What a file holds -> the word for its stamps, in the order of ``_HELD``."""
    labels = connectors.load(connector).LABELS | {"power": "instant"}
    found = {_name(channel) for channel in summary.channels}
    for series in {point.series.partition("/")[0] for point in decoded.context}:
        found.add(series if series in labels else "context")
    places = {name: place for place, name in enumerate(_HELD)}
    ordered = sorted(found, key=lambda name: (places.get(name, len(places)), name))
    words = {n: labels.get(n, labels.get("interval") if n in _PERIODS else None) for n in ordered}
    return {name: word for name, word in words.items() if word is not None}


def _name(channel: ChannelSummary) -> str:
    return channel.key.period if channel.key.kind == "interval" else channel.key.kind


def _sentence(said: Mapping[str, str], language: int, *, named: bool) -> str:
    space = " " if language == 0 else ""  # before a colon or semicolon, in French
    clauses = []
    for word in dict.fromkeys(said.values()):
        those = [_HELD.get(n, (n, n))[language] for n, other in said.items() if other == word]
        clauses.append((", ".join(those) + f"{space}: ") * named + SAYINGS[word][language])
    return f"{space}; ".join(clauses)


def _step(channels: list[ChannelSummary], by_file: bool) -> Note:
    steps = dict.fromkeys(
        (c.step if c.key.period == "sub-daily" else None, c.key.period) for c in channels
    )
    french, english = (
        ", ".join(step_words(step, period, language) for step, period in list(steps)[:_STEPS])
        + ", ..." * (len(steps) > _STEPS)
        for language in ("fr", "en")
    )
    by = ("dit par le fichier", "told by the file") if by_file else ("du format", "of this format")
    return Note("step", f"pas : {french} ({by[0]})", f"step: {english} ({by[1]})")
