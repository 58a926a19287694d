"""What the checks of the totals are called for people: operators and residents alike."""

from __future__ import annotations

from collections.abc import Mapping

#: Each check of hub.store.reconcile and hub.rollup.recount by its name: (French, plain English).
CHECKS: Mapping[str, tuple[str, str]] = {
    "the slots of a day add up to the day": (
        "les demi-heures d'un jour font le jour",
        "the half-hours of a day make the day",
    ),
    "the days of a month add up to the month (channels)": (
        "les jours d'un mois font le mois (compteurs)",
        "the days of a month make the month (meters)",
    ),
    "the days of a month add up to the month (households)": (
        "les jours d'un mois font le mois (foyers)",
        "the days of a month make the month (households)",
    ),
    "the days of a month add up to the month (areas)": (
        "les jours d'un mois font le mois (quartiers)",
        "the days of a month make the month (quarters)",
    ),
    "the days of a register add up to last minus first": (
        "les jours d'un compteur font son dernier index moins le premier",
        "the days of a meter make its last register minus its first",
    ),
    "the days of intervals add up to the intervals": (
        "les jours d'une courbe font tout ce que la courbe contient",
        "the days of a load curve make all that the curve holds",
    ),
    "a day is the difference of the registers interpolated at its bounds": (
        "un jour est la différence des index à ses deux bouts (jours tirés au sort)",
        "a day is the difference of the registers at its two ends (days drawn at random)",
    ),
    "a household with one channel a usage point is the sum of these channels": (
        "un foyer à une seule source par compteur est la somme de ces sources",
        "a household with one source a meter is the sum of these sources",
    ),
    "the households present add up to their area": (
        "un quartier est la somme des foyers présents",
        "a quarter is the sum of the households present",
    ),
    "every household is the sum of the channels that count": (
        "un foyer est la somme des sources qui comptent",
        "a household is the sum of the sources that count",
    ),
}
#: Why rows are left out, as the checks say it; the same words for one row and for many.
WHY: Mapping[str, tuple[str, str]] = {
    "pending": ("près d'un changement en attente", "near a change that is waiting"),
    "retention": ("au-delà de la conservation", "older than what is kept"),
    "several channels": ("où plusieurs sources se recouvrent", "where several sources overlap"),
    "club": ("propres aux clubs", "of clubs alone"),
    "not in the sample": ("hors du tirage au sort", "not drawn this time"),
    "flagged": ("avec réserve", "with a flag"),
    "meter event": ("avec un événement de compteur", "with a meter event"),
    "pulse": ("dont l'impulsion vaut autre chose depuis un jour", "whose pulse changed its worth"),
    "no readings": ("sans relevé", "without readings"),
    "no register near": ("sans index assez proche", "without a register near enough"),
}


def check_name(name: str, language: str) -> str:
    """A check in "fr" or "en"."""
    return _in(language, CHECKS.get(name, (name, name)))


def left_out(reasons: Mapping[str, int] | Mapping[str, str], language: str) -> str:
    """`12 sans relevé, 3 avec réserve`; numbers, or numbers as texts."""
    return ", ".join(f"{n} {_in(language, WHY.get(w, (w, w)))}" for w, n in reasons.items())


def _in(language: str, words: tuple[str, str]) -> str:
    return words[0 if language == "fr" else 1]
