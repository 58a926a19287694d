"""Formats as residents know them: the service or the device, and what they are of. Pure."""

from __future__ import annotations

from typing import NamedTuple

from dashboard.tongue import Tongue


class SourceName(NamedTuple):
    """A format's title in both languages; ``commodity``: the only one its files tell of, or ""."""

    fr: str
    en: str
    commodity: str = ""


_POWER, _GAS, _WATER = "electricity", "gas", "water"
SOURCES: dict[str, SourceName] = {
    "ahoydtu": SourceName("onduleur, par AhoyDTU", "inverter, through AhoyDTU"),
    "dsmr_p1": SourceName("port P1 du compteur", "the meter's P1 port"),
    "eco2mix": SourceName("éCO2mix", "éCO2mix"),
    "ecowatt": SourceName("EcoWatt", "EcoWatt"),
    "edf_puissances_csv": SourceName(
        "espace client EDF, courbe (CSV)", "EDF customer account, curve (CSV)", _POWER
    ),
    "edf_releves_csv": SourceName(
        "espace client EDF, relevés (CSV)", "EDF customer account, readings (CSV)", _POWER
    ),
    "enedis_data_connect": SourceName("Enedis Data Connect", "Enedis Data Connect", _POWER),
    "enedis_flux_c15": SourceName("Enedis, flux C15", "Enedis, flux C15", _POWER),
    "enedis_flux_r15": SourceName("Enedis, flux R15", "Enedis, flux R15", _POWER),
    "enedis_flux_r151": SourceName("Enedis, flux R151", "Enedis, flux R151", _POWER),
    "enedis_flux_r63": SourceName("Enedis, flux R63", "Enedis, flux R63", _POWER),
    "enedis_flux_r64": SourceName("Enedis, flux R64", "Enedis, flux R64", _POWER),
    "enedis_flux_r67": SourceName("Enedis, flux R67", "Enedis, flux R67", _POWER),
    "enedis_portal_csv": SourceName(
        "espace client Enedis (CSV)", "Enedis customer account (CSV)", _POWER
    ),
    "enedis_portal_xlsx": SourceName(
        "espace client Enedis (Excel)", "Enedis customer account (Excel)", _POWER
    ),
    "enedis_sge_soap": SourceName("Enedis, portail SGE", "Enedis, SGE portal", _POWER),
    "enphase_envoy": SourceName("passerelle Enphase", "Enphase gateway"),
    "fronius": SourceName("onduleur Fronius", "Fronius inverter"),
    "gazpar2mqtt": SourceName("GRDF, par gazpar2mqtt", "GRDF, through gazpar2mqtt", _GAS),
    "grdf_adict": SourceName("GRDF ADICT", "GRDF ADICT", _GAS),
    "grdf_portal_json": SourceName(
        "espace client GRDF (JSON)", "GRDF customer account (JSON)", _GAS
    ),
    "grdf_portal_xlsx": SourceName(
        "espace client GRDF (Excel)", "GRDF customer account (Excel)", _GAS
    ),
    "green_button": SourceName("Green Button (XML)", "Green Button (XML)"),
    "homeassistant_discovery": SourceName("Home Assistant", "Home Assistant"),
    "homeassistant_statestream": SourceName(
        "Home Assistant (Statestream)", "Home Assistant (Statestream)"
    ),
    "linky_tic": SourceName(
        "sortie client du compteur (TIC)", "the meter's customer output (TIC)", _POWER
    ),
    "lorawan": SourceName("compteur radio LoRaWAN", "LoRaWAN radio meter"),
    "meteo_france_csv": SourceName("Météo-France", "Météo-France"),
    "ngsi_ld": SourceName("NGSI-LD", "NGSI-LD"),
    "open_meteo": SourceName("Open-Meteo", "Open-Meteo"),
    "opendtu": SourceName("onduleur, par OpenDTU", "inverter, through OpenDTU"),
    "pygazpar": SourceName("GRDF, par PyGazpar", "GRDF, through PyGazpar", _GAS),
    "quoalise": SourceName("Enedis, par Quoalise", "Enedis, through Quoalise", _POWER),
    "senml": SourceName("capteur ou passerelle (SenML)", "sensor or gateway (SenML)"),
    "shelly_gen1": SourceName("pince Shelly", "Shelly clamp"),
    "shelly_gen2": SourceName("pince Shelly (Pro, Gen3)", "Shelly clamp (Pro, Gen3)"),
    "solaredge": SourceName("onduleur SolarEdge", "SolarEdge inverter"),
    "suez_json": SourceName("Suez, Tout sur mon eau", "Suez, Tout sur mon eau", _WATER),
    "tasmota_teleinfo": SourceName(
        "compteur électrique, par Tasmota", "electricity meter, through Tasmota", _POWER
    ),
    "teleinfo2mqtt": SourceName(
        "compteur électrique, par teleinfo2mqtt",
        "electricity meter, through teleinfo2mqtt",
        _POWER,
    ),
    "tempo": SourceName("Tempo, couleurs des jours", "Tempo, colours of the days"),
    "veolia_csv": SourceName("espace client Veolia (CSV)", "Veolia customer account (CSV)", _WATER),
    "wmbusmeters": SourceName("compteur radio (wmbusmeters)", "radio meter (wmbusmeters)"),
    "zigbee2mqtt_zlinky": SourceName(
        "compteur Linky, par ZLinky", "Linky meter, through ZLinky", _POWER
    ),
}


def source_name(tongue: Tongue, source: str) -> str:
    """A format's title; one that has none (an earlier version's) by its own name."""
    found = SOURCES.get(source)
    if found is None:
        return source
    return found.fr if tongue.french else found.en


def commodity_of(source: str | None) -> str:
    """The only commodity that a format's files tell of, or ""."""
    found = SOURCES.get(source or "")
    return found.commodity if found else ""
