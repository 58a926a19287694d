"""`hub status`: is it running, where, and how fresh."""

from typing import TYPE_CHECKING, Any

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.app.runfile import Address
    from hub.app.status import Status


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def status(data: DataFolder = DEFAULT_DATA, as_json: AsJson = False) -> None:
        """Addresses, versions, parts, freshness and lag. Exit 1 if a part is down."""
        from hub.app.status import status as look

        found = look(data)
        if as_json:
            print(found.model_dump_json(indent=1))
        else:
            for line in _lines(found):
                print(line)
        if found.down:
            raise typer.Exit(1)


def _lines(found: "Status") -> list[str]:
    versions = found.versions
    web = f"{found.web.url} ({'ready' if found.ready else 'not ready'})" if found.web else "-"
    timescaledb = f"TimescaleDB {versions.timescaledb} ({found.edition} edition)"
    lines = [
        f"web       {web}",
        f"database  {_place(found.database)} PostgreSQL {versions.postgresql}, {timescaledb}",
        f"broker    {_place(found.broker)} Mosquitto {versions.mosquitto or '(version unknown)'}",
    ]
    lines += [
        f"{name:<9} {'up' if part.up else 'DOWN'}, process {part.pid}, {part.restarts} restarts"
        for name, part in found.parts.items()
    ]
    lines.append(f"last reading received: {_seconds(found.freshness['seconds'])} ago")
    lag = found.lag
    lines.append(
        f"to roll up: {lag['pending']} ranges, oldest {_seconds(lag['oldest_seconds'])}; "
        f"set aside: {lag['set_aside']}"
    )
    lines += _what_to_do(lag, "set_aside")
    lines.append(f"area totals to sum: {lag['areas']}; set aside: {lag['areas_set_aside']}")
    lines += _what_to_do(lag, "areas_set_aside")
    if found.down:
        lines.append("DOWN: " + ", ".join(found.down))
    return lines


def _what_to_do(lag: dict[str, Any], name: str) -> list[str]:
    """What it means that something was set aside, and the command that has it tried again."""
    if not lag[name]:
        return []
    first, last = lag[f"{name}_from"], lag[f"{name}_to"]
    return [
        f"  set aside after three failures: days of {first} to {last}, not published meanwhile",
        f"  newest reason: {lag[f'{name}_reason']}",
        f"  once the cause is mended, `hub rebuild --from {first} --to {last}` tries them again",
    ]


def _place(address: "Address | None") -> str:
    return f"{address.host}:{address.port}" if address else "-"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.0f} s"
