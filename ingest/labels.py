"""How a file's stamps and steps were read, where its connector has no note of its own. Pure.

A connector says in its docstring what a stamp is (``Label:``); of what differs by file it tells in
a note which it was and why.
"""

from __future__ import annotations

import re

from connectors import _facts
from hub.intake.report_words import step_words
from hub.intake.summary import Summary
from hub.model import Decoded, Note

#: What a docstring's label may say -> in French, in English, and the words it says it with.
_SAYINGS: dict[str, tuple[str, str, str]] = {
    "both": (
        "le fichier dit le début et la fin",
        "the file tells start and end",
        r"(?i:start) and (?:end|duration)|\[\w+, \w+\)",
    ),
    "day": (
        "chaque date est celle du jour",
        "each date is its day",
        r": (?:the|its) day\b|is its day",
    ),
    "end": (
        "les dates sont la fin de ce qu'elles datent",
        "stamps are the end of what they date",
        r"\bEND\b",
    ),
    "start": (
        "les dates sont le début de ce qu'elles datent",
        "stamps are the start of what they date",
        r"\bSTART\b",
    ),
    "instant": (
        "les dates sont l'instant du relevé",
        "stamps are the instant of the reading",
        r"\binstant\b",
    ),
}
#: So many steps are named.
_STEPS = 4


def note_reading(decoded: Decoded, summary: Summary, connector: str) -> None:
    """Add the notes ``label`` and ``step`` to those of a file, where it has none of them."""
    known = {note.code for note in decoded.notes}
    told = []
    if "label" not in known and (summary.channels or decoded.context):
        saying = _saying(_facts.facts(connector).lines["Label"], summary)
        if saying:
            french, english, _ = _SAYINGS[saying]
            told.append(
                Note("label", f"{french} (format {connector})", f"{english} (format {connector})")
            )
    has_intervals = any(channel.key.kind == "interval" for channel in summary.channels)
    if has_intervals and not known & {"label", "step"}:
        told.append(_step(summary))
    decoded.notes[:0] = told


def _saying(text: str, summary: Summary) -> str | None:
    """Which of the sayings a docstring's label has for what a file holds."""
    periods = {c.key.period for c in summary.channels if c.key.kind == "interval"}
    if periods:  # of formats whose curves differ by file, the connector has told which they are
        wanted = ["day", "both", "end", "start"] if periods == {"day"} else ["both", "end", "start"]
    elif summary.channels:
        _, registers, said = text.partition("registers: ")
        text, wanted = said if registers else text, ["end", "instant", "both"]
    else:
        wanted = ["start", "instant"]
    found = {name: at.start() for name in wanted if (at := re.search(_SAYINGS[name][2], text))}
    for name in ("day", "both"):  # said of some of what a format holds, and of this
        if periods and name in found:
            return name
    return min(found, key=lambda name: found[name], default=None)


def _step(summary: Summary) -> Note:
    steps = dict.fromkeys(
        (channel.step, channel.key.period)
        if channel.key.period == "sub-daily"
        else (None, channel.key.period)
        for channel in summary.channels
        if channel.key.kind == "interval"
    )
    french, english = (
        ", ".join(step_words(step, period, language) for step, period in list(steps)[:_STEPS])
        + ", ..." * (len(steps) > _STEPS)
        for language in ("fr", "en")
    )
    return Note(
        "step", f"pas : {french} (dit par le fichier)", f"step: {english} (told by the file)"
    )
