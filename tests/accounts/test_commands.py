"""hub link and hub token, as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from hub.accounts import sessions, tokens
from hub.accounts.links import UnknownHouseholdError
from hub.app.cli import application
from hub.model import HubError
from hub.store.connection import Connection, connect
from tests.stack import Stack


@pytest.fixture
def conn(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        monkeypatch.setenv("HUB_DATABASE_URL", url)
        monkeypatch.setenv("HUB_PUBLIC_URL", "https://hub.example/")
        connection.execute("INSERT INTO household (ref) VALUES ('H1')")
        connection.execute(
            "INSERT INTO usage_point (ref, dwelling_id, commodity)"
            " VALUES ('PRM1', 1, 'electricity')"
        )
        connection.commit()
        connection.autocommit = True  # the commands wait for no transaction of ours
        yield connection


def hub(*arguments: str) -> Result:
    return CliRunner().invoke(application(), list(arguments))


def test_a_link_is_printed_and_opens(conn: Connection) -> None:
    address = hub("link", "H1").output.strip()
    assert address.startswith("https://hub.example/lien/")
    told = json.loads(hub("link", "H1", "--json").output)
    assert told["household"] == "H1"
    assert told["url"] != address
    for url in (address, told["url"]):
        assert sessions.open_session(conn, url.rpartition("/")[2], {})
    assert "2 other links stay open; --revoke" in hub("link", "H1").output
    assert "3 links closed" in hub("link", "H1", "--revoke").output
    assert sessions.open_session(conn, address.rpartition("/")[2], {}) is None


def test_a_link_for_nobody_is_refused(conn: Connection) -> None:
    assert isinstance(hub("link", "H9").exception, UnknownHouseholdError)


def test_tokens_are_made_and_closed(conn: Connection) -> None:
    told = json.loads(hub("token", "create", "household", "H1", "--days", "30", "--json").output)
    assert tokens.check(conn, told["token"]) == tokens.Subject("household", "H1")
    assert told["expires_at"]
    gateway = hub("token", "create", "gateway", "roof-1", "--usage-point", "PRM1").output.strip()
    assert tokens.check(conn, gateway) == tokens.Subject("gateway", "roof-1")
    row = conn.execute("SELECT gateway FROM gateway_usage_point").fetchone()
    assert row == ("roof-1",)
    assert "1 token closed" in hub("token", "revoke", "gateway", "roof-1").output
    assert tokens.check(conn, gateway) is None


def test_closing_nothing_says_so(conn: Connection) -> None:
    assert hub("token", "revoke", "household", "H1").output == "0 tokens closed\n"
    assert hub("token", "revoke", "household", "H1", "--lang", "fr").output == "0 jeton fermé\n"
    assert hub("link", "H1", "--revoke").output == "H1: 0 links closed, and every session\n"


@pytest.mark.parametrize("kind", ["household", "gateway", "club", "operator"])
def test_tokens_of_nobody_cannot_be_closed(conn: Connection, kind: str) -> None:
    assert isinstance(hub("token", "revoke", kind, "nobody").exception, HubError)


def test_tokens_of_one_who_is_gone_can_still_be_closed(conn: Connection) -> None:
    token = hub("token", "create", "household", "H1").output.strip()
    conn.execute("UPDATE household SET superseded_at = now()")
    assert hub("token", "revoke", "household", "H1").output == "1 token closed\n"
    assert tokens.check(conn, token) is None
    assert hub("token", "revoke", "household", "H1").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "mayor", "x"),
        ("create", "club", "x"),
        ("create", "gateway", "roof-2", "--usage-point", "nope"),
        ("create", "operator", "ops", "--usage-point", "PRM1"),
        ("revoke", "mayor", "x"),
    ],
)
def test_tokens_that_make_no_sense_are_refused(
    conn: Connection, arguments: tuple[str, ...]
) -> None:
    assert isinstance(hub("token", *arguments).exception, tokens.TokenError)
    row = conn.execute("SELECT count(*) FROM token").fetchone()
    assert row == (0,)  # nothing is left of a token that was refused halfway
