"""Enedis's flux in JSON, as SGE's service M023 sends them, once or (R63A, R64B, ...) repeatedly.

{"header": {"codeFlux": "R64", ...}, "mesures": [{"idPrm": "...", ...}]}, or a list of such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors import _encoding, _json
from connectors._enedis_index import many, text
from hub.model import Context

_FLUX = re.compile(rb'"codeFlux"\s*:\s*"(\w{1,8})"')


def measures(payload: bytes, ctx: Context, connector: str, *flux: str) -> Iterator[dict[str, Any]]:
    """What the documents of a file tell of each usage point; ``flux``: those that are read.

    Raises DecodeError: not JSON, another flux.
    """
    answer = _json.loads(_encoding.utf8(payload), _json.limit_of(ctx))
    documents = answer if isinstance(answer, list) else [answer]
    heads = [head for document in documents for head in many(document, "header")]
    if not heads or any(_code(text(head, "codeFlux")) not in flux for head in heads):
        raise _json.not_this(connector, f"codeFlux {', '.join(flux)} ?")
    for document in documents:
        yield from many(document, "mesures")


def sure(head: bytes, *flux: str) -> float:
    """1 where ``head`` begins one of these flux, else 0."""
    found = _FLUX.search(head)
    return 1.0 if found and _code(found[1].decode("ascii", "replace")) in flux else 0.0


def _code(told: str) -> str:
    """A flux's code without the letter of the repeated ones: R63A and R63B are R63."""
    return told.upper().rstrip("AB")
