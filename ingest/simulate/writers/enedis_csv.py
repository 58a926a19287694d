"""The customer portal of Enedis: CSV with a BOM, semicolons, and three lines of heading.

Daily registers (`Index`, Wh) are read at local midnight; the load curve (`Courbe de charge`, mean
W) is labelled with the end of its half-hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ingest.simulate.noise import Ints

_BOM = "\ufeff"
_HEAD = "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
_HEAD += "Grandeur metier;Etape metier;Unite"
_DRAWN = [f"EAS F{n}" for n in range(1, 11)] + [f"EAS D{n}" for n in range(1, 5)] + ["EAS T"]


def _heading(prm: str, kind: str, business: str, first: date, last: date, unit: str) -> str:
    facts = f"{first:%d/%m/%Y};{last:%d/%m/%Y};Energie active;{business};Comptage Brut;{unit}"
    return f"{prm};{kind};{facts}"


def drawn_index(
    prm: str, days: tuple[date, date], stamps: Sequence[str], peak: Ints, off_peak: Ints | None
) -> bytes:
    """Daily registers of what is drawn: `stamps` (midnights, ISO with offset) and Wh.

    With `off_peak` the supplier's calendar has F1 (off-peak) and F2 (peak), else F1 alone.
    """
    lines = [_HEAD, _heading(prm, "Index", "Consommation", *days, "Wh")]
    lines.append(";".join(["Horodate", "Type de releve", *_DRAWN]))
    lines += _drawn_rows(stamps, peak.tolist(), None if off_peak is None else off_peak.tolist())
    lines += _calendar(stamps[0], off_peak is not None)
    return (_BOM + "\n".join(lines) + "\n").encode()


def _drawn_rows(stamps: Sequence[str], peak: list[int], off_peak: list[int] | None) -> list[str]:
    if off_peak is None:
        blank = ";" * 10
        return [
            f"{at};Arrêté quotidien;{p}{blank}{p};;;;{p}"
            for at, p in zip(stamps, peak, strict=True)
        ]
    blank = ";" * 13
    return [
        f"{at};Arrêté quotidien;{o};{p}{blank}{o + p}"
        for at, p, o in zip(stamps, peak, off_peak, strict=True)
    ]


def _calendar(since: str, two: bool) -> list[str]:
    """The portal's last block: which supplier class each register is."""
    names = ["Periode", "Identifiant calendrier fournisseur", "Libelle calendrier fournisseur"]
    classes = [("HC", "Heures Creuses"), ("HP", "Heures Pleines")] if two else [("BASE", "Base")]
    cells = [
        f"Du {since} au",
        *(("FC020831", "Heures pleines/creuses") if two else ("FC000165", "Base")),
    ]
    for number in range(1, 11):
        names += [
            f"Identifiant classe temporelle {number}",
            f"Libelle classe temporelle {number}",
            f"Cadran classe temporelle {number}",
        ]
        label = classes[number - 1] if number <= len(classes) else ("", "")
        cells += [*label, f"EAS F{number}"]
    return [";".join(names), ";".join(cells)]


def injected_index(
    prm: str, days: tuple[date, date], stamps: Sequence[str], injected: Ints
) -> bytes:
    """Daily register of what is fed into the network (EAI T), Wh at local midnight."""
    lines = [_HEAD, _heading(prm, "Index", "Production", *days, "Wh")]
    lines.append("Horodate;Type de releve;EAI T")
    rows = zip(stamps, injected.tolist(), strict=True)
    lines += [f"{at};Arrêté quotidien;{value}" for at, value in rows]
    return (_BOM + "\n".join(lines) + "\n").encode()


def curve(
    prm: str, days: tuple[date, date], ends: Sequence[str], watts: Ints, business: str
) -> bytes:
    """Load curve of `business` ("Consommation" or "Production"): half-hours' ends and mean W."""
    lines = [f"{_HEAD};Pas en minutes"]
    lines.append(_heading(prm, "Courbe de charge", business, *days, "W;30"))
    lines.append("Horodate;Valeur")
    lines += [f"{end};{value}" for end, value in zip(ends, watts.tolist(), strict=True)]
    return (_BOM + "\n".join(lines) + "\n").encode()
