"""Sensors of Home Assistant: what one is, by its device class, its state class and its names.

device_class  energy    gas, water   power           apparent_power
state_class   total, total_increasing                measurement, or not told
is            register  register     power           apparent power

A counter that starts again each day, week or month is no register: at each start the hub would see
a meter that falls, and its meter events are of the whole usage point, other sources included. What
such a counter says, the sensor that it is made of says better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from connectors import _tic
from connectors._message import Message
from connectors._roles import Role, is_linky, role_of, words_of
from connectors._time import utc_seconds
from connectors._units import UNITS, BadValueError, Unit, exact, numeral
from hub.model import TOTAL, Note

#: Seconds since the last reset up to which a counter is taken for one of a day, week or month.
PERIOD = 32 * 86_400
#: A reset before 2000 is one that never was: 1970 is how templates say so.
_NEVER = 946_684_800
_NO_STATE = frozenset({"", "unknown", "unavailable", "none", "null"})
_UNITS: Mapping[str, Unit] = {**UNITS, "m³": UNITS["m3"], "GWh": Unit("energy", 10**12)}
_QUANTITIES = {
    "energy": "energy",
    "gas": "volume",
    "water": "volume",
    "power": "power",
    "apparent_power": "apparent_power",
}
_PERIODIC = re.compile(
    r"_(?:today|daily|yesterday|hourly|weekly|monthly|yearly|annual|this|last|aujourd|hier|veille"
    r"|journali\w*?|quotidien\w*?|hebdo\w*?|mensuel\w*?|annuel\w*?"
    r"|yield_?day|(?:du|par|ce|cette|de_la|de_l|energy|energie|conso|consommation|production)"
    r"_(?:jour|semaine|mois|annee|day|week|month|year)(?!_(?:bleu|blanc|rouge)))_"
)
#: Whole words: Gaston has a Linky.
_GAS = re.compile(
    r"_(?:gaz|gazpar[a-z0-9]*|grdf|(?:aard|erd)?gas(?:meter|verbrauch|verbruik|za?ehler)?)_"
)
_NOTES = {
    "periodic": Note(
        "ha_periodic",
        "compteur qui repart à zéro chaque jour, semaine ou mois : prenez le capteur du total",
        "a counter that starts again each day, week or month: take the sensor of the total",
        unread=True,
    ),
    "unclear": Note(
        "ha_unclear",
        "ni réseau ni toit, d'après son nom (batterie, autoconsommation, consommation derrière un"
        " onduleur, chaleur) : ce capteur n'est pas lu",
        "neither network nor roof, by its name (a battery, self-consumption, what is used behind an"
        " inverter, heat): this sensor is not read",
        unread=True,
    ),
    "gas": Note(
        "ha_gas_energy",
        "énergie de gaz, déduite du volume : prenez le capteur en m3",
        "energy of gas, made of its volume: take the sensor in m3",
        unread=True,
    ),
}


class Sensor(NamedTuple):
    """A sensor as Home Assistant describes it; '' where it does not.

    ``name``: its names, for their words; ``ids``: where a TIC label may stand in it; ``scale``:
    what its messages are multiplied with.
    """

    device: str
    name: str
    ids: str
    unit: str
    device_class: str
    state_class: str
    last_reset: str = ""
    scale: Fraction = Fraction(1)


def is_ours(sensor: Sensor) -> bool:
    """Whether it tells a register or a power."""
    counts = sensor.state_class in ("total", "total_increasing")
    if _class(sensor) in ("power", "apparent_power"):
        return not counts
    return counts and _class(sensor) in _QUANTITIES


def commodity_of(sensor: Sensor) -> str:
    """Of which commodity it is."""
    role = _role(sensor)
    return role[0] if role else "electricity"


def tell(message: Message, sensor: Sensor, column: str, raw: object, now: int) -> None:
    """Add the state of a sensor that :func:`is_ours` to a message of its device and commodity."""
    kind, role = _class(sensor), _role(sensor)
    if role is None or _is_of_gas(sensor) or _is_periodic(sensor, now):
        why = "gas" if _is_of_gas(sensor) else "unclear" if role is None else "periodic"
        message.notes.append(replace(_NOTES[why], about=sensor.device))
        return
    unit = _UNITS.get(sensor.unit)
    if unit is None or unit.quantity != _QUANTITIES[kind]:
        message.reject(column, BadValueError("bad_unit", sensor.unit))
        return
    try:
        value = _scaled(_state(raw), sensor.scale)
    except BadValueError as error:
        message.reject(column, error)
        return
    label, flow = _label(sensor), role[1]
    if kind == "power" and flow == "consumption":
        message.net_power(column, value, unit)
    elif kind in ("power", "apparent_power"):
        message.power(column, value, unit, flow)
    else:
        message.register(column, value, unit, label.register if label else TOTAL, flow)


def tic_label(sensor: Sensor) -> str:
    """The label of the TIC that the sensor repeats, as its ids tell; ''.

    In lower case, "base" and "east" are words like others.
    """
    return _label_in(sensor.ids, "register" if _class(sensor) == "energy" else "power")


@lru_cache(maxsize=65_536)
def _label_in(ids: str, wanted: str) -> str:
    for word in re.split(r"[^0-9A-Za-z]+", ids):
        label = word.upper()
        is_label = label in _tic.READINGS and (word == label or label not in ("BASE", "EAST"))
        if is_label and _tic.READINGS[label].kind == wanted:
            return label
    return ""


def _class(sensor: Sensor) -> str:
    """The device class; a unit of energy tells it where it is missing."""
    unit = _UNITS.get(sensor.unit)
    if not sensor.device_class and unit is not None and unit.quantity == "energy":
        return "energy"
    return sensor.device_class


def _label(sensor: Sensor) -> _tic.Reading | None:
    return _tic.READINGS.get(tic_label(sensor))


def _role(sensor: Sensor) -> Role | None:
    """What it measures: of electricity its name tells it, a label of the TIC better."""
    kind, label = _class(sensor), _label(sensor)
    if kind in ("gas", "water"):
        return kind, "consumption"
    return ("electricity", label.flow) if label else role_of(sensor.name)


def _is_of_gas(sensor: Sensor) -> bool:
    """Whether it is energy, and the names that tell so are no Linky's."""
    told = _class(sensor) == "energy" and _GAS.search(words_of(sensor.name))
    return bool(told) and not _label(sensor) and not is_linky(sensor.name)


def _is_periodic(sensor: Sensor, now: int) -> bool:
    """Whether it counts, and from zero again and again."""
    if _class(sensor) in ("power", "apparent_power"):
        return False
    if _PERIODIC.search(words_of(sensor.name)):
        return True
    try:
        reset = utc_seconds(sensor.last_reset)
    except BadValueError:
        return False
    return reset > _NEVER and now - reset < PERIOD


def _state(raw: object) -> object:
    """A state as a number that can be read exactly, None where there is none."""
    if not isinstance(raw, str):
        return raw
    text = raw.strip()
    return None if text.casefold() in _NO_STATE else numeral(text)


def _scaled(value: object, scale: Fraction) -> object:
    """A value and what it is multiplied with. Raises BadValueError."""
    return value if value is None or scale == 1 else exact(value) * scale
