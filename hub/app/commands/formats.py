"""`hub formats`: the connectors and what they read, as their docstrings tell."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder

if TYPE_CHECKING:
    from connectors._facts import Facts


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def formats(
        as_json: AsJson = False,
        data: DataFolder = DEFAULT_DATA,  # noqa: ARG001 - every command takes it
    ) -> None:
        """Formats that the hub reads: source, units, label, time zone, cadence, traps."""
        from connectors import _facts

        found = _facts.every()
        if as_json:
            import orjson

            told = [asdict(each) for each in found]
            print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        else:
            print("\n\n".join(as_text(each) for each in found))


def as_text(facts: Facts) -> str:
    """One connector for a terminal: its name, title, and each fact on lines of its own."""
    import shutil
    import textwrap

    width = min(shutil.get_terminal_size().columns, 110)
    told = {"Topics": ", ".join(facts.topics)} if facts.topics else {"Topics": "(files)"}
    lines = [f"{facts.name}: {facts.title}"]
    for name, value in {**told, **facts.lines}.items():
        lines += textwrap.wrap(
            value.replace("``", ""),
            width,
            initial_indent=f"  {name + ':':<9}",
            subsequent_indent=" " * 11,
        )
    return "\n".join(lines)


def as_markdown(found: list[Facts]) -> str:
    """The part of docs/connectors.md that is made of the docstrings: a table, then each format."""
    rows = ["| format | reads | comes as | label |", "|---|---|---|---|"]
    for each in found:
        way = ", ".join(f"`{topic}`" for topic in each.topics) or "files"
        label = each.lines["Label"].replace("|", "\\|")
        rows.append(f"| [`{each.name}`](#{each.name}) | {each.title} | {way} | {label} |")
    sections = []
    for each in found:
        listed = [f"- **{name}**: {value}" for name, value in each.lines.items()]
        sections.append("\n".join([f"### {each.name}", "", f"{each.title}.", "", *listed]))
    return "\n".join(rows) + "\n\n" + "\n\n".join(sections) + "\n"
