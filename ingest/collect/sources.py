"""``[[collect]]`` of hub.toml: one table a source.

[[collect]]
name = "envoy-martin"                 # as `hub status` and the log call it
kind = "enphase_envoy"                # see docs/operator/collect.md
url = "https://192.168.1.20"
device = "122233344455"               # as the registry knows it
verify = false                        # its certificate is its own
token_file = "envoy-martin.token"     # beside hub.toml
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.model import HubError
from ingest.collect.kinds import KINDS, Kind
from ingest.collect.secret import Secret, from_file, from_variable
from ingest.config import section

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_LONGEST_INTERVAL = 7 * 86_400
_LONGEST_HISTORY = 5 * 366


@dataclass(frozen=True, slots=True)
class Source:
    """One source as hub.toml declares it; defaults are those of its kind.

    url: without a slash at its end. interval, timeout, spacing: seconds. history: days that are
    asked for at most where nothing was asked yet, 0 = as many as the portal keeps.
    """

    name: str
    kind: str
    url: str
    device: str = ""
    usage_point: str = ""
    interval: int = 60
    timeout: float = 30
    spacing: float = 0
    token_file: Path | None = None
    token_env: str = ""
    user: str = ""
    client_id: str = ""
    token_url: str = ""
    verify: bool = True
    parts: tuple[str, ...] = ()
    history: int = 0
    api: str = ""

    @property
    def of(self) -> Kind:
        """Its kind."""
        return KINDS[self.kind]

    @property
    def ref(self) -> str:
        """Whom it is of: the usage point or the device."""
        return self.usage_point or self.device

    @property
    def has_secret(self) -> bool:
        """Whether hub.toml names a secret."""
        return self.token_file is not None or bool(self.token_env)

    def secret(self) -> Secret | None:
        """Its token or password as it is now. Raises CollectError where it cannot be had."""
        if self.token_file is not None:
            return from_file(self.token_file)
        return from_variable(self.token_env) if self.token_env else None


@dataclass(slots=True)
class _Entry:
    """One table of hub.toml while it is read."""

    path: Path
    number: int
    told: Mapping[str, Any]
    known: set[str] = field(default_factory=set)

    def wrong(self, english: str, french: str) -> HubError:
        """What is wrong with it; it names the source, or which one of them it is."""
        name = self.told.get("name")
        which = name if isinstance(name, str) and name else str(self.number)
        return HubError(
            f"{self.path}: [[collect]] {which}: {english}",
            f"{self.path} : [[collect]] {which} : {french}",
        )

    def text(self, key: str, default: str = "") -> str:
        """A text of one line."""
        value = self.told.get(key, default)
        if not isinstance(value, str) or not value.isprintable():
            raise self.wrong(f"{key} is no text", f"{key} n'est pas un texte")
        return value.strip()

    def number_of(self, key: str, default: float, least: float, most: float) -> float:
        """A number within bounds."""
        value = self.told.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(f"{key} is no number", f"{key} n'est pas un nombre")
        if not least <= value <= most:
            raise self.wrong(
                f"{key} = {value:g}: from {least:g} to {most:g}",
                f"{key} = {value:g} : de {least:g} à {most:g}",
            )
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """true or false."""
        value = self.told.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} is true or false", f"{key} vaut true ou false")
        return value

    def one_of(self, key: str, choices: Sequence[str], default: str) -> str:
        """One of these."""
        value = self.text(key, default)
        if value not in choices and value != default:
            known = ", ".join(choices) or "-"
            raise self.wrong(f"{key} = {value!r}: there are {known}", f"{key} : il y a {known}")
        return value


def read_sources(path: Path | None) -> list[Source]:
    """The sources of a hub.toml, in its order. Raises HubError naming file, source and key."""
    told = section(path, "collect", [])
    if path is None or not told:
        return []
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise HubError(
            f"{path}: write [[collect]], with two brackets, once for each source",
            f"{path} : écrivez [[collect]], avec deux crochets, une fois par source",
        )
    found: dict[str, Source] = {}
    for number, each in enumerate(told, start=1):
        entry = _Entry(path, number, each)
        source = _source(entry)
        if source.name in found:
            raise entry.wrong("the name is taken", "ce nom est déjà pris")
        found[source.name] = source
    return list(found.values())


def _source(entry: _Entry) -> Source:
    unknown = entry.told.keys() - Source.__dataclass_fields__.keys()
    if unknown:
        named = ", ".join(sorted(unknown))
        raise entry.wrong(f"unknown {named}", f"{named} inconnu")
    name = entry.text("name")
    if not _NAME.fullmatch(name):
        raise entry.wrong(
            "name: letters, digits, '.', '_' and '-'", "name : lettres, chiffres, « . _ - »"
        )
    kind_name = entry.one_of("kind", list(KINDS), "")
    if not kind_name:
        known = ", ".join(KINDS)
        raise entry.wrong(f"kind is one of {known}", f"kind est l'un de {known}")
    kind = KINDS[kind_name]
    api = entry.one_of("api", list(kind.apis), next(iter(kind.apis), ""))
    source = Source(
        name=name,
        kind=kind_name,
        url=_address(entry, "url", kind.apis.get(api, kind.url)),
        device=entry.text("device"),
        usage_point=entry.text("usage_point"),
        interval=int(entry.number_of("interval", kind.interval, kind.least, _LONGEST_INTERVAL)),
        timeout=entry.number_of("timeout", kind.timeout, 1, 300),
        spacing=entry.number_of("spacing", kind.spacing, 0, 60),
        token_file=_file(entry),
        token_env=entry.text("token_env"),
        user=entry.text("user"),
        client_id=entry.text("client_id"),
        token_url=_address(entry, "token_url", ""),
        verify=entry.flag("verify", default=True),
        parts=_parts(entry, kind),
        history=int(entry.number_of("history", 0, 0, _LONGEST_HISTORY)),
        api=api,
    )
    for wrong, english, french in _CHECKS:
        if wrong(source):
            raise entry.wrong(
                english.format(needs=", ".join(kind.needs)),
                french.format(needs=", ".join(kind.needs)),
            )
    return source


def _file(entry: _Entry) -> Path | None:
    name = entry.text("token_file")
    return entry.path.parent / Path(name).expanduser() if name else None


def _parts(entry: _Entry, kind: Kind) -> tuple[str, ...]:
    told = entry.told.get("parts", list(kind.parts[: kind.usual]))
    known = isinstance(told, list) and all(part in kind.parts for part in told)
    if not known or (kind.parts and not told):
        choices = ", ".join(kind.parts) or "-"
        raise entry.wrong(f"parts: a list of {choices}", f"parts : une liste de {choices}")
    return tuple(dict.fromkeys(told))


def _address(entry: _Entry, key: str, default: str) -> str:
    """An address with host and maybe a path, nothing else."""
    url = entry.text(key, default).rstrip("/")
    if not url and key != "url":
        return ""
    try:
        parts = urlsplit(url)
        _ = parts.port
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
        fits = fits and "@" not in parts.netloc and not parts.query and not parts.fragment
    except ValueError:
        fits = False
    if not fits:  # not repeated: somebody may have put a password into it
        raise entry.wrong(
            f"{key} looks like https://host or http://host:port/path, without user, '?' or '#'",
            f"{key} a la forme https://hôte ou http://hôte:port/chemin, sans utilisateur, « ? »"
            " ni « # »",
        )
    return url


def _is_open_to_the_world(source: Source) -> bool:
    """Whether a portal's secret would cross other networks unencrypted."""
    if not source.of.url:
        return False
    return any(
        url.startswith("http:") and not _is_near(urlsplit(url).hostname or "")
        for url in (source.url, source.token_url)
    )


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback


_CHECKS: tuple[tuple[Callable[[Source], bool], str, str], ...] = (
    (
        lambda s: any(not getattr(s, key) for key in s.of.needs),
        "this kind needs {needs}",
        "ce type demande {needs}",
    ),
    (
        lambda s: s.of.secret and not s.has_secret,
        "this kind needs token_file or token_env",
        "ce type demande token_file ou token_env",
    ),
    (
        lambda s: s.token_file is not None and bool(s.token_env),
        "token_file or token_env, not both",
        "token_file ou token_env, pas les deux",
    ),
    (
        lambda s: bool(s.token_env) and not _VARIABLE.fullmatch(s.token_env),
        "token_env is the name of a variable, not the token itself",
        "token_env est le nom d'une variable, pas le jeton lui-même",
    ),
    (
        lambda s: bool(s.user or s.client_id) and not s.has_secret,
        "user and client_id need token_file or token_env with their password",
        "user et client_id demandent token_file ou token_env, avec leur mot de passe",
    ),
    (
        lambda s: bool(s.client_id or s.token_url) and not s.of.household,
        "client_id and token_url are for enedis_data_connect and grdf_adict",
        "client_id et token_url sont pour enedis_data_connect et grdf_adict",
    ),
    (
        _is_open_to_the_world,
        "http would show the token to everyone on the way: write https",
        "http montrerait le jeton à tous en chemin : écrivez https",
    ),
)
