"""Redrawing a page in place: only the properties of components that have an id are sent.

Replacing a page's children would mount it anew: open tables would close and the focus be lost. So
whatever changes while a page is open has an id. A component whose id ends in `WHOLE` is replaced
with all it holds; another one keeps its children if some of them have ids of their own.
"""

from __future__ import annotations

import hashlib
from typing import Any

from dash.development.base_component import Component

#: Ends the id of a block that is replaced whole (the rows of a table).
WHOLE = "-rows"

Updates = dict[str, dict[str, Any]]


def updates_of(node: Any) -> Updates:
    """Properties to set, by id, for everything in a tree that has one."""
    found: Updates = {}
    _collect(node, found)
    return found


def shape_of(updates: Updates) -> str:
    """The same for two drawings of a page whose components correspond."""
    return hashlib.sha256("\n".join(sorted(updates)).encode()).hexdigest()[:16]


def _collect(node: Any, found: Updates) -> None:
    if isinstance(node, (list, tuple)):
        for child in node:
            _collect(child, found)
        return
    if not isinstance(node, Component):
        return
    key = getattr(node, "id", None)
    if key is None:
        _collect(getattr(node, "children", None), found)
        return
    inside: Updates = {}
    if not key.endswith(WHOLE):
        _collect(getattr(node, "children", None), inside)
    found[key] = _properties(node, with_children=not inside)
    found.update(inside)


def _properties(node: Component, with_children: bool) -> dict[str, Any]:
    """What is set on it; of a chart only its figure."""
    properties: dict[str, Any] = dict(node.to_plotly_json()["props"])
    if node._type == "Graph":
        return {"figure": properties["figure"]}
    del properties["id"]
    if not with_children:
        properties.pop("children", None)
    return properties
