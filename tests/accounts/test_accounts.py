"""Links, sessions, tokens and the log against the real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from hub.accounts import csrf, links, log, sessions, tokens
from hub.accounts.secret import digest_of
from hub.model import HubError
from hub.store.connection import Connection, connect
from tests.accounts.former import club_token
from tests.stack import Stack


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    with stack.fresh_database() as url, connect(url, application="test") as connection:
        connection.execute(
            "INSERT INTO household (ref, simulated) VALUES ('H1', true), ('H2', false)"
        )
        connection.commit()
        yield connection


def token_of(path: str) -> str:
    return path.removeprefix(links.PATH)


def test_a_link_opens_its_household_and_no_other(conn: Connection) -> None:
    value = sessions.open_session(conn, token_of(links.new_link(conn, "H1")), {})
    assert value is not None
    found = sessions.household_of({sessions.COOKIE: value}, conn)
    assert found is not None
    assert (found.ref, found.simulated) == ("H1", True)


def test_each_link_is_new_and_long_enough(conn: Connection) -> None:
    made = {token_of(links.new_link(conn, "H1")) for _ in range(20)}
    assert len(made) == 20
    assert all(len(t) >= 22 for t in made)  # 128 bits in base64


def test_no_secret_is_stored(conn: Connection) -> None:
    token = token_of(links.new_link(conn, "H1"))
    value = sessions.open_session(conn, token, {})
    bearer = tokens.create(conn, "gateway", "roof-1")
    stored = conn.execute(
        "SELECT string_agg(r::text, ' ') FROM ("
        "SELECT l::text FROM link l UNION ALL SELECT s::text FROM session s"
        " UNION ALL SELECT t::text FROM token t) AS r"
    ).fetchone()
    assert stored is not None
    assert value is not None
    for secret in (token, value, bearer):
        assert secret not in stored[0]
        assert digest_of(secret).hex() in stored[0]


@pytest.mark.parametrize("token", ["", "nope", "A" * 22, "x" * 100_000])
def test_an_unknown_link_opens_nothing(conn: Connection, token: str) -> None:
    assert sessions.open_session(conn, token, {}) is None


@pytest.mark.parametrize("change", ["revoked_at = now()", "expires_at = now() - interval '1 s'"])
def test_a_closed_link_opens_nothing(conn: Connection, change: str) -> None:
    token = token_of(links.new_link(conn, "H1"))
    conn.execute(f"UPDATE link SET {change}")
    assert sessions.open_session(conn, token, {}) is None


def test_a_link_for_nobody_is_an_error(conn: Connection) -> None:
    with pytest.raises(links.UnknownHouseholdError, match="'H9'"):
        links.new_link(conn, "H9")


@pytest.mark.parametrize(
    "change",
    ["ended_at = now()", "expires_at = now()", "seen_at = now() - interval '31 days'"],
)
def test_a_session_ends(conn: Connection, change: str) -> None:
    value = sessions.open_session(conn, token_of(links.new_link(conn, "H1")), {})
    assert value is not None
    conn.execute(f"UPDATE session SET {change}")
    assert sessions.household_of({sessions.COOKIE: value}, conn) is None


def test_a_used_session_stays_open(conn: Connection) -> None:
    value = sessions.open_session(conn, token_of(links.new_link(conn, "H1")), {})
    assert value is not None
    conn.execute("UPDATE session SET seen_at = now() - interval '29 days'")
    assert sessions.household_of({sessions.COOKIE: value}, conn)
    row = conn.execute("SELECT now() - seen_at < interval '1 min' FROM session").fetchone()
    assert row == (True,)


def test_a_new_session_ends_the_old_one(conn: Connection) -> None:
    token = token_of(links.new_link(conn, "H1"))
    first = sessions.open_session(conn, token, {})
    assert first is not None
    cookies = {sessions.COOKIE: first}
    second = sessions.open_session(conn, token_of(links.new_link(conn, "H2")), cookies)
    assert second is not None
    assert sessions.household_of(cookies, conn) is None
    found = sessions.household_of({sessions.COOKIE: second}, conn)
    assert found is not None
    assert found.ref == "H2"


def test_revoking_links_ends_sessions(conn: Connection) -> None:
    value = sessions.open_session(conn, token_of(links.new_link(conn, "H1")), {})
    links.new_link(conn, "H2")
    assert value is not None
    assert links.revoke_links(conn, "H1") == 1
    assert sessions.household_of({sessions.COOKIE: value}, conn) is None


@pytest.mark.parametrize("cookies", [{}, {"hub_session": ""}, {"hub_session": "nope"}])
def test_other_cookies_are_nobody(conn: Connection, cookies: dict[str, str]) -> None:
    assert sessions.household_of(cookies, conn) is None


def test_a_token_speaks_for_its_subject(conn: Connection) -> None:
    token = tokens.create(conn, "household", "H1")
    assert tokens.check(conn, token) == tokens.Subject("household", "H1")
    assert tokens.check(conn, token[:-1]) is None
    assert tokens.revoke(conn, "household", "H1") == 1
    assert tokens.check(conn, token) is None
    assert tokens.revoke(conn, "household", "H1") == 0


def test_a_clubs_token_of_an_earlier_version_is_revoked(conn: Connection) -> None:
    token = club_token(conn, "C1")
    assert tokens.check(conn, token) == tokens.Subject("club", "C1")
    assert tokens.revoke(conn, "club", "C1") == 1
    assert tokens.check(conn, token) is None


def test_tokens_expire_and_are_revoked_together(conn: Connection) -> None:
    late = tokens.create(conn, "operator", "ops", datetime.now(UTC) - timedelta(seconds=1))
    assert tokens.check(conn, late) is None
    made = [tokens.create(conn, "gateway", "roof-1") for _ in range(2)]
    other = tokens.create(conn, "gateway", "roof-2")
    assert tokens.revoke(conn, "gateway", "roof-1") == 2
    assert [tokens.check(conn, t) for t in made] == [None, None]
    assert tokens.check(conn, other) is not None


@pytest.mark.parametrize(
    ("kind", "subject", "message"),
    [
        ("household", "H9", "'H9'"),
        ("club", "C1", "would open nothing"),
        ("gateway", "a b", "letters, digits"),
        ("gateway", "", "letters, digits"),
        ("mayor", "x", "no kind of token"),
    ],
)
def test_tokens_for_nobody_are_refused(
    conn: Connection, kind: str, subject: str, message: str
) -> None:
    with pytest.raises(HubError, match=message):
        tokens.create(conn, kind, subject)


@pytest.mark.parametrize(
    ("header", "token"),
    [(None, None), ("", None), ("Basic abc", None), ("Bearer ", None), ("bearer hub_x", "hub_x")],
)
def test_bearer_header(header: str | None, token: str | None) -> None:
    assert tokens.bearer_of(header) == token


def write_log(conn: Connection, count: int) -> None:
    for n in range(count):
        log.record(
            conn, actor="resident", purpose="own data", household_id=1,
            what=f"electricity é {n}", request_id=str(n),
        )  # fmt: skip
        conn.commit()


def test_the_log_is_whole_and_hides_the_household(conn: Connection) -> None:
    write_log(conn, 5)
    assert log.first_broken(conn) is None
    row = conn.execute("SELECT count(*), count(DISTINCT subject) FROM access_log").fetchone()
    assert row == (5, 1)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE access_log SET what = 'nothing' WHERE id = 3",
        "UPDATE access_log SET at = at - interval '1 hour' WHERE id = 3",
        "DELETE FROM access_log WHERE id = 2",
    ],
)
def test_a_forged_log_is_noticed(conn: Connection, forgery: str) -> None:
    write_log(conn, 5)
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        conn.execute(forgery)
    conn.rollback()
    conn.execute("ALTER TABLE access_log DISABLE TRIGGER access_log_append_only")
    conn.execute(forgery)
    assert log.first_broken(conn) == 3


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, False),
        ({"host": "hub.example"}, False),
        ({"host": "hub.example", "origin": "https://hub.example"}, True),
        ({"host": "hub.example", "origin": "https://evil.example"}, False),
        ({"host": "hub.example", "origin": "null"}, False),
        ({"host": "hub.example", "referer": "https://hub.example/page"}, True),
        ({"host": "hub.example", "referer": "https://evil.example/?hub.example"}, False),
        ({"host": "h", "origin": "https://h", "sec-fetch-site": "cross-site"}, False),
        ({"host": "h", "sec-fetch-site": "same-origin"}, True),
        ({"host": "h", "sec-fetch-site": "same-site"}, False),
    ],
)
def test_requests_from_our_own_pages(headers: dict[str, str], ours: bool) -> None:
    assert csrf.from_our_pages(headers) is ours
