"""`hub collect`: asks devices and portals that do not send by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from ingest.collect.rounds import Round
    from ingest.collect.sources import Source


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def collect(
        source: Annotated[str | None, typer.Argument(help="With --once: this one only.")] = None,
        once: Annotated[
            bool, typer.Option("--once", help="Ask now, tell what came, and end.")
        ] = False,
        data: DataFolder = DEFAULT_DATA,
        as_json: AsJson = False,
    ) -> None:
        """Ask the devices and portals of hub.toml, [[collect]], on time (a service)."""
        from hub.app.errors import CommandError
        from hub.app.settings import database_url

        if source is not None and not once:
            raise CommandError(
                "write --once to ask one source", "écrivez --once pour interroger une source"
            )
        url = database_url(data)
        sources = _sources(data, source)
        if once:
            raise typer.Exit(_once(url, sources, as_json=as_json))
        _serve(url, sources, data)


def _sources(data: Path, name: str | None) -> list[Source]:
    """What hub.toml declares. Raises CommandError where that is nothing, or not this one."""
    from hub.app.errors import CommandError
    from hub.app.settings import configuration_folders
    from ingest.collect.sources import read_sources
    from ingest.config import find

    path = find(configuration_folders(data))
    sources = read_sources(path)
    if not sources:
        where = path or data / "hub.toml"
        raise CommandError(
            f"{where} declares no source: add [[collect]] (docs/operator/collect.md)",
            f"{where} ne déclare aucune source : ajoutez [[collect]] (docs/operator/collect.md)",
        )
    found = [source for source in sources if name in (None, source.name)]
    if not found:
        known = ", ".join(source.name for source in sources)
        raise CommandError(f"{name}: there are {known}", f"{name} : il y a {known}")
    return found


def _serve(url: str, sources: list[Source], data: Path) -> None:
    from hub.app.logs import log_to_stderr
    from hub.app.signals import stop_on_signals
    from ingest.collect.service import run

    stop = stop_on_signals()
    log_to_stderr("collect")
    run(url, sources, data / "collected", stop)


def _once(url: str, sources: list[Source], *, as_json: bool) -> int:
    """Ask, print, and say how it went: 0 all taken; 1 rows refused, or a source that gave nothing
    among several; 2 the only one gave nothing."""
    import asyncio

    from hub.app.errors import CommandError
    from hub.app.language import language, show, show_json
    from ingest.collect.errors import AwayError
    from ingest.collect.service import ask_once

    try:
        rounds = asyncio.run(ask_once(url, sources))
    except AwayError as error:
        raise CommandError(
            f"the database does not do it: {error}", f"la base de données ne le fait pas : {error}"
        ) from error
    spoken = language()
    if as_json:
        show_json([_as_json(done, spoken) for done in rounds])
    else:
        for done in rounds:
            show("\n".join(_lines(done, spoken)))
    failed = sum(_is_failed(done) for done in rounds)
    if failed:
        return 2 if len(rounds) == 1 else 1
    return 1 if any(report.rejects for done in rounds for report in done.reports) else 0


def _is_failed(done: Round) -> bool:
    return done.state is not None and done.state.state != "ok"


def _lines(done: Round, spoken: str) -> list[str]:
    from hub.app.language import either
    from hub.words import visible

    lines = [line for r in done.reports if r.problem is None for line in r.lines(spoken)]
    colon = " :" if spoken == "fr" else ":"
    if done.state is not None and _is_failed(done):
        lines.append(visible(f"{done.source.name}{colon} {done.state.words(spoken)}"))
    return lines or [f"{done.source.name}{colon} {either('rien de nouveau', 'nothing new')}"]


def _as_json(done: Round, spoken: str) -> dict[str, object]:
    return {
        "source": done.source.name,
        "kind": done.source.kind,
        "state": done.state.state if done.state else None,
        "words": done.state.words(spoken) if done.state else None,
        "answers": [report.as_json(spoken) for report in done.reports],
    }
