"""The badge under every page: when all totals were last proven, how, and what was found. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dashboard.sentences import first_upper
from dashboard.tongue import Tongue
from hub.check_words import check_name, left_out
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
    at: dt.datetime
    extent: str
    checks: tuple[tuple[str, str], ...]


def proof(tongue: Tongue, verdict: Verdict, now: dt.datetime, zone: ZoneInfo) -> Proof:
    """The badge of a verdict; the reason stands in it where it is not good."""
    text, good = _told(tongue, verdict, now, zone)
    checks = tuple(
        (first_upper(check_name(check.name, tongue.code)), _result(tongue, check))
        for check in verdict.checks
    )
    return Proof(text, good, verdict.checked_at, _extent(tongue, verdict), checks)


def _told(tongue: Tongue, verdict: Verdict, now: dt.datetime, zone: ZoneInfo) -> tuple[str, bool]:
    at = verdict.checked_at.astimezone(zone)
    when = tongue.t(
        "{day} à {hour}",
        day=tongue.relative(at.date(), now.astimezone(zone).date()),
        hour=tongue.clock(at),
    )
    if verdict.wrong:
        told = tongue.n(
            "Totaux contrôlés {when} : {count} écart trouvé, l'exploitant doit le corriger.",
            "Totaux contrôlés {when} : {count} écarts trouvés, l'exploitant doit les corriger.",
            sum(verdict.wrong.values()),
            when=when,
        )
        return told, False
    if now - verdict.checked_at > _OLD:
        told = tongue.t(
            "Totaux contrôlés pour la dernière fois {when} : ils tombaient juste.", when=when
        )
        return told, False
    if verdict.set_aside:
        told = tongue.n(
            "Totaux contrôlés {when} : {count} changement n'a pas pu être compté, l'exploitant"
            " doit regarder pourquoi.",
            "Totaux contrôlés {when} : {count} changements n'ont pas pu être comptés, l'exploitant"
            " doit regarder pourquoi.",
            verdict.set_aside,
            when=when,
        )
        return told, False
    return tongue.t("Totaux contrôlés {when} : ils tombent juste.", when=when), True


def _extent(tongue: Tongue, verdict: Verdict) -> str:
    told = tongue.n(
        "Les additions ont été refaites par plusieurs chemins, certains depuis les relevés :"
        " {count} ligne comparée.",
        "Les additions ont été refaites par plusieurs chemins, certains depuis les relevés :"
        " {count} lignes comparées.",
        verdict.compared,
    )
    waiting = verdict.pending - verdict.set_aside
    if waiting <= 0:
        return told
    pending = tongue.n(
        "{count} changement tout récent attendait d'être compté : ce qui l'entoure est laissé de"
        " côté.",
        "{count} changements tout récents attendaient d'être comptés : ce qui les entoure est"
        " laissé de côté.",
        waiting,
    )
    return f"{told} {pending}"


def _result(tongue: Tongue, check: Checked) -> str:
    """`1 200 lignes, aucun écart ; de côté : 3 sans relevé`"""
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
    counted = {why: tongue.whole(count) for why, count in check.left_out.items()}
    return tongue.t(
        "{found} ; de côté : {reasons}", found=told, reasons=left_out(counted, tongue.code)
    )
