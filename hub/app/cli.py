"""The `hub` command. Each command is a module of `hub.app.commands` with a `register(app)`.

Exit codes: 0 done; 1 done, with something to look at; 2 could not run; 130 Ctrl-C.
"""

import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import psycopg
import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub.app import commands
from hub.app.language import asked_language, either, language, speaking
from hub.model import HubError
from hub.words import visible_lines


def _tell_version(asked: bool) -> None:
    if asked:
        from hub.app.runfile import hub_version

        print(hub_version())
        raise typer.Exit


def application() -> typer.Typer:
    """The Typer application with every command of the folder `commands`."""
    app = typer.Typer(
        name="hub",
        help="The energy data hub of a city district.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def options(
        debug: bool = typer.Option(False, "--debug", help="Show where an unexpected error arose."),
        _version: bool = typer.Option(
            False, "--version", is_eager=True, callback=_tell_version, help="Print the version."
        ),
    ) -> None:
        if debug:
            os.environ["HUB_DEBUG"] = "1"

    for module in sorted(m.name for m in pkgutil.iter_modules(commands.__path__)):
        importlib.import_module(f"{commands.__name__}.{module}").register(app)
    for group in [app, *(g.typer_instance for g in app.registered_groups)]:
        for command in group.registered_commands if group else []:
            if command.callback:
                command.callback = speaking(command.callback)
    return app


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        _command(sys.argv[1:])(prog_name="hub")
    except Exception as error:  # noqa: BLE001 - the outermost edge: every error becomes exit 2
        sys.exit(report(error))
    sys.exit(0)


def _command(arguments: Sequence[str]) -> Any:
    """What to run; it explains itself in the language that is asked for."""
    command = typer.main.get_command(application())
    if asked_language(arguments) == "fr":
        from hub.app.french import in_french

        in_french(command)
    return command


def report(error: Exception) -> int:
    """Print an error as one line (with its traceback under HUB_DEBUG); returns the exit code."""
    if os.environ.get("HUB_DEBUG"):
        traceback.print_exception(error)
    else:
        print("\n".join(visible_lines(line) for line in _told(error)), file=sys.stderr)
    return getattr(error, "exit_code", 2)


def _told(error: Exception) -> list[str]:
    if isinstance(error, HubError):
        return [f"hub: {error.told(language())}"]
    if isinstance(error, ValidationError):
        return [_setting(e) for e in error.errors()]
    if isinstance(error, psycopg.OperationalError):
        return [
            either(
                "hub: la base de données ne répond pas ou a renoncé : ",
                "hub: the database does not answer or gave up: ",
            )
            + _line(error),
            either(
                "     `hub status` dit ce qui est en panne ; HUB_DATABASE_URL la désigne",
                "     `hub status` shows what is down; HUB_DATABASE_URL names it",
            ),
        ]
    what = f"{type(error).__name__}: {_line(error)}"
    return [
        either(
            f"hub: erreur inattendue, {what} ('hub --debug ...' ou HUB_DEBUG=1 dit où)",
            f"hub: unexpected {what} ('hub --debug ...' or HUB_DEBUG=1 shows where)",
        )
    ]


def _setting(error: ErrorDetails) -> str:
    """What is wrong with an environment variable."""
    name = "HUB_" + ".".join(str(part) for part in error["loc"]).upper()
    return f"hub: {name}: {error['msg']}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    main()
