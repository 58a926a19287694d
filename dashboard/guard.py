"""What reaches Dash is what our own pages send: anything else is refused quietly.

Dash answers a request it does not understand with status 500 and a traceback in the log, so that
any scanner would fill the log with errors. This stands before it and answers 400 or 404 itself; a
socket that talks nonsense is closed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash.fingerprint import check_fingerprint
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UPDATE, SOCKET = "/_dash-update-component", "/_dash-ws-callback"
SUITES = "/_dash-component-suites/"
#: Bytes of the longest body taken; our pages send less than a thousandth of it.
LONGEST = 1 << 20
#: WebSocket close code: data of a type that cannot be accepted.
_UNACCEPTABLE = 1003
#: Properties that are texts or null; what the others hold, their callbacks look at themselves.
_TEXTS = frozenset({"url.pathname", "url.search"})

Callbacks = Mapping[str, Mapping[str, Any]]


class Guard:
    """ASGI middleware around the application that Dash is mounted on."""

    def __init__(self, app: ASGIApp, dash_app: Any) -> None:
        self.app, self.dash_app = app, dash_app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, path = scope["type"], scope.get("path", "")
        if kind == "http" and path == UPDATE and scope["method"] == "POST":
            await self._update(scope, receive, send)
        elif kind == "http" and path.startswith(SUITES) and not self._has_file(path):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif kind == "websocket" and path == SOCKET:
            await self.app(scope, self._understood(receive, send), send)
        else:
            await self.app(scope, receive, send)

    async def _update(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await PlainTextResponse("Too large", 413)(scope, receive, send)
            return
        typed = dict(scope["headers"]).get(b"content-type", b"").startswith(b"application/json")
        if not typed or not is_request(_parsed(body), self.dash_app.callback_map):
            await PlainTextResponse("Bad request", 400)(scope, receive, send)
            return
        read = False

        async def again() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, send)

    def _has_file(self, path: str) -> bool:
        """Whether Dash serves this script or stylesheet."""
        self.dash_app._setup_server()  # it learns its files at the first request
        package, _, file = path.removeprefix(SUITES).partition("/")
        return check_fingerprint(file)[0] in self.dash_app.registered_paths.get(package, ())

    def _understood(self, receive: Receive, send: Send) -> Receive:
        """Messages of the socket, up to the first that is none of ours."""

        async def checked() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            if is_message(_parsed(message.get("text") or ""), self.dash_app.callback_map):
                return message
            await send({"type": "websocket.close", "code": _UNACCEPTABLE})
            return {"type": "websocket.disconnect", "code": _UNACCEPTABLE}

        return checked


def is_request(body: Any, callbacks: Callbacks) -> bool:
    """Whether this asks a callback of ours in its own words."""
    if not isinstance(body, dict):
        return False
    callback = _callback(body, callbacks)
    if callback is None:
        return False
    changed = body.get("changedPropIds", [])
    return (
        _are(body.get("inputs", []), callback["inputs"])
        and _are(body.get("state", []), callback["state"])
        and (callback["no_output"] or _outputs_are(body.get("outputs"), callback["output"]))
        and isinstance(changed, list)
        and all(isinstance(name, str) for name in changed)
    )


def is_message(message: Any, callbacks: Callbacks) -> bool:
    """Whether this is a message of Dash's socket that it can answer."""
    if not isinstance(message, dict):
        return False
    if message.get("type") == "callback_request":
        payload = message.get("payload")
        callback = _callback(payload, callbacks) if isinstance(payload, dict) else None
        return (
            callback is not None
            and bool(callback.get("websocket"))
            and is_request(payload, callbacks)
            and isinstance(message.get("requestId"), str)
            and isinstance(message.get("rendererId", ""), str)
        )
    if message.get("type") == "get_props_response":
        return isinstance(message.get("requestId"), str)
    return True


def _callback(body: Mapping[str, Any], callbacks: Callbacks) -> Mapping[str, Any] | None:
    """The callback asked for; those that run in the browser have no function here."""
    output = body.get("output")
    found = callbacks.get(output) if isinstance(output, str) else None
    return found if found and "callback" in found else None


def _are(given: Any, wanted: Sequence[Mapping[str, str]]) -> bool:
    """Each value under its own name, texts where texts belong."""
    return (
        isinstance(given, list)
        and len(given) == len(wanted)
        and all(
            isinstance(one, dict)
            and (one.get("id"), one.get("property")) == (of["id"], of["property"])
            and _fits(f"{of['id']}.{of['property']}", one.get("value"))
            for one, of in zip(given, wanted, strict=True)
        )
    )


def _fits(name: str, value: Any) -> bool:
    return name not in _TEXTS or value is None or isinstance(value, str)


def _outputs_are(given: Any, wanted: Any) -> bool:
    """The callback's outputs, one by itself or several in a list."""
    if not isinstance(wanted, list):
        given, wanted = [given], [wanted]
    return (
        isinstance(given, list)
        and len(given) == len(wanted)
        and all(
            isinstance(one, dict)
            and (one.get("id"), one.get("property")) == (of.component_id, of.component_property)
            for one, of in zip(given, wanted, strict=True)
        )
    )


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where it is longer than we take."""
    parts, length = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        length += len(part)
        if length > LONGEST:
            return None
        parts.append(part)
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _parsed(text: bytes | str) -> Any:
    """JSON, or None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
