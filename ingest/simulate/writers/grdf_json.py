"""The customer space of GRDF: JSON, one object a PCE, one record a gas day.

A gas day runs from 06:00 to 06:00 local; the portal stamps it 06:00+00:00. Registers and volumes
are whole m3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import orjson

_COEFFICIENT = 11.2


def informative(pces: Mapping[str, tuple[Sequence[date], Sequence[int]]]) -> bytes:
    """For each PCE its gas days (n) and its register in m3 at their bounds (n + 1)."""
    answer = {
        pce: {"frequence": None, "idPce": pce, "releves": _records(days, index)}
        for pce, (days, index) in pces.items()
    }
    return orjson.dumps(answer)


def _records(days: Sequence[date], index: Sequence[int]) -> list[dict[str, object]]:
    return [
        {
            "coeffConversion": _COEFFICIENT,
            "dateDebutReleve": f"{day}T06:00:00+00:00",
            "dateFinReleve": f"{day + timedelta(days=1)}T06:00:00+00:00",
            "energieConsomme": round((after - before) * _COEFFICIENT),
            "frequenceReleve": None,
            "indexDebut": before,
            "indexFin": after,
            "journeeGaziere": str(day),
            "natureReleve": "Informative Journalier",
            "pcs": None,
            "pta": None,
            "qualificationReleve": "Mesuré",
            "status": None,
            "temperature": None,
            "volumeBrutConsomme": after - before,
            "volumeConverti": None,
        }
        for day, before, after in zip(days, index[:-1], index[1:], strict=True)
    ]
