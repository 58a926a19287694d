"""What a check of `hub doctor` found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.app.doctor.words import WORDS, Text
from hub.store.checkup import Several

_LONGEST = 200  # characters of another program's words


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``code``: see WORDS; ``values`` fill its placeholders.

    ``where``: an address, a file, names; "" where the words say it.
    """

    code: str
    where: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def what(self, language: str) -> str:
        """What is wrong."""
        return self._filled(WORDS[self.code].what, language)

    def do(self, language: str) -> str:
        """What to do about it."""
        return self._filled(WORDS[self.code].do, language)

    def _filled(self, text: Text, language: str) -> str:
        told = {k: v.of(language) if isinstance(v, Text) else v for k, v in self.values.items()}
        return " ".join(text.of(language).format(**told).split())


def line(check: str, finding: Finding, language: str) -> str:
    """As a person reads it: check: what (where). What to do."""
    where = f" ({finding.where})" if finding.where else ""
    colon = " : " if language == "fr" else ": "
    do = finding.do(language)
    return f"{check}{colon}{finding.what(language)}{where}. {do[0].upper()}{do[1:]}."


def as_json(check: str, finding: Finding, language: str) -> dict[str, str]:
    """As a program reads it."""
    return {
        "check": check,
        "code": finding.code,
        "what": finding.what(language),
        "where": finding.where,
        "do": finding.do(language),
    }


def span(seconds: float) -> Text:
    """A length of time in its largest sensible unit."""
    for size, fr, en in ((86_400, "j", "d"), (3600, "h", "h"), (60, "min", "min")):
        if seconds >= 2 * size:
            return Text(f"{seconds / size:.0f} {fr}", f"{seconds / size:.0f} {en}")
    return Text(f"{seconds:.0f} s", f"{seconds:.0f} s")


def size(count: float) -> Text:
    """A number of bytes."""
    for unit, name in ((1 << 30, "G"), (1 << 20, "M"), (1 << 10, "k")):
        if count >= unit:
            number = f"{count / unit:.1f}"
            return Text(f"{number.replace('.', ',')} {name}io", f"{number} {name}iB")
    return Text(f"{count:.0f} octets", f"{count:.0f} bytes")


def names(several: Several) -> str:
    """The first few, and that there are more."""
    more = several.count - len(several.named)
    return ", ".join([*several.named, *([f"+ {more}"] if more else [])])


def told(error: object) -> str:
    """Another program's words as a short line, without the password of an address in it."""
    return re.sub(r"//[^/@\s]*@", "//", " ".join(str(error).split()))[:_LONGEST]
