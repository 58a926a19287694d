"""What may be shown in public: thresholds, rounding, bands, and the one text for "withheld". Pure.

The thresholds are rows of ``publication_policy``, dated: the row in force on a period's last day
counts. Where no row is found nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hub.model import Int64Array

Step = Literal["30min", "day", "month", "year"]
STEPS: tuple[Step, ...] = ("30min", "day", "month", "year")

#: A threshold no area reaches: what a missing policy row means.
NEVER = 2**31 - 1

#: The only thing said of a withheld figure, whatever the reason: a reason would be a hint.
WITHHELD: Mapping[str, str] = {
    "fr": "Non publié, pour qu'aucun foyer ne puisse être reconnu.",
    "en": "Not published, so that no household can be recognised.",
}

#: Half-hours are rounded to this many integer units (mWh, cm3); no entry, no half-hours.
_ROUNDING: Mapping[tuple[str, str], int] = {
    ("energy", "consumption"): 5_000_000,
    ("energy", "generation"): 2_000_000,
    ("volume", "consumption"): 500_000,
}

_BAND_STARTS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the policy. ``max_share``: no household above this share of the total."""

    step: str
    flow_class: str
    area_kind: str
    households: int
    max_share: float | None
    served_days: int | None
    long_households: int | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Policy:
    """All rows; :meth:`rule` picks the one that counts."""

    rules: tuple[Rule, ...]

    def rule(self, step: str, flow_class: str, area_kind: str, day: date) -> Rule:
        """The row in force on ``day``; one that lets nothing through where there is none."""
        for rule in self.rules:
            if (rule.step, rule.flow_class, rule.area_kind) != (step, flow_class, area_kind):
                continue
            if rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to):
                return rule
        return Rule(step, flow_class, area_kind, NEVER, None, 0, None, day, None)


def policy_of(rules: Iterable[Rule]) -> Policy:
    """A policy from its rows."""
    return Policy(tuple(rules))


def flow_class(flow: str) -> str:
    """'generation' for what is made or fed in, else 'consumption'."""
    return "generation" if flow in {"production", "injection"} else "consumption"


def rounding(quantity: str, flow: str) -> int | None:
    """Grain of published half-hours in integer units; None: no half-hours of this kind."""
    return _ROUNDING.get((quantity, flow_class(flow)))


def rounded(amounts: Int64Array, grain: int) -> Int64Array:
    """Amounts rounded half up to multiples of ``grain``."""
    result: Int64Array = (amounts + grain // 2) // grain * grain
    return result


def band(households: int) -> str:
    """A count as its band of the series 10, 20, 50, 100, ...: 137 -> '100-199'."""
    if households < 10:
        return "1-9"
    scale = 10 ** (len(str(households)) - 1)
    low = scale * max(s for s in _BAND_STARTS if s * scale <= households)
    following = low * 5 // 2 if str(low)[0] == "2" else low * 2
    return f"{low}-{following - 1}"
