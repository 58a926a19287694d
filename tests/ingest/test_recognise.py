"""Which format a file has: told by what is in it, whatever its name and its encoding."""

from __future__ import annotations

import codecs
import io
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import connectors
from connectors._encoding import readable
from hub.model import DecodeError, reason_text
from ingest.recognise import HEAD, nearest, recognise
from tests.connectors import golden

FILES = [case for case in golden.cases() if case.input.suffix != ".tsv"]
MESSAGES = [case for case in golden.cases() if case.input.suffix == ".tsv"]
#: Cases whose bytes are text.
TEXTS = [case for case in FILES if case.input.suffix not in {".bin", ".xlsx"}]


def refused(payload: bytes) -> DecodeError:
    """Why a file is not taken; the reason is told whole, in both languages."""
    with pytest.raises(DecodeError) as caught:
        recognise(readable(payload).payload)
    told = [reason_text(caught.value.reason, lang, caught.value.detail) for lang in ("fr", "en")]
    assert told[0] != told[1]
    assert not any("{" in text for text in told if "{" not in str(caught.value.detail.values()))
    return caught.value


def outcome(case: golden.Case, payload: bytes) -> list[str]:
    """What the case's connector makes of a variant of its file."""
    try:
        return golden.tell(connectors.load(case.connector).decode(payload, golden.context(case)))
    except DecodeError as error:
        return [error.reason]


@pytest.mark.parametrize("case", FILES, ids=str)
def test_every_file_is_known_by_one_format(case: golden.Case) -> None:
    assert recognise(readable(case.input.read_bytes()).payload) == case.connector


def test_every_connector_that_reads_files_has_one_here() -> None:
    read = {case.connector for case in FILES}
    assert len(read) >= 30
    silent = {"ahoydtu", "homeassistant_discovery", "homeassistant_statestream", "opendtu"}
    messages_only = set(connectors.names()) - read
    assert silent <= messages_only
    assert all(connectors.load(name).TOPICS for name in messages_only)


@pytest.mark.parametrize("case", MESSAGES, ids=str)
def test_a_capture_of_messages_says_so_and_who_reads_them(case: golden.Case) -> None:
    error = refused(case.input.read_bytes())
    assert error.reason == "messages"
    assert case.connector in str(error.detail["value"]).split(", ")


@pytest.mark.parametrize(
    "table",
    [
        b"Date/Heure\tkWh/jour\n21/11/2026 00:00\t1,5\n",
        b"a/b\tc\nplain\tline\n",
        b"Lieu/Compteur\tIndex\nmaison/eau\t12\n",
    ],
)
def test_a_table_with_tabs_is_no_capture(table: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        recognise(table)
    assert caught.value.reason in {"unrecognised", "unknown_format"}


def text_of(payload: bytes) -> str:
    """The text of a case, some of which are in other encodings themselves."""
    text = readable(payload).payload
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252")


def variants(payload: bytes) -> Iterator[tuple[str, bytes]]:
    """The same text as other programs save it, and what mishaps make of it."""
    text = text_of(payload)
    lines = text.replace("\r\n", "\n")
    yield "BOM", codecs.BOM_UTF8 + text.encode()
    yield "UTF-16 LE", codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    yield "UTF-16 BE", codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    yield "UTF-16 without a mark", text.encode("utf-16-le")
    yield "UTF-32", text.encode("utf-32")
    yield "LF", lines.encode()
    yield "CRLF", lines.replace("\n", "\r\n").encode()
    yield "CR", lines.replace("\n", "\r").encode()
    yield "Ctrl-Z", text.encode() + b"\x1a"
    yield "NUL at the end", text.encode() + bytes(100)
    if not text.isascii():
        yield "Windows-1252", text.encode("cp1252", "replace")
        yield "twice encoded", text.encode().decode("cp1252", "replace").encode()
        yield "twice encoded by Latin-1", text.encode().decode("latin-1").encode()


@pytest.mark.parametrize("case", TEXTS, ids=str)
def test_a_text_is_known_and_read_in_every_encoding(case: golden.Case) -> None:
    payload = case.input.read_bytes()
    if b"\r" in payload.replace(b"\r\n", b""):
        pytest.skip("a bare CR is of this file's own")
    wanted = outcome(case, payload)
    found = dict(variants(payload))
    assert len(found) >= 10
    for name, variant in found.items():
        text = readable(variant).payload
        assert recognise(text) == case.connector, name
        assert outcome(case, text) == wanted, name


@pytest.mark.parametrize("case", TEXTS, ids=str)
def test_accents_that_are_lost_hide_no_format(case: golden.Case) -> None:
    text = text_of(case.input.read_bytes())
    for lost in (text.encode("ascii", "replace"), text.replace("é", "\ufffd").encode()):
        assert recognise(lost) == case.connector


def test_frames_and_telegrams_that_are_no_text_are_left_as_they_are() -> None:
    binary = [case for case in FILES if case.input.suffix in {".bin", ".xlsx"}]
    assert len(binary) >= 4
    for case in binary:
        payload = case.input.read_bytes()
        assert readable(payload) == (payload, None)


def test_the_encoding_is_told() -> None:
    note = readable("a;é\n".encode("utf-16")).note
    assert note is not None
    assert note.en == "the text is encoded in UTF-16"
    assert readable("a;é\n".encode()).note is None
    assert readable('{"é":1}'.encode("cp1252")).note is not None


@pytest.mark.parametrize("beginning", ["stamp;place", '{"place":"', "<place>", "# of "])
def test_windows_1252_is_told_and_read_whatever_the_format(beginning: str) -> None:
    """The five bytes that stand for nothing there are lost; where many are, it is another thing."""
    text = f"{beginning} é {'x' * 200}\n"
    for raw, wanted in (("é", "é"), ("\x81", "\ufffd")):
        found = readable(text.encode("cp1252").replace(b"\xe9", raw.encode("latin-1")))
        assert found.payload == text.replace("é", wanted).encode()
        assert found.note is not None
        assert found.note.en == "the text is encoded in Windows-1252"
    frames = beginning.encode() + b"\nHCHC 1\x8d" * 20
    assert readable(frames) == (frames, None)


def test_a_telegram_keeps_the_bytes_that_its_checksum_is_of() -> None:
    telegram = b"/XXX5 gar\xe7on\r\n\r\n1-0:1.8.0(000001.000*kWh)\r\n!\r\n"
    assert readable(telegram) == (telegram, None)


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60))
def test_what_is_utf_8_stays_as_it_is_unless_it_was_encoded_twice(text: str) -> None:
    told, note = readable(text.encode())
    wanted = text.removeprefix("ï»¿")
    assert (told.decode() if note is None else told.decode("latin-1")) == wanted


def test_every_encoding_is_handled_in_one_module() -> None:
    """Nothing else in the connectors or on the way to them knows a byte order mark or a charset."""
    root = Path(connectors.__file__).parent.parent
    known = re.compile(r"BOM_|xef.xbb|utf-16|cp1252|feff", re.IGNORECASE)
    files = [p for name in ("connectors", "ingest") for p in (root / name).rglob("*.py")]
    found = {p.name for p in files if known.search(p.read_text("utf-8"))}
    written = {"enedis_csv.py", "veolia_csv.py"}  # the simulator's portals write one
    assert "_encoding.py" in found
    assert found - written <= {"_encoding.py", "_text.py"}  # _text: of labels encoded twice


def test_broken_utf_16_is_no_text() -> None:
    with pytest.raises(DecodeError) as caught:
        readable(codecs.BOM_UTF16_LE + b"a\0b")
    assert caught.value.reason == "not_text"


def test_xml_that_says_its_encoding_is_believed() -> None:
    text = "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>"
    assert readable(text.encode("latin-1")).payload == text.encode("latin-1")
    told = readable(text.encode("utf-16")).payload
    assert told == text.replace("iso-8859-1", "utf-8").encode()


# workbooks


def workbook(folder: Path, *rows: list[object]) -> bytes:
    """A workbook of one page."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for row in rows:
        page.append(row)
    path = folder / "book.xlsx"
    book.save(path)
    return path.read_bytes()


def shared(heads: list[str], before: int) -> bytes:
    """A workbook as portals write it, its texts in a part of their own, the last of all.

    ``before``: bytes of numbers that stand before them; the last label is in several runs.
    """
    noise = random.Random(1)
    rows = "".join(
        f'<row><c r="A{n}"><v>{noise.random()}</v></c></row>' for n in range(1, before // 40)
    )
    labels = "".join(f"<si><t>{label}</t></si>" for label in heads[:-1])
    first, _, rest = heads[-1].partition(" ")
    labels += f'<si><r><t xml:space="preserve">{first} </t></r><r><t>{rest}</t></r></si>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
        for page in (1, 2):
            book.writestr(f"xl/worksheets/sheet{page}.xml", f"<sheetData>{rows}</sheetData>")
        book.writestr("xl/sharedStrings.xml", f"<sst>{labels}</sst>")
    return packed.getvalue()


GRDF = ["Date de relevé", "Index de début", "Index de fin", "Volume consommé (m3)"]
ENEDIS = ["Début", "Fin", "Valeur (en kW)"]
BOOKS = pytest.mark.parametrize(
    ("heads", "connector"), [(GRDF, "grdf_portal_xlsx"), (ENEDIS, "enedis_portal_xlsx")]
)


@BOOKS
def test_a_large_workbook_is_known_though_its_texts_lie_at_its_end(
    heads: list[str], connector: str
) -> None:
    payload = shared(heads, 300_000)
    assert payload.find(b"xl/sharedStrings.xml") > HEAD
    assert recognise(payload) == connector


@BOOKS
def test_a_workbook_is_known_by_the_page_that_counts(
    tmp_path: Path, heads: list[object], connector: str
) -> None:
    """Texts in the cells themselves, on the last of several pages."""
    noise = random.Random(1)
    book = openpyxl.Workbook()
    for _ in range(4000):
        book.worksheets[0].append([noise.random(), "x", noise.random()])
    book.create_sheet("Relevés").append(heads)
    book.save(tmp_path / "book.xlsx")
    payload = (tmp_path / "book.xlsx").read_bytes()
    assert len(payload) > HEAD
    assert recognise(payload) == connector


def test_a_workbook_of_something_else_shows_its_cells(tmp_path: Path) -> None:
    heads: list[object] = ["Prénom", "Compteur", "Coefficient de conversion"]
    error = refused(workbook(tmp_path, heads))
    assert error.reason == "unrecognised"
    assert "Prénom ⏎ Compteur" in str(error.detail["value"])
    assert "grdf_portal_xlsx" in str(error.detail["nearest"])


@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_workbook_that_is_cut_off_is_broken(tmp_path: Path, kept: float) -> None:
    payload = workbook(tmp_path, list(GRDF))
    assert refused(payload[: int(len(payload) * kept)]).reason == "broken_archive"


# what is no export


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"%PDF-1.7\n", "is_pdf"),
        (b"\x89PNG\r\n\x1a\n", "is_picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "is_picture"),
        (b"\0\0\0\x18ftypheic\0\0", "is_picture"),
        (b"<!DOCTYPE html>\n<html><title>Connexion</title>", "is_web_page"),
        (b"\n<!-- x --><HTML lang=fr>", "is_web_page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "is_old_office"),
        (zipped("[Content_Types].xml", "xl/workbook.bin"), "is_old_office"),
        (zipped("mimetype", "content.xml"), "is_open_document"),
        (zipped("[Content_Types].xml", "word/document.xml"), "is_document"),
        (b"SQLite format 3\0\x10\0\x01\x01", "is_database"),
        (b"Rar!\x1a\x07\0", "is_archive"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "is_archive"),
        (b"a.csv" + bytes(252) + b"ustar\x0000", "is_archive"),
        (b"", "empty_file"),
        (b" \r\n\t", "empty_file"),
        (codecs.BOM_UTF8, "empty_file"),
        (b"[]\n", "no_rows"),
        (b"{}", "no_rows"),
    ],
)
def test_what_is_no_export_says_what_it_is(payload: bytes, reason: str) -> None:
    assert refused(payload).reason == reason


@pytest.mark.parametrize(
    "prose",
    [
        "Bonjour, voici mes relevés du mois de novembre : 12,5 kWh ; merci.\nTout va bien.",
        "Hello, here are my meter readings of the month.\nThanks for your help with the gas.",
    ],
)
def test_prose_is_near_no_format(prose: str) -> None:
    error = refused(prose.encode())
    assert error.reason == "unknown_format"
    assert "voici" in str(error) or "readings of the month" in str(error)


def test_an_unknown_format_shows_its_lines_and_the_nearest_ones() -> None:
    error = refused(b"#Horodate;Valeur en litres;Index releve\n\n2026;1\nx\x00y\n")
    assert error.reason == "unrecognised"
    near = str(error.detail["nearest"]).split(", ")
    assert "veolia_csv" in near
    assert len(near) <= 3
    assert set(near) <= set(connectors.names())
    assert "#Horodate;Valeur en litres;Index releve ⏎ 2026;1" in str(error.detail["value"])
    assert "\x00" not in str(error.detail["value"])


@pytest.mark.parametrize(
    ("text", "connector"),
    [
        ('{"journeeGaziere": "2026", "volumeBrutConsomme": 3}', "grdf_portal_json"),
        ('{"usage_point": "x", "interval_reading": 4}', "enedis_data_connect"),
        ("PTEC;HCHC;HCHP;PAPP;ADCO", "linky_tic"),
    ],
)
def test_the_nearest_have_the_rare_words_in_common(text: str, connector: str) -> None:
    assert connector in nearest(text)


def test_two_formats_that_fit_are_both_named_with_how_to_choose() -> None:
    heads = "Date de relevé;Index relevé (litres);Horodate;Valeur\n"
    error = refused(heads.encode())
    assert error.reason == "several_formats"
    assert error.detail["value"] == "enedis_portal_csv, veolia_csv"
    assert "--format" in reason_text(error.reason, "fr", error.detail)
