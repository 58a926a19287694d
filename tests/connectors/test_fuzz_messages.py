"""A thousand damaged payloads for each message connector: an answer or a DecodeError, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

import connectors
from hub.model import Context, Decoded, DecodeError
from tests.connectors import golden
from tests.examples import examples

CONNECTORS = tuple(name for name in connectors.names() if connectors.load(name).TOPICS)
PAYLOADS = examples(1000)
#: Seconds that one damaged payload of a few KiB may take; a real one takes well below 0.001.
LONGEST = 0.5
_STRANGE: tuple[Any, ...] = (
    *(None, True, False, "", " ", "x", "\0", "nan", "é" * 50, "9" * 400, "-1", "1e9"),
    *(0, -1, 2**31, 2**32 - 1, 2**48 - 1, 2**63, 2**64 - 1, -(2**63), 10**15, 10**15 + 1),
    *(0.1, -0.0, 1e-300, 1e15, 1e300, -1e300, 1.7976931348623157e308),
    *([], {}, [[]], [None], {"": {}}, {"a": [1]}, [[[[[[[[]]]]]]]]),
    *("0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59", "H991399999999", "P1M", "m/a/b/c/PT1S"),
)


def _flip(payload: bytes, dice: random.Random) -> bytes:
    """One to eight bits the other way round."""
    damaged = bytearray(payload or b"0")
    for _ in range(dice.randint(1, 8)):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def _cut(payload: bytes, dice: random.Random) -> bytes:
    """Ends too early, or has a piece twice."""
    at = dice.randrange(len(payload) + 1)
    if dice.random() < 0.5:
        return payload[:at]
    return payload[:at] + payload[dice.randrange(len(payload) + 1) :]


def swap(payload: bytes, dice: random.Random) -> bytes:
    """Well-formed JSON in which some values are something else, anywhere."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return orjson.dumps(_strange(dice))
    for _ in range(dice.randint(1, 4)):
        value = _replace(value, dice)
    return orjson.dumps(value)


def _strange(dice: random.Random) -> Any:
    return dice.choice(_STRANGE)


def _replace(value: Any, dice: random.Random) -> Any:
    """``value`` with one of its parts, at any depth, replaced, renamed, wrapped or repeated."""
    if not isinstance(value, dict | list) or not value or dice.random() < 0.1:
        return dice.choice((_strange(dice), [value], {"TIC": value}, [value, value]))
    if isinstance(value, list):
        at = dice.randrange(len(value))
        return [*value[:at], _replace(value[at], dice), *value[at + 1 :]]
    name = dice.choice(list(value))
    if dice.random() < 0.1:
        return {(f"{k}x" if k == name else k): v for k, v in value.items()}
    return value | {name: _replace(value[name], dice)}


def _nest(payload: bytes, dice: random.Random) -> bytes:
    """Brackets in brackets, shallow to far too deep."""
    depth = dice.choice((3, 50, 1000, 1030, 20_000))
    return b"[" * depth + payload + b"]" * depth


def _noise(payload: bytes, dice: random.Random) -> bytes:
    """No text at all, or another encoding."""
    if dice.random() < 0.5:
        return dice.randbytes(dice.randint(0, 200))
    return payload.decode("utf-8", "replace").encode("utf-16" if dice.random() < 0.5 else "utf-7")


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(swap, swap, swap, swap, _flip, _flip, _cut, _cut),
    *(_nest, _noise),
)


def _examples(connector: str) -> list[tuple[bytes, Context]]:
    """Payloads of the golden cases with the context they came in."""
    found = []
    for case in (c for c in golden.cases() if c.connector == connector):
        ctx = golden.context(case)
        raw = case.input.read_bytes()
        if case.input.suffix == ".tsv":
            for line in raw.splitlines():
                topic, _, payload = line.partition(b"\t")
                found.append((payload, replace(ctx, topic=topic.decode())))
        else:
            found.append((raw, ctx))
    return found


def _check(decoded: Decoded) -> None:
    """What any answer must be: columns of int64 integers, all rows accounted for, storable."""
    assert len(golden.accounted(decoded)) + decoded.ignored == decoded.rows
    for series in decoded.series:
        key = series.key
        assert key.device
        assert key.device.isprintable()
        for column in (series.ts, series.value, series.seconds, series.row, series.quality):
            for number in () if column is None else column:
                assert type(number) is int
                assert abs(number) < 2**62
    assert all("\0" not in (reject.value or "") for reject in decoded.rejects)


@pytest.mark.parametrize("connector", CONNECTORS)
def test_damaged_payloads(connector: str) -> None:
    module, originals = connectors.load(connector), _examples(connector)
    assert len(originals) >= 5
    dice = random.Random(f"{connector} 2026")  # the same thousand each time
    answers = errors = 0
    for _ in range(PAYLOADS):
        payload, ctx = dice.choice(originals)
        damaged = dice.choice(_DAMAGES)(payload, dice)
        if dice.random() < 0.2:
            topic = dice.choice(("", "/", "a", "tele//SENSOR", "+/#", ctx.topic[::-1]))
            ctx = replace(ctx, topic=topic, companions={"a/b": damaged, ctx.topic: payload})
        begin = time.process_time()
        try:
            decoded = module.decode(damaged, ctx)
        except DecodeError as error:
            errors += 1
            assert str(error)
            assert "\0" not in f"{error.detail}"
        else:
            answers += 1
            _check(decoded)
        assert time.process_time() - begin < LONGEST, damaged[:200]
    assert answers > 50, "the damage is so heavy that nothing behind the JSON parser was tried"
    assert errors > 50


@pytest.mark.parametrize("connector", CONNECTORS)
def test_two_megabytes_are_refused_at_once(connector: str) -> None:
    topic = _examples(connector)[0][1].topic or "a/b"
    begin = time.process_time()
    for payload in (b"[" * (2 << 20), b'{"a":' * 400_000, b"1" * (2 << 20), b"\x00" * (2 << 20)):
        with pytest.raises(DecodeError) as caught:
            connectors.load(connector).decode(payload, Context(received_at=0, topic=topic))
        assert caught.value.reason == "too_large"
    assert time.process_time() - begin < LONGEST


@pytest.mark.parametrize("connector", CONNECTORS)
def test_any_head_of_a_file_gets_a_probability(connector: str) -> None:
    sniff, dice = connectors.load(connector).sniff, random.Random(2026)
    heads = [dice.randbytes(dice.randint(0, 300)) for _ in range(200)]
    heads += [p[: dice.randrange(len(p) + 1)] for p, _ in _examples(connector)]
    heads += [
        b"[" * 65_536,
        b"{" * 65_536,
        b'[{"' + b'"n":"' * 10_000,
        b'[{"' + b"/consumption" * 5_000,
    ]
    begin = time.process_time()
    assert all(0.0 <= sniff(head) <= 1.0 for head in heads)
    assert time.process_time() - begin < 4 * LONGEST
