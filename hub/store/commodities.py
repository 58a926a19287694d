"""The catalogue of commodities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from hub.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Commodity:
    """A row of the catalogue. ``main_flow`` is what counts first."""

    commodity: str
    day_start: dt.timedelta
    quantity: str
    unit: str
    flows: Sequence[str]
    name_fr: str
    name_en: str
    colour_light: str
    colour_dark: str
    pattern: str
    icon: str
    resolution: int

    @property
    def main_flow(self) -> str:
        """``consumption`` where it exists, else the first flow (``production``)."""
        return "consumption" if "consumption" in self.flows else self.flows[0]


def catalogue(conn: Connection) -> list[Commodity]:
    """Every commodity, in the order of pages."""
    rows = conn.execute(
        "SELECT commodity, day_start, quantity, unit, flows, name_fr, name_en,"
        " colour_light, colour_dark, pattern, icon, resolution FROM commodity ORDER BY position"
    )
    return [Commodity(*row) for row in rows]
