"""What portals are asked for, day by day, and what their answers mean before they are decoded.

Enedis: days and load curves of a PRM, at most seven days of a curve in one answer. GRDF: days, or
published periods, of a PCE. SolarEdge: quarters of an hour of a site. All: end exclusive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote

from hub.model import Flow
from hub.store.collecting import Granularity
from ingest.collect.errors import CollectError
from ingest.collect.fetch import Answer, said
from ingest.collect.sources import Source


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a portal tells. days: at most so many in one answer. history: so many it
    keeps. late: so many that may still come or change. today: whether it tells of today, too.
    finest: how fine it is, which the household must have agreed to. classes: of its intervals.
    """

    days: int
    history: int
    late: int
    flow: Flow = "consumption"
    finest: Granularity = "day"
    classes: tuple[str, ...] = ("day",)
    today: bool = False


class Request(NamedTuple):
    """Path and parameters."""

    path: str
    parameters: dict[str, str]


class Verdict(Enum):
    """What an answer is. BEFORE: these days lie before what the portal has. PARTIAL: what is there
    is good, and something is missing that may come."""

    READINGS = "readings"
    NOTHING = "nothing"
    BEFORE = "before"
    PARTIAL = "partial"


_YEARS_3, _YEARS_2, _HALF_MONTH = 3 * 365, 2 * 365, 14
PARTS: Mapping[str, Part] = {
    "daily_consumption": Part(365, _YEARS_3 + _HALF_MONTH, 7),
    "daily_production": Part(365, _YEARS_3 + _HALF_MONTH, 7, "injection"),
    "consumption_load_curve": Part(
        7, _YEARS_2 + _HALF_MONTH, 3, "consumption", "half-hour", ("sub-daily",)
    ),
    "production_load_curve": Part(
        7, _YEARS_2 + _HALF_MONTH, 3, "injection", "half-hour", ("sub-daily",)
    ),
    "donnees_consos_informatives": Part(30, _YEARS_3, 7, classes=("sub-daily", "day")),
    # a period is published after its end, and may be half a year
    "donnees_consos_publiees": Part(365, 5 * 365, 200, "consumption", "month", ("week", "month")),
    "donnees_injections_publiees": Part(365, 5 * 365, 60, "injection", "month", ("week", "month")),
    "energy": Part(28, 30, 2, "production", today=True),
    "energyDetails": Part(28, 30, 2, "production", today=True),
}

_RESOURCES = {
    "mesure_synchrone": {
        "daily_consumption": "/consommation_quotidienne",
        "daily_production": "/production_quotidienne",
        "consumption_load_curve": "/courbe_de_charge_consommation",
        "production_load_curve": "/courbe_de_charge_production",
    },
    "metering_data": {
        "daily_consumption": "/metering_data_dc/v5/daily_consumption",
        "daily_production": "/metering_data_dp/v5/daily_production",
        "consumption_load_curve": "/metering_data_clc/v5/consumption_load_curve",
        "production_load_curve": "/metering_data_plc/v5/production_load_curve",
    },
}
_ENEDIS_NAMES = {
    "mesure_synchrone": ("pointId", "dateDebut", "dateFin"),
    "metering_data": ("usage_point_id", "start", "end"),
}
#: Statuses with which a portal says "nothing", or that it does not reach so far back.
ALSO: Mapping[str, tuple[int, ...]] = {
    "enedis_data_connect": (400, 404),
    "grdf_adict": (204, 404),
    "solaredge": (),
}
_NO_DATA = re.compile(rb"no_data_found|no measure found|pas de mesure", re.IGNORECASE)
#: The meter was not in service yet; Enedis does not keep so much.
_TOO_EARLY = re.compile(rb"ADAM-ERR012[35]")
_STATUS = re.compile(
    rb'"statut_restitution"\s*:\s*\{[^{}]*?"code"\s*:\s*"?([0-9]{1,9})', re.IGNORECASE
)
_NO_DATA_OF_GRDF = "1000008"
_PARTIAL_OF_GRDF = "2000100"
#: Why GRDF gives no data until somebody acts.
_REFUSALS_OF_GRDF: Mapping[str, tuple[str, str]] = {
    "1000000": ("le client a déménagé", "the customer has moved"),
    "1000001": ("le droit d'accès a expiré", "the access right has expired"),
    "1000002": ("il n'y a pas de droit d'accès", "there is no access right"),
    "1000009": ("le droit ne couvre pas les publiées", "the right does not cover published data"),
    "1000010": (
        "le droit ne couvre pas les informatives",
        "the right does not cover informative data",
    ),
    "1000011": ("la preuve du consentement n'est pas valable", "the proof of consent is not valid"),
    "1000014": ("le titulaire a révoqué son accord", "the holder has withdrawn the agreement"),
}


def request(source: Source, part: str, first: date, end: date) -> Request:
    """How to ask for the days from ``first`` to before ``end``."""
    days = (first.isoformat(), end.isoformat())
    if source.kind == "enedis_data_connect":
        names = _ENEDIS_NAMES[source.api]
        values = (source.usage_point, *days)
        return Request(_RESOURCES[source.api][part], dict(zip(names, values, strict=True)))
    if source.kind == "grdf_adict":
        point = quote(source.usage_point, safe="")
        return Request(f"/pce/{point}/{part}", {"date_debut": days[0], "date_fin": days[1]})
    return _solaredge(source, part, first, end)


def _solaredge(source: Source, part: str, first: date, end: date) -> Request:
    """Quarters of an hour; its key goes where it wants it, see ``Rounds``."""
    last = date.fromordinal(end.toordinal() - 1)
    asked = {"timeUnit": "QUARTER_OF_AN_HOUR"}
    if part == "energy":
        asked |= {"startDate": first.isoformat(), "endDate": last.isoformat()}
    else:
        asked |= {"startTime": f"{first} 00:00:00", "endTime": f"{last} 23:59:59"}
        asked["meters"] = "PRODUCTION,FEEDIN,PURCHASED"
    return Request(f"/site/{quote(source.device, safe='')}/{part}", asked)


def judge(source: Source, answer: Answer, path: str) -> Verdict:
    """What an answer is. Raises CollectError where it says that something must be done."""
    if not answer.payload.strip():
        return Verdict.NOTHING
    if source.kind == "enedis_data_connect" and answer.status != 200:
        return _judge_enedis(answer, path)
    if source.kind == "grdf_adict":
        return _judge_grdf(answer, path)
    return Verdict.READINGS


def _judge_enedis(answer: Answer, path: str) -> Verdict:
    if _TOO_EARLY.search(answer.payload):
        return Verdict.BEFORE
    if answer.status == 404 and _NO_DATA.search(answer.payload):
        return Verdict.NOTHING
    raise _refused(answer, path)


def _judge_grdf(answer: Answer, path: str) -> Verdict:
    codes = {code.decode() for code in _STATUS.findall(answer.payload)}
    for code in sorted(codes & _REFUSALS_OF_GRDF.keys()):
        french, english = _REFUSALS_OF_GRDF[code]
        raise CollectError(
            f"GRDF gives nothing ({code}): {english}; see the access rights on its portal",
            f"GRDF ne donne rien ({code}) : {french} ; voyez les droits d'accès sur son portail",
            needs_person=True,
            stops=False,
        )
    if _PARTIAL_OF_GRDF in codes:
        return Verdict.PARTIAL
    if answer.status != 200 and _NO_DATA_OF_GRDF not in codes:
        raise _refused(answer, path)
    return Verdict.READINGS if answer.status == 200 else Verdict.NOTHING


def _refused(answer: Answer, path: str) -> CollectError:
    words = said(answer.payload) or "?"
    return CollectError(
        f"{path} was refused ({answer.status}): {words}",
        f"{path} est refusé ({answer.status}) : {words}",
        needs_person=True,
        stops=False,
    )
