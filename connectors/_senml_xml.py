"""SenML in XML (RFC 8428, 7): the same records, as attributes of elements ``senml``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from connectors import _xml
from connectors._json import not_this

#: Fields of a record that are texts; all others are numbers.
_TEXTS = frozenset({"bn", "bu", "n", "u", "vs", "vb", "vd"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,100})?|\.[0-9]{1,100})(?:[eE][+-]?[0-9]{1,3})?"
)


def packs(payload: bytes, limit: int, connector: str) -> Iterator[tuple[None, list[Any]]]:
    """Each pack of the document, as its JSON would be; without a line, as the JSON helper does.

    Raises DecodeError: not_xml, too_large, not_this_format where there is none.
    """
    found = list(_xml.root(payload, min(limit, _xml.LIMIT)).iter("sensml"))
    if not found:
        raise not_this(connector, "<sensml> ?")
    for element in found:
        yield None, pack(element)


def pack(sensml: Element) -> list[dict[str, Any]]:
    """The records of one ``sensml`` element."""
    return [
        {_xml.local(name): _value(_xml.local(name), text) for name, text in record.items()}
        for record in sensml.iter("senml")
    ]


def _value(name: str, text: str) -> str | int | Fraction:
    """A number where the field is one and the text too; else the text, which is then refused."""
    bare = text.strip()
    if name in _TEXTS or not _NUMBER.fullmatch(bare):
        return text
    return int(bare) if _WHOLE.fullmatch(bare) else Fraction(bare)
