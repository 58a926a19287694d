"""Secrets that are random enough to be stored as plain sha256 digests."""

from __future__ import annotations

import hashlib
import secrets

_LONGEST = 200  # characters; a longer one is not ours and not worth hashing


def new_secret(bits: int = 128) -> str:
    """A random secret for addresses and headers."""
    return secrets.token_urlsafe(bits // 8)


def digest_of(secret: str) -> bytes:
    """What is stored and looked up."""
    return hashlib.sha256(secret[:_LONGEST].encode()).digest()
