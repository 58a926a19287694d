"""API tokens (Authorization: Bearer ...) of households, gateways and operators.

Clubs have none, because no route serves clubs yet: what is published is open to everybody. The
store knows the kind, and revokes what an earlier version made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.accounts.links import UnknownHouseholdError
from hub.accounts.secret import digest_of, new_secret
from hub.model import HubError
from hub.store import accounts as store
from hub.store.connection import Connection

#: Whom a token is made for.
KINDS = ("household", "gateway", "operator")
_REVOKED = (*KINDS, "club")
_FRENCH = {"gateway": "la passerelle", "operator": "l'opérateur", "club": "le club"}
_PREFIX = "hub_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token speaks for: a household's reference, a gateway's or an operator's name."""

    kind: str
    subject: str


class TokenError(HubError):
    """The token cannot be made as asked."""


def create(conn: Connection, kind: str, subject: str, expires_at: datetime | None = None) -> str:
    """A new token; it is shown once and stored as a digest. Commit to make it valid.

    Raises TokenError for an unknown kind or household, or an odd name.
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

    Raises TokenError for an unknown kind or household, and for a name that never had a token. One
    that had a token and is gone since is known well enough.
    """
    _check_kind(kind, _REVOKED)
    closed = store.revoke_tokens(conn, kind, subject)
    if closed or store.had_token(conn, kind, subject):
        return closed
    if kind != "household":
        raise TokenError(
            f"no token was ever made for the {kind} '{subject}'",
            f"aucun jeton n'a jamais été créé pour {_FRENCH[kind]} « {subject} »",
        )
    _check_subject(conn, kind, subject)
    return 0


def _check_kind(kind: str, known: Sequence[str]) -> None:
    if kind not in known:
        told = ", ".join(known)
        raise TokenError(
            f"'{kind}' is no kind of token; use one of: {told}",
            f"« {kind} » n'est pas une sorte de jeton ; choisissez parmi : {told}",
        )


def _check_subject(conn: Connection, kind: str, subject: str) -> None:
    if kind == "club":
        raise TokenError(
            "a club's token would open nothing: no route serves clubs yet. What is published is "
            "open to everybody, without a token: docs/club/open-data.md",
            "un jeton de club n'ouvrirait rien : aucune route ne sert encore les clubs. Ce qui est "
            "publié est ouvert à tous, sans jeton : docs/club/open-data.md",
        )
    _check_kind(kind, KINDS)
    if kind == "household" and store.household(conn, subject) is None:
        raise UnknownHouseholdError(subject)
    if kind in {"gateway", "operator"} and not _NAME.fullmatch(subject):
        raise TokenError(
            f"'{subject}' is no name for a token: use letters, digits, '.', '_' and '-', "
            "64 characters at most",
            f"« {subject} » n'est pas un nom de jeton : lettres, chiffres, « . », « _ » et "
            "« - », 64 caractères au plus",
        )
