"""A thousand damaged files for each file connector: an answer or a DecodeError, and soon."""

from __future__ import annotations

import codecs
import html
import io
import math
import random
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import connectors
from hub.model import Context, Decoded, DecodeError
from tests.connectors import golden, test_fuzz_messages
from tests.examples import examples

CONNECTORS = tuple(name for name in connectors.names() if not connectors.load(name).TOPICS)
FILES = examples(1000)
#: Seconds that one damaged file of a few KiB may take.
LONGEST = 1.0
_CELLS = (
    *(
        b"",
        b" ",
        b"null",
        b"-1",
        b"1e400",
        b"9" * 30,
        b"0," * 20,
        b"\xff\xfe",
        b"\0",
        b"nan",
        b"=1+1",
    ),
    *(b"0001-01-01T00:00:00", b"9999-12-31T23:59:59-15:59", b"2026-10-25 02:30:00", b"24:00"),
    *(b"2026-03-29 02:30:00", b"31/02/2026", b"Periode", b"Identifiant PRM;a;b", b"Horodate", b'"'),
    *(
        b"D\xc3\x83\xc2\xa9but",
        b";;;;;;;;;",
        b"\r",
        b"00/00",
        b"29/02-06/03",
        b"13/0000",
        b"[",
        b"{",
    ),
)

Damage = Callable[[bytes, random.Random], bytes]


def _flip(payload: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(payload)
    for _ in range(dice.randint(1, 12)):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def _cut(payload: bytes, dice: random.Random) -> bytes:
    start, end = sorted(dice.randrange(len(payload) + 1) for _ in range(2))
    return dice.choice((payload[:end], payload[start:], payload[:start] + payload[end:]))


def _cell(payload: bytes, dice: random.Random) -> bytes:
    """Some cells, values or lines are something else."""
    separator = dice.choice((b";", b"\n", b",", b" "))
    parts = payload.split(separator)
    for _ in range(dice.randint(1, 6)):
        parts[dice.randrange(len(parts))] = dice.choice(_CELLS)
    return separator.join(parts)


def _shuffle(payload: bytes, dice: random.Random) -> bytes:
    """Lines in another order, some twice."""
    lines = payload.split(b"\n")
    return b"\n".join(dice.choices(lines, k=len(lines) * 2))


def _recode(payload: bytes, dice: random.Random) -> bytes:
    text = payload.decode("utf-8", "replace")
    return text.encode(dice.choice(("utf-16", "latin-1", "utf-16-be", "cp1252")), "replace")


def _value(payload: bytes, dice: random.Random) -> bytes:
    """Sound JSON in which some values are something else."""
    return test_fuzz_messages.swap(payload.removeprefix(codecs.BOM_UTF8), dice)


def _element(payload: bytes, dice: random.Random) -> bytes:
    """XML whose tags still match, in which some texts and attributes are something else."""
    pieces = re.split(rb"(?<=>)([^<>]+)(?=<)|(?<=\")([^\"<>]*)(?=\")", payload)
    kept = [piece or b"" for piece in pieces]
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(kept))
        if not kept[at].startswith(b"<"):
            kept[at] = html.escape(dice.choice(_CELLS).decode("latin-1")).encode("utf-8")
    return b"".join(kept)


DAMAGES: tuple[Damage, ...] = (_flip, _cut, _cell, _shuffle, _recode)


def _inside(payload: bytes, dice: random.Random) -> bytes:
    """The workbook with one of its parts damaged, its zip sound."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(payload)) as old, zipfile.ZipFile(kept, "w") as new:
        names = old.namelist()
        hurt = dice.choice([n for n in names if "sheet" in n or "String" in n or "workbook" in n])
        for name in names:
            part = old.read(name)
            new.writestr(name, dice.choice(DAMAGES)(part, dice) if name == hurt else part)
    return kept.getvalue()


#: Damages that leave the wrapping whole, so that what is inside is met more often.
MORE: dict[str, tuple[Damage, ...]] = {
    ".xlsx": (_inside, _inside),
    ".json": (_value, _value, _value),
    ".xml": (_element, _element, _element),
}


def _sound(decoded: Decoded) -> None:
    """What any answer must be: whole rows, whole numbers, nothing counted twice."""
    assert len(golden.accounted(decoded)) + decoded.ignored == decoded.rows
    for series in decoded.series:
        assert series.key.device
        assert all(abs(int(v)) <= 10**17 for v in series.value)
        assert series.seconds is None or all(int(s) > 0 for s in series.seconds)
        assert all(float(v).is_integer() for v in np.asarray(series.ts))
    for point in decoded.context:
        assert type(point.ts) is int
        assert 0 <= point.row <= decoded.rows
        assert point.series.isprintable()
        assert point.value is not None or point.label
        assert point.value is None or math.isfinite(point.value)


@pytest.mark.parametrize("name", CONNECTORS)
def test_damaged_files_raise_nothing_but_decode_errors(name: str) -> None:
    dice = random.Random(20261122)
    cases = [case for case in golden.cases() if case.connector == name]
    assert cases
    originals = [
        (c.input.read_bytes(), golden.context(c), DAMAGES + MORE.get(c.input.suffix, ()))
        for c in cases
    ]
    decode = connectors.load(name).decode
    answers = 0
    for _ in range(FILES):
        payload, ctx, damages = dice.choice(originals)
        damaged = dice.choice(damages)(payload, dice)
        begun = time.process_time()
        try:
            decoded = decode(damaged, replace(ctx, device=dice.choice((ctx.device, "d", ""))))
        except DecodeError as error:
            assert str(error)
        else:
            _sound(decoded)
            answers += 1
        assert time.process_time() - begun < LONGEST
    assert answers > FILES // 20, "most damages must leave something to read"


@pytest.mark.parametrize("name", CONNECTORS)
def test_noise_is_refused(name: str) -> None:
    dice = random.Random(1)
    decode = connectors.load(name).decode
    for size in (0, 1, 7, 100, 10_000):
        with pytest.raises(DecodeError):
            decode(dice.randbytes(size), Context(received_at=golden.ARRIVAL, device="d"))
