"""Enedis's names of registers -> the hub's: F1 to F10 the supplier's, D1 to D4 the distributor's.

A Linky counts each kWh twice: in one of the supplier's ten registers and in one of the
distributor's four. A register is known by its dial ("IDX_EAS_F2", or grid and rank); where none is
told, by its class: D1 is HCB, D2 HPB, D3 HCH, D4 HPH.
"""

from __future__ import annotations

import re

from connectors._text import fold
from hub.model import TOTAL

_DIAL = re.compile(r"(?:idx_)?ea[is][_ ]?(?:([fd])(\d{1,2})|(t))")
_FAMILIES = {"f": 10, "d": 4}
#: Classes of the distributor's grids; E is summer, the low season of larger meters.
_DISTRIBUTOR = {
    "base": "D1",
    "hc": "D1",
    "hp": "D2",
    "hcb": "D1",
    "hpb": "D2",
    "hch": "D3",
    "hph": "D4",
    "hce": "D1",
    "hpe": "D2",
}
#: Classes of suppliers' calendars; Tempo's by colour: BU blue, BC white, R red.
_SUPPLIER = {
    "base": "BASE",
    "hp": "HP",
    "hc": "HC",
    "hn": "HN",
    "pm": "PM",
    "buhc": "HCJB",
    "buhp": "HPJB",
    "bchc": "HCJW",
    "bchp": "HPJW",
    "rhc": "HCJR",
    "rhp": "HPJR",
    "hcjb": "HCJB",
    "hpjb": "HPJB",
    "hcjw": "HCJW",
    "hpjw": "HPJW",
    "hcjr": "HCJR",
    "hpjr": "HPJR",
}


def register_of(dial: str = "", grid: str = "", name: str = "", rank: str = "") -> str:
    """The register's name in the hub, '' where it cannot be known.

    dial: "IDX_EAS_F1". grid: "D...", "DI000003", "GRD" or "TURPE" is the distributor's, any other
    the supplier's.
    name: the class, "HPH". rank: "Rang_Cadran" within the grid.
    """
    if match := _DIAL.fullmatch(fold(dial)):
        return TOTAL if match[3] else _numbered(match[1], match[2])
    side = "d" if fold(grid).startswith(("d", "grd", "turpe")) else "f"
    if rank.strip():
        return _numbered(side, rank.strip())
    return (_DISTRIBUTOR if side == "d" else _SUPPLIER).get(fold(name), "")


def _numbered(side: str, number: str) -> str:
    known = number.isascii() and number.isdigit() and 1 <= int(number) <= _FAMILIES[side]
    return f"{side.upper()}{int(number)}" if known else ""
