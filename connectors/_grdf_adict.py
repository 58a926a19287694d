"""A record of GRDF ADICT: what it is, its PCE, its period of gas, or why it has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors import _grdf, _text
from connectors._grdf import DAY, BadCellError, Period
from connectors._grdf_stamps import instants, walls
from hub.model import Flow, PeriodClass

#: What holds readings; the names of its fields end in this too.
PARTS = ("consommation", "injection")
#: What is of this interface and holds none.
OTHERS = ("donnees_contractuelles", "donnees_techniques", "code_statut_traitement", "liste_acces")
NAMES = (*PARTS, *OTHERS, "statut_restitution", "releve_fin")

#: Times of a record: its gas day, its start and end, the stamps of the index at both, on the wall
#: clock; and its start and end as instants.
Times = Sequence[int | None]


def at(value: Any, *path: str) -> Any:
    """What stands at ``path``; None where there is nothing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def part_of(record: Any) -> str:
    """Which of :data:`PARTS` the record has, '' for none."""
    return next((part for part in PARTS if isinstance(at(record, part), dict)), "")


def pce_of(record: Any) -> str:
    """The number of its PCE, '' if it tells none."""
    return str(at(record, "pce", "id_pce") or "").strip()


def flow_of(record: Any, part: str) -> Flow:
    """Which way its gas flows: biomethane comes from the customer."""
    way = _text.fold(str(at(record, part, "sens_flux_gaz")))
    gives = part == "injection" or way.startswith(("injection", "production"))
    return "injection" if gives else "consumption"


def times_of(records: Sequence[Any], zone: str) -> list[Times]:
    """The times of each record; None for what is no time."""
    flat: list[Any] = []
    for record in records:
        part = part_of(record) or PARTS[0]
        flat += (
            at(record, part, "journee_gaziere"),
            at(record, part, f"date_debut_{part}"),  # "periode" is what was asked for, no bound
            at(record, part, f"date_fin_{part}"),
            at(record, "releve_debut", "index_brut_debut", "horodate_Index"),
            at(record, "releve_fin", "index_brut_fin", "horodate_Index"),
        )
    found, exact = walls(flat, zone), instants(flat, zone)
    return [(*found[i : i + 5], *exact[i + 1 : i + 3]) for i in range(0, len(found), 5)]


def period(record: Any, row: int, times: Times) -> tuple[Period, bool]:
    """Its period, and whether an index was left aside that was read at another time.

    Raises BadCellError.
    """
    part = part_of(record)
    said = at(record, part)
    kind = _text.fold(str(said.get(f"type_{'conso' if part == PARTS[0] else part}") or ""))
    hourly = "horaire" in kind
    if said.get("journee_gaziere") and not hourly:
        start, end = _gas_day(said["journee_gaziere"], times[0])
        stated: PeriodClass = "day"
    else:
        start, end = _bounds(said, part, times[5:] if hourly else times[1:3])
        stated = "" if hourly or "journalier" in kind else "month"
    qualified = said.get(f"type_qualif_{'conso' if part == PARTS[0] else part}")
    found = Period(row, start, end, stated, quality=_grdf.quality(qualified), exact=hourly)
    if not _grdf.absent(qualified):
        found.volume = _grdf.cm3(said.get("volume_brut"), "volume_brut")
    opening = at(record, "releve_debut", "index_brut_debut", "valeur_index")
    closing = at(record, "releve_fin", "index_brut_fin", "valeur_index")
    bounds = times[1:3] if hourly else (start, end)
    here = [stamp in (None, bound) for stamp, bound in zip(times[3:5], bounds, strict=True)]
    found.opening = _grdf.cm3(opening, "index_brut_debut") if here[0] else None
    found.closing = _grdf.cm3(closing, "index_brut_fin") if here[1] else None
    factor = at(said, "coeff_calcul", "coeff_conversion")
    found.coefficient = _grdf.coefficient(factor, "coeff_conversion")
    left = (opening is not None and not here[0]) or (closing is not None and not here[1])
    return found, left


def _gas_day(told: object, wall: int | None) -> tuple[int, int]:
    if wall is None:
        raise BadCellError("bad_time", "journee_gaziere", told)
    return wall, wall + DAY


def _bounds(said: dict[str, Any], part: str, times: Times) -> tuple[int, int]:
    """Start and end of a record that tells both. Raises BadCellError."""
    start, end = times
    names = f"date_debut_{part}", f"date_fin_{part}"
    for name, time in zip(names, times, strict=True):
        if time is None:
            value = said.get(name)
            raise BadCellError("missing_time" if value is None else "bad_time", name, value)
    if start is None or end is None or start >= end:
        raise BadCellError("bad_time", names[1], said.get(names[1]))
    return start, end
