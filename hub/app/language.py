"""The language the command line speaks, and what it prints: for every command in one place.

`--lang` tells it; else the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says something: French
where that is French, else English (C and POSIX are English). Logs of services are in English.
"""

import functools
import inspect
import json
import os
import sys
import typing
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Annotated, Any

import typer

from hub.app.errors import CommandError
from hub.words import Forms, agree, visible_lines

LANGUAGES = ("fr", "en")

_Lang = Annotated[str | None, typer.Option("--lang", help="fr or en; default by LANG.")]
_chosen: ContextVar[str | None] = ContextVar("chosen", default=None)


def language() -> str:
    """ "fr" or "en"."""
    if (chosen := _chosen.get()) is not None:
        return chosen
    told = next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(n))), "")
    return "fr" if told.lower().startswith("fr") else "en"


def asked_language(arguments: Sequence[str]) -> str:
    """The language of a command line that is not read yet: `--help` comes before `--lang`."""
    asked = language()
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, _, value = word.partition("=")
        if name == "--lang" and (value or following) in LANGUAGES:
            asked = value or following
    return asked


def choose(lang: str | None) -> None:
    """Speak the language of `--lang` from now on; None: the environment's."""
    _chosen.set(None)  # an error of this very option is told in the environment's
    if lang is not None and lang not in LANGUAGES:
        raise CommandError(f"--lang {lang}: fr or en", f"--lang {lang} : fr ou en")
    _chosen.set(lang)


def either(french: str, english: str) -> str:
    """The one of two texts that is in the language spoken."""
    return french if language() == "fr" else english


def number(count: int, french: Forms, english: Forms) -> str:
    """A number with its noun, in the language spoken."""
    return agree(count, french, english, language())


def show(text: str) -> None:
    """Print lines at once; what is no printable character is written out."""
    print(visible_lines(text), flush=True)


def tell(text: str) -> None:
    """Print lines where they do not mix with JSON: on standard error."""
    print(visible_lines(text), file=sys.stderr, flush=True)


def show_json(content: object) -> None:
    """Print JSON; letters as they are, and no character that a terminal could act on."""
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
    print("".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text))


def speaking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the option `--lang`."""

    @functools.wraps(command)
    def spoken(*arguments: Any, lang: str | None = None, **options: Any) -> Any:
        choose(lang)
        return command(*arguments, **options)

    signature = inspect.signature(command, eval_str=True)
    option = inspect.Parameter(
        "lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_Lang
    )
    parameters = [*signature.parameters.values(), option]
    hints = typing.get_type_hints(command, include_extras=True)
    spoken.__annotations__ = {**hints, "lang": _Lang}
    spoken.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    del spoken.__wrapped__  # or its signature would be read
    return spoken
