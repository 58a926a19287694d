"""A meter's registers in plain words: one for each period of a tariff. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.tongue import Tongue
from hub.model import DISTRIBUTOR_FAMILIES, SUPPLIER_FAMILIES

_SUPPLIER = frozenset[str]().union(*SUPPLIER_FAMILIES)
_NUMBERED = {
    "F": frozenset(f"F{number}" for number in range(1, 11)),
    "D": frozenset[str]().union(*DISTRIBUTOR_FAMILIES),
}
_ORDER = ("BASE", "HP", "HC", "HPJB", "HCJB", "HPJW", "HCJW", "HPJR", "HCJR", "HN", "PM")


def one_set(registers: Iterable[str]) -> list[str]:
    """The parts that add up, in order: the supplier's; the distributor's only without them.

    Both count the same energy, so they never stand in one stack.
    """
    found = set(registers)
    return sorted(found & _SUPPLIER or found, key=_place)


def _place(register: str) -> tuple[int, int, str]:
    if register in _ORDER:
        return _ORDER.index(register), 0, register
    digits = register[1:]
    return len(_ORDER), int(digits) if digits.isdigit() else 0, register


def register_name(tongue: Tongue, register: str) -> str:
    """A register as people know it, with the letters that the meter and the bill show."""
    names = {
        "BASE": tongue.t("tarif de base (BASE)"),
        "HP": tongue.t("heures pleines (HP)"),
        "HC": tongue.t("heures creuses (HC)"),
        "HPJB": tongue.t("heures pleines, jours bleus (HPJB)"),
        "HCJB": tongue.t("heures creuses, jours bleus (HCJB)"),
        "HPJW": tongue.t("heures pleines, jours blancs (HPJW)"),
        "HCJW": tongue.t("heures creuses, jours blancs (HCJW)"),
        "HPJR": tongue.t("heures pleines, jours rouges (HPJR)"),
        "HCJR": tongue.t("heures creuses, jours rouges (HCJR)"),
        "HN": tongue.t("heures normales (HN)"),
        "PM": tongue.t("heures de pointe mobile (PM)"),
    }
    if register in _NUMBERED["F"]:
        return tongue.t("registre {register} du fournisseur", register=register)
    if register in _NUMBERED["D"]:
        return tongue.t("registre {register} du distributeur", register=register)
    return names.get(register, register)


def gloss(tongue: Tongue, registers: Iterable[str]) -> str:
    """What these registers are, in one or two sentences; "" where their names say it."""
    found = set(registers)
    said = []
    if found & {"HP", "HC"}:
        said.append(
            tongue.t(
                "Heures pleines et heures creuses : les deux périodes de prix d'un contrat,"
                " les creuses étant les moins chères."
            )
        )
    if any(register[2:3] == "J" for register in found & _SUPPLIER):
        said.append(
            tongue.t(
                "Jours bleus, blancs et rouges : du moins cher au plus cher, annoncés la veille."
            )
        )
    if found & {"HN", "PM"}:
        said.append(
            tongue.t("Pointe mobile : quelques jours d'hiver plus chers, annoncés la veille.")
        )
    if found & _NUMBERED["F"]:
        said.append(
            tongue.t(
                "Le compteur range ce qu'il compte dans un registre par période de prix du contrat"
                " ; la facture du fournisseur dit à quelle période répond chacun."
            )
        )
    if found & _NUMBERED["D"]:
        said.append(
            tongue.t(
                "Le compteur range ce qu'il compte dans un registre par période du distributeur,"
                " qui ne sont pas forcément celles de la facture."
            )
        )
    return " ".join(said)
