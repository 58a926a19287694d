"""What a clamp or a sensor measures, by the words of its name: nothing else tells it.

The rules, of which the first that fits counts:

- what stands behind the meter (a battery, self-consumption, the loads of an inverter) has no role;
- words of a direction: "injection", "export", "sold" left the house, "import", "bought" came in;
- heat of an appliance, and what an appliance takes from the sun, have no role; an "inverter" or
  "onduleur" that cools or washes, or keeps a computer alive, draws like any other;
- at the network ("grid", "réseau", "tarif", a Linky) what is produced was fed in: a meter sees no
  roof; with words of a roof beside it has no role, but for a Linky. All else there is drawn, its
  power one that flows either way. A "meter" that is no roof's, and "produced" alone, are there too;
- a roof by its words, its inverter or its maker produces; what is used behind it has no role;
- any other draws from the network.
"""

from __future__ import annotations

import re
from functools import lru_cache

from connectors._text import fold
from hub.model import Flow

#: Commodity and flow.
Role = tuple[str, Flow]

DRAWN: Role = ("electricity", "consumption")
FED: Role = ("electricity", "injection")
ROOF: Role = ("solar", "production")

#: What a name says -> words that say it, of French, English, German and Dutch and of makers. Each
#: begins where a word of the name does, and ends there if it ends in "_".
_WORDS = {
    "behind": r"""
        [a-z]*batter accu_ akku speicher_ stromspeicher [bm]\d_(?:ac|dc|energy)_
        auto_?conso self_?(?:cons|us) eigenverbrauch zelfverbruik loads?_
        generator_ generateur_(?!sol|pv|photo) electrogene""",
    "fed": r"""
        (?:re_?)?inject excedent surplus vendue?s?_ ventes?_ revente revend renvoi renvoy retourn
        vers_(?:le_)?reseau (?:fourni|livre|cede)e?s?_au_reseau
        export feed_?in fed_ grid_?feed return sold_ (?:in)?to_(?:the_)?grid on_grid_energy
        grid_(?:energy_|power_)?out_
        net_(?:energy_|power_)?production metering_power_supplied
        reverse_(?:active|energy|power) (?:energy|power)_reverse
        summ(?:ation)?_received 2_8_[0-4]_ eait_ sinsti_ [a-z]*einspeis eingespeist terug""",
    "drawn": r"""
        soutir preleve achete achats?_
        import(?!an) bought_ purchas absorbed_ from_(?:the_)?grid
        net_(?:energy_|power_)?consumption (?:netz|strom)?bezug afname_""",
    "appliance": r"""
        clim chauff pac_ pompe ballon_ cumulus_ ecs_ eau_chaude frigo congel lave_ seche_
        air_?con heat hot_water dhw_ boiler pump fridge freezer wash dish dryer_
        micro_?(?:wave|onde) warm[ew] heiz ups_ nas_ apc_ eaton_""",
    "linky": r"z?linky lixee enedis tele_?info my_?electrical_?data",
    "network": r"""
        reseau_ secteur_ tari[ef] grid netz(?!teil|werk) dsmr slimme_ smart_?meter metering_
        external_ct_ pcc_ tibber (?<=^_)p1_ p1_(?:meter|monitor|reader)""",
    "meter": r"compteur meter_ [a-z]{5,}meter_ [a-z]*za?e?hler_",
    "used": r"""
        conso utilis consum use[ds]?_ usage storage_ stockage_ (?:dis|de)charg
        charge[ds]?_(?!controller) charging_ to_(?:home|house)_ vers_(?:la_)?maison_
        [a-z]*verbrauch [a-z]*verbruik""",
    "sun": r"""
        (?<!huawei_)sol(?:aire|ar(?!edge|net|man|flow|bank|ium)) photovolta pv(?:\d*_|inverter)
        panneaux_(?!elec|rayon|chauff) zonne balkonkraftwerk""",
    "generated": r"generat(?!or|eur) yield [a-z]*ertrag [a-z]*erzeug opwek opgewekt",
    "production": r"production produi(?:t|re) [a-z]*produ[ck]ti",
    "produced": r"produced_",
    "inverter": r"(?:micro_?)?(?:onduleur|inverter) wechselrichter omvormer",
    "maker": r"""
        solar(?:edge|net|man_) enphase envoy_ fronius solis_ deye goodwe growatt sungrow apsystems
        hoymiles opendtu ahoy foxess solax sofar kostal sma_ huawei_solar sunsynk ecu_ sun2000
        sunny_?(?:boy|tripower) symo_ primo_ beem_ sunology""",
    "hybrid": r"victron ecoflow zendure bluetti anker_ solar(?:flow|bank) powerwall marstek",
}
_PATTERNS = {
    fact: re.compile(rf"_(?:{'|'.join(words.split())})", re.ASCII) for fact, words in _WORDS.items()
}
_MADE = {"production", "produced", "generated"}
_AT_A_ROOF = {"sun", "inverter"}
_PLANT = {*_AT_A_ROOF, "maker"}


@lru_cache(maxsize=65_536)
def role_of(name: str) -> Role | None:
    """What something of this name measures; None where that is neither the network nor a roof."""
    words = words_of(name)
    said = {fact for fact, pattern in _PATTERNS.items() if pattern.search(words)}
    if "behind" in said:
        return None
    if "fed" in said:
        return FED
    if "drawn" in said:
        return DRAWN
    if "appliance" in said:
        return None if said & (_MADE | {"sun"}) else DRAWN
    if "linky" in said:
        return FED if said & (_MADE | {"sun"}) else DRAWN
    if "network" in said and said & _MADE:
        return None if said & _AT_A_ROOF else FED
    if "network" in said:
        return DRAWN
    if "meter" in said and not said & {*_AT_A_ROOF, "generated"}:
        return FED if said & _MADE else DRAWN
    if "produced" in said and not said & (_PLANT | {"generated", "hybrid"}):
        return FED
    if said & (_MADE | _PLANT):
        return None if "used" in said else ROOF
    return None if "hybrid" in said else DRAWN


def is_roof(name: str) -> bool:
    """Whether it measures what a roof produces."""
    return role_of(name) == ROOF


def is_linky(name: str) -> bool:
    """Whether it is of a Linky, or of who reads Linkys."""
    return _PATTERNS["linky"].search(words_of(name)) is not None


@lru_cache(maxsize=65_536)
def words_of(name: str) -> str:
    """A name's words, without accents and capitals, each between two underscores."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:200])  # camelCase
    return f"_{re.sub(r'[^a-z0-9]+', '_', fold(spaced)).strip('_')}_"
