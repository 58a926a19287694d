"""The command line: exit codes, one-line errors, and a contract every command keeps."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import typer

from hub.app import cli
from hub.app.errors import CommandError
from hub.app.settings import database_url, mqtt_url
from hub.model import HubError
from tests.stack import Stack


def _run(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> object:
    """The exit code of a command that raises `error`."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "application", lambda: app)
    monkeypatch.setattr(sys, "argv", ["hub"])
    with pytest.raises(SystemExit) as raised:
        cli.main()
    return raised.value.code


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (CommandError("no such thing; do that"), 2, "hub: no such thing; do that"),
        (CommandError("done, with rejects", exit_code=1), 1, "hub: done, with rejects"),
        (HubError("line 3 is odd"), 2, "hub: line 3 is odd"),
        (ValueError("surprise"), 2, "hub: unexpected ValueError: surprise"),
        (psycopg.OperationalError("connection\nrefused"), 2, "gave up: connection refused\n"),
        (KeyboardInterrupt(), 130, ""),
        (typer.Exit(1), 1, ""),
    ],
)
def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    text: str,
) -> None:
    monkeypatch.delenv("HUB_DEBUG", raising=False)
    found = _run(monkeypatch, error)
    told = capsys.readouterr().err
    assert found == code
    assert text in told
    assert "Traceback" not in told


def test_debug_shows_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_DEBUG", "1")
    assert _run(monkeypatch, ValueError("surprise")) == 2
    assert "Traceback" in capsys.readouterr().err


def _hub(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return subprocess.run(
        [sys.executable, "-m", "hub.app.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**clean, **environment},
    )


def test_usage_errors_exit_2() -> None:
    assert _hub("no-such-command").returncode == 2
    assert _hub("status", "--no-such-option").returncode == 2
    assert _hub().returncode == 2


def test_without_a_hub_the_line_that_starts_one(tmp_path: Path) -> None:
    for command in ("status", "migrate", "init"):
        told = _hub(command, "--data", str(tmp_path))
        assert told.returncode == 2
        assert f"hub up --data {tmp_path}" in told.stderr
    told = _hub("migrate", HUB_DATA=str(tmp_path / "by-environment"))
    assert f"hub up --data {tmp_path / 'by-environment'}" in told.stderr


def test_database_url_wins(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://elsewhere/hub")
    monkeypatch.setenv("HUB_MQTT_URL", "mqtt://elsewhere:1884")
    assert database_url(tmp_path) == "postgresql://elsewhere/hub"
    assert mqtt_url(tmp_path) == "mqtt://elsewhere:1884"


def test_init_and_status_on_a_database_elsewhere(stack: Stack, tmp_path: Path) -> None:
    with stack.fresh_database(migrated=False) as url:
        told = _hub("init", "--data", str(tmp_path), HUB_DATABASE_URL=url)
        assert told.returncode == 0, told.stderr
        assert "TimescaleDB 2.19.3, apache edition" in told.stdout
        environment = {"HUB_DATABASE_URL": url, "HUB_MQTT_URL": stack.broker.url}
        told = _hub("status", "--json", "--data", str(tmp_path), **environment)
        assert told.returncode == 0, told.stderr
        found = json.loads(told.stdout)
        assert found["broker"]["port"] == stack.mqtt_port
        assert found["database"]["url"] == url
        assert found["lag"]["pending"] == 0
        environment["HUB_MQTT_URL"] = "mqtt://127.0.0.1:1"
        told = _hub("status", "--data", str(tmp_path), **environment)
        assert told.returncode == 1
        assert "DOWN: broker" in told.stdout


def test_an_unreachable_database_exits_2(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/hub"
    told = _hub("status", "--data", str(tmp_path), HUB_DATABASE_URL=url)
    assert told.returncode == 2
    assert "127.0.0.1:1 does not answer" in told.stderr
    assert "secret" not in told.stderr


def test_every_command_takes_the_data_folder_and_explains_itself() -> None:
    commands = typer.main.get_group(cli.application()).commands
    assert {"up", "status", "init", "migrate"} <= set(commands)
    for name, command in commands.items():
        assert command.help, name
        leaves = getattr(command, "commands", {name: command})
        for leaf in leaves.values():
            assert "data" in {parameter.name for parameter in leaf.params}, name
