"""Where Debian packages come from: the machine's own apt sources, turned to one suite.

Pure text in, text out. Mirror and keyring stay the machine's, so a company mirror keeps working
and signatures are checked as for any other package.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_POCKETS = ("", "-updates", "-security")
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<rest>.+)$")


@dataclass(frozen=True)
class Source:
    """One apt source: a mirror, its suites and, where given, the keyring that signs it."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None = None


def parse_deb822(text: str) -> list[Source]:
    """Read a `.sources` file; stanzas that are disabled or only hold sources are left out."""
    found = []
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes") == "no":
            continue
        found.append(
            Source(
                uris=tuple(fields.get("uris", "").split()),
                suites=tuple(fields.get("suites", "").split()),
                components=tuple(fields.get("components", "").split()),
                signed_by=fields.get("signed-by"),
            )
        )
    return found


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:  # a continued value, such as a key given in place
            fields[name] += "\n" + line
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def parse_one_line(text: str) -> list[Source]:
    """Read a `.list` file: `deb [signed-by=KEYRING] URI SUITE COMPONENT...`."""
    found = []
    for line in text.splitlines():
        match = _ONE_LINE.match(line.partition("#")[0].strip())
        if not match:
            continue
        uri, suite, *components = match["rest"].split()
        signed = re.search(r"signed-by=(\S+)", match["options"] or "", re.IGNORECASE)
        signed_by = signed[1].replace(",", " ") if signed else None
        found.append(Source((uri,), (suite,), tuple(components), signed_by))
    return found


def for_suite(sources: Iterable[Source], codename: str, suite: str) -> list[Source]:
    """Keep Debian's own sources of this machine's release and point them at `suite`.

    Other publishers' sources (signed by another keyring, without `main`, with suite names of
    their own) know nothing of the packages needed here and are left out.
    """
    kept = []
    for source in sources:
        uris = tuple(uri for uri in source.uris if uri.startswith(("http://", "https://")))
        suites = tuple(suite + p for p in _POCKETS if codename + p in source.suites)
        debians = source.signed_by is None or (
            "debian-archive" in source.signed_by or "BEGIN PGP" in source.signed_by
        )
        if uris and suites and debians and "main" in source.components:
            kept.append(Source(uris, suites, ("main",), source.signed_by))
    return list(dict.fromkeys(kept))


def render(sources: Iterable[Source]) -> str:
    """Write sources in deb822 form, for a `sourceparts` folder."""
    stanzas = []
    for source in sources:
        lines = [
            "Types: deb",
            "URIs: " + " ".join(source.uris),
            "Suites: " + " ".join(source.suites),
            "Components: " + " ".join(source.components),
        ]
        if source.signed_by:
            lines.append("Signed-By: " + source.signed_by)
        stanzas.append("\n".join(lines) + "\n")
    return "\n".join(stanzas)
