"""Tasmota's teleinfo driver: JSON on `tele/<device>/SENSOR` with the sections TIC and METER.

TIC holds the meter's own labels, as texts of fixed width: the historique frame (ADCO, BASE or HCHC
and HCHP) or the standard one (ADSC, EAST, EASF01, EASF02, and EAIT of a producer).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from ingest.simulate.slots import ZONE
from ingest.simulate.writers.linky import Linky, Moment

_VOLTS = 234


def message(linky: Linky, now: Moment) -> tuple[str, bytes]:
    """Topic and payload of what the meter shows at `now`."""
    local = datetime.fromtimestamp(now.ts, ZoneInfo(ZONE))
    tic = _standard(linky, now, local) if linky.standard else _historique(linky, now)
    said = {"Time": local.strftime("%Y-%m-%dT%H:%M:%S"), "TIC": tic, "METER": _meter(linky, now)}
    return f"tele/tasmota_{int(linky.serial) % 0xFFFFFF:06X}/SENSOR", orjson.dumps(said)


def _historique(linky: Linky, now: Moment) -> dict[str, str]:
    frame = {"ADCO": linky.serial, "OPTARIF": "HC.." if linky.two else "BASE", "ISOUSC": "30"}
    if linky.two:
        frame |= {"HCHC": f"{now.off_peak:09d}", "HCHP": f"{now.peak:09d}"}
        frame["PTEC"] = "HC.." if now.cheap else "HP.."
    else:
        frame |= {"BASE": f"{now.peak:09d}", "PTEC": "TH.."}
    amperes = f"{round(now.drawn_va / _VOLTS):03d}"
    papp = f"{now.drawn_va:05d}"
    return frame | {"IINST": amperes, "IMAX": "090", "PAPP": papp, "MOTDETAT": "000000"}


def _standard(linky: Linky, now: Moment, local: datetime) -> dict[str, str]:
    season = "E" if local.dst() else "H"
    frame = {
        "ADSC": linky.serial,
        "VTIC": "02",
        "DATE": f"{season}{local:%y%m%d%H%M%S}",
        "NGTF": "H PLEINE/CREUSE" if linky.two else "BASE",
        "EAST": f"{now.peak + now.off_peak:09d}",
        "EASF01": f"{now.off_peak if linky.two else now.peak:09d}",
    }
    if linky.two:
        frame["LTARF"] = "HEURE CREUSE" if now.cheap else "HEURE PLEINE"
        frame["EASF02"] = f"{now.peak:09d}"
    if linky.produces:
        frame |= {"EAIT": f"{now.injected:09d}", "SINSTI": f"{now.injected_va:05d}"}
    return frame | {"PREF": "09", "URMS1": f"{_VOLTS}", "SINSTS": f"{now.drawn_va:05d}"}


def _meter(linky: Linky, now: Moment) -> dict[str, float]:
    amperes = round(now.drawn_va / _VOLTS, 3)
    meter: dict[str, float] = {
        "PH": 1,
        "ISUB": 45,
        "PSUB": 9000,
        "U1": _VOLTS,
        "P": now.drawn_va,
        "W": now.drawn_w,
        "I": amperes,
    }
    if linky.produces:
        meter |= {"PP": now.injected_va, "PW": now.injected_w}
    return meter
