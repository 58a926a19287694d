"""P1 telegrams: cut out of what was received, checked, and their lines by OBIS code.

A telegram is ``/`` and what the meter is, a blank line, lines ``A-B:C.D.E(value*unit)``, and ``!``
with a CRC16 from version 4 on. Lines end in CR LF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from connectors._encoding import unmarked
from connectors._time import horodate, local_seconds
from connectors._units import UNITS, BadValueError, Unit

Lines = Mapping[str, tuple[str, ...]]

_TELEGRAM = re.compile(rb"^/[^\n]*\n.*?(?:^![^\n]*|(?=^/)|\Z)", re.MULTILINE | re.DOTALL)
_ANY_CODE = re.compile(rb"\d-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}[*\d]*\(")
_HEAD = re.compile(rb"^/[A-Za-z]{3}[0-9A-Za-z][^\r\n]{0,80}\r*\n\s{0,8}\d-\d{1,3}:\d", re.MULTILINE)
#: Lines of which something is asked: a telegram has thrice as many, and may come every second.
_LINE = re.compile(
    r"^((?:0-\d{1,2}:(?:1\.0\.0|24\.[123]\.\d|96\.1\.\d{1,3}|42\.0\.0))"
    r"|1-[01]:(?:[12]\.[78]|16\.7)\.\d{1,2})(?:\*\d{1,3})?[ \t]*(\(.*)$",
    re.ASCII | re.MULTILINE,
)
_VALUE = re.compile(r"\(([^()]*)\)")
_STAMP = re.compile(r"(\d{12})([SW]?)", re.ASCII)
#: Frames that only a key opens: DLMS general-glo-ciphering, also within M-Bus or HDLC frames.
_ENCRYPTED = re.compile(
    rb"\xdb\x08.{8}(?:\x81.|\x82..|.)[\x20\x21\x30]|\x68(.)\1\x68\x53\xff|\x7e\xa0.{0,20}\xe6\xe7\x00\xdb",
    re.DOTALL,
)
_UNIT_NAMES = ("Wh", "kWh", "MWh", "MJ", "GJ", "m3", "l", "W", "kW")
_UNITS = {name.casefold(): UNITS[name] for name in _UNIT_NAMES} | {"dm3": UNITS["l"]}
#: How stamps begin where a meter has no instant to tell, the second of a clock that was never set.
NEVER = ("632525252525", "700101")


def _table() -> tuple[int, ...]:
    """CRC16 (x16 + x15 + x2 + 1, least significant bit first, from 0) of each byte."""
    rows = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        rows.append(crc)
    return tuple(rows)


_CRC = _table()


class Telegram(NamedTuple):
    """``text``: from ``/`` to ``!`` and what follows on its line, lines ended by LF alone.

    line: of the file, from 1. whole: False for a piece of a telegram.
    """

    line: int
    text: bytes
    whole: bool


def begins(head: bytes) -> bool:
    """Whether a P1 telegram, clear or encrypted, is in the first bytes of a file."""
    return _HEAD.search(head) is not None or encrypted(head)


def encrypted(payload: bytes) -> bool:
    """Whether the payload is a frame that needs a key, as bytes or as their hex digits."""
    start = payload.lstrip()[:600]
    if start[:4].upper() in (b"DB08", b"7EA0") or start[6:8] == b"68" == start[:2]:
        try:
            start = bytes.fromhex(start.split(b"\n")[0].decode("ascii").strip())
        except ValueError:
            return False
    return _ENCRYPTED.match(start) is not None


def telegrams(payload: bytes) -> Iterator[Telegram]:
    """The telegrams in ``payload``, and pieces of telegrams whose begin or end is missing.

    Lines outside that hold no register (some meters send their number after ``!``) are none.
    """
    text = unmarked(payload).replace(b"\r\n", b"\n")
    line, seen = 1, 0
    for match in _TELEGRAM.finditer(text):
        between = text[seen : match.start()]
        if _ANY_CODE.search(between):
            yield Telegram(line, between, whole=False)
        line += between.count(b"\n")
        yield Telegram(line, match[0], whole=b"\n!" in match[0])
        line += match[0].count(b"\n")
        seen = match.end()
    if _ANY_CODE.search(text, seen):
        yield Telegram(line, text[seen:], whole=False)


def check(telegram: Telegram) -> None:
    """Whether the telegram is complete and its CRC, where it has one, is right.

    The meter counts CR LF; a gateway may have sent LF alone, and counted that.
    Raises BadValueError: not_this_format, bad_checksum.
    """
    if not telegram.whole:
        shown = telegram.text[:80].decode("latin-1").partition("\n")[0]
        raise BadValueError("not_this_format", shown)
    content, _, told = telegram.text.rpartition(b"!")
    wanted = told.strip().upper()
    if not wanted:
        return
    for covered in (content.replace(b"\n", b"\r\n") + b"!", content + b"!"):
        if b"%04X" % crc16(covered) == wanted:
            return
    raise BadValueError("bad_checksum", told.strip().decode("latin-1"))


def crc16(covered: bytes) -> int:
    """CRC-16/ARC."""
    crc, table = 0, _CRC
    for byte in covered:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc


def lines(telegram: Telegram) -> Lines:
    """OBIS code (``1-0:1.8.1``) -> what stands in its brackets, for codes that can be of use.

    A line that begins with a bracket goes on with the one before it (the gas of versions 2 and 3).
    What is behind a code and cannot be read as brackets is its one value, as it stands.
    """
    found: dict[str, tuple[str, ...]] = {}
    text = telegram.text.decode("latin-1").replace("\n(", "(")
    for code, rest in _LINE.findall(text):
        found.setdefault(code, tuple(_VALUE.findall(rest)) or (rest.strip(),))
    return found


@lru_cache(maxsize=1024)
def instant(text: str, zone: str, near: int | None) -> int:
    """``YYMMDDhhmmssX`` as seconds: X is S in summer, W in winter; without it the time is local.

    near: the arrival, to which the hour that October has twice is nearest; None: it is not known.
    Raises BadValueError: bad_time, ambiguous_time.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        raise BadValueError("bad_time", text)
    digits, season = match.groups()
    if season:
        return horodate(("E" if season == "S" else "H") + digits, zone)[0]
    pairs = [digits[i : i + 2] for i in range(0, 12, 2)]
    written = "20{}-{}-{}T{}:{}:{}".format(*pairs)
    first, second = (local_seconds(written, zone, at) for at in (0, 1 << 40))
    if first == second or near is not None:
        return first if near is None else local_seconds(written, zone, near)
    raise BadValueError("ambiguous_time", text)


def amount(text: str) -> tuple[str, Unit]:
    """``001581.123*kWh`` -> its number and unit. Raises BadValueError (bad_number, bad_unit)."""
    number, star, name = text.partition("*")
    unit = _UNITS.get(name.strip().casefold())
    if not star and not re.fullmatch(r"[\d.]+", number.strip(), re.ASCII):
        raise BadValueError("bad_number", text)
    if unit is None:
        raise BadValueError("bad_unit", name)
    return number, unit


def equipment(lines: Lines, *codes: str) -> str:
    """The first of ``codes`` that tells a number: text, or text as hex digits; '' if none does.

    Zeros alone are no number: a meter that was never given one sends them.
    """
    for code in codes:
        told = lines.get(code, ("",))[0].strip()
        try:
            text = bytes.fromhex(told).decode("ascii")
        except ValueError:
            text = told
        text = (text if text.isprintable() else told).strip()
        if text.strip("0"):
            return text
    return ""
