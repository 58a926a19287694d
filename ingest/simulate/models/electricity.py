"""Electricity: what a home draws, in whole watt-hours a half-hour.

Standby and fridge, the day's rhythm of the household's kind, appliances that come and go, electric
heating by degrees below the set point, and a hot water tank in the off-peak hours. A Linky's load
curve is in even watts because its half-hours are whole watt-hours; so are these.
"""

from __future__ import annotations

import numpy as np

from ingest.simulate.district import District
from ingest.simulate.models.people import BASE, ELECTRIC, MIDDAY, NIGHT, People, presence
from ingest.simulate.models.weather import felt
from ingest.simulate.noise import Flags, Floats, Ints, thirds, uniform
from ingest.simulate.slots import Slots

_HOURS = np.arange(48) / 2 + 0.25


def _bump(hour: float, width: float, height: float) -> Floats:
    distance = np.abs(_HOURS - hour)
    distance = np.minimum(distance, 24 - distance)
    return np.asarray(height * np.exp(-0.5 * (distance / width) ** 2))


def _shapes() -> Floats:
    """Activity by kind of household, working or rest day, half-hour of the day: 4 x 2 x 48."""
    work = [
        _bump(7.5, 0.8, 0.9) + _bump(12.5, 0.9, 0.25) + _bump(20, 1.9, 1.5),
        _bump(7.3, 0.8, 1.1) + _bump(12.4, 1.0, 0.5) + _bump(19.3, 1.9, 1.8),
        _bump(8.5, 1.2, 0.8) + _bump(12.3, 1.0, 1.1) + _bump(16, 3.0, 0.35) + _bump(19.5, 1.8, 1.2),
        _bump(9.0, 1.3, 0.6) + _bump(13.2, 1.2, 0.5) + _bump(21.5, 2.4, 1.5),
    ]
    rest = [
        _bump(9.8, 1.6, 1.0) + _bump(12.9, 1.2, 1.1) + _bump(16, 2.5, 0.4) + _bump(20, 2.0, 1.3),
        _bump(9.4, 1.6, 1.2) + _bump(12.7, 1.2, 1.5) + _bump(16, 2.6, 0.6) + _bump(19.6, 2.0, 1.6),
        _bump(9.0, 1.4, 0.9) + _bump(12.4, 1.0, 1.2) + _bump(16, 3.0, 0.4) + _bump(19.6, 1.9, 1.2),
        _bump(11.4, 1.8, 0.9) + _bump(13.6, 1.4, 0.7) + _bump(21.8, 2.6, 1.4),
    ]
    return np.stack([np.stack([work[k], rest[k]]) for k in range(4)])


SHAPES = _shapes()


def activity(who: People, slots: Slots) -> Floats:
    """Rhythm of the day around 0.6 on average: occupants x slots."""
    by_kind = SHAPES[:, slots.rest_day, slots.of_day]
    return np.asarray(by_kind[who.habit])


def off_peak(who: People, slots: Slots) -> Flags:
    """Whether a slot counts on the off-peak register: occupants x slots, never for BASE."""
    night = (slots.of_day >= 44) | (slots.of_day < 12)
    midday = ((slots.of_day >= 3) & (slots.of_day < 15)) | (
        (slots.of_day >= 25) & (slots.of_day < 29)
    )
    rows = np.stack([np.zeros(len(slots), dtype=bool), night, midday])
    return np.asarray(rows[who.off_peak])


def load(district: District, who: People, slots: Slots) -> Ints:
    """Watt-hours used in each slot, whatever their origin: occupants x slots, int64."""
    here = presence(district, who, slots)
    watts = _standby(district, who, slots)
    watts += here * _appliances(district, who, slots)
    watts += _heating(district, who, slots) * np.maximum(here, 0.45)
    watts += here * _tank(district, who, slots)
    return np.rint(watts / 2).astype(np.int64)


def _standby(district: District, who: People, slots: Slots) -> Floats:
    a, _, _ = thirds(district.key("fridge"), who.ids[:, None], slots.numbers[None, :])
    return np.asarray(who.standby_w[:, None] * (0.75 + 0.5 * a))


def _appliances(district: District, who: People, slots: Slots) -> Floats:
    rhythm = activity(who, slots)
    small, come, size = thirds(district.key("appliance"), who.ids[:, None], slots.numbers[None, :])
    days, place = np.unique(slots.day, return_inverse=True)
    mood = 0.7 + 0.6 * uniform(district.key("mood"), who.ids[:, None], days[None, :])
    scale = who.zeal * (45 + 62 * who.size**0.8)
    watts = scale[:, None] * mood[:, place] * (rhythm + 0.12) * (0.55 + 0.9 * small)
    chance = np.minimum(0.8, (who.zeal * who.size**0.6 * 0.1)[:, None] * rhythm)
    watts += np.where(come < chance, 300 + 1500 * size**2, 0.0)
    # lamps in the dark months: day of the year as an angle, longest night near 21 December
    dark = 0.5 + 0.5 * np.cos(2 * np.pi * ((slots.day % 365.2425) - 355) / 365.2425)
    evening = SHAPES[0, 0, slots.of_day] * dark
    return np.asarray(watts + (16 * who.size**0.7)[:, None] * evening[None, :])


def _heating(district: District, who: People, slots: Slots) -> Floats:
    electric = np.flatnonzero(who.heating == ELECTRIC)
    watts = np.zeros((len(who), len(slots)))
    if len(electric) == 0:
        return watts
    cold = np.maximum(0, who.setpoint_c[electric, None] - felt(district.seed, slots.starts)[None])
    timetable = np.where((slots.of_day >= 45) | (slots.of_day < 11), 0.72, 1.1)
    swing, _, _ = thirds(district.key("heater"), who.ids[electric, None], slots.numbers[None, :])
    watts[electric] = who.loss_w_per_k[electric, None] * cold * timetable * (0.7 + 0.6 * swing)
    return watts


def _tank(district: District, who: People, slots: Slots) -> Floats:
    watts = np.zeros((len(who), len(slots)))
    for calendar, opens in ((NIGHT, 44), (MIDDAY, 3), (BASE, 46)):
        rows = np.flatnonzero(who.tank & (who.off_peak == calendar))
        if len(rows) == 0:
            continue
        evening = slots.shifted_day(opens)
        wish = uniform(district.key("tank-day"), who.ids[rows, None], evening[None, :])
        need = (900 * who.size[rows] * who.zeal[rows])[:, None] * (0.75 + 0.5 * wish)
        power = np.where(who.size[rows] > 2, 2200.0, 1500.0)[:, None]
        done = ((slots.of_day - opens) % 48)[None, :] * power / 2
        watts[rows] = np.clip(need - done, 0, power / 2) * 2
    return watts
