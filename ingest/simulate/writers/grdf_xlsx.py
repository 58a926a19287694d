"""The customer space of GRDF, "Exporter en Excel": daily rows from line 10, columns B to I."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ingest.simulate.writers.sheet import workbook

_COEFFICIENT = 11.2
_HEADER = (
    None,
    "Date de relevé",
    "Index de début de période (m3)",
    "Index de fin de période (m3)",
    "Volume consommé (m3)",
    "Energie consommée (kWh)",
    "Coefficient de conversion",
    "Température locale (°C)",
    "Qualification du relevé",
)


def daily(pce: str, exported: date, days: Sequence[date], index: Sequence[int]) -> bytes:
    """Gas days (n) and the register in m3 at their bounds (n + 1)."""
    top = [
        (None, "Données informatives et détaillées", None, None, f"Export du {exported:%d/%m/%Y}"),
        (),
        (None, None, "Adresse du logement : "),
        (None, None, "N° PCE :", pce),
        (None, None, "Libellé du logement :"),
        (),
        (None, "Les consommations dans ce tableau sont fournies à titre indicatif."),
        (),
        _HEADER,
    ]
    rows = [
        (
            None,
            f"{day:%d/%m/%Y}",
            before,
            after,
            after - before,
            round((after - before) * _COEFFICIENT),
            _COEFFICIENT,
            None,
            "Mesuré",
        )
        for day, before, after in zip(days, index[:-1], index[1:], strict=True)
    ]
    return workbook("Historique par mois", [*top, *rows])
