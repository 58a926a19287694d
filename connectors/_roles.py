"""What a clamp or a sensor measures, by the words of its name: nothing else tells it.

A clamp may hold the supply, the line of a roof, or what leaves the house. One that is called
"solaire" or "injection", in French or English, is understood; any other draws from the network.
"""

from __future__ import annotations

import re
from functools import lru_cache

from connectors._text import fold
from hub.model import Flow

_INJECTION = re.compile(
    r"_(?:inject|export|feed_?in|return|surplus|revente|renvoi|renvoy|eait_|sinsti_|to_grid|net_(?:energy_)?production)"
)
_PRODUCTION = re.compile(
    r"_(?:sol(?:ar|aire)|photovolta|pv\d*_|onduleur|inverter|production|produi|generat|panneau)"
)


@lru_cache(maxsize=65_536)
def role_of(name: str) -> tuple[str, Flow]:
    """Commodity and flow of the electricity that something of this name measures."""
    words = words_of(name)
    if _INJECTION.search(words):
        return "electricity", "injection"
    return ("solar", "production") if _PRODUCTION.search(words) else ("electricity", "consumption")


@lru_cache(maxsize=65_536)
def words_of(name: str) -> str:
    """A name's words, without accents and capitals, each between two underscores."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[:200])  # camelCase
    return f"_{re.sub(r'[^a-z0-9]+', '_', fold(spaced)).strip('_')}_"
