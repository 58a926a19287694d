"""Water: cubic centimetres a half-hour, as taps, flushes, showers and machines that come and go."""

from __future__ import annotations

import numpy as np

from ingest.simulate.district import LEAK_HOME, District
from ingest.simulate.models.electricity import activity
from ingest.simulate.models.people import People, presence
from ingest.simulate.noise import Floats, Ints, thirds
from ingest.simulate.slots import SLOT, Slots, midnight

#: Of 100 uses: up to which number it is a tap, a flush, a shower; else a machine.
_TAP, _FLUSH, _SHOWER = 0.50, 0.80, 0.93
#: Uses a person and day at zeal 1, spread by the rhythm (about 0.6 on average over 48 slots).
_USES = 11.0
#: A dripping cistern: 4.5 litres an hour, day and night.
LEAK_CM3_PER_SLOT = 2250


def drawn(district: District, who: People, slots: Slots) -> Ints:
    """cm3 drawn in each slot: occupants x slots, int64."""
    # people get up at night, too
    rhythm = (activity(who, slots) + 0.04) * presence(district, who, slots)
    chance = (who.size * who.zeal * _USES / (48 * 0.6 * 3))[:, None] * rhythm
    total = np.zeros((len(who), len(slots)))
    for use in range(3):
        come, kind, size = thirds(
            district.key(f"water-{use}"), who.ids[:, None], slots.numbers[None, :]
        )
        total += np.where(come < chance, _litres(kind, size), 0.0)
    cm3 = np.rint(total * 1000).astype(np.int64)
    leaking = slots.numbers >= midnight(district.leak_from) // SLOT
    cm3[who.ids == LEAK_HOME] += np.where(leaking, LEAK_CM3_PER_SLOT, 0)
    return cm3


def _litres(kind: Floats, size: Floats) -> Floats:
    return np.select(
        [kind < _TAP, kind < _FLUSH, kind < _SHOWER],
        [1 + 5 * size, 5 + 4 * size, 28 + 40 * size],
        42 + 16 * size,
    )
