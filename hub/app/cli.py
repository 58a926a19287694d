"""The `hub` command. Each command is a module of `hub.app.commands` with a `register(app)`.

Exit codes: 0 done; 1 done, with something to look at; 2 could not run; 130 Ctrl-C.
"""

import importlib
import os
import pkgutil
import sys
import traceback
from typing import NoReturn

import psycopg
import typer

from hub.app import commands
from hub.model import HubError


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
    ) -> None:
        if debug:
            os.environ["HUB_DEBUG"] = "1"

    for module in sorted(m.name for m in pkgutil.iter_modules(commands.__path__)):
        importlib.import_module(f"{commands.__name__}.{module}").register(app)
    return app


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        application()(prog_name="hub")
    except Exception as error:  # noqa: BLE001 - the outermost edge: every error becomes exit 2
        sys.exit(report(error))
    sys.exit(0)


def report(error: Exception) -> int:
    """Print an error as one line (with its traceback under HUB_DEBUG); returns the exit code."""
    if os.environ.get("HUB_DEBUG"):
        traceback.print_exception(error)
    elif isinstance(error, HubError):
        print(f"hub: {error}", file=sys.stderr)
    elif isinstance(error, psycopg.OperationalError):
        print(f"hub: the database does not answer or gave up: {_line(error)}", file=sys.stderr)
        print("     `hub status` shows what is down; HUB_DATABASE_URL names it", file=sys.stderr)
    else:
        what = f"unexpected {type(error).__name__}: {error}"
        print(f"hub: {what} ('hub --debug ...' or HUB_DEBUG=1 shows where)", file=sys.stderr)
    return getattr(error, "exit_code", 2)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    main()
