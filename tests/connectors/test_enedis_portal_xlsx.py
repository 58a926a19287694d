"""The portal's workbooks: where the table is, what its cells are, how the file is known."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from itertools import pairwise

import openpyxl
import pytest

import connectors
from connectors import _xlsx, enedis_portal_xlsx
from hub.model import Decoded, DecodeError
from tests.connectors import golden
from tests.connectors.files import PRM, amounts, decode, reasons

CURVE = ("Début", "Fin", "Valeur (en kW)")
DAYS = ("Date", "Valeur (en kWh)")


def book(*rows: tuple[object, ...], title: str = "Consommation Horaire", column: int = 3) -> bytes:
    """A workbook with a page and one sheet, whose table begins in ``column``."""
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    page.title = "Page d'accueil"
    sheet = made.create_sheet(title)
    sheet["B3"] = "Point Référence Mesure (PRM) :"
    sheet["C3"] = PRM
    for i, row in enumerate(rows, start=6):
        for j, cell in enumerate(row, start=column):
            sheet.cell(i, j, cell)
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def read(*rows: tuple[object, ...], title: str = "Consommation Horaire") -> Decoded:
    return decode("enedis_portal_xlsx", book(*rows, title=title), "")


@pytest.mark.parametrize("column", [1, 2, 3])
def test_the_table_may_begin_in_any_column(column: int) -> None:
    payload = book(CURVE, ("20/11/2026 00:00:00", "20/11/2026 00:30:00", "4,030"), column=column)
    decoded = decode("enedis_portal_xlsx", payload, "")
    assert amounts(decoded) == {"2026-11-19T23:00": (1800, 2_015_000)}
    assert {s.key.device for s in decoded.series} == {PRM}


def test_t07_true_dates_and_numbers_are_what_texts_are() -> None:
    start = datetime(2026, 11, 20)  # noqa: DTZ001 - as a spreadsheet has it
    rows = [
        (start + timedelta(minutes=30 * i), start + timedelta(minutes=30 * (i + 1)), 0.402)
        for i in range(48)
    ]
    found = amounts(read(CURVE, *rows))
    assert len(found) == 48
    assert set(found.values()) == {(1800, 201_000)}


@pytest.mark.parametrize("nothing", ["NA", "null", None, "-"])
def test_f09_no_value_is_a_gap(nothing: object) -> None:
    decoded = read(DAYS, ("20/11/2026", nothing), ("21/11/2026", 0))
    assert [gap.row for gap in decoded.gaps] == [7]
    assert amounts(decoded)["2026-11-20T23:00"] == (86_400, 0)
    assert not decoded.rejects


def test_what_a_production_sheet_tells_is_injection() -> None:
    decoded = read(DAYS, ("20/11/2026", 1.5), title="Export Production Quotidienne")
    (series,) = decoded.series
    assert (series.key.flow, series.key.period, list(series.value)) == (
        "injection",
        "day",
        [1_500_000],
    )


def test_a_bad_row_is_named_by_its_sheet_s_line() -> None:
    decoded = read(CURVE, ("20/11/2026 00:00:00", "20/11/2026 00:30:00", "x"))
    (reject,) = decoded.rejects
    assert (reject.line, reject.reason) == (7, "bad_number")
    assert reasons(decoded) == {reject.row: "bad_number"}


def test_a_workbook_without_such_a_table_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        decode("enedis_portal_xlsx", book(("a", "b"), (1, 2)))
    assert caught.value.reason == "not_this_format"
    assert enedis_portal_xlsx.sniff(book(("a", "b"), (1, 2))) == 0


def test_a_workbook_is_known_by_its_texts_however_it_was_packed() -> None:
    payload = book(CURVE, ("20/11/2026 00:00:00", "20/11/2026 00:30:00", "4,030"))
    assert enedis_portal_xlsx.sniff(payload) == 1
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert enedis_portal_xlsx.sniff(streamed(payload, method)) == 1
    assert enedis_portal_xlsx.sniff(payload[:200]) == 0
    for case in golden.cases():
        if case.connector == "grdf_portal_xlsx":
            assert enedis_portal_xlsx.sniff(case.input.read_bytes()) == 0
            assert connectors.load("grdf_portal_xlsx").sniff(case.input.read_bytes()) > 0


class Pipe(io.RawIOBase):
    """Something that can only be written to, so that sizes come after the data."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        self.kept += piece
        return len(piece)


def streamed(payload: bytes, method: int) -> bytes:
    """The workbook packed again by a writer that cannot go back."""
    pipe = Pipe()
    with (
        zipfile.ZipFile(io.BytesIO(payload)) as old,
        zipfile.ZipFile(pipe, "w", method) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return bytes(pipe.kept)


def test_what_is_seen_of_a_file_is_little() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(50):
            archive.writestr(f"xl/worksheets/sheet{i}.xml", b" " * (1 << 20))
    assert len(_xlsx.texts(bomb.getvalue()[: 64 << 10])) < 4 << 20
    assert _xlsx.texts(b"PK\x03\x04") == ""
    assert _xlsx.texts(b"PK\x03\x04" * 4000) == ""


def test_f01_t05_a_row_tells_both_ends_and_a_day_is_its_date() -> None:
    half = read(CURVE, ("20/11/2026 23:30:00", "21/11/2026 00:00:00", "4,000"))
    assert amounts(half) == {"2026-11-20T22:30": (1800, 2_000_000)}
    assert amounts(read(DAYS, ("25/10/2026", 24))) == {"2026-10-24T22:00": (90_000, 24_000_000)}


def test_f02_the_step_of_each_row_is_its_own() -> None:
    ends = ["00:00", "00:30", "01:00", "01:15", "01:30"]
    found = amounts(read(CURVE, *(
        (f"20/11/2026 {a}:00", f"20/11/2026 {b}:00", 1) for a, b in pairwise(ends)
    )))  # fmt: skip
    assert list(found.values()) == [(1800, 500_000)] * 2 + [(900, 250_000)] * 2


def test_f06_an_october_row_that_the_order_does_not_tell_is_named() -> None:
    found = read(CURVE, ("25/10/2026 02:30:00", "25/10/2026 03:00:00", 1))
    assert [reject.reason for reject in found.rejects] == ["ambiguous_time"]
