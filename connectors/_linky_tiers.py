"""What a ZLinky's fields are: tiers take their names from the meter's mode and its contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.model import Flow

#: Fields of tier 1, 2, ...
TIERS = tuple(f"current_tier{n}_summ_delivered" for n in range(1, 11))
#: "Not available" of a register.
ABSENT = (None, "", -32768, 0xFFFF_FFFF_FFFF)
_HISTORIQUE: Mapping[str, tuple[str, ...]] = {
    "BASE": (),
    "HC": ("HC", "HP"),
    "EJP": ("HN", "PM"),
    "BBR": ("HCJB", "HPJB", "HCJW", "HPJW", "HCJR", "HPJR"),
}
_STANDARD = tuple(f"F{n}" for n in range(1, 11))
#: Fields of the standard mode; in historique mode newer modules send them empty or 0.
_STANDARD_ONLY = ("current_price", "current_index_tarif", "current_date", "site_id")
#: OPTARIF as historique mode spells it; in standard mode contracts have names: "H PLEINE/CREUSE".
_OPTARIF = re.compile(r"HC\.\.|EJP\.|BBR.")


def is_historique(said: Mapping[str, Any]) -> bool:
    """Whether the meter speaks the historique mode, as far as a message of a ZLinky tells.

    ``said``: its fields, names with underscores.
    """
    contract = _text(said, "current_tarif")
    if _OPTARIF.fullmatch(contract):
        return True
    if any(_text(said, field).strip("0") for field in _STANDARD_ONLY):
        return False
    return not contract or contract.startswith(tuple(_HISTORIQUE))


def tier_names(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Register names of tier 1, 2, ...: none where the contract is not known.

    In standard mode tiers are F1 to F10; in historique mode OPTARIF (``current_tarif``) or else the
    period now tells the contract.
    """
    if not is_historique(said):
        return _STANDARD
    contract = _text(said, "current_tarif")
    for option, names in _HISTORIQUE.items():
        if contract.startswith(option):
            return names
    period = _text(said, "active_register_tier_delivered")
    if re.fullmatch(r"H[CP]J[BWR]", period):
        return _HISTORIQUE["BBR"]
    return _HISTORIQUE[{"HC": "HC", "HP": "HC", "HN": "EJP", "PM": "EJP"}.get(period[:2], "BASE")]


def unsaid(said: Mapping[str, Any], registers: Sequence[tuple[str, Flow, str]]) -> Iterator[str]:
    """Fields of ``registers`` (field, flow, register) that are no reading, whatever they hold."""
    historique = is_historique(said)
    given = {field for field, _, _ in registers if said[field] not in (*ABSENT, 0)}
    drawn = {field for field, flow, _ in registers if flow == "consumption"} & given
    for field, flow, _ in registers:
        total, tier = field == "current_summ_delivered", field in TIERS
        made_up = historique and total and not given.isdisjoint(TIERS)
        no_zero = total or (historique and not tier) or (flow == "consumption" and not drawn)
        if made_up or said[field] in ABSENT or (no_zero and said[field] == 0):
            yield field


def _text(said: Mapping[str, Any], field: str) -> str:
    return str(said.get(field) or "").strip().upper()
