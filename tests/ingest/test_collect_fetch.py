"""One host asked within limits: what is slow, large, broken, elsewhere or forged."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ingest.collect.access import Access
from ingest.collect.errors import CollectError
from ingest.collect.fetch import Answer, Fetcher, Host, retry_after
from ingest.collect.secret import Secret
from ingest.collect.sources import Source
from ingest.storing import LARGEST_MESSAGE
from tests.ingest.collecting import in_a_thread
from tests.ingest.site import Asked, Reply, Site, own_certificate, running, said

TOKEN = "a-token-that-nobody-may-see-0123456789"


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as started:
        yield started


def get(
    url: str, path: str = "/x", *, timeout: float = 5, verify: bool = True, **other: object
) -> Answer:
    async def ask() -> Answer:
        secrets = [Secret(TOKEN)]
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with Fetcher(Host(url, timeout, verify), headers=headers, secrets=secrets) as fetcher:
            return await fetcher.get(path, **other)  # type: ignore[arg-type]

    return in_a_thread(ask())


def failure(url: str, path: str = "/x", **other: object) -> CollectError:
    with pytest.raises(CollectError) as error:
        get(url, path, **other)  # type: ignore[arg-type]
    for text in (*error.value.words, str(error.value), repr(error.value)):
        assert TOKEN not in text
    assert error.value.told("fr") != error.value.told("en")
    return error.value


def test_an_answer(site: Site) -> None:
    site.answers["/x"] = said({"a": 1})
    before = int(time.time())
    answer = get(site.url, parameters={"b": "ü &"})
    assert (answer.status, answer.payload) == (200, b'{"a": 1}')
    assert answer.received_at >= before
    (asked,) = site.asked
    assert asked.query == {"b": "ü &"}
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"{}", delay=30),  # says nothing
        Reply(b"x" * 1000, drip=0.05),  # says it byte by byte
        Reply(b"{}", head_drip=0.05),  # so do its headers
    ],
)
def test_who_takes_too_long_is_left_after_the_time_for_a_whole_answer(
    site: Site, reply: Reply
) -> None:
    site.answers["/x"] = reply
    begun = time.monotonic()
    error = failure(site.url, timeout=1)
    assert time.monotonic() - begun < 2.5
    assert "no whole answer within 1 s" in str(error)
    assert not error.needs_person


def test_who_is_slow_but_in_time_is_heard(site: Site) -> None:
    site.answers["/x"] = Reply(b"{}", delay=0.5, drip=0.1)
    assert get(site.url).payload == b"{}"


@pytest.mark.parametrize("status", [200, 401])
def test_an_answer_without_end_is_left_at_the_limit(site: Site, status: int) -> None:
    site.answers["/x"] = Reply(b"x" * (LARGEST_MESSAGE + 1), status)
    error = failure(site.url)
    assert "has more than 1 MiB" in str(error)
    assert error.needs_person


def test_authentication_reads_no_answer_without_end_either(site: Site) -> None:
    """A digest is answered after the refusal was read whole."""
    challenge = {"WWW-Authenticate": 'Digest realm="x", nonce="1", qop="auth", algorithm=SHA-256'}
    site.answers["/rpc"] = Reply(b"x" * (20 << 20), 401, challenge)

    async def ask() -> None:
        auth = httpx.DigestAuth("admin", "1234")
        async with Fetcher(Host(site.url, 5), auth=auth) as fetcher:
            await fetcher.post("/rpc", json={})

    with pytest.raises(CollectError, match="more than 1 MiB"):
        in_a_thread(ask())


def test_an_answer_at_the_limit_is_taken(site: Site) -> None:
    site.answers["/x"] = Reply(b"x" * LARGEST_MESSAGE)
    assert len(get(site.url).payload) == LARGEST_MESSAGE


def test_an_answer_that_is_cut_short_is_none(site: Site) -> None:
    site.answers["/x"] = Reply(b'{"a": ', cut=100)
    error = failure(site.url)
    assert "was cut short" in str(error)
    assert not error.needs_person


def test_who_is_not_there_is_told(site: Site) -> None:
    site.stop()
    error = failure(site.url)
    assert "cannot be reached (Connection refused)" in str(error)
    assert "est injoignable (connexion refusée)" in error.told("fr")
    assert not error.needs_person
    assert "cannot be reached" in str(failure("http://nobody.invalid", timeout=20))


@pytest.mark.parametrize(
    ("status", "needs_person"),
    [(500, False), (502, False), (503, False), (429, False), (401, True), (403, True),
     (404, True), (400, True), (304, True)],
)  # fmt: skip
def test_refusals_by_who_can_mend_them(site: Site, status: int, needs_person: bool) -> None:
    words = {"error_description": f"no {TOKEN} \x1b[31m"}
    site.answers["/x"] = said(words, status, headers={"Retry-After": "77"})
    error = failure(site.url)
    assert (error.needs_person, error.status) == (needs_person, status)
    assert f"({status})" in str(error)
    assert error.retry_after == (77 if status >= 429 else 0)
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "invalid_client"}, "invalid_client"),
        ({"error": "X", "error_description": "not you"}, "not you"),
        ({"status": 403, "message": "wrapped", "error": {"error_description": "inner"}}, "inner"),
        ([{"code": "1", "message": "in a list"}], "in a list"),
        ({"code_statut_traitement": "1", "message_retour_traitement": "GRDF"}, "GRDF"),
    ],
)
def test_what_services_say_of_an_error_is_told(site: Site, body: object, words: str) -> None:
    site.answers["/x"] = said(body, 403)
    assert words in str(failure(site.url))


def test_retry_after_as_a_date_and_as_nonsense() -> None:
    now = 1_795_000_000
    assert retry_after({"retry-after": "Wed, 18 Nov 2026 12:00:00 GMT"}, now - 60) > 0
    assert retry_after({"retry-after": "Wed, 18 Nov 2020 12:00:00 GMT"}, now) == 0
    assert [retry_after({"retry-after": t}, now) for t in ("", "soon", "-5", "9" * 30)] == [0] * 4


def test_a_redirect_within_the_host_is_followed(site: Site) -> None:
    site.answers["/x"] = Reply(status=302, headers={"Location": "/y?c=3"})
    site.answers["/y"] = said({"a": 1})
    assert get(site.url, parameters={"b": "2"}).payload == b'{"a": 1}'
    assert [a.query for a in site.asked] == [{"b": "2"}, {"c": "3"}]


@pytest.mark.parametrize(
    "location",
    ["{other}/x", "https://127.0.0.1/x", "//127.0.0.1:1/x", "http://169.254.169.254/latest",
     "file:///etc/passwd", "http://[", "{again}"],
)  # fmt: skip
def test_a_redirect_to_anybody_else_is_not_followed(site: Site, location: str) -> None:
    with running() as other:
        other.answers["/"] = said({"a": 1})
        to = location.format(other=other.url, again="/x")
        site.answers["/x"] = Reply(status=307, headers={"Location": to})
        error = failure(site.url)
        assert other.asked == []
    assert error.needs_person
    assert "which is not asked" in str(error)
    assert len(site.asked) <= 4


def test_a_certificate_of_its_own_is_believed_where_that_is_said(tmp_path: Path) -> None:
    with running(own_certificate(tmp_path)) as site:
        site.answers["/x"] = said({"a": 1})
        error = failure(site.url)
        assert "the certificate of https://127.0.0.1" in str(error)
        assert "verify = false" in str(error)
        assert error.needs_person
        assert site.asked == []  # and no token was sent
        assert get(site.url, verify=False).payload == b'{"a": 1}'
        failure(site.url)  # the next one is checked as before


def test_proxies_and_netrc_of_the_environment_are_left_alone(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    site.answers["/x"] = said({})
    assert get(site.url).status == 200
    assert site.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_what_was_sent_is_taken_out_of_what_came(site: Site) -> None:
    site.answers["/x"] = said({"you": f"Bearer {TOKEN}"})
    assert get(site.url).payload == b'{"you": "Bearer ***"}'


def portal(site: Site, **other: object) -> Source:
    usual = {"usage_point": "PRM1", "client_id": "hub", "timeout": 5.0, "token_env": "X"}
    return Source("linky", "enedis_data_connect", f"{site.url}/v2", **(usual | other))  # type: ignore[arg-type]


class Tokens:
    """Gives tokens that are good until it is told otherwise."""

    def __init__(self, site: Site) -> None:
        self.given = 0
        self.good = ""
        site.answers["/oauth2/v3/token"] = self.give
        site.answers["/v2"] = self.check

    def give(self, asked: Asked) -> Reply:
        if asked.form.get("client_secret") != TOKEN:
            return said({"error": "invalid_client"}, 401)
        self.given += 1
        self.good = f"short-lived-token-number-{self.given}"
        return said({"access_token": self.good, "expires_in": 12_600, "token_type": "Bearer"})

    def check(self, asked: Asked) -> Reply:
        good = asked.headers["authorization"] == f"Bearer {self.good}"
        return said({"a": 1}) if good else said({"message": "Invalid Credentials"}, 401)


def asks(access: Access, source: Source, times: int, secret: str = TOKEN) -> list[int]:
    async def ask() -> list[int]:
        answers = await asyncio.gather(
            *(access.ask(source, Secret(secret), "/days", {}, ()) for _ in range(times))
        )
        return [answer.status for answer in answers]

    return in_a_thread(ask())


def test_a_token_is_had_once_and_used_by_all(site: Site) -> None:
    tokens = Tokens(site)
    assert asks(Access(), portal(site), 5) == [200] * 5
    assert tokens.given == 1
    (asked,) = [a for a in site.asked if a.path == "/oauth2/v3/token"]
    assert asked.form["grant_type"] == "client_credentials"
    assert asked.form["client_id"] == "hub"


def test_a_token_that_is_refused_is_had_anew_once(site: Site) -> None:
    tokens = Tokens(site)
    access = Access()
    assert asks(access, portal(site), 1) == [200]
    tokens.good = "another"  # the portal forgot it
    assert asks(access, portal(site), 1) == [200]
    assert tokens.given == 2
    site.answers["/v2"] = said({"message": "no"}, 401)
    with pytest.raises(CollectError, match=r"refuses us \(401\): no"):
        asks(access, portal(site), 1)
    assert tokens.given == 3


def test_a_token_is_had_anew_before_it_ends(site: Site) -> None:
    tokens = Tokens(site)
    now = [1_795_000_000.0]
    access = Access(lambda: now[0])
    asks(access, portal(site), 1)
    now[0] += 12_000
    asks(access, portal(site), 1)
    assert tokens.given == 1
    now[0] += 500
    asks(access, portal(site), 1)
    assert tokens.given == 2


def test_a_wrong_secret_is_told_and_not_shown(site: Site) -> None:
    Tokens(site)
    with pytest.raises(CollectError, match="invalid_client") as error:
        asks(Access(), portal(site), 1, "wrong-secret-0123456789")
    assert error.value.needs_person
    assert "wrong-secret" not in str(error.value)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"access_token": 5}', b'"x"'])
def test_an_answer_without_a_token_is_told(site: Site, body: bytes) -> None:
    site.answers["/oauth2/v3/token"] = Reply(body)
    with pytest.raises(CollectError, match="is token_url right"):
        asks(Access(), portal(site), 1)


def test_grdf_is_asked_for_the_scope_of_its_address(site: Site) -> None:
    Tokens(site)
    source = Source(
        "gas", "grdf_adict", f"{site.url}/v2/adict", usage_point="P", client_id="hub",
        token_url=f"{site.url}/oauth2/v3/token", token_env="X", timeout=5,
    )  # fmt: skip
    assert asks(Access(), source, 1) == [200]
    assert site.asked[0].form["scope"] == "/v2/adict"


def test_requests_to_one_host_keep_their_distance(site: Site) -> None:
    site.answers["/v2"] = said({})
    begun = time.monotonic()
    asks(Access(), portal(site, client_id="", spacing=0.2), 5)
    assert time.monotonic() - begun >= 0.8


def test_a_password_is_sent_as_a_digest(site: Site) -> None:
    """As Shelly's second generation wants it: SHA-256."""
    realm, nonce = "shellypro3em-99aabbccdd05", "60dc59c6"

    def answer(asked: Asked) -> Reply:
        told = asked.headers.get("authorization", "")
        if not told.startswith("Digest "):
            challenge = f'Digest qop="auth", realm="{realm}", nonce="{nonce}", algorithm=SHA-256'
            return Reply(status=401, headers={"WWW-Authenticate": challenge})
        parts = dict(p.strip().split("=", 1) for p in told[7:].split(","))
        parts = {k: v.strip('"') for k, v in parts.items()}

        def digest(text: str) -> str:
            return hashlib.sha256(text.encode()).hexdigest()

        ha1, ha2 = digest(f"admin:{realm}:1234"), digest("POST:/rpc")
        expected = digest(f"{ha1}:{nonce}:{parts['nc']}:{parts['cnonce']}:auth:{ha2}")
        return said({"ok": parts["response"] == expected})

    site.answers["/rpc"] = answer
    source = Source("em", "shelly_gen2", site.url, token_env="X", timeout=5)

    async def ask() -> bytes:
        async with Access().fetcher(source, Secret("1234")) as fetcher:
            return (await fetcher.post("/rpc", json={"id": 1})).payload

    assert in_a_thread(ask()) == b'{"ok": true}'


def test_nothing_that_is_logged_holds_a_token(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    site.answers["/x"] = said({"error": TOKEN}, 401)
    failure(site.url)
    assert TOKEN not in caplog.text
