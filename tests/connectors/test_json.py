"""Bytes that are no JSON, too much JSON or other JSON: one error, and it says what."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import _json
from hub.model import Context, DecodeError

NOW = Context(received_at=1_795_348_800)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"{",
        b'{"a":1,}',
        b"{'a':1}",
        b"NaN",
        b'{"a":Infinity}',
        b"1e999",
        b'"\\ud800"',
        b'{"a":"\xff"}',
        b"\x00\x01\x02",
        b"[" * 100_000,
        b"// no\n{}",
        b'{"a":01}',
        "{}".encode("utf-16"),
    ],
)
def test_not_json(payload: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        _json.loads(payload)
    assert caught.value.reason == "not_json"
    assert caught.value.detail["error"]


def test_too_large_is_told_with_its_sizes_and_not_parsed() -> None:
    with pytest.raises(DecodeError) as caught:
        _json.loads(b"x" * (2 << 20))
    assert caught.value.reason == "too_large"
    assert caught.value.detail == {"bytes": 2 << 20, "limit": 1 << 20}
    assert _json.limit_of(Context(received_at=0)) > _json.limit_of(Context(0, topic="a/b"))


def test_a_byte_order_mark_is_no_error() -> None:
    assert _json.loads(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    with pytest.raises(DecodeError):
        _json.loads(b"\xef\xbb\xbf" * 2 + b"{}")


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (b"[1]", "an array"),
        (b"3", "a number"),
        (b'"x"', "a text"),
        (b"null", "null"),
        (b"true", "a boolean"),
    ],
)
def test_an_object_is_wanted(payload: bytes, found: str) -> None:
    with pytest.raises(DecodeError) as caught:
        _json.load_object(payload, "senml")
    assert caught.value.reason == "not_this_format"
    assert found in str(caught.value)


def test_one_document_or_one_a_line() -> None:
    def read(payload: bytes) -> list[tuple[int | None, Any]]:
        return list(_json.records(payload, NOW))

    assert read(b'{\n "a": 1\n}\n') == [(None, {"a": 1})]
    assert read(b'{"a":1}\r\n\n{"a":2}\n') == [(1, {"a": 1}), (3, {"a": 2})]
    numbers, values = zip(*read(b'{"a":1}\n{"a":\n{"a":3}'), strict=True)
    assert numbers == (1, 2, 3)
    assert isinstance(values[1], DecodeError)
    numbers, values = zip(*read(b'{"a":\n{"a":2}'), strict=True)
    assert isinstance(values[0], DecodeError)
    assert values[1] == {"a": 2}


@pytest.mark.parametrize("payload", [b"", b"date;value\n1;2\n3;4\n", b"{\n{\n{\n", b"\n\n"])
def test_no_json_in_any_line_is_an_error_of_the_whole(payload: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        list(_json.records(payload, NOW))
    assert caught.value.reason == "not_json"
