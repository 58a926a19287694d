"""`hub rejected`: what was refused, by reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.store.rejects import Listed

#: Of a payload so many bytes are shown.
_SAMPLE = 160


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def rejected(
        reason: Annotated[
            str | None, typer.Option("--reason", help="This reason only, by its code.")
        ] = None,
        limit: Annotated[
            int, typer.Option("--limit", min=1, max=1000, help="So many of each reason.")
        ] = 5,
        data: DataFolder = DEFAULT_DATA,
        as_json: AsJson = False,
    ) -> None:
        """List messages and rows of files that were refused, by reason, the newest first."""
        from hub.app.language import either, language, show, show_json
        from hub.app.settings import database_url
        from hub.store.connection import connect
        from hub.store.rejects import listed

        with connect(database_url(data), application="rejected") as conn:
            found = listed(conn, reason, limit, _SAMPLE)
            there = [] if found or reason is None else listed(conn, None, 1, 0)
        if as_json:
            show_json([_as_json(one, language()) for one in found])
            return
        for line in _lines(found):
            show(line)
        if there:
            codes = ", ".join(one.reason for one in there)
            show(either(f"Rien n'a été refusé ainsi ; il y a : {codes}",
                        f"Nothing was refused for that; there are: {codes}"))  # fmt: skip
        elif not found:
            show(either("Rien n'a été refusé.", "Nothing was refused."))


def _lines(found: Sequence[Listed]) -> Iterator[str]:
    from hub.app.language import either, language
    from hub.words import visible

    for reason, alike in groupby(found, key=lambda one: one.reason):
        shown = list(alike)
        newest = shown[0]
        whys = {_why(one, language()) for one in shown}
        same = len(whys) == 1 and newest.alike == len(shown)
        yield visible(f"{newest.alike} × " + (f"{whys.pop()} ({reason})" if same else reason))
        for one in shown:
            load = either("chargement", "load")
            told = [
                f"{one.received_at:%Y-%m-%d %H:%M:%S%z}",
                one.transport,
                one.origin,
                "/".join(part for part in (one.connector, one.device) if part),
                f"{load} {one.load_id}" if one.load_id is not None else "",
                _row(one),
                "" if same else _why(one, language()),
            ]
            yield visible("  " + "  ".join(part for part in told if part))
            if one.sample is not None:
                yield visible(f"    {_text(one)}")
        if newest.alike > len(shown):
            more = newest.alike - len(shown)
            yield either(f"  et {more} de plus (--limit)", f"  and {more} more (--limit)")


def _row(one: Listed) -> str:
    """Where in a file: its line, else its row."""
    from hub.app.language import either

    number = one.detail.get("line") or one.detail.get("row")
    return f"{either('ligne', 'row')} {number}" if one.load_id is not None and number else ""


def _why(one: Listed, language: str) -> str:
    from hub.model import REASONS, reason_text

    return reason_text(one.reason, language, one.detail) if one.reason in REASONS else one.reason


def _text(one: Listed) -> str:
    """The payload's beginning as text; what is no text is written out."""
    sample = one.sample or b""
    cut = " ..." if (one.size or 0) > len(sample) else ""
    return sample.decode("utf-8", "backslashreplace") + cut


def _as_json(one: Listed, language: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "received_at": one.received_at.isoformat(),
        "transport": one.transport,
        "origin": one.origin,
        "connector": one.connector,
        "device": one.device,
        "reason": one.reason,
        "text": _why(one, language),
        "alike": one.alike,
        "load": one.load_id,
        "detail": one.detail,
        "payload": None if one.sample is None else _text(one),
        "payload_bytes": one.size,
    }
