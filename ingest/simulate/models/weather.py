"""The weather of the district: temperature and cloud, the same for all homes.

Seasons and days after Lyon-Bron's normals (about 3.5 degC in January, 22.5 degC in July), with
spells of several days and of hours as smooth noise.
"""

from __future__ import annotations

import numpy as np

from ingest.simulate.noise import Floats, Ints, smooth, stream

_DAY = 86_400
_YEAR = 365.2425 * _DAY
_MEAN, _SWING = 12.8, 9.6
#: Seconds of the year at which the seasonal curve is highest (22 July).
_WARMEST = 203 * _DAY


def temperature(seed: int, instants: Ints) -> Floats:
    """Outdoor temperature in degC at `instants` (seconds since 1970 UTC)."""
    season = np.cos(2 * np.pi * (instants - _WARMEST) / _YEAR)
    # warmest about 16:00 local, 14:30 UTC; summer days swing wider
    daily = np.cos(2 * np.pi * ((instants % _DAY) - 14.5 * 3600) / _DAY)
    spells = 2.6 * smooth(stream(seed, "spell"), instants, 5 * _DAY)
    days = 1.4 * smooth(stream(seed, "day"), instants, _DAY)
    sky = 1.0 - 0.6 * cloud(seed, instants)
    return np.asarray(_MEAN + _SWING * season + (3.0 + season) * sky * daily * 1.5 + spells + days)


def felt(seed: int, instants: Ints) -> Floats:
    """Temperature as a building feels it, degC: the mean of the last 24 hours, every three."""
    past = [temperature(seed, instants - hours * 3600) for hours in range(0, 24, 3)]
    return np.asarray(np.mean(past, axis=0))


def cloud(seed: int, instants: Ints) -> Floats:
    """Cloud cover, 0 (clear) to 1 (overcast): more in winter, changing by days and by hours."""
    season = np.cos(2 * np.pi * (instants - _WARMEST) / _YEAR)
    days = smooth(stream(seed, "cloud-day"), instants, 2 * _DAY)
    hours = smooth(stream(seed, "cloud-hour"), instants, 2 * 3600)
    return np.asarray(1 / (1 + np.exp(-(1.6 * days + 0.9 * hours - 0.2 - 0.9 * season) * 1.4)))
