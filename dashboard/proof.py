"""The badge under every page: when all totals were last proven, how, and what was found. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dashboard.tongue import Tongue
from hub.store.verdicts import Checked, Verdict

#: A proof is taken every night; one older than this is said to be old.
_OLD = dt.timedelta(hours=49)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the badge says. ``good``: all totals added up, not long ago.

    ``extent``: how much was compared and what was not; ``checks``: each comparison with its result.
    """

    text: str
    good: bool
    extent: str
    checks: tuple[tuple[str, str], ...]


def proof(tongue: Tongue, verdict: Verdict, now: dt.datetime, zone: ZoneInfo) -> Proof:
    """The badge of a verdict; the reason stands in it where it is not good."""
    text, good = _told(tongue, verdict, now, zone)
    checks = tuple((_name(tongue, check.name), _result(tongue, check)) for check in verdict.checks)
    return Proof(text, good, _extent(tongue, verdict), checks)


def _told(tongue: Tongue, verdict: Verdict, now: dt.datetime, zone: ZoneInfo) -> tuple[str, bool]:
    at = verdict.checked_at.astimezone(zone)
    when = tongue.t(
        "{day} à {hour}",
        day=tongue.relative(at.date(), now.astimezone(zone).date()),
        hour=tongue.clock(at),
    )
    if verdict.wrong:
        count = sum(verdict.wrong.values())
        told = tongue.n(
            "Totaux contrôlés {when} : {count} écart trouvé, l'exploitant doit le corriger.",
            "Totaux contrôlés {when} : {count} écarts trouvés, l'exploitant doit les corriger.",
            count,
            when=when,
        )
        return told, False
    if now - verdict.checked_at > _OLD:
        told = tongue.t(
            "Totaux contrôlés pour la dernière fois {when} : ils tombaient juste.", when=when
        )
        return told, False
    return tongue.t("Totaux contrôlés {when} : ils tombent juste.", when=when), True


def _extent(tongue: Tongue, verdict: Verdict) -> str:
    told = tongue.n(
        "Chaque nuit, le hub refait ses additions et les compare aux relevés : {count} ligne"
        " comparée la dernière fois.",
        "Chaque nuit, le hub refait ses additions et les compare aux relevés : {count} lignes"
        " comparées la dernière fois.",
        verdict.compared,
    )
    if not verdict.pending:
        return told
    pending = tongue.n(
        "{count} changement n'était pas encore compté ; il le sera au contrôle suivant.",
        "{count} changements n'étaient pas encore comptés ; ils le seront au contrôle suivant.",
        verdict.pending,
    )
    return f"{told} {pending}"


def _name(tongue: Tongue, name: str) -> str:
    """A check in a reader's words; by its own name where it has none here."""
    known = {
        "the slots of a day add up to the day": tongue.t("Les demi-heures d'un jour font le jour"),
        "the days of a month add up to the month (channels)": tongue.t(
            "Les jours d'un compteur font ses mois"
        ),
        "the days of a month add up to the month (households)": tongue.t(
            "Les jours d'un foyer font ses mois"
        ),
        "the days of a month add up to the month (areas)": tongue.t(
            "Les jours d'un quartier font ses mois"
        ),
        "the days of a register add up to last minus first": tongue.t(
            "Les jours d'un compteur font son dernier index moins le premier"
        ),
        "the days of intervals add up to the intervals": tongue.t(
            "Les jours d'une courbe font tout ce que la courbe contient"
        ),
        "a day is the difference of the registers interpolated at its bounds": tongue.t(
            "Un jour est la différence des index à ses deux bouts (un échantillon, un autre chaque"
            " nuit)"
        ),
        "a household with one channel a usage point is the sum of these channels": tongue.t(
            "Un foyer sans doublon est la somme de ses compteurs"
        ),
        "the households present add up to their area": tongue.t(
            "Un quartier est la somme des foyers présents"
        ),
        "every household is the sum of the channels that count": tongue.t(
            "Un foyer est la somme des compteurs qui comptent, recomptée depuis le début"
        ),
    }
    return known.get(name, name)


def _result(tongue: Tongue, check: Checked) -> str:
    """`1 200 lignes, aucun écart ; 3 laissées de côté`"""
    if not check.compared:
        told = tongue.t("rien à comparer")
    else:
        rows = tongue.n("{count} ligne", "{count} lignes", check.compared)
        found = (
            tongue.n("{count} écart", "{count} écarts", check.differences)
            if check.differences
            else tongue.t("aucun écart")
        )
        told = f"{rows}, {found}"
    if not check.left_out:
        return told
    reasons = ", ".join(_left_out(tongue, *one) for one in check.left_out.items())
    return tongue.t("{found} ; de côté : {reasons}", found=told, reasons=reasons)


def _left_out(tongue: Tongue, why: str, count: int) -> str:
    """`12 pas encore comptées`; by its own name where the reason has no words here."""
    known = {
        "pending": tongue.t("pas encore comptées"),
        "retention": tongue.t("au-delà de la conservation"),
        "several channels": tongue.t("à plusieurs sources"),
        "club": tongue.t("de clubs"),
        "not in the sample": tongue.t("hors de l'échantillon de cette nuit"),
        "flagged": tongue.t("signalées comme douteuses"),
        "meter event": tongue.t("avec un changement de compteur"),
        "pulse": tongue.t("dont une impulsion a changé de valeur"),
        "no readings": tongue.t("sans relevé"),
        "no register near": tongue.t("sans index proche"),
    }
    return f"{tongue.whole(count)} {known.get(why, why)}"
