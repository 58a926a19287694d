"""Enedis's flux in JSON, as SGE's service M023 sends them: R64, R67.

{"header": {"codeFlux": "R64", ...}, "mesures": [{"idPrm": "...", ...}]}, or a list of such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors import _json, _text
from connectors._enedis_index import many, text
from hub.model import Context

_FLUX = re.compile(rb'"codeFlux"\s*:\s*"(\w{1,8})"')


def measures(payload: bytes, ctx: Context, connector: str, flux: str) -> Iterator[dict[str, Any]]:
    """What the documents of a file tell of each usage point.

    Raises DecodeError: not JSON, another flux.
    """
    answer = _json.loads(_text.utf8(payload), _json.limit_of(ctx))
    documents = answer if isinstance(answer, list) else [answer]
    heads = [head for document in documents for head in many(document, "header")]
    if not heads or any(text(head, "codeFlux").upper() != flux for head in heads):
        raise _json.not_this(connector, f"codeFlux {flux} ?")
    for document in documents:
        yield from many(document, "mesures")


def sure(head: bytes, flux: str) -> float:
    """1 where ``head`` begins this flux, else 0."""
    found = _FLUX.search(head)
    return 1.0 if found and found[1].decode("ascii", "replace").upper() == flux else 0.0
