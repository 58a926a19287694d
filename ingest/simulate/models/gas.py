"""Gas: whole litres (dm3) a half-hour, from degree days, hot water and cooking."""

from __future__ import annotations

import numpy as np

from ingest.simulate.district import District
from ingest.simulate.models.electricity import activity
from ingest.simulate.models.people import GAS, People, presence
from ingest.simulate.models.weather import felt
from ingest.simulate.noise import Ints, thirds
from ingest.simulate.slots import Slots

#: Watt-hours in a litre of gas at the usual coefficient of 11.2 kWh a m3.
WH_PER_LITRE = 11.2
_BOILER = 0.92


def burnt(district: District, who: People, slots: Slots) -> Ints:
    """Litres burnt in each slot: occupants x slots, int64; 0 where there is no gas."""
    here = presence(district, who, slots)
    heated = (who.heating == GAS)[:, None]
    cold = np.maximum(0, who.setpoint_c[:, None] - felt(district.seed, slots.starts)[None, :])
    timetable = np.where((slots.of_day >= 45) | (slots.of_day < 11), 0.55, 1.22)
    swing, come, size = thirds(district.key("gas"), who.ids[:, None], slots.numbers[None, :])
    heat = who.loss_w_per_k[:, None] * cold * timetable * (0.7 + 0.6 * swing) / _BOILER
    watt_hours = np.where(heated, 0.5 * heat * np.maximum(here, 0.5), 0.0)
    rhythm = activity(who, slots) * here
    hot = (who.zeal * who.size)[:, None] * 105 * rhythm * (come < 0.5) * (0.4 + 1.2 * size)
    cooking = np.where(come > 1 - 0.35 * rhythm, 300 + 700 * size, 0.0) * who.zeal[:, None]
    watt_hours += np.where(heated, hot * 1.2, 0.0) + cooking
    return np.where(who.gas[:, None], np.rint(watt_hours / WH_PER_LITRE), 0).astype(np.int64)
