"""A ZLinky_TIC module through Zigbee2MQTT: JSON on `zigbee2mqtt/<friendly name>`, kWh."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from ingest.simulate.writers.linky import Linky, Moment


def message(linky: Linky, now: Moment) -> tuple[str, bytes]:
    """Topic and payload of what the meter shows at `now`."""
    said: dict[str, object] = {
        "apparent_power": now.drawn_va,
        "available_power": 9 if linky.standard else 45,
        "last_seen": datetime.fromtimestamp(now.ts, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "linkquality": 120,
        "meter_serial_number": linky.serial,
    }
    said |= _standard(linky, now) if linky.standard else _historique(linky, now)
    return f"zigbee2mqtt/Linky_{linky.serial[-6:]}", orjson.dumps(said)


def _standard(linky: Linky, now: Moment) -> dict[str, object]:
    total = now.peak + now.off_peak
    said: dict[str, object] = {
        "current_index_tarif": 2 if linky.two and not now.cheap else 1,
        "current_price": _price(linky, now),
        "current_summ_delivered": total / 1000,
        "current_tarif": "H PLEINE/CREUSE" if linky.two else "BASE",
        "current_tier1_summ_delivered": (now.off_peak if linky.two else now.peak) / 1000,
    }
    if linky.two:
        said["current_tier2_summ_delivered"] = now.peak / 1000
    return said


def _price(linky: Linky, now: Moment) -> str:
    if not linky.two:
        return "BASE"
    return "HEURE CREUSE" if now.cheap else "HEURE PLEINE"


def _historique(linky: Linky, now: Moment) -> dict[str, object]:
    if not linky.two:
        return {
            "active_register_tier_delivered": "TH..",
            "current_summ_delivered": now.peak / 1000,
            "current_tarif": "BASE",
        }
    return {
        "active_register_tier_delivered": "HC.." if now.cheap else "HP..",
        "current_summ_delivered": 0,
        "current_tarif": "HC..",
        "current_tier1_summ_delivered": now.off_peak / 1000,
        "current_tier2_summ_delivered": now.peak / 1000,
    }
