"""What a Linky shows at an instant, before a device puts it into its own words."""

from __future__ import annotations

from dataclasses import dataclass

_POWER_FACTOR = 0.94


@dataclass(frozen=True)
class Linky:
    """A meter: `two` registers or one, `standard` or historique frames, for a producer or not."""

    serial: str
    two: bool
    standard: bool
    produces: bool


@dataclass(frozen=True)
class Moment:
    """Registers in whole Wh and power in whole W at `ts`; `cheap` in off-peak hours."""

    ts: int
    peak: int
    off_peak: int
    injected: int
    cheap: bool
    drawn_w: int
    injected_w: int

    @property
    def drawn_va(self) -> int:
        """Apparent power drawn, in tens of VA as a Linky shows it."""
        return round(self.drawn_w / _POWER_FACTOR / 10) * 10

    @property
    def injected_va(self) -> int:
        """Apparent power fed into the network."""
        return round(self.injected_w / _POWER_FACTOR / 10) * 10
