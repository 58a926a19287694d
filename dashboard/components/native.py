"""Native form fields, which Dash's HTML components leave out and its own ones make of other parts.

In the browser assets/native.js draws them; in a text version they are plain HTML.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class Input(Component):
    """An ``<input>`` with the attributes given; what a reader puts into it stays the browser's."""

    _children_props: list[str] = []  # noqa: RUF012 - as Dash declares them
    _base_nodes: list[str] = ["children"]  # noqa: RUF012
    _namespace = "hub_native"
    _type = "Input"

    def __init__(self, **attributes: Any) -> None:
        self._prop_names = list(attributes)
        self._valid_wildcard_attributes = ["data-", "aria-"]
        self.available_properties = self._prop_names
        self.available_wildcard_attributes = self._valid_wildcard_attributes
        init: Any = super().__init__  # Dash gives it no types
        init(**attributes)
