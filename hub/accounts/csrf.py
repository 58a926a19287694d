"""Requests that change something with a cookie's authority must come from our own pages."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def from_our_pages(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that one of our pages sent it (lower-case header names).

    A request that says nothing of its origin is refused: a program should use a token instead.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    source = headers.get("origin") or headers.get("referer")
    host = headers.get("host")
    return bool(source and host) and urlsplit(source or "").netloc == host
