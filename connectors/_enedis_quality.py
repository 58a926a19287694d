"""What Enedis says of a value: its nature (a letter or a word) and its index of likelihood."""

from __future__ import annotations

from connectors._text import fold
from hub.model import Quality

#: Letters of load curves: E estimated, H and P rebuilt, K computed; C corrected. The others (B raw,
#: R real, S, T, F and G around a power cut, D entered by hand) are measured.
_LETTERS = {
    **dict.fromkeys("ehpk", Quality.ESTIMATED_BY_SOURCE),
    "c": Quality.CORRECTED_BY_SOURCE,
}


def quality(nature: str, likelihood: str = "") -> Quality:
    """The quality of a value of this nature ("B", "REEL", "Estimé", ...).

    likelihood: "Indice de vraisemblance", 0 where the meter doubts nothing.
    """
    told = fold(nature)
    if told in _LETTERS:
        return _LETTERS[told]
    if told.startswith("esti"):
        return Quality.ESTIMATED_BY_SOURCE
    if told.startswith(("corr", "regu", "rect")):
        return Quality.CORRECTED_BY_SOURCE
    return Quality.METER_FAULT if likelihood.strip() not in ("", "0") else Quality.GOOD
