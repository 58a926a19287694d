"""API tokens (Authorization: Bearer ...) of households, gateways, clubs and operators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from hub.accounts.links import UnknownHouseholdError
from hub.accounts.secret import digest_of, new_secret
from hub.model import HubError
from hub.store import accounts as store
from hub.store.connection import Connection

SubjectKind = Literal["household", "gateway", "club", "operator"]
KINDS: tuple[str, ...] = get_args(SubjectKind)
_FRENCH = {"gateway": "la passerelle", "operator": "l'opérateur"}
_PREFIX = "hub_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token speaks for: a household's reference, a gateway's name, a club's code."""

    kind: str
    subject: str


class TokenError(HubError):
    """The token cannot be made as asked."""


def create(conn: Connection, kind: str, subject: str, expires_at: datetime | None = None) -> str:
    """A new token; it is shown once and stored as a digest. Commit to make it valid.

    Raises TokenError for an unknown kind, household or club, or an odd gateway name.
    """
    _check_subject(conn, kind, subject)
    token = _PREFIX + new_secret(256)
    store.add_token(conn, digest_of(token), kind, subject, expires_at)
    return token


def limit_gateway(conn: Connection, gateway: Subject, usage_points: Sequence[str]) -> None:
    """Let a gateway write for these usage points only (references); none given: for any.

    Raises TokenError for a usage point that does not exist, or for another kind of token.
    """
    if usage_points and gateway.kind != "gateway":
        raise TokenError(
            "usage points limit gateways' tokens only",
            "seuls les jetons de passerelles se limitent à des points de livraison",
        )
    for ref in usage_points:
        if not store.allow_usage_point(conn, gateway.subject, ref):
            raise TokenError(
                f"no usage point has the reference '{ref}'",
                f"aucun point de livraison n'a la référence « {ref} »",
            )


def check(conn: Connection, bearer: str) -> Subject | None:
    """Whom a bearer token speaks for; None for an unknown, expired or revoked one."""
    if not bearer.startswith(_PREFIX):
        return None
    found = store.find_token(conn, digest_of(bearer))
    return Subject(*found) if found else None


def bearer_of(authorization: str | None) -> str | None:
    """The token of an Authorization header; None without one."""
    scheme, _, value = (authorization or "").partition(" ")
    return value.strip() or None if scheme.lower() == "bearer" else None


def revoke(conn: Connection, kind: str, subject: str) -> int:
    """Close every token of a subject; returns how many were open.

    Raises TokenError for an unknown kind, household or club. One that had a token and is gone since
    is known well enough.
    """
    _check_kind(kind)
    closed = store.revoke_tokens(conn, kind, subject)
    if not closed and not store.had_token(conn, kind, subject):
        _check_subject(conn, kind, subject)
        if kind in {"gateway", "operator"}:
            raise TokenError(
                f"no token was ever made for the {kind} '{subject}'",
                f"aucun jeton n'a jamais été créé pour {_FRENCH[kind]} « {subject} »",
            )
    return closed


def revoke_one(conn: Connection, token: str) -> bool:
    """Close one token; False where it was not open."""
    return store.revoke_token(conn, digest_of(token)) == 1


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise TokenError(
            f"'{kind}' is no kind of token; use one of: {known}",
            f"« {kind} » n'est pas une sorte de jeton ; choisissez parmi : {known}",
        )


def _check_subject(conn: Connection, kind: str, subject: str) -> None:
    _check_kind(kind)
    if kind == "household" and store.household(conn, subject) is None:
        raise UnknownHouseholdError(subject)
    if kind == "club" and not store.is_club(conn, subject):
        raise TokenError(
            f"no club has the code '{subject}'", f"aucun club n'a le code « {subject} »"
        )
    if kind in {"gateway", "operator"} and not _NAME.fullmatch(subject):
        raise TokenError(
            f"'{subject}' is no name for a token: use letters, digits, '.', '_' and '-', "
            "64 characters at most",
            f"« {subject} » n'est pas un nom de jeton : lettres, chiffres, « . », « _ » et "
            "« - », 64 caractères au plus",
        )
