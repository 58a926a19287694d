"""What a clamp or a sensor measures, by the words of its name: nothing else tells it.

A clamp may hold the supply, the line of a roof, or what leaves the house. One that is called
"solaire" or "injection", in French or English, is understood; any other draws from the network.
What a Linky calls production is what it fed into the network: it sees no roof.
"""

from __future__ import annotations

import re
from functools import lru_cache

from connectors._text import fold
from hub.model import Flow

_INJECTION = re.compile(
    r"_(?:inject|export|feed_?in|return|surplus|revente|revend|renvoi|renvoy|retourn|sold_|eait_"
    r"|sinsti_|to_grid|vers_(?:le_)?reseau|summation_received|net_(?:energy_)?production)"
)
_PRODUCTION = re.compile(
    r"_(?:sol(?:ar|aire)|photovolta|pv\d*_|(?:micro_?)?(?:onduleur|inverter)|production|produi"
    r"|generat|yield|panneau)"
)
#: Meters at the connection to the network, and what tells of them.
_NETWORK = re.compile(r"_(?:z?linky|lixee|enedis|tele_?info|my_?electrical_?data)")


@lru_cache(maxsize=65_536)
def role_of(name: str) -> tuple[str, Flow]:
    """Commodity and flow of the electricity that something of this name measures."""
    words = words_of(name)
    made = _PRODUCTION.search(words)
    if _INJECTION.search(words) or (made and _NETWORK.search(words)):
        return "electricity", "injection"
    return ("solar", "production") if made else ("electricity", "consumption")


@lru_cache(maxsize=65_536)
def words_of(name: str) -> str:
    """A name's words, without accents and capitals, each between two underscores."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:200])  # camelCase
    return f"_{re.sub(r'[^a-z0-9]+', '_', fold(spaced)).strip('_')}_"
