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
from connectors._roles import role_of, words_of
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
_GAS = re.compile(r"_(?:gas|gaz)")
_NOTES = {
    "periodic": Note(
        "ha_periodic",
        "compteur qui repart à zéro chaque jour, semaine ou mois : prenez le capteur du total",
        "a counter that starts again each day, week or month: take the sensor of the total",
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
    kind = _class(sensor)
    return kind if kind in ("gas", "water") else role_of(sensor.name)[0]


def tell(message: Message, sensor: Sensor, column: str, raw: object, now: int) -> None:
    """Add the state of a sensor that :func:`is_ours` to a message of its device and commodity."""
    kind, name = _class(sensor), words_of(sensor.name)
    if kind == "energy" and _GAS.search(name):
        message.notes.append(replace(_NOTES["gas"], about=sensor.device))
        return
    if kind not in ("power", "apparent_power") and _is_periodic(sensor, name, now):
        message.notes.append(replace(_NOTES["periodic"], about=sensor.device))
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
    _, flow = role_of(sensor.name)
    label = _tic.READINGS.get(tic_label(sensor))
    if message.commodity in ("gas", "water"):
        message.register(column, value, unit, TOTAL)
    elif kind == "power" and flow == "consumption":
        message.net_power(column, value, unit)
    elif kind in ("power", "apparent_power"):
        message.power(column, value, unit, label.flow if label else flow)
    elif label and message.commodity == "electricity":
        message.register(column, value, unit, label.register, label.flow)
    else:
        message.register(column, value, unit, TOTAL, flow)


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


def _is_periodic(sensor: Sensor, name: str, now: int) -> bool:
    if _PERIODIC.search(name):
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
