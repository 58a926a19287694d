"""`hub meter`: a meter was replaced; what is recorded of meters, and taking it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from hub.store.meter_log import RecordedEvent

_KINDS = {
    "install": ("pose", "install"),
    "replacement": ("remplacement", "replacement"),
    "rollover": ("passage à zéro", "rollover"),
    "register-set": ("jeu d'index", "register set"),
}
_FLOWS = {
    "consumption": ("consommation", "consumption"),
    "injection": ("injection", "injection"),
    "production": ("production", "production"),
}
UsagePoint = Annotated[str, typer.Argument(help="Reference of the usage point.")]


def register(app: typer.Typer) -> None:
    """Add the command group `meter`."""
    group = typer.Typer(no_args_is_help=True, help="Meters and what happens to them.")
    app.add_typer(group, name="meter")
    group.callback()(options)
    for command in (replace, events, remove):
        group.command()(command)


def options() -> None:
    """Meters and what happens to them."""


def replace(
    usage_point: UsagePoint,
    at: Annotated[str, typer.Option(help="When: 2026-11-22T10:30, local or with an offset.")],
    closing: Annotated[
        str, typer.Option(help="Last register of the old meter, kWh or m3; empty: unknown.")
    ] = "",
    opening: Annotated[
        str, typer.Option(help="First register of the new meter, kWh or m3; empty: unknown.")
    ] = "",
    register: Annotated[
        str, typer.Option(help="HP, HC, ...; empty: all, the registers being the total's.")
    ] = "",
    commodity: Annotated[str, typer.Option(help="Where the reference has several.")] = "",
    flow: Annotated[str, typer.Option(help="consumption, injection, production.")] = "consumption",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Record the replacement of a meter, or correct it: the same moment again, other values.

    Totals around it are computed again.
    """
    from hub.app.errors import CommandError
    from hub.app.language import either, show
    from hub.app.settings import database_url
    from hub.registry.importing import import_tables
    from hub.registry.rows import typed_rows
    from hub.registry.tables import BY_NAME
    from hub.store.connection import connect, zone_of
    from hub.store.meter_log import registers_of

    row = {
        "usage_point": usage_point,
        "commodity": commodity,
        "at": at,
        "kind": "replacement",
        "flow": flow,
        "register": register,
        "closing": closing,
        "opening": opening,
    }
    with connect(database_url(data), application="meter") as conn:
        read = typed_rows("meter replace", BY_NAME["meter_event"], [row], zone_of(conn))
        report = import_tables(conn, [read])
        told = registers_of(conn, usage_point, commodity, flow)
    if report.problems:
        problem = report.problems[0]
        where = "--" + (problem.column or "at")
        name = "USAGE_POINT" if where == "--usage_point" else where
        raise CommandError(f"{name}: {problem.text('en')}", f"{name} : {problem.text('fr')}")
    counts = report.tables["meter_event"]
    if counts.unchanged:
        done = either("déjà connu.", "known already.")
    elif counts.changed:
        done = either("corrigé.", "corrected.")
    else:
        done = either("enregistré.", "recorded.")
    head = either("Remplacement du compteur de", "Replacement of the meter of")
    show(f"{head} {usage_point} {either('le', 'at')} {at}{either(' :', ':')} {done}")
    _tell_unknown(told, register, closing, opening)


def events(
    usage_point: UsagePoint, data: DataFolder = DEFAULT_DATA, as_json: AsJson = False
) -> None:
    """List what happened to the meters of a usage point, with the numbers to take it back."""
    from hub.app.language import either, show, show_json
    from hub.app.settings import database_url
    from hub.store.connection import connect
    from hub.store.meter_log import events_of

    with connect(database_url(data), application="meter") as conn:
        found = events_of(conn, usage_point)
    if as_json:
        show_json([_as_json(event) for event in found])
        return
    for event in found:
        show(_line(event))
    if not found:
        show(either("Aucun événement de compteur.", "No meter event."))


def remove(
    number: Annotated[int, typer.Argument(help="Number in `hub meter events`.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Take back a meter event that was recorded by mistake; totals are computed again.

    Where it had taken the place of what a file told of that moment, that counts again.
    """
    from hub.app.language import either, show
    from hub.app.settings import database_url
    from hub.store.connection import connect
    from hub.store.meter_log import remove_event

    with connect(database_url(data), application="meter") as conn:
        gone, again = remove_event(conn, number)
    show(f"{either('Retiré :', 'Taken back:')} {_line(gone)}")
    if again is not None:
        show(f"{either('De nouveau en vigueur :', 'In force again:')} {_line(again)}")


def _tell_unknown(told: list[str], register: str, closing: str, opening: str) -> None:
    """Say of what the registers are not known now, where a person may think they are."""
    from hub.app.language import either, show
    from hub.rollup.families import WHOLE

    sides = [
        either(french, english)
        for value, french, english in (
            (closing, "l'index de fin (--closing)", "the closing register (--closing)"),
            (opening, "l'index de début (--opening)", "the opening register (--opening)"),
        )
        if not value
    ]
    if sides:
        names = either(" et ", " and ").join(sides)
        show(either(f"Inconnu : {names}.", f"Not known: {names}."))
    if register and told and register not in told:
        show(
            either(
                f"Aucune source ne donne l'index {register} ; connus : {', '.join(told)}.",
                f"No source tells the register {register}; known: {', '.join(told)}.",
            )
        )
    parts = [name for name in told if name not in WHOLE]
    if parts and not register and (closing or opening):
        names = ", ".join(parts)
        show(
            either(
                f"Ces index sont ceux du total. De {names}, donnez-les avec --register.",
                f"These are the registers of the total. Those of {names} need --register.",
            )
        )


def _line(event: RecordedEvent) -> str:
    """An event for a person: number, when, what, of which register, from and to, who told it."""
    from hub.app.language import either
    from hub.model import COMMODITY_WORDS

    when = f"{event.at:%Y-%m-%d %H:%M:%S%z}"
    commodity = either(*COMMODITY_WORDS.get(event.commodity, (event.commodity, event.commodity)))
    flow = either(*_FLOWS.get(event.flow, (event.flow, event.flow)))
    of = " ".join(word for word in (commodity, flow, event.register) if word)
    unit, *sides = _printed(event)
    unknown = either("inconnu", "unknown")
    closing, opening = (unknown if side is None else f"{side} {unit}" for side in sides)
    source = either("opérateur", "operator") if event.source == "operator" else event.source
    by = source if event.load is None else f"{source}, {event.file} ({event.load})"
    kind = either(*_KINDS[event.kind])
    return f"{event.number}  {when}  {kind}  {of}  {closing} -> {opening}  {by}"


def _printed(event: RecordedEvent) -> tuple[str, str | None, str | None]:
    """The unit printed on the meter; closing and opening register in it."""
    from hub.units import DECIMALS, unit_of

    unit = unit_of(event.quantity, next(iter(DECIMALS[event.quantity])))
    closing, opening = (
        None if side is None else unit.text(side) for side in (event.closing, event.opening)
    )
    return unit.name, closing, opening


def _as_json(event: RecordedEvent) -> dict[str, object]:
    unit, closing, opening = _printed(event)
    told = {"at": event.at.isoformat(), "unit": unit, "closing": closing, "opening": opening}
    return asdict(event) | told
