"""Which registers a Linky's tiers 1, 2, ... are: that depends on its mode and its contract."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HISTORIQUE: Mapping[str, tuple[str, ...]] = {
    "BASE": (),
    "HC": ("HC", "HP"),
    "EJP": ("HN", "PM"),
    "BBR": ("HCJB", "HPJB", "HCJW", "HPJW", "HCJR", "HPJR"),
}
_STANDARD = tuple(f"F{n}" for n in range(1, 11))
_STANDARD_ONLY = ("current_price", "current_index_tarif", "current_date", "site_id")


def tier_names(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Register names of tier 1, 2, ...: none where the contract is not known.

    ``said``: a ZLinky message, its names with underscores. In standard mode tiers are F1 to F10;
    in historique mode OPTARIF (``current_tarif``) or else the period now tells the contract.
    """
    if any(said.get(field) not in (None, "") for field in _STANDARD_ONLY):
        return _STANDARD
    contract = str(said.get("current_tarif") or "").upper()
    for option, names in _HISTORIQUE.items():
        if contract.startswith(option):
            return names
    if contract:
        return _STANDARD  # a contract's name in words is standard mode
    period = str(said.get("active_register_tier_delivered") or "").upper()
    if re.fullmatch(r"H[CP]J[BWR]", period):
        return _HISTORIQUE["BBR"]
    return _HISTORIQUE[{"HC": "HC", "HP": "HC", "HN": "EJP", "PM": "EJP"}.get(period[:2], "BASE")]
