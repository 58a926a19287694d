"""What devices on the local network are asked for, and in which order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson

from ingest.collect.errors import CollectError
from ingest.collect.fetch import Answer, Fetcher

_ENVOY_METERS = "/ivp/meters"
#: As the origin of a message has it; what its meters measure is told by another answer.
ENVOY_READINGS = "ivp/meters/readings"
#: What an Envoy answers that has no meters, or a firmware that does not know them.
_NONE = (404, 405, 501)


class Heard(NamedTuple):
    """An answer and the path it came from."""

    path: str
    answer: Answer


async def envoy(fetcher: Fetcher) -> list[Heard]:
    """Registers of the meters where there are some; production from one address and no other.

    What a meter measures is told before its readings, by an answer of its own.
    """
    meters = await fetcher.get(_ENVOY_METERS, also=_NONE)
    measured = _measured(meters)
    heard = []
    if measured:
        readings = f"/{ENVOY_READINGS}"
        heard += [Heard(_ENVOY_METERS, meters), Heard(readings, await fetcher.get(readings))]
    if "production" not in measured:
        path = "/api/v1/production"
        heard.append(Heard(path, await fetcher.get(path)))
    return heard


async def fronius(fetcher: Fetcher) -> list[Heard]:
    """All inverters, and all meters where the answer to that is known."""
    heard = []
    for what in ("GetInverterRealtimeData", "GetMeterRealtimeData"):
        path = f"/solar_api/v1/{what}.cgi"
        is_meter = what == "GetMeterRealtimeData"
        answer = await fetcher.get(path, {"Scope": "System"}, also=(404,) if is_meter else ())
        if answer.status == 200:
            heard.append(Heard(path, answer))
    return heard


async def shelly_gen1(fetcher: Fetcher) -> list[Heard]:
    """Everything at once."""
    return [Heard("/status", await fetcher.get("/status"))]


async def shelly_gen2(fetcher: Fetcher) -> list[Heard]:
    """Everything at once, in a frame that names the device as its messages do."""
    frame = {"id": 1, "src": "hub", "method": "Shelly.GetStatus"}
    return [Heard("/rpc", await fetcher.post("/rpc", json=frame))]


POLLS: Mapping[str, Callable[[Fetcher], Awaitable[list[Heard]]]] = {
    "enphase_envoy": envoy,
    "fronius": fronius,
    "shelly_gen1": shelly_gen1,
    "shelly_gen2": shelly_gen2,
}


def _measured(meters: Answer) -> set[str]:
    """What the meters measure that are switched on; nothing where there are none.

    Raises CollectError where the answer cannot be read: to ask for production elsewhere then would
    mix two counters.
    """
    if meters.status != 200:
        return set()
    try:
        told: Any = orjson.loads(meters.payload)
    except orjson.JSONDecodeError as error:
        raise CollectError(
            f"the answer to {_ENVOY_METERS} is no JSON",
            f"la réponse à {_ENVOY_METERS} n'est pas du JSON",
        ) from error
    return {
        str(meter.get("measurementType"))
        for meter in (told if isinstance(told, list) else ())
        if isinstance(meter, dict) and meter.get("state") != "disabled"
    }
