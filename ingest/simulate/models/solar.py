"""Solar: whole watt-hours a half-hour from roofs, with pvlib.

Ineichen's clear sky over Lyon, dimmed by the district's clouds (Kasten and Czeplak 1980), split
into direct and diffuse (Erbs), turned onto each roof, and through a panel that loses with heat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pvlib import atmosphere, clearsky, irradiance, solarposition

from ingest.simulate.district import ALTITUDE, LATITUDE, LONGITUDE, District
from ingest.simulate.models.weather import cloud, temperature
from ingest.simulate.noise import Floats, Ints, uniform
from ingest.simulate.slots import SLOT, Slots

_TURBIDITY = 3.3
_SYSTEM = 0.80
_HEAT_LOSS_PER_K = 0.0037


@dataclass(frozen=True)
class Roofs:
    """Panels, one element a roof: degrees from flat and from north, peak and inverter watts."""

    ids: Ints
    tilt: Floats
    azimuth: Floats
    peak_w: Floats
    inverter_w: Floats


@dataclass(frozen=True)
class Sky:
    """Sun and light in the middle of each slot (n); irradiances in W/m2, angles in degrees."""

    zenith: Floats
    azimuth: Floats
    ghi: Floats
    dni: Floats
    dhi: Floats
    air_c: Floats


def roofs(district: District, homes: Ints) -> Roofs:
    """The roofs of `homes`, whether or not they have panels."""

    def draw(name: str) -> Floats:
        return uniform(district.key(name), homes)

    peak = 1200 + 375 * np.floor(9 * draw("roof-size"))
    return Roofs(
        ids=np.asarray(homes, dtype=np.int64),
        tilt=10 + 28 * draw("roof-tilt"),
        azimuth=180 + 150 * (draw("roof-azimuth") - 0.5),
        peak_w=peak,
        inverter_w=np.rint(0.88 * peak / 50) * 50,
    )


def sky(seed: int, slots: Slots) -> Sky:
    """Light over the district in the middle of each slot."""
    middle = slots.starts + SLOT // 2
    times = pd.to_datetime(middle, unit="s", utc=True)
    sun = solarposition.get_solarposition(
        times, LATITUDE, LONGITUDE, ALTITUDE, method="nrel_numpy", temperature=12
    )
    zenith = sun["apparent_zenith"].to_numpy()
    ghi, dni, dhi = np.zeros((3, len(slots)))
    # the clear sky model divides by nothing when the sun is down
    up = np.flatnonzero(zenith < 89.5)
    if len(up):
        ghi[up], dni[up], dhi[up] = _light(
            times.day_of_year.to_numpy()[up], zenith[up], cloud(seed, middle[up])
        )
    return Sky(
        zenith=zenith,
        azimuth=sun["azimuth"].to_numpy(),
        ghi=ghi,
        dni=dni,
        dhi=dhi,
        air_c=temperature(seed, middle),
    )


def _light(day_of_year: Ints, zenith: Floats, cover: Floats) -> tuple[Floats, Floats, Floats]:
    """Global, direct and diffuse light (W/m2) under clouds, for a sun above the horizon."""
    extra = irradiance.get_extra_radiation(day_of_year)
    mass = atmosphere.get_absolute_airmass(
        atmosphere.get_relative_airmass(zenith), atmosphere.alt2pres(ALTITUDE)
    )
    clear = clearsky.ineichen(zenith, mass, _TURBIDITY, ALTITUDE, extra)
    ghi = np.asarray(clear["ghi"]) * (1 - 0.75 * cover**3.0)
    split = irradiance.erbs(ghi, zenith, day_of_year)
    return ghi, np.asarray(split["dni"]), np.asarray(split["dhi"])


def produced(panels: Roofs, light: Sky) -> Ints:
    """Watt-hours from each roof in each slot: roofs x slots, int64."""
    tilt, facing = np.radians(panels.tilt)[:, None], np.radians(panels.azimuth)[:, None]
    zenith, azimuth = np.radians(light.zenith)[None, :], np.radians(light.azimuth)[None, :]
    across = np.cos(zenith) * np.cos(tilt)
    across = across + np.sin(zenith) * np.sin(tilt) * np.cos(azimuth - facing)
    direct = light.dni[None, :] * np.maximum(across, 0)
    diffuse = light.dhi[None, :] * (1 + np.cos(tilt)) / 2
    ground = light.ghi[None, :] * 0.2 * (1 - np.cos(tilt)) / 2
    plane = direct + diffuse + ground
    cell = light.air_c[None, :] + plane * 0.030
    watts = panels.peak_w[:, None] * plane / 1000 * _SYSTEM * (1 - _HEAT_LOSS_PER_K * (cell - 25))
    watts = np.clip(watts, 0, panels.inverter_w[:, None])
    return np.rint(np.where(watts < 4, 0, watts) / 2).astype(np.int64)
