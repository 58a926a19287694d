"""What the checks of the totals are called in French, for operators and residents alike."""

from __future__ import annotations

from collections.abc import Mapping

#: Each check of hub.store.reconcile and hub.rollup.recount by its name.
FRENCH: Mapping[str, str] = {
    "the slots of a day add up to the day": "les demi-heures d'un jour font le jour",
    "the days of a month add up to the month (channels)":
        "les jours d'un mois font le mois (compteurs)",
    "the days of a month add up to the month (households)":
        "les jours d'un mois font le mois (foyers)",
    "the days of a month add up to the month (areas)":
        "les jours d'un mois font le mois (quartiers)",
    "the days of a register add up to last minus first":
        "les jours d'un compteur font son dernier index moins le premier",
    "the days of intervals add up to the intervals":
        "les jours d'une courbe font tout ce que la courbe contient",
    "a day is the difference of the registers interpolated at its bounds":
        "un jour est la différence des index à ses deux bouts",
    "a household with one channel a usage point is the sum of these channels":
        "un foyer à une seule source par compteur est la somme de ces sources",
    "the households present add up to their area":
        "un quartier est la somme des foyers présents",
    "every household is the sum of the channels that count":
        "un foyer est la somme des sources qui comptent",
}  # fmt: skip
#: Why rows are left out, as the checks say it; the same words for one row and for many.
WHY: Mapping[str, str] = {
    "pending": "près d'un changement en attente",
    "retention": "au-delà de la conservation",
    "several channels": "à plusieurs sources",
    "club": "de club",
    "not in the sample": "hors de l'échantillon",
    "flagged": "avec réserve",
    "meter event": "avec un événement de compteur",
    "pulse": "dont l'impulsion vaut autre chose depuis un jour",
    "no readings": "sans relevé",
    "no register near": "sans index proche",
}


def check_name(name: str, language: str) -> str:
    """A check in "fr" or "en"."""
    return FRENCH.get(name, name) if language == "fr" else name


def left_out(reasons: Mapping[str, int] | Mapping[str, str], language: str) -> str:
    """`12 sans relevé, 3 avec réserve`; numbers, or numbers as texts."""
    french = language == "fr"
    return ", ".join(f"{n} {WHY.get(why, why) if french else why}" for why, n in reasons.items())
