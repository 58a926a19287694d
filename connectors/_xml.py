"""XML as the connectors read it: bounded, without entities, names without their namespaces.

Whatever is wrong with the bytes is a :class:`hub.model.DecodeError`: ``not_xml`` (bad syntax, a
DTD, an entity: no format of ours has one, attacks do), ``too_large``, or ``not_this_format``.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hub.model import DecodeError

#: Largest file, bytes; a tree takes some ten times as much.
LIMIT = 64 << 20


def root(payload: bytes, limit: int = LIMIT) -> Element:
    """The document's root, every tag in it without its namespace. Raises DecodeError."""
    if len(payload) > limit:
        raise DecodeError("too_large", bytes=len(payload), limit=limit)
    try:
        tree: Element = fromstring(payload, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DecodeError("not_xml", error=str(error).split("\n", 1)[0][:200]) from None
    for element in tree.iter():
        element.tag = local(element.tag)
    return tree


def local(name: str) -> str:
    """A tag's or attribute's name without the namespace that ElementTree puts before it."""
    return name.rpartition("}")[2]


def text(element: Element, path: str) -> str:
    """The stripped text at ``path`` below ``element``; '' where there is none."""
    return (element.findtext(path) or "").strip()


def begins(head: bytes) -> bool:
    """Whether a file that begins with ``head`` can be XML."""
    return head.lstrip().startswith(b"<")
