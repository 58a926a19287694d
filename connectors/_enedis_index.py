"""Registers and amounts as SGE tells them, in XML or JSON: by context, quantity, calendar, class.

{"contexte": [{"etapeMetier", "grandeur": [{"grandeurMetier", "grandeurPhysique", "unite",
    "calendrier": [{"idCalendrier", "classeTemporelle": [{"idClasseTemporelle", "codeCadran",
        "valeur": [{"d", "v", "iv"}]}]}],
    "cadranTotalisateur": {"codeCadran", "valeur": [...]}}]}]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors._enedis_layout import flow_of
from connectors._enedis_names import register_of
from connectors._enedis_quality import quality
from connectors._enedis_readings import UNITS, Readings
from connectors._text import fold
from hub.model import TOTAL, ChannelKey, Flow, Kind, Note, PeriodClass, Quality

#: Names of active energy; all else is left aside.
_ENERGY = ("ea", "energie active")


@dataclass(frozen=True, slots=True)
class Dial:
    """One register of a usage point. name: the hub's, '' for one that is not known by ``told``."""

    flow: Flow
    name: str
    told: str
    physical: str
    unit: str
    stage: str
    content: Mapping[str, Any]

    @property
    def ours(self) -> bool:
        """Whether it counts active energy."""
        return fold(self.physical) in _ENERGY

    def key(self, device: str, kind: Kind, period: PeriodClass = "") -> ChannelKey:
        """The channel of its readings."""
        return ChannelKey(
            device, "electricity", self.flow, "energy", self.name, kind, period=period
        )


def many(owner: object, name: str) -> list[dict[str, Any]]:
    """The objects below ``name``: a list of them, or one."""
    found = owner.get(name) if isinstance(owner, dict) else None
    return [each for each in (found if isinstance(found, list) else [found]) if type(each) is dict]


def text(owner: Mapping[str, Any], *names: str) -> str:
    """The first of these texts that is told, '' if none."""
    for name in names:
        told = owner.get(name)
        if isinstance(told, str) and told.strip():
            return told.strip()
    return ""


def dials(measure: object) -> Iterator[Dial]:
    """Every register of one usage point's measures."""
    for context in many(measure, "contexte"):
        for physical in many(context, "grandeur"):
            for calendar in many(physical, "calendrier"):
                grid = text(calendar, "codeGrille", "libelleGrille", "idCalendrier")
                for part in many(calendar, "classeTemporelle"):
                    name = text(part, "idClasseTemporelle")
                    yield _dial(context, physical, part, grid, name)
            for total in many(physical, "cadranTotalisateur"):
                yield _dial(context, physical, total, "", "")


def registers(measure: object, device: str, readings: Readings, aside: dict[str, int]) -> None:
    """Add the values of every register; ``aside`` counts those that are no active energy."""
    for dial in dials(measure):
        for value in many(dial.content, "valeur"):
            readings.row()
            if not dial.ours:
                aside[dial.physical] = aside.get(dial.physical, 0) + 1
            elif usable(dial, readings):
                doubt = value.get("iv")
                code = quality(dial.stage, str(doubt) if doubt is not None else "")
                key = dial.key(device, "register")
                unit = UNITS[fold(dial.unit or "wh")]
                readings.add(key, unit, "v", value.get("v"), value.get("d"), quality=code)


def usable(dial: Dial, readings: Readings) -> bool:
    """Whether the dial's name and unit are known; else the row is refused."""
    if fold(dial.unit or "wh") not in UNITS:
        readings.reject("bad_unit", "unite", dial.unit)
    elif not dial.name:
        readings.reject("bad_name", "codeCadran", dial.told)
    else:
        return True
    return False


def aside_notes(aside: Mapping[str, int]) -> list[Note]:
    """What was left aside, for the report."""
    notes = []
    for name, rows in aside.items():
        fr = "1 valeur laissée" if rows == 1 else f"{rows} valeurs laissées"
        en = "1 value" if rows == 1 else f"{rows} values"
        told = f"« {name[:80]} » : {fr} de côté", f"'{name[:80]}': {en} left aside"
        notes.append(Note("left_aside", *told))
    return notes


def _dial(
    context: Mapping[str, Any],
    physical: Mapping[str, Any],
    content: Mapping[str, Any],
    grid: str,
    name: str,
) -> Dial:
    code = text(content, "codeCadran")
    business = text(physical, "grandeurMetier")
    flow: Flow = "injection" if "eai" in code.casefold() else flow_of(business)
    total = not (code or grid or name)
    found = TOTAL if total else register_of(code, grid, name)
    if flow == "injection" and fold(name) == "base":
        found = TOTAL  # what is fed in is counted once
    told = code or name
    return Dial(
        flow,
        found,
        told,
        text(physical, "grandeurPhysique"),
        text(physical, "unite"),
        _stage(text(context, "etapeMetier")),
        content,
    )


def _stage(stage: str) -> str:
    """The stage as a nature: of the stages only "CORRIGE" says something of a value."""
    return stage if quality(stage) == Quality.CORRECTED_BY_SOURCE else ""
