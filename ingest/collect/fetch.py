"""One host asked by HTTP, within limits of time and size, and nobody else asked in its name.

Only the configured host is asked: a redirect to another one is told, not followed, so that neither
a token nor a request into our own network goes where somebody else points. Addresses are never
shown with their parameters, because one of them may be a key.
"""

from __future__ import annotations

import asyncio
import email.utils
import os
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any

import httpx
import orjson

from hub.words import system_words, visible
from ingest.collect.errors import CollectError
from ingest.collect.secret import Secret
from ingest.storing import LARGEST_MESSAGE

_REDIRECTS = 3
_CONNECT = 10.0
_AGENT = "district-energy-hub"
#: So many characters of another program's words are told.
_WORDS = 200
#: Where services say in JSON what was wrong, best first.
_SAID = (
    "error_description", "description", "message_retour_traitement", "message", "detail", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, at ``received_at`` (seconds since 1970 UTC)."""

    status: int
    payload: bytes
    received_at: int


@dataclass(frozen=True, slots=True)
class Host:
    """Whom to ask. url: scheme, host, maybe port and path. timeout: seconds for a whole answer."""

    url: str
    timeout: float
    verify: bool = True


class _TooLargeError(Exception):
    """More bytes than any answer has."""


class Fetcher:
    """A host for a few requests; an asynchronous context manager.

    secrets: what is sent to the host; never told in what it answers.
    """

    def __init__(
        self,
        host: Host,
        *,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        secrets: Sequence[Secret] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._host = host
        self._secrets = secrets
        self._clock = clock
        usual = {"User-Agent": _AGENT, "Accept": "application/json", "Accept-Encoding": "identity"}
        self._client = httpx.AsyncClient(
            transport=_Bounded(_tls(host.verify) if host.url.startswith("https:") else None),
            headers=usual | dict(headers or {}),
            auth=auth,
            timeout=httpx.Timeout(host.timeout, connect=min(_CONNECT, host.timeout)),
            follow_redirects=False,
            trust_env=False,  # neither its proxies nor somebody's .netrc
        )

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        also: Collection[int] = (),
    ) -> Answer:
        """The answer to GET; ``also``: statuses that are answers beside 200.

        Raises CollectError.
        """
        return await self._ask("GET", path, also, params=parameters)

    async def post(
        self,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        json: object = None,
        also: Collection[int] = (),
    ) -> Answer:
        """The answer to POST of a form or of JSON. Raises CollectError."""
        return await self._ask("POST", path, also, data=form, json=json)

    async def _ask(self, method: str, path: str, also: Collection[int], **request: Any) -> Answer:
        try:
            async with asyncio.timeout(self._host.timeout):
                response, payload = await self._send(method, path, request)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self._late() from error
        except _TooLargeError as error:
            raise self._too_large() from error
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        for secret in self._secrets:
            payload = secret.hidden_in_bytes(payload)
        answer = Answer(response.status_code, payload, int(self._clock()))
        if answer.status != 200 and answer.status not in also:
            raise self._refused(answer, path, response.headers)
        return answer

    async def _send(
        self, method: str, path: str, request: Mapping[str, Any]
    ) -> tuple[httpx.Response, bytes]:
        """Headers and bytes of the answer, after redirects within the host."""
        url = httpx.URL(self._host.url + path)
        for _ in range(_REDIRECTS + 1):
            async with self._client.stream(method, url, **request) as response:
                if not response.has_redirect_location:
                    return response, await _whole(response)
                to = response.headers["location"]
            there = _joined(url, to)
            if there is None or method != "GET" or _origin(there) != _origin(url):
                raise self._points_elsewhere(there)
            url, request = there, {}  # it has its own parameters
        raise self._points_elsewhere(url)

    @property
    def _name(self) -> str:
        return _origin(httpx.URL(self._host.url))

    def _late(self) -> CollectError:
        seconds = f"{self._host.timeout:g} s"
        return CollectError(
            f"{self._name} gave no whole answer within {seconds}: is it on, is the network well?",
            f"{self._name} n'a pas répondu en entier en {seconds} : est-il allumé, le réseau"
            " va-t-il bien ?",
        )

    def _too_large(self) -> CollectError:
        limit = f"{LARGEST_MESSAGE >> 20} MiB"
        return CollectError(
            f"the answer of {self._name} has more than {limit}: is the address right?",
            f"la réponse de {self._name} dépasse {limit} : l'adresse est-elle la bonne ?",
            needs_person=True,
        )

    def _unreachable(self, error: httpx.HTTPError) -> CollectError:
        if _is_certificate(error):
            return CollectError(
                f"the certificate of {self._name} is not believed. If it is a device's own, set"
                " verify = false for it",
                f"le certificat de {self._name} n'est pas reconnu. Si c'est celui d'un appareil,"
                " réglez verify = false pour lui",
                needs_person=True,
            )
        if isinstance(error, httpx.ConnectError):
            why, dit = _system_words(error, "en"), _system_words(error, "fr")
            return CollectError(
                f"{self._name} cannot be reached{why}: is it on, is the address right?",
                f"{self._name} est injoignable{dit} : est-il allumé, l'adresse est-elle la bonne ?",
            )
        return CollectError(
            f"the answer of {self._name} was cut short or is no HTTP ({type(error).__name__})",
            f"la réponse de {self._name} est coupée ou n'est pas du HTTP ({type(error).__name__})",
        )

    def _points_elsewhere(self, url: httpx.URL | None) -> CollectError:
        there = visible(_origin(url))[:_WORDS] if url is not None else "?"
        return CollectError(
            f"{self._name} points to {there}, which is not asked: if that is right, write it as"
            " the url",
            f"{self._name} renvoie à {there}, qui n'est pas interrogé : si c'est juste, écrivez-le"
            " dans url",
            needs_person=True,
        )

    def _refused(self, answer: Answer, path: str, headers: httpx.Headers) -> CollectError:
        status, words = answer.status, said(answer.payload)
        for secret in self._secrets:
            words = secret.hidden_in(words)
        told, dit = (f": {words}", f" : {words}") if words else ("", "")
        if status in (401, 403):
            return CollectError(
                f"{self._name} refuses us ({status}){told}. Is the token right and still valid?",
                f"{self._name} nous refuse ({status}){dit}. Le jeton est-il juste et encore"
                " valable ?",
                needs_person=True,
                stops=status == 401,  # a right that is missing may be one of several
                status=status,
            )
        if status == 429 or status >= 500:
            wait = retry_after(headers, self._clock())
            return CollectError(
                f"{self._name} cannot answer now ({status}){told}",
                f"{self._name} ne peut répondre maintenant ({status}){dit}",
                retry_after=wait,
                status=status,
            )
        shown = visible(path or "/")[:_WORDS]
        return CollectError(
            f"{self._name} does not answer {shown} ({status}){told}",
            f"{self._name} ne répond pas à {shown} ({status}){dit}",
            needs_person=True,
            stops=False,
            status=status,
        )


def said(payload: bytes) -> str:
    """What a JSON error says, as one short line; '' where it says nothing."""
    try:
        answer: Any = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return ""
    for _ in range(4):
        if isinstance(answer, list):
            answer = answer[0] if answer else ""
        elif isinstance(answer, dict):
            inner = answer.get("error")  # a gateway wraps what the service behind it said
            told = next((v for key in _SAID if isinstance(v := answer.get(key), str) and v), "")
            answer = inner if isinstance(inner, dict) else told
    return visible(" ".join(answer.split()))[:_WORDS] if isinstance(answer, str) else ""


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds for which the host asks to be left alone; 0 where it does not say."""
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", told):
        return float(told)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0


async def _whole(response: httpx.Response) -> bytes:
    """The body, never more of it in memory than the limit and a piece."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > LARGEST_MESSAGE:
            raise _TooLargeError
    return b"".join(parts)


def _joined(url: httpx.URL, to: str) -> httpx.URL | None:
    """Where ``to`` leads from ``url``; None where it is no address."""
    try:
        return url.join(to)
    except httpx.InvalidURL:
        return None


def _origin(url: httpx.URL) -> str:
    """Scheme, host and port: what of an address may be shown."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}" + (f":{url.port}" if url.port else "")


def _is_certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _system_words(error: BaseException, language: str) -> str:
    """What the system said of a connection that failed: " (Connection refused)"."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno:
            # negative: of the resolver of names, which has its own words
            words = os.strerror(seen.errno) if seen.errno > 0 else seen.strerror
            return f" ({system_words(words, language)})" if words else ""
        seen = seen.__cause__ or seen.__context__
    return ""


@lru_cache(maxsize=2)
def _tls(verify: bool) -> ssl.SSLContext:
    """What checks a certificate; made once, because reading all authorities takes long."""
    return httpx.create_ssl_context(verify=verify)


class _Bounded(httpx.AsyncBaseTransport):
    """A transport whose answers end at the limit, those too that authentication reads itself."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._inner = httpx.AsyncHTTPTransport(
            verify=tls if tls is not None else False, trust_env=False
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The inner answer, with its stream counted."""
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Counted(response.stream)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Counted(httpx.AsyncByteStream):
    """A stream that raises when it gives more than the limit."""

    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._inner:
            size += len(part)
            if size > LARGEST_MESSAGE:
                raise _TooLargeError
            yield part

    async def aclose(self) -> None:
        """Close the inner one."""
        await self._inner.aclose()
