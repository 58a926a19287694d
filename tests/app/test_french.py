"""`--help` in French: all of it, and in the language that the command line asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from hub.app.cli import application
from hub.app.french import TEXTS, all_commands, in_french
from hub.app.language import asked_language


def said() -> set[str]:
    """What commands, arguments and options say of themselves."""
    commands = list(all_commands(typer.main.get_command(application())))
    told = [*commands, *(parameter for command in commands for parameter in command.params)]
    return {help_ for one in told if (help_ := getattr(one, "help", None))}


def test_every_help_has_its_french_and_no_french_is_left_over() -> None:
    assert said() == set(TEXTS)
    assert not [text for text in TEXTS if TEXTS[text] == text]


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["load", "--help"], "C", "en"),
        (["load", "--help"], "fr_FR.UTF-8", "fr"),
        (["load", "--lang", "fr", "--help"], "C", "fr"),
        (["load", "--help", "--lang=fr"], "C", "fr"),
        (["load", "--lang=fr", "--lang", "en"], "C", "en"),
        (["load", "--lang", "de"], "fr_FR", "fr"),
        (["load", "--lang"], "C", "en"),
        ([], "fr_FR", "fr"),
    ],
)
def test_the_language_asked_for(
    arguments: list[str], environment: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", environment)
    assert asked_language(arguments) == language


@pytest.mark.parametrize("width", [40, 61, 80, 200])
def test_help_is_french_to_its_frame_at_any_width(width: int) -> None:
    """Lines break anywhere: between the two words of `default: .hub`, too."""
    whole = typer.main.get_command(application())
    in_french(whole)
    for command in all_commands(whole):
        context = command.context_class(
            command, info_name="hub", terminal_width=width, max_content_width=width
        )
        told = " ".join(command.get_help(context).split())
        assert told.startswith("Utilisation : hub") and "Montrer ce texte." in told
        for english in ("Usage", "Options:", "Arguments:", "Commands:", "default:", "env var",
                        "required", "Show"):  # fmt: skip
            assert english not in told, (command.name, told)


def test_the_command_line_asks_for_it() -> None:
    run = [sys.executable, "-m", "hub.app.cli", "meter", "replace", "--help", "--lang", "fr"]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert told.startswith("Utilisation : hub meter replace")
    assert "Noter le remplacement" in told
