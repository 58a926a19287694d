"""Bytes from the world -> :class:`hub.model.Decoded`. One pure module per source format.

A connector is a module of this package with

- a docstring that has the lines ``Source:``, ``Units:``, ``Label:`` (start or end), ``Zone:``,
  ``Cadence:`` and ``Traps:``, and ``Device:`` (what the device id is);
- ``decode(payload: bytes, ctx: Context) -> Decoded``, raising only :class:`hub.model.DecodeError`;
  the text of a file is in UTF-8 by then, whatever its encoding was (``connectors._encoding``);
- ``sniff(head: bytes) -> float``: how sure it is, 0 to 1, that a FILE beginning with these bytes
  (up to 64 KiB, in UTF-8 whatever its encoding was; of a workbook a small one of its texts) is its
  own; 0 for formats that only come as messages;
- ``LABELS: dict[str, str]``: what a stamp is, by what is dated: ``interval`` (or ``day``, ``week``,
  ``month`` where those differ from it), ``register``, ``context`` (or the first part of a series'
  name); powers are always of an instant. ``start``, ``end``, ``instant``; ``day``, ``month``: a
  date alone; ``both``: start and end are told, ``length``: the start and how long; ``bound``: a
  register at the start or end of a period that is told. What differs by file, ``decode`` tells in a
  note ``label`` (and ``step``), which takes the place of the first of these that the file holds;
- ``DEVICE: str``: what the device ids in its files are: ``usage_point`` (a PRM or PCE, or the usage
  point that must be given), ``meter`` (a number or name of the meter's own), ``none``;
- ``TOPICS: tuple[str, ...]``: MQTT topic filters it usually reads (the defaults of hub.toml).

Where messages cannot be read alone, also

- ``COMPANIONS: tuple[str, ...]``: those of its TOPICS whose latest payloads are to be in
  ``ctx.companions`` when another topic of the device is decoded;
- ``RETAINED: tuple[str, ...]``: filters of messages that their senders have retained and that
  explain others; where workers share the messages, each of them hears all of these;
- ``explained(payload: bytes, topic: str) -> list[tuple[str, bytes]] | None``: for devices that
  describe themselves on one topic and tell their values on another: (the other topic, what is to be
  in ``ctx.companions`` of its messages), one for each sensor described; None for a message that is
  no description, [] for one that tells of nothing or cannot be read.

It is found by its name, imported when first used, and nothing else knows of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Protocol, cast

from hub.model import Context, Decoded, HubError


class Connector(Protocol):
    """The shape of a connector module."""

    LABELS: dict[str, str]
    DEVICE: str
    TOPICS: tuple[str, ...]
    __doc__: str
    __name__: str

    def decode(self, payload: bytes, ctx: Context) -> Decoded: ...

    def sniff(self, head: bytes) -> float: ...


#: What a description explains: see ``explained`` above.
Explain = Callable[[bytes, str], list[tuple[str, bytes]] | None]


def names() -> list[str]:
    """Names of all connectors, from the folder listing; modules with a leading _ are helpers."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))


@cache
def load(name: str) -> Connector:
    """The connector ``name``, imported now. Raises HubError naming it and what exists."""
    if name not in names():
        raise HubError(f"no connector is named {name!r}; there are: {', '.join(names())}")
    return cast(Connector, importlib.import_module(f"{__name__}.{name}"))


def companions(name: str) -> tuple[str, ...]:
    """``COMPANIONS`` of a connector; () for most."""
    return cast(tuple[str, ...], getattr(load(name), "COMPANIONS", ()))


def retained(name: str) -> tuple[str, ...]:
    """``RETAINED`` of a connector; () for most."""
    return cast(tuple[str, ...], getattr(load(name), "RETAINED", ()))


def explainer(name: str) -> Explain | None:
    """``explained`` of a connector; None for most."""
    return cast(Explain | None, getattr(load(name), "explained", None))
