"""How a source's host is asked: with which token, how often, and how a token is had.

Portals give tokens of some hours for a client's name and secret (OAuth 2, client credentials).
Sources with the same client share them, and the pace at which a host may be asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import orjson

from ingest.collect.errors import CollectError
from ingest.collect.fetch import Answer, Fetcher, Host
from ingest.collect.secret import Secret
from ingest.collect.sources import Source

#: A token is not used in its last seconds.
_MARGIN = 120
_USUAL_LIFE = 3600
_GRDF_TOKENS = "https://sofit-sso-oidc.grdf.fr/openam/oauth2/realms/externeGrdf/access_token"


@dataclass(frozen=True, slots=True)
class _Token:
    secret: Secret
    until: float


class Access:
    """What sources share while they are asked. For one event loop."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._tokens: dict[tuple[str, str], _Token] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._free_at: dict[str, float] = {}

    async def turn(self, source: Source) -> None:
        """Wait until the source's host may be asked again."""
        if not source.spacing:
            return
        host = urlsplit(source.url).netloc
        now = time.monotonic()
        at = max(now, self._free_at.get(host, 0.0))
        self._free_at[host] = at + source.spacing
        if at > now:
            await self._sleep(at - now)

    @asynccontextmanager
    async def fetcher(self, source: Source, secret: Secret | None) -> AsyncIterator[Fetcher]:
        """The source's host, with its token. Raises CollectError where no token is to be had."""
        headers: dict[str, str] = {}
        auth: httpx.Auth | None = None
        hidden = [secret] if secret else []
        if secret and source.client_id:
            token = await self._token(source, secret)
            hidden.append(token)
            headers["Authorization"] = f"Bearer {token.value}"
        elif secret:
            auth = _password(source, secret)
            if auth is None and source.of.auth == "bearer":
                headers["Authorization"] = f"Bearer {secret.value}"
        host = Host(source.url, source.timeout, source.verify)
        async with Fetcher(
            host, headers=headers, auth=auth, secrets=hidden, clock=self._clock
        ) as fetcher:
            yield fetcher

    async def ask(
        self,
        source: Source,
        secret: Secret | None,
        path: str,
        parameters: Mapping[str, str],
        also: Collection[int],
    ) -> Answer:
        """A portal's answer, in the source's turn. A token of some hours that is refused is had
        anew, once. Raises CollectError."""
        if source.of.auth == "api_key" and secret is not None:
            parameters = {**parameters, "api_key": secret.value}
        for last in (False, True):
            await self.turn(source)
            try:
                async with self.fetcher(source, secret) as fetcher:
                    return await fetcher.get(path, parameters, also=also)
            except CollectError as error:
                if error.status != 401 or self._tokens.pop(_client(source), None) is None or last:
                    raise
        raise AssertionError("the last try returned or raised")

    async def _token(self, source: Source, secret: Secret) -> Secret:
        client = _client(source)
        async with self._locks.setdefault(client, asyncio.Lock()):
            known = self._tokens.get(client)
            if known is None or known.until <= self._clock():
                known = self._tokens[client] = await self._new_token(source, secret)
        return known.secret

    async def _new_token(self, source: Source, secret: Secret) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": source.client_id,
            "client_secret": secret.value,
        }
        if source.kind == "grdf_adict":
            form["scope"] = urlsplit(source.url).path  # /adict/v2
        host = Host(token_url(source), source.timeout, source.verify)
        async with Fetcher(host, secrets=[secret], clock=self._clock) as fetcher:
            answer = await fetcher.post("", form=form)
        try:
            told = orjson.loads(answer.payload)
            value, life = told["access_token"], told.get("expires_in", _USUAL_LIFE)
            until = self._clock() + max(float(life) - _MARGIN, 0)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            value, until = None, 0.0
        if not isinstance(value, str) or not (value.isascii() and value.isprintable() and value):
            raise CollectError(
                "the answer to the request for a token holds none: is token_url right?",
                "la réponse à la demande de jeton n'en contient pas : token_url est-il juste ?",
                needs_person=True,
            )
        return _Token(Secret(value), until)


def token_url(source: Source) -> str:
    """Where a client gets its tokens."""
    if source.token_url:
        return source.token_url
    if source.kind == "grdf_adict":
        return _GRDF_TOKENS
    parts = urlsplit(source.url)
    return f"{parts.scheme}://{parts.netloc}/oauth2/v3/token"


def _client(source: Source) -> tuple[str, str]:
    return token_url(source), source.client_id


def _password(source: Source, secret: Secret) -> httpx.Auth | None:
    """User and password, where the kind or the source says that it is one."""
    user = source.user or source.of.user
    if not user:
        return None
    basic = source.of.auth == "basic"
    return (httpx.BasicAuth if basic else httpx.DigestAuth)(user, secret.value)
