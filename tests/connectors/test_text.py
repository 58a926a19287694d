"""Encodings, labels and numbers of people's files."""

from __future__ import annotations

import codecs
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import _encoding, _text
from hub.model import DecodeError

LINE = "Début;Fin;Valeur (en kW)\n1;2;4,030"


@pytest.mark.parametrize(
    "payload",
    [
        LINE.encode(),
        codecs.BOM_UTF8 + LINE.encode(),
        "\ufeff".encode().decode("latin-1").encode() + LINE.encode(),
        LINE.encode("cp1252"),
        LINE.encode("utf-16"),
        codecs.BOM_UTF16_BE + LINE.encode("utf-16-be"),
        LINE.replace("\n", "\r\n").encode() + b"\r\n",
        LINE.replace("\n", "\r").encode(),
        LINE.replace(";", "\t").encode(),
        '"Début";"Fin";"Valeur (en kW)"\n"1";2;"4,030"\n'.encode(),
    ],
)
def test_every_encoding_gives_the_same_lines(payload: bytes) -> None:
    assert _text.lines(payload) == LINE.encode().split(b"\n")


def test_a_comma_file_keeps_its_quoted_decimal_comma() -> None:
    assert _text.lines(b'stamp,value\n2026,"4,030"\n') == [b"stamp;value", b"2026;4.030"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# made by x; y\nstamp,value\n2026,4\n", ["# made by x  y", "stamp;value", "2026;4"]),
        ("stamp,value\n2026,4 \n2027,5;6\n", ["stamp;value", "2026;4 ", "2027;5 6"]),
        ('stamp,value\n"a;b",4\n2027,5\n', ["stamp;value", "a.b;4", "2027;5"]),
        ("a, b; c\tsaid\nstamp\tvalue\n2026\t4,5\n", None),
        ("of M, Lyon\nstamp;value, kW\n2026;4,5\n", ["of M, Lyon", "stamp;value, kW", "2026;4,5"]),
        ("one, two\n\nthree, four\nstamp;value\n1;4,5\n2;5\n", None),
        ('stamp;value\n"1,2,3";4\n"1,2,3";4\n', ["stamp;value", "1,2,3;4", "1,2,3;4"]),
        ("stamp\tvalue\n2026\t4,5\n2027\t4,5\n", ["stamp;value", "2026;4,5", "2027;4,5"]),
    ],
)
def test_the_separator_is_that_of_the_table(text: str, lines: list[str] | None) -> None:
    found = [line.decode() for line in _text.lines(text.encode())]
    if lines is None:
        lines = text.replace("; ", "  ").replace("\t", ";").split("\n")[:-1]
    assert found == lines


@pytest.mark.parametrize("payload", [b"\0\1\2", b"a\x00;b", b"\xff\xfe\x00\xd8", b"\x81\x8d;\x90"])
def test_noise_is_not_text(payload: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        _text.lines(payload)
    assert caught.value.reason == "not_text"


@pytest.mark.parametrize(
    ("label", "folded"),
    [
        ("Début", "debut"),
        ("DÃ©but", "debut"),
        ("DÃƒÂ©but", "debut"),
        ("  Index  relevé (litres) ", "index releve (litres)"),
        ("Volume consommé (m³)", "volume consomme (m3)"),
        ("N° PCE :", "n° pce :"),
        ("AOÛT 2021 ", "aout 2021"),
        ("D\ufffdbut", "d?but"),
        ("Dï¿½but", "d?but"),
    ],
)
def test_f04_mojibake_labels_fold_to_one(label: str, folded: str) -> None:
    assert _text.fold(label) == folded
    assert _text.fold(label.encode()) == folded


def test_a_lost_character_still_matches() -> None:
    assert _text.like("D\ufffdbut;Fin", "debut;fin")
    assert _text.like("Index relev\ufffd\ufffd (litres)", "index releve")
    assert not _text.like("Dbut", "debut")
    assert not _text.like("Fin", "debut")


@pytest.mark.parametrize("cell", ["", " ", "null", "NULL", "ND", "mq", "-", "NaN", "n/a"])
def test_f09_nothing_is_no_number_and_no_zero(cell: str) -> None:
    assert _text.number(cell, 1000) is None
    values, states = _text.decimals([cell.encode(), b"0"], 1000)
    assert states.tolist() == [_text.EMPTY, _text.OK]
    assert values.tolist() == [0, 0]


@pytest.mark.parametrize(
    "cell",
    ["12a", "1.2.3", "1,2,3", ".5", "0x10", "1e3", "--5", "1 23", "2l6", "٣", "1_000", "9" * 19],
)
def test_a_number_is_plainly_one_or_none(cell: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cell)):
        _text.number(cell, 1000)
    assert _text.decimals([cell.encode()], 1000)[1].tolist() == [_text.BAD]


@pytest.mark.parametrize(
    ("cell", "millis"),
    [
        ("1 234,5", 1_234_500),
        ("1\u202f234", 1_234_000),
        ("12\u00a0345.25", 12_345_250),
        ("+7", 7000),
    ],
)
def test_thousands_and_decimals_as_french_spreadsheets_write_them(cell: str, millis: int) -> None:
    assert _text.number(cell, 1000) == millis
    assert _text.decimals([cell.encode()], 1000)[0].tolist() == [millis]


@pytest.mark.parametrize("scale", [1, 1000, 10**6])
@pytest.mark.parametrize("digits", range(1, 16))
def test_one_number_is_the_largest_however_it_is_read(digits: int, scale: int) -> None:
    for cell in (b"9" * digits, b"1" + b"0" * (digits - 1), b"+" + b"9" * digits):
        value, state = (column.tolist()[0] for column in _text.decimals([cell], scale))
        fits = int(cell) * scale <= _text.LARGEST
        assert (value, state) == ((int(cell) * scale, _text.OK) if fits else (0, _text.BAD))


@given(
    st.lists(st.decimals(min_value=0, max_value=10**8, places=4), min_size=1),
    st.sampled_from([1, 1000, 10**6]),
    st.sampled_from(".,"),
)
def test_columns_are_exact_and_floored(numbers: list[Decimal], scale: int, point: str) -> None:
    cells = [format(n, "f").replace(".", point).encode() for n in numbers]
    values, states = _text.decimals(cells, scale)
    assert (states == _text.OK).all()
    assert values.tolist() == [int(n * scale // 1) for n in numbers]


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\0", b"")), min_size=1))
def test_a_column_says_what_its_cells_say_one_by_one(cells: list[bytes]) -> None:
    values, states = _text.decimals(cells, 1000)
    for cell, value, state in zip(cells, values.tolist(), states.tolist(), strict=True):
        try:
            alone = _text.number(cell, 1000)
        except ValueError:
            assert state == _text.BAD
        else:
            assert (state, value) == (_text.EMPTY if alone is None else _text.OK, alone or 0)


def test_a_table_pads_short_rows_and_forgets_long_ones() -> None:
    columns = _text.table([b"1;2", b"3", b"4;5;6;7", b""], 2)
    assert [list(column) for column in columns] == [
        [b"1", b"3", b"4", b""],
        [b"2", b"", b"5", b""],
    ]
    assert [list(column) for column in _text.table([], 2)] == [[], []]
    # As many separators as four even rows would have.
    assert list(_text.table([b"1;2;3", b"4"], 2)[1]) == [b"2", b""]


_CELLS = st.text("0123,x", max_size=20).map(str.encode)


@given(st.lists(st.tuples(_CELLS, _CELLS), max_size=8), st.integers(1, 25))
def test_a_column_is_its_cells(rows: list[tuple[bytes, bytes]], width: int) -> None:
    for number, column in enumerate(_text.table([b";".join(row) for row in rows], 2)):
        cells = [row[number] for row in rows]
        assert (list(column), list(column[1:3]), len(column)) == (cells, cells[1:3], len(cells))
        assert [column[i] for i in range(len(rows))] == cells
        assert list(column.take(np.arange(len(rows))[::-1])) == cells[::-1]
        assert column.constant == (len(set(cells)) < 2)
        found, wanted = _text.characters(column, width), _text.characters(cells, width)
        assert found.tolist() == wanted.tolist()


def test_no_cells_are_no_numbers() -> None:
    values, states = _text.decimals([], 1000)
    assert (len(values), len(states)) == (0, 0)
    assert values.dtype == np.int64


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("where", [0, 100, 5000, 9000])
def test_accents_are_read_wherever_they_are(encoding: str, where: int) -> None:
    text = "1;2\n" * 2500
    text = f"{text[:where]}\n{'é' * 3}\n{text[where:]}"
    assert _encoding.utf8(text.encode(encoding)) == text.encode()


def test_separators_within_quotes_are_none() -> None:
    assert _text.lines(b'"a; b",c\n1,"2,5"\n') == [b"a. b;c", b"1;2.5"]
    assert _text.lines(b'"a;b"\n"1;2,5"\n') == [b"a;b", b"1;2,5"]
