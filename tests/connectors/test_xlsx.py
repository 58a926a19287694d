"""Workbooks from anyone: bombs are refused before they unfold."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from connectors import _xlsx
from hub.model import DecodeError

Parts = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"


def parts() -> Parts:
    """The parts of a small workbook."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["B2"] = "x"
    page["C3"] = 1.5
    saved = io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: Parts, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", how) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return saved.getvalue()


def read(payload: bytes) -> list[list[list[object]]]:
    return list(_xlsx.sheets(payload, "grdf_portal_xlsx"))


def changed(part: bytes, name: str = SHEET) -> bytes:
    return packed(parts() | {name: part})


def table(rows: bytes) -> bytes:
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return head + b"<sheetData>" + rows + b"</sheetData></worksheet>"


def test_cells_stand_in_the_sheet_s_own_rows_and_columns() -> None:
    assert read(packed(parts())) == [[["", "", ""], ["", "x", ""], ["", "", 1.5]]]


def _far_cell() -> bytes:
    return changed(table(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))


def _far_row_without_reference() -> bytes:
    return changed(table(b"<row r='1048576'>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"))


def _unfolding() -> bytes:
    return changed(b" " * (_xlsx.UNPACKED + 1))


def _one_text_for_all() -> bytes:
    texts = b"<sst><si><t>" + b"x" * 1_000_000 + b"</t></si></sst>"
    cells = b"".join(b'<row r="%d"><c t="s"><v>0</v></c></row>' % i for i in range(1, 20_000))
    return packed(parts() | {SHEET: table(cells), "xl/sharedStrings.xml": texts})


@pytest.mark.parametrize(
    "bomb", [_far_cell, _far_row_without_reference, _unfolding, _one_text_for_all]
)
def test_bombs_are_too_large_before_they_unfold(bomb: Callable[[], bytes]) -> None:
    payload = bomb()
    assert len(payload) < 200_000
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(DecodeError) as caught:
        read(payload)
    assert caught.value.reason == "too_large"
    assert time.process_time() - begun < 3
    assert tracemalloc.get_traced_memory()[1] < 3 * _xlsx.UNPACKED
    tracemalloc.stop()


def test_entities_and_other_encodings_are_not_read() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + table(b"")
    for part in (laughs, table(b"").decode().encode("utf-16")):
        with pytest.raises(DecodeError) as caught:
            read(changed(part))
        assert caught.value.reason == "not_this_format"


def test_a_declared_size_that_lies_unfolds_no_further() -> None:
    payload = bytearray(packed(parts() | {SHEET: table(b" " * 100_000)}))
    at = payload.rfind(b"PK\x01\x02", 0, payload.rfind(SHEET.encode()))
    payload[at + 24 : at + 28] = (100).to_bytes(4, "little")
    with pytest.raises(DecodeError):
        read(bytes(payload))


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_no_spreadsheet_uses_are_refused(how: int) -> None:
    with pytest.raises(DecodeError, match="compression"):
        read(packed(parts(), how))


def test_an_encrypted_workbook_is_refused() -> None:
    payload = bytearray(packed(parts()))
    at = 0
    while (at := payload.find(b"PK\x01\x02", at)) >= 0:
        payload[at + 8] |= 1
        at += 4
    with pytest.raises(DecodeError, match="encrypted"):
        read(bytes(payload))


@pytest.mark.parametrize("payload", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" * 100, packed({})])
def test_what_is_no_workbook_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        read(payload)
    assert caught.value.reason == "not_this_format"


def test_an_ods_in_a_zip_is_not_opened_as_one() -> None:
    """Its repeated cells are a bomb of another kind: those parts are never unpacked."""
    with pytest.raises(DecodeError):
        read(packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}))


def test_pictures_and_macros_are_never_unpacked() -> None:
    extra = {"xl/media/image1.png": b" " * (_xlsx.UNPACKED + 1), "xl/vbaProject.bin": b"\0" * 100}
    assert read(packed(parts() | extra))[0][1][1] == "x"
