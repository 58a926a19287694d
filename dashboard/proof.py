"""The badge under every page: when all totals were last proven, and what was found. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dashboard.tongue import Tongue
from hub.store.verdicts import Verdict

#: A proof is taken every night; one older than this is said to be old.
_OLD = dt.timedelta(hours=49)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the badge says. ``good``: all totals added up, not long ago."""

    text: str
    good: bool


def proof(tongue: Tongue, verdict: Verdict, now: dt.datetime, zone: ZoneInfo) -> Proof:
    """The badge of a verdict; the reason stands in it where it is not good."""
    at = verdict.checked_at.astimezone(zone)
    when = tongue.t(
        "{day} à {hour}",
        day=tongue.relative(at.date(), now.astimezone(zone).date()),
        hour=tongue.clock(at),
    )
    if verdict.wrong:
        count = sum(verdict.wrong.values())
        return Proof(
            tongue.n(
                "Totaux contrôlés {when} : {count} écart trouvé, l'exploitant doit le corriger.",
                "Totaux contrôlés {when} : {count} écarts trouvés, l'exploitant doit les corriger.",
                count,
                when=when,
            ),
            good=False,
        )
    if now - verdict.checked_at > _OLD:
        return Proof(
            tongue.t("Totaux contrôlés pour la dernière fois {when} : ils tombaient juste.",
                     when=when),
            good=False,
        )  # fmt: skip
    return Proof(tongue.t("Totaux contrôlés {when} : ils tombent juste.", when=when), good=True)
