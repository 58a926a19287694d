"""Archives: each file in one is a file of its own; what would burst is refused in clear words."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from hub.model import Context, DecodeError, Reject, reason_text
from ingest import archives
from ingest.archives import GZIP, MEMBERS, Size, is_archive, members, read
from ingest.decoder import Task, decode_task
from tests.connectors import golden

SIZE = Size(8 << 20, 16 << 20)
CONTEXT = Context(received_at=1_795_000_000)
PACK = b'[{"n":"e1/electricity/consumption/TOTAL","u":"Wh","t":1794000000,"v":%d}]'


def zipped(*files: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def names(payload: bytes) -> list[str]:
    return [member.name for member in members(payload, "all.zip", SIZE)]


def refused(payload: bytes, size: Size = SIZE) -> str:
    """Why an archive is refused as a whole; both languages say it whole."""
    with pytest.raises(DecodeError) as caught:
        members(payload, "all.zip", size)
    for language in ("fr", "en"):
        assert "?" not in reason_text(caught.value.reason, language, caught.value.detail)
    return caught.value.reason


def problems(payload: bytes) -> dict[str, Reject | None]:
    return {member.name: member.problem for member in members(payload, "all.zip", SIZE)}


def test_the_files_of_an_archive_are_read_one_by_one() -> None:
    payload = zipped(("a.json", PACK % 1), ("sub/b.json", PACK % 2))
    assert is_archive(payload)
    found = members(payload, "all.zip", SIZE)
    assert [m.name for m in found] == ["a.json", "sub/b.json"]
    assert [read(payload, m.place, SIZE) for m in found] == [PACK % 1, PACK % 2]


def test_gzip_is_an_archive_of_one_file() -> None:
    payload = gzip.compress(PACK % 1)
    (member,) = members(payload, "conso.json.gz", SIZE)
    assert (member.name, read(payload, member.place, SIZE)) == ("conso.json", PACK % 1)
    two = payload + gzip.compress(PACK % 2)  # streams one after the other are one file
    assert read(two, (0,), SIZE) == PACK % 1 + PACK % 2


def test_a_workbook_is_no_archive() -> None:
    books = [case for case in golden.cases() if case.input.suffix == ".xlsx"]
    assert len(books) >= 4
    for case in books:
        payload = case.input.read_bytes()
        assert not is_archive(payload)
        inside = zipped(("book.xlsx", payload), packing=zipfile.ZIP_STORED)
        (member,) = members(inside, "all.zip", SIZE)
        assert (member.name, member.problem) == ("book.xlsx", None)
        assert read(inside, member.place, SIZE) == payload


def test_archives_in_an_archive_are_opened_once() -> None:
    inner = zipped(("c.json", PACK % 3))
    deep = zipped(("deeper.zip", inner), ("b.json", PACK % 2))
    packed = gzip.compress(PACK % 4)
    payload = zipped(("a.json", PACK % 1), ("in.zip", deep), ("d.json.gz", packed))
    found = members(payload, "all.zip", SIZE)
    assert [m.name for m in found] == ["a.json", "in.zip/deeper.zip", "in.zip/b.json", "d.json"]
    reasons = [m.problem.reason if m.problem else "" for m in found]
    assert reasons == ["", "nested_archive", "", ""]
    values = [read(payload, m.place, SIZE) for m in found if not m.problem]
    assert values == [PACK % 1, PACK % 2, PACK % 4]
    both = gzip.compress(inner)
    assert [m.name for m in members(both, "x.zip.gz", SIZE)] == ["x.zip/c.json"]


def test_what_systems_add_is_not_a_file() -> None:
    payload = zipped(
        ("__MACOSX/._a.json", b"x"), (".DS_Store", b"x"), ("sub/Thumbs.db", b"x"),
        ("desktop.ini", b"x"), ("sub/", b""), ("a.json", PACK % 1),
    )  # fmt: skip
    assert names(payload) == ["a.json"]


def test_names_are_names_and_never_paths(tmp_path: Path) -> None:
    odd = ("/etc/passwd", "../../up.json", "C:\\Users\\x\\b.json", "x" * 500)
    payload = zipped(*((name, PACK % 1) for name in odd))
    (tmp_path / "all.zip").write_bytes(payload)
    before = sorted(tmp_path.rglob("*"))
    found = members(payload, "all.zip", SIZE)
    assert [m.name for m in found][:3] == ["etc/passwd", "../../up.json", "C:/Users/x/b.json"]
    assert len(found[3].name) == 200
    for member in found:
        task = Task(tmp_path / "all.zip", CONTEXT, place=member.place)
        assert decode_task(task, SIZE).decoded is not None
    assert sorted(tmp_path.rglob("*")) == before


# what is refused


def test_an_archive_without_files_says_so() -> None:
    assert refused(zipped()) == "empty_archive"
    assert refused(zipped(("sub/", b""), ("__MACOSX/x", b"x"))) == "empty_archive"


@pytest.mark.parametrize("kept", [30, 200, -30])
def test_an_archive_that_is_cut_off_is_broken(kept: int) -> None:
    assert refused(zipped(("a.json", PACK % 1), ("b.json", PACK % 2))[:kept]) == "broken_archive"


def test_a_gzip_file_that_is_cut_off_is_broken() -> None:
    assert refused(gzip.compress(PACK % 1 * 50)[:-20]) == "broken_archive"
    assert refused(GZIP + b"nonsense") == "broken_archive"


def test_too_many_files_are_refused() -> None:
    assert refused(zipped(*((f"{n}.csv", b"x") for n in range(MEMBERS + 1)))) == "too_many_files"
    nested = zipped(*((f"{n}.csv", b"x") for n in range(MEMBERS)))
    assert refused(zipped(("a.zip", nested), ("b.csv", b"x"))) == "too_many_files"


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    assert refused(zipped(("bomb.csv", bytes(4 << 20)))) == "unpacks_too_far"
    assert refused(gzip.compress(bytes(4 << 20))) == "unpacks_too_far"
    assert refused(zipped(("in.zip", zipped(("bomb.csv", bytes(4 << 20)))))) == "unpacks_too_far"


def test_a_small_file_may_be_much_smaller_when_packed() -> None:
    payload = zipped(("zeros.csv", b"0;0\n" * 200_000))
    assert names(payload) == ["zeros.csv"]


def test_files_that_are_too_large_together_are_refused() -> None:
    noise = bytes(range(256)) * 4096
    many = [(f"{n}.csv", noise) for n in range(20)]
    payload = zipped(*many, packing=zipfile.ZIP_STORED)
    assert refused(payload, Size(8 << 20, 16 << 20)) == "unpacks_too_large"
    assert len(members(payload, "all.zip", Size(8 << 20, 32 << 20))) == 20


def test_one_file_that_is_too_large_does_not_hide_the_others() -> None:
    noise = bytes(range(256)) * 8
    payload = zipped(("a.json", PACK % 1), ("large.csv", noise), packing=zipfile.ZIP_STORED)
    size = Size(1000, 1 << 20)
    found = members(payload, "all.zip", size)
    assert read(payload, found[0].place, size) == PACK % 1
    with pytest.raises(DecodeError) as caught:
        read(payload, found[1].place, size)
    assert caught.value.reason == "too_large"


def patched(payload: bytes, local: int, central: int, value: bytes) -> bytes:
    """The archive with bytes of its last member's two headers replaced."""
    changed = bytearray(payload)
    at, end = payload.rfind(b"PK\x03\x04"), payload.rfind(b"PK\x01\x02")
    changed[at + local : at + local + len(value)] = value
    changed[end + central : end + central + len(value)] = value
    return bytes(changed)


TWO = zipped(("a.json", PACK % 1), ("b.json", PACK % 2))


def reason(problem: Reject | None) -> str:
    return problem.reason if problem else ""


def test_a_file_with_a_password_is_named_and_the_others_are_read() -> None:
    found = problems(patched(TWO, 6, 8, b"\x01\x00"))
    assert {name: reason(problem) for name, problem in found.items()} == {
        "a.json": "",
        "b.json": "protected_archive",
    }


def test_a_file_in_an_unknown_packing_is_named() -> None:
    found = problems(patched(TWO, 8, 10, struct.pack("<H", 9)))  # deflate64
    assert reason(found["b.json"]) == "unknown_packing"
    assert found["a.json"] is None


def test_a_list_that_lies_about_a_size_gets_nothing_more() -> None:
    """Said to be smaller: found out. Said to be larger: what is there is read."""
    smaller, larger = (patched(TWO, 22, 24, struct.pack("<I", size)) for size in (10, 5000))
    with pytest.raises(DecodeError) as caught:
        read(smaller, (1,), SIZE)
    assert caught.value.reason == "broken_archive"
    assert read(smaller, (0,), SIZE) == PACK % 1
    assert read(larger, (1,), SIZE) == PACK % 2


def test_a_damaged_file_is_found_out() -> None:
    payload = patched(TWO, 14, 16, b"\0\0\0\0")  # its checksum
    with pytest.raises(DecodeError) as caught:
        read(payload, (1,), SIZE)
    assert caught.value.reason == "broken_archive"


def test_a_damaged_archive_in_an_archive_does_not_hide_the_others() -> None:
    payload = zipped(("a.json", PACK % 1), ("cut.zip", TWO[:100]), ("none.zip", zipped()))
    found = problems(payload)
    assert found["a.json"] is None
    assert reason(found["none.zip"]) == "empty_archive"
    assert found["cut.zip"] is None  # known when it is read
    inner = read(payload, (1,), SIZE)
    with pytest.raises(DecodeError) as caught:
        is_archive(inner)
    assert caught.value.reason == "broken_archive"


def test_damaged_bytes_raise_nothing_else() -> None:
    """Whatever becomes of an archive, it is refused or read; no other error comes out."""
    nested = zipped(("a.json", PACK % 1), ("in.zip", TWO), ("c.csv.gz", gzip.compress(b"x" * 99)))
    refused_ones = 0
    for at in range(0, len(nested), 3):
        for value in (0, 0xFF, nested[at] ^ 0x10):
            damaged = nested[:at] + bytes([value]) + nested[at + 1 :]
            try:
                if is_archive(damaged):
                    for member in members(damaged, "all.zip", SIZE):
                        refused_ones += member.problem is not None
                        if not member.problem:
                            read(damaged, member.place, SIZE)
            except DecodeError:
                refused_ones += 1
    assert refused_ones > 100


def test_gzip_is_unpacked_in_blocks_however_far_it_unfolds() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    with pytest.raises(DecodeError):
        archives.read(bomb, (0,), SIZE)


def test_a_decoder_tells_the_files_of_an_archive_and_reads_one(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zipped(("a.json", PACK % 1), ("page.html", b"<html></html>")))
    listed = decode_task(Task(path, CONTEXT), SIZE)
    assert (listed.decoded, listed.problem) == (None, None)
    results = [decode_task(Task(path, CONTEXT, place=m.place), SIZE) for m in listed.members]
    assert [r.connector for r in results] == ["senml", None]
    assert reason(results[1].problem) == "is_web_page"
    assert len({r.digest for r in (listed, *results)}) == 3
