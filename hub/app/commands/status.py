"""`hub status`: is it running, where, and how fresh."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.app.runfile import Address
    from hub.app.status import SourceStatus, Status

_UNITS = (("d", "j", 86_400), ("h", "h", 3600), ("min", "min", 60), ("s", "s", 1))


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def status(data: DataFolder = DEFAULT_DATA, as_json: AsJson = False) -> None:
        """Addresses, versions, parts, freshness and lag. Exit 1 if a part is down."""
        from hub.app.language import show
        from hub.app.status import status as look

        found = look(data)
        show(found.model_dump_json(indent=1) if as_json else "\n".join(_lines(found)))
        if found.down:
            raise typer.Exit(1)


def _lines(found: "Status") -> list[str]:
    from hub.app.language import either

    lines = [_line(either("pages", "web"), *_web(found))]
    lines.append(_line(either("base", "database"), _place(found.database), _database(found)))
    if found.broker:
        told = found.versions.mosquitto
        version = f"Mosquitto {told}" if told else either("version inconnue", "version unknown")
        lines.append(_line(either("courtier", "broker"), _place(found.broker), version))
    lines += _dropped(found.dropped)
    lines += [_part(name, part.up, part.pid, part.restarts) for name, part in found.parts.items()]
    lines += _flow(found)
    lines += [line for source in found.collect for line in _source(source)]
    if found.down:
        lines.append(either("EN PANNE : ", "DOWN: ") + ", ".join(found.down))
    return lines


def _dropped(count: int | None) -> list[str]:
    """What the broker dropped: nobody else tells it."""
    from hub.app.language import either, number

    if not count:
        return []
    messages = number(count, ("message jeté", "messages jetés"), ("message", "messages"))
    return [_line("", messages + either(" depuis son démarrage", " dropped since its start"))]


def _line(name: str, *told: str) -> str:
    return f"{name:<9} {', '.join(t for t in told if t)}"


def _web(found: "Status") -> tuple[str, str]:
    from hub.app.language import either

    if not found.web:
        return either("aucune ici (hub serve)", "none here (hub serve)"), ""
    if found.ready:
        return found.web.url, either("prêtes", "ready")
    return found.web.url, either("pas encore prêtes", "not ready yet")


def _database(found: "Status") -> str:
    from hub.app.language import either

    versions = found.versions
    edition = either(f"édition {found.edition}", f"{found.edition} edition")
    return f"PostgreSQL {versions.postgresql}, TimescaleDB {versions.timescaledb} ({edition})"


def _part(name: str, up: bool, pid: int, restarts: int) -> str:
    from hub.app.language import either, number

    state = either("en marche", "up") if up else either("ARRÊTÉ", "DOWN")
    again = number(restarts, ("relance", "relances"), ("restart", "restarts")) if restarts else ""
    return _line(name, state, either("processus", "process") + f" {pid}", again)


def _flow(found: "Status") -> list[str]:
    """How fresh the readings are, and what waits."""
    from hub.app.language import either

    lag = found.lag
    if lag["pending"] is None:
        if found.down:
            return []
        return [
            either(
                "pas encore de tables : lancez 'hub init'",
                "no tables yet: run 'hub init'",
            )
        ]
    age = found.freshness["seconds"]
    if age is None:
        # intervals of files have no latest value: their age would tell nothing of what lives
        fr, en = "aucun index ni puissance reçu jusqu'ici", "no register or power received so far"
        lines = [either(fr, en)]
    else:
        fr = f"dernier relevé reçu : il y a {_duration(age, french=True)}"
        lines = [either(fr, f"last reading received: {_duration(age)} ago")]
    return [
        *lines,
        *_waiting(lag),
        *_set_aside(lag, "set_aside"),
        *_set_aside(lag, "areas_set_aside"),
    ]


def _waiting(lag: dict[str, Any]) -> list[str]:
    """What is not in the totals yet."""
    from hub.app.language import either, number

    lines = []
    if lag["pending"]:
        waiting = number(
            lag["pending"],
            ("modification attend d'être calculée", "modifications attendent d'être calculées"),
            ("change waits to be rolled up", "changes wait to be rolled up"),
        )
        oldest = lag["oldest_seconds"] or 0
        since = either(
            f"la plus ancienne depuis {_duration(oldest, french=True)}",
            f"the oldest for {_duration(oldest)}",
        )
        lines.append(f"{waiting}, {since}")
    if lag["areas"]:
        lines.append(
            number(
                lag["areas"],
                ("total de territoire attend", "totaux de territoire attendent"),
                ("area total waits", "area totals wait"),
            )
            + either(" d'être additionné" + "s" * (lag["areas"] > 1), " to be summed")
        )
    return lines or [either("rien n'attend d'être calculé", "nothing waits to be rolled up")]


def _set_aside(lag: dict[str, Any], name: str) -> list[str]:
    """What was set aside, what it means, and the command that has it tried again."""
    from hub.app.language import either, number

    count = lag[name]
    if not count:
        return []
    first, last = lag[f"{name}_from"], lag[f"{name}_to"]
    if name == "areas_set_aside":
        fr, en = ("total de territoire", "totaux de territoire"), ("area total", "area totals")
    else:
        fr, en = ("modification", "modifications"), ("change", "changes")
    what, command, days_fr, days_en = number(count, fr, en), "`hub rebuild`", "", ""
    if first and last:  # else every day
        command = f"`hub rebuild --from {first} --to {last}`"
        days_fr, days_en = f", jours du {first} au {last}", f", days of {first} to {last}"
    return [
        either(
            f"de côté après trois échecs : {what}{days_fr}, non publiés en attendant",
            f"set aside after three failures: {what}{days_en}, not published meanwhile",
        ),
        either("  dernière cause : ", "  newest reason: ") + str(lag[f"{name}_reason"]),
        either(
            f"  la cause réparée, {command} fait tout recalculer",
            f"  once the cause is mended, {command} tries them again",
        ),
    ]


def _source(source: "SourceStatus") -> list[str]:
    """How a source of `hub collect` is, and why."""
    from hub.app.language import either, number
    from hub.words import visible

    now = datetime.now(UTC)
    states = {
        "ok": ("en ordre", "well"),
        "failed": ("EN ÉCHEC", "FAILED"),
        "stopped": ("à l'arrêt", "stopped"),
    }
    told = [either(*states[source.state])]
    if source.failures:
        told[0] += " " + number(source.failures, ("fois", "fois"), ("time", "times"))
    if source.last_success is None:
        told.append(either("encore aucun succès", "no success yet"))
    else:
        age = (now - source.last_success).total_seconds()
        told.append(
            either(
                f"dernier succès il y a {_duration(age, french=True)}",
                f"last success {_duration(age)} ago",
            )
        )
    wait = max((source.next_try - now).total_seconds(), 0)
    told.append(
        either(
            f"prochain essai dans {_duration(wait, french=True)}", f"next try in {_duration(wait)}"
        )
    )
    lines = [_line("collect", f"{source.name} ({source.kind})", *told)]
    return lines + ([f"          {visible(source.words)}"] if source.words else [])


def _place(address: "Address | None") -> str:
    return f"{address.host}:{address.port}" if address else "-"


def _duration(seconds: float, *, french: bool = False) -> str:
    """ "3 s", "5 min", "4 h", "12 d": as much as one wants to know."""
    at = next((u for u in _UNITS if seconds >= 2 * u[2]), _UNITS[-1])
    return f"{int(seconds // at[2])} {at[1] if french else at[0]}"
