"""The command line: exit codes, one-line errors, and a contract every command keeps."""

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import typer

from hub.app import cli
from hub.app.children import part_of
from hub.app.errors import CommandError
from hub.app.language import choose, language
from hub.app.logs import PlainFormatter
from hub.app.runfile import Address, RunFile, Versions, hub_version
from hub.app.servers import data_folder
from hub.app.settings import address, database_url, mqtt_url
from hub.model import HubError
from hub.store.connection import connect
from hub.store.service_state import store_state
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


def test_the_version_is_told() -> None:
    told = _hub("--version")
    assert (told.returncode, told.stdout.strip()) == (0, hub_version())


def test_a_data_folder_gets_into_no_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (data_folder(tmp_path / "ours") / "readings").write_text("a home's")
    told = subprocess.run(
        ["git", "-C", tmp_path, "status", "--short"], check=True, capture_output=True, text=True
    )
    assert told.stdout == ""


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


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [
        ("HUB_DATABASE_URL", "garbage-secret", "postgresql://user:password@host:5432/hub"),
        ("HUB_DATABASE_URL", "postgresql://h:port/secret", "postgresql://user:password@host"),
        ("HUB_DATABASE_URL", "mysql://me:secret@host/hub", "postgresql://user:password@host"),
        ("HUB_DATABASE_URL", "postgresql://host/hub?secret=1", "postgresql://user:password@host"),
        ("HUB_MQTT_URL", "garbage-secret", "mqtt://user:password@host:1883"),
    ],
)
def test_a_variable_that_is_no_address_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, example: str
) -> None:
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    monkeypatch.setenv(name, value)
    find = database_url if name == "HUB_DATABASE_URL" else mqtt_url
    with pytest.raises(CommandError) as told:
        find(tmp_path)
    for text in (told.value.told("fr"), told.value.told("en")):
        assert text.startswith(name)
        assert example in text
        assert "secret" not in text


def test_a_setting_that_is_none_is_named(tmp_path: Path) -> None:
    told = _hub("status", "--data", str(tmp_path), HUB_PORT="eight")
    assert told.returncode == 2
    assert told.stderr.startswith("hub: HUB_PORT: ")
    told = _hub("link", "x", "--data", str(tmp_path), HUB_DATABASE_URL="garbage")
    assert (told.returncode, told.stdout) == (2, "")
    assert "HUB_DATABASE_URL is not an address" in told.stderr


def _run_file(data: Path, database: str, broker: str, web: str) -> None:
    """A hub that runs here: this process, as far as anyone can tell."""
    ourselves = part_of(os.getpid())
    assert ourselves is not None
    RunFile(
        pid=os.getpid(),
        started_at=datetime.now(UTC),
        supervisor=ourselves,
        demo=False,
        database=address("HUB_DATABASE_URL", database),
        broker=address("HUB_MQTT_URL", broker),
        web=Address(host="127.0.0.1", port=1, url=web),
        versions=Versions(hub="0"),
    ).write(data)


def test_database_url_wins_over_a_hub_that_runs_here(stack: Stack, tmp_path: Path) -> None:
    web = "http://127.0.0.1:1"
    with stack.fresh_database() as here, stack.fresh_database() as elsewhere:
        _run_file(tmp_path, here, stack.broker.url, web)
        for environment, database, address_here in (
            ({}, here, web),
            ({"HUB_DATABASE_URL": here}, here, web),
            ({"HUB_DATABASE_URL": elsewhere}, elsewhere, None),
        ):
            with psycopg.connect(database, autocommit=True) as conn:
                conn.execute("INSERT INTO household (ref) VALUES ('H1') ON CONFLICT DO NOTHING")
            told = _hub("status", "--json", "--data", str(tmp_path), **environment)
            found = json.loads(told.stdout)
            assert found["database"]["url"] == database
            assert (found["web"] or {}).get("url") == address_here
            assert found["broker"]["port"] == stack.mqtt_port
            link = _hub("link", "H1", "--data", str(tmp_path), **environment).stdout
            # the pages of the hub here know nothing of another database's links
            assert link.startswith(f"{address_here or 'http://127.0.0.1:8050'}/lien/")


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
        assert found["dropped"] is None
        with connect(url, application="test") as conn:
            store_state(conn, "ingest", {"overflow": {"count": 40, "at": 1}})
        told = _hub("status", "--data", str(tmp_path), **environment)
        assert "40 messages dropped since its start" in told.stdout
        environment["HUB_MQTT_URL"] = "mqtt://127.0.0.1:1"
        told = _hub("status", "--data", str(tmp_path), **environment)
        assert told.returncode == 1
        assert "DOWN: broker" in told.stdout


def test_an_unreachable_database_exits_2(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/hub"
    told = _hub("status", "--data", str(tmp_path), HUB_DATABASE_URL=url)
    assert told.returncode == 2
    assert "127.0.0.1:1 (HUB_DATABASE_URL) does not answer" in told.stderr
    assert "secret" not in told.stderr


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_FR"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, "fr"),
    ],
)
def test_the_environment_s_language(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], spoken: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    choose(None)
    assert language() == spoken
    choose("fr")
    assert language() == "fr"
    choose(None)
    assert language() == spoken


def test_every_command_speaks_the_language_of_lang(tmp_path: Path) -> None:
    for command in ("status", "link x", "token revoke household x", "load --undo 1", "rebuild"):
        for lang, told in (("fr", "aucun hub ne tourne sur"), ("en", "no hub is running on")):
            done = _hub(*command.split(), "--data", str(tmp_path), "--lang", lang)
            assert (done.returncode, done.stdout) == (2, "")
            assert told in done.stderr
    assert "aucun hub" in _hub("status", "--data", str(tmp_path), LANG="fr_FR.UTF-8").stderr
    wrong = _hub("status", "--lang", "de")
    assert (wrong.returncode, wrong.stderr) == (2, "hub: --lang de: fr or en\n")


def test_foreign_text_in_an_error_does_nothing_to_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HUB_DEBUG", raising=False)
    for error in (HubError("odd \x1b[31m"), ValueError("odd \x1b[31m\x07")):
        _run(monkeypatch, error)
        told = capsys.readouterr().err
        assert "odd \\x1b[31m" in told
        assert told.count("\n") == 1
        assert told[:-1].isprintable()


def test_a_log_line_is_one_line() -> None:
    made = logging.makeLogRecord(
        {"msg": "refused: %s", "args": ("a\x1b[31m\n2026 INFO forged",), "levelname": "INFO"}
    )
    told = PlainFormatter("%(levelname)s %(message)s").format(made)
    assert told == "INFO refused: a\\x1b[31m\\n2026 INFO forged"
    error = ValueError("\x1b]0;title\x07")
    made.exc_info = (ValueError, error, None)
    told = PlainFormatter("%(message)s").format(made)
    assert told.splitlines()[-1] == "ValueError: \\x1b]0;title\\x07"


def test_every_command_takes_the_data_folder_and_explains_itself() -> None:
    commands = typer.main.get_group(cli.application()).commands
    assert {"up", "status", "init", "migrate"} <= set(commands)
    for name, command in commands.items():
        assert command.help, name
        leaves = getattr(command, "commands", {name: command})
        for leaf in leaves.values():
            assert {"data", "lang"} <= {parameter.name for parameter in leaf.params}, name
