"""Components as plain HTML: a page's text version is its own components, rendered on the server.

Charts and buttons are left out (their sentences and tables stay), tables stand open, links lead to
text versions.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashboard.shell import page_paths, text_path

_VOID = {"img", "br", "hr", "input"}
_LEFT_OUT = {"Graph", "Store", "Interval", "Location"}
_NAMES = {"className": "class", "htmlFor": "for"}


def html_of(node: Any) -> Markup:
    """HTML of a component, a text, a list of both, or nothing for None."""
    if node is None:
        return Markup("")
    if isinstance(node, (list, tuple)):
        return Markup("").join(html_of(child) for child in node)
    if not isinstance(node, Component):
        return escape(str(node))
    if node._type in _LEFT_OUT or getattr(node, "role", "") == "img" or _needs_script(node):
        return Markup("")
    return _element(node)


def _needs_script(node: Component) -> bool:
    """A button that sends no form does nothing here."""
    return node._type == "Button" and getattr(node, "type", "") != "submit"


def _element(node: Component) -> Markup:
    tag = "a" if node._type == "Link" else node._type.lower()
    attributes = _attributes(node)
    if tag == "details":
        attributes["open"] = True
    opening = Markup("").join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup("<") + tag + opening + Markup(">")
    inner = html_of(getattr(node, "children", None))
    return Markup("<") + tag + opening + Markup(">") + inner + Markup("</") + tag + Markup(">")


def _attributes(node: Component) -> dict[str, Any]:
    """The properties that are HTML attributes, by their HTML names."""
    found: dict[str, Any] = {}
    for name, value in node.to_plotly_json()["props"].items():
        if name == "children" or value is None or value is False:
            continue
        if value == "" and name != "value":  # an option without a value would send its label
            continue
        if name == "style":
            found["style"] = "; ".join(f"{key}: {part}" for key, part in value.items())
        elif name == "href":
            found["href"] = _inside(str(value))
        else:
            found[_NAMES.get(name, name.lower())] = value
    return found


def _inside(href: str) -> str:
    """A page's address becomes its text version's; everything else stays."""
    path, mark, query = href.partition("?")
    return text_path(path) + mark + query if path in page_paths() else href


def _attribute(name: str, value: Any) -> Markup:
    if value is True:
        return Markup(" {}").format(name)
    return Markup(' {}="{}"').format(name, value)
