"""Is the web process ready? What `/readyz` answers, and how far a long start has come."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Readiness:
    """Answer of `/readyz`: ready with 200; else `progress` says what is awaited, where it does.

    `open` are the addresses worth showing (label, path), where the page tells them.
    """

    ready: bool
    progress: str | None = None
    open: list[tuple[str, str]] = field(default_factory=list)


def ask(base_url: str, timeout: float = 5.0) -> Readiness:
    """Ask `/readyz` once; a process that does not answer yet is simply not ready."""
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=timeout) as answer:  # noqa: S310
            return _read(answer.status == 200, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return _read(False, error.read())
    except (urllib.error.URLError, OSError):
        return Readiness(ready=False)


def _read(ready: bool, body: bytes) -> Readiness:
    try:
        content: Any = json.loads(body)
    except ValueError:
        return Readiness(ready)
    if not isinstance(content, dict):
        return Readiness(ready)
    progress = content.get("progress")
    links = content.get("open") or []
    return Readiness(
        ready,
        progress if isinstance(progress, str) else None,
        [(str(label), str(path)) for label, path in links],
    )
