"""Files inside a ZIP or gzip archive, one level of archives in it included. Pure.

Nothing is unpacked to disk, so a member's name is a name and never a path. An archive is refused as
a whole where its list says more than the limits allow, and again while it is unpacked, for a list
may lie. What is in a member is looked at like any file.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hub.model import DecodeError, Reject
from ingest import workbooks

GZIP = b"\x1f\x8b\x08"
#: A member may be so many times larger than packed, from so many bytes on.
_RATIO, _SMALL = 200, 1 << 20
#: An archive, and archives in it.
_DEPTH = 2
#: So many files are read of one archive.
MEMBERS = 1000
#: What systems put into archives by themselves.
_NOISE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_LONGEST_NAME = 200
_BLOCK = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Size:
    """What may come out. file_bytes: of one member; all_bytes: of all of them."""

    file_bytes: int
    all_bytes: int


class Member(NamedTuple):
    """A file in an archive. ``place``: where it lies, for :func:`read`; ``problem``: why it cannot
    be read."""

    place: tuple[int, ...]
    name: str
    problem: Reject | None = None


def is_archive(payload: bytes) -> bool:
    """Whether a file is an archive, and no workbook.

    Raises DecodeError for a zip that is damaged, or a document in which no readings are.
    """
    if payload.startswith((GZIP, workbooks.EMPTY, workbooks.SPLIT)):
        return True
    if not payload.startswith(workbooks.MARK):
        return False
    return workbooks.kind_of(workbooks.opened(payload)) == "archive"


def members(payload: bytes, name: str, size: Size) -> list[Member]:
    """The files of an archive called ``name``, those of archives in it too, in their order.

    Raises DecodeError: ``empty_archive``, ``broken_archive``, ``too_many_files``,
    ``unpacks_too_large``, ``unpacks_too_far``.
    """
    found = list(_Listing(size).inside(payload, name, ()))
    if not found:
        raise DecodeError("empty_archive")
    return found


def read(payload: bytes, place: tuple[int, ...], size: Size) -> bytes:
    """The bytes of the member at ``place``. Raises DecodeError."""
    for number in place:
        if payload.startswith(GZIP):
            payload = _gunzipped(payload, size)
        else:
            with workbooks.opened(payload) as archive:
                payload = _unpacked(archive, archive.infolist()[number], size)
    return payload


@dataclass(slots=True)
class _Listing:
    """Members as they are found, with what they add up to."""

    size: Size
    count: int = 0
    total: int = 0

    def inside(self, payload: bytes, name: str, place: tuple[int, ...]) -> Iterator[Member]:
        """The members of an archive that lies at ``place`` itself."""
        if payload.startswith(GZIP):
            inner = _gunzipped(payload, self.size)
            self._count(1, len(inner))
            yield from self._member(inner, _stem(name), (*place, 0))
            return
        with workbooks.opened(payload) as archive:
            infos = [(i, info) for i, info in enumerate(archive.infolist()) if _is_file(info)]
            self._count(len(infos), sum(info.file_size for _, info in infos))
            for number, info in infos:
                shown = info.filename.replace("\\", "/").lstrip("/")[-_LONGEST_NAME:] or "-"
                here = (*place, number)
                try:
                    inner = self._looked_at(archive, info)
                except DecodeError as error:
                    if error.reason == "unpacks_too_far":
                        raise
                    yield Member(here, shown, Reject(0, error.reason, detail=error.detail))
                    continue
                yield from self._member(inner, shown, here)

    def _member(self, payload: bytes, name: str, place: tuple[int, ...]) -> Iterator[Member]:
        """A file, or those of an archive. ``payload``: the whole of it where it is an archive."""
        try:
            nested = is_archive(payload)
        except DecodeError:
            nested = False  # a damaged one says so when it is read
        if not nested:
            yield Member(place, name)
        elif len(place) >= _DEPTH:
            yield Member(place, name, Reject(0, "nested_archive"))
        else:
            try:
                inner = list(self.inside(payload, name, place))
            except DecodeError as error:
                if error.reason != "broken_archive":
                    raise
                yield Member(place, name, Reject(0, error.reason, detail=error.detail))
                return
            if not inner:
                yield Member(place, name, Reject(0, "empty_archive"))
            prefix = "" if payload.startswith(GZIP) else f"{name}/"
            yield from (m._replace(name=f"{prefix}{m.name}") for m in inner)

    def _looked_at(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        """The first bytes of a member, all of them where it is a zip or gzip itself."""
        _check(info)
        first = _bytes_of(archive, info, 4)
        if first.startswith((workbooks.MARK, workbooks.EMPTY, GZIP)):
            return _unpacked(archive, info, self.size)
        return first

    def _count(self, files: int, size: int) -> None:
        self.count += files
        self.total += size
        if self.count > MEMBERS:
            raise DecodeError("too_many_files", value=self.count, limit=MEMBERS)
        if self.total > self.size.all_bytes:
            raise DecodeError("unpacks_too_large", limit=self.size.all_bytes)


def _is_file(info: zipfile.ZipInfo) -> bool:
    name = info.filename.replace("\\", "/")
    noise = name.startswith(_NOISE[0]) or name.rpartition("/")[2] in _NOISE
    return not name.endswith("/") and not noise


def _check(info: zipfile.ZipInfo) -> None:
    """Raise DecodeError for a member that cannot be unpacked, or would become too much."""
    if info.flag_bits & 0x1:
        raise DecodeError("protected_archive")
    _check_ratio(info.file_size, info.compress_size)


def _check_ratio(size: int, packed: int) -> None:
    if size > _SMALL and size > _RATIO * max(packed, 1):
        raise DecodeError("unpacks_too_far", value=size // max(packed, 1), limit=_RATIO)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: Size) -> bytes:
    _check(info)
    if info.file_size > size.file_bytes:
        raise DecodeError("too_large", bytes=info.file_size, limit=size.file_bytes)
    return _bytes_of(archive, info, size.file_bytes + 1)  # never more than the list says


def _bytes_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with archive.open(info) as part:
            return part.read(most)
    except (NotImplementedError, RuntimeError) as error:
        raise DecodeError("unknown_packing", error=str(error)[:200]) from error
    except _BROKEN as error:
        raise DecodeError("broken_archive", error=str(error)[:200]) from error


def _gunzipped(payload: bytes, size: Size) -> bytes:
    """All streams of a gzip file, one after the other."""
    parts: list[bytes] = []
    total, rest = 0, payload
    try:
        while rest.startswith(GZIP):
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                part = stream.decompress(rest, _BLOCK)
                rest = stream.unconsumed_tail
                total += len(part)
                parts.append(part)
                _check_ratio(total, len(payload))
                if total > size.file_bytes:
                    raise DecodeError("too_large", bytes=total, limit=size.file_bytes)
                if not part and not rest and not stream.eof:
                    raise EOFError("the stream ends early")
            rest = stream.unused_data
    except _BROKEN as error:
        raise DecodeError("broken_archive", error=str(error)[:200]) from error
    return b"".join(parts)


def _stem(name: str) -> str:
    """The name of what a gzip file holds: that of the file without its ending."""
    return name.removesuffix(".gz") or name
