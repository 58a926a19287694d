"""XML is read without entities, within bounds, whatever its encoding and namespaces."""

from __future__ import annotations

import pytest

from connectors import _xml
from connectors._encoding import readable
from hub.model import DecodeError

BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&b;" * 10) for n in range(9))
    + b"]><a>&b8;</a>"
)


def test_namespaces_are_left_out() -> None:
    tree = _xml.root(b'<x:a xmlns:x="urn:y"><x:b> 1 </x:b><c xmlns="urn:z"/></x:a>')
    assert [element.tag for element in tree.iter()] == ["a", "b", "c"]
    assert _xml.text(tree, "b") == "1"
    assert _xml.text(tree, "c") == _xml.text(tree, "d") == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    raw = f'<?xml version="1.0" encoding="{name}"?><a>relevé</a>'.encode(encoding)
    assert _xml.begins(readable(raw).payload)
    assert _xml.root(raw).text == "relevé"


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"x", b"{}", b"<a>", b"<a></b>", b"\xff\xfe", b"<a>&b;</a>", BOMB),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b'<?xml version="1.0" encoding="nope"?><a/>',
    ],
)
def test_what_is_no_xml_or_an_attack_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        _xml.root(payload)
    assert caught.value.reason == "not_xml"


def test_a_limit() -> None:
    with pytest.raises(DecodeError) as caught:
        _xml.root(b"<a/>" + b" " * 100, limit=50)
    assert caught.value.reason == "too_large"


def test_nesting_without_end_is_no_crash() -> None:
    assert _xml.root(b"<a>" * 100_000 + b"</a>" * 100_000).tag == "a"
