"""The kinds of sources that hub.toml may name, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: How a secret is sent: in a header, as user and password, or as a parameter of the address.
Auth = Literal["bearer", "basic", "digest", "api_key"]

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source; its name is that of the connector that reads the answers.

    url: where all of this kind are, "" where each has its own. apis: what one of them may speak,
    the usual one first, and where that is. needs: keys of hub.toml without
    which nothing can be asked. interval, least: usual and shortest seconds between two rounds.
    parts: what may be asked for, the usual ones first; usual: how many of them. household: asked
    with a household's consent only, for its own usage point. commodity: of that usage point.
    spacing: seconds between two requests to one host. user: the usual one with a password.
    """

    url: str = ""
    needs: tuple[str, ...] = ()
    interval: int = 60
    least: int = 5
    timeout: float = 30
    parts: tuple[str, ...] = ()
    usual: int = 0
    household: bool = False
    commodity: str = ""
    spacing: float = 0
    auth: Auth = "bearer"
    user: str = ""
    secret: bool = False
    apis: Mapping[str, str] = field(default_factory=dict)


_ENEDIS = "https://gw.ext.prod.api.enedis.fr"

KINDS: Mapping[str, Kind] = {
    "enphase_envoy": Kind(needs=("device",)),
    "fronius": Kind(needs=("device",)),
    "shelly_gen1": Kind(auth="basic", user="admin"),
    "shelly_gen2": Kind(auth="digest", user="admin"),
    "solaredge": Kind(
        url="https://monitoringapi.solaredge.com",
        needs=("device",),
        interval=900,
        least=300,  # 300 requests a day and site
        parts=("energy", "energyDetails"),
        usual=1,
        spacing=1,
        auth="api_key",
        secret=True,
    ),
    "enedis_data_connect": Kind(
        url=f"{_ENEDIS}/mesure_synchrone_auto/v2",
        apis={
            "mesure_synchrone": f"{_ENEDIS}/mesure_synchrone_auto/v2",
            "metering_data": _ENEDIS,  # v5, which Enedis ended in autumn 2026
        },
        needs=("usage_point",),
        interval=6 * HOUR,
        least=HOUR,
        timeout=60,
        parts=(
            "daily_consumption",
            "consumption_load_curve",
            "daily_production",
            "production_load_curve",
        ),
        usual=2,
        household=True,
        commodity="electricity",
        spacing=4,  # a thousand an hour
        secret=True,
    ),
    "grdf_adict": Kind(
        url="https://api.grdf.fr/adict/v2",
        needs=("usage_point",),
        interval=12 * HOUR,
        least=HOUR,
        timeout=60,
        parts=(
            "donnees_consos_informatives",
            "donnees_consos_publiees",
            "donnees_injections_publiees",
        ),
        usual=1,
        household=True,
        commodity="gas",
        spacing=1,
        secret=True,
    ),
}
