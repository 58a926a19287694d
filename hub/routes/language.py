"""The language of an API's answer: what the reader prefers of French and English."""

from __future__ import annotations

from fastapi import Request


def language(request: Request) -> str:
    """'en' where the reader prefers English to French, else 'fr'."""
    best = {"fr": 0.0, "en": 0.0}
    for part in request.headers.get("accept-language", "").split(","):
        name, _, weight = part.strip().partition(";q=")
        tongue = name[:2].lower()
        if tongue in best:
            best[tongue] = max(best[tongue], _weight(weight))
    return "en" if best["en"] > best["fr"] else "fr"


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
