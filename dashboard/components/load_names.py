"""What the report of a loaded file names, and what it needs to know of its reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.tongue import Tongue
from hub.store.commodities import Commodity

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called in the reader's language, and what the reader's household has.

    ``points``: its usage points (reference, commodity); ``moved_in``: the day, where it is known.
    ``mixed``: files of several commodities do not tell their usage points.
    """

    tongue: Tongue
    commodities: Sequence[Commodity]
    points: Sequence[tuple[str, str]] = ()
    moved_in: dt.date | None = None
    mixed: bool = False

    def commodity(self, code: str) -> str:
        """ "Gaz"."""
        found = next((c for c in self.commodities if c.commodity == code), None)
        return self.tongue.name(found) if found else code

    def stream(self, told: Told) -> str:
        """ "Électricité", "Électricité, injection"."""
        found = next((c for c in self.commodities if c.commodity == told["commodity"]), None)
        name = self.tongue.name(found) if found else str(told["commodity"])
        if found is not None and told["flow"] == found.main_flow:
            return name
        flows = {
            "consumption": self.tongue.t("consommation"),
            "injection": self.tongue.t("injection"),
            "production": self.tongue.t("production"),
        }
        return f"{name}, {flows.get(told['flow'], told['flow'])}"
