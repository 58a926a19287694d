"""HEAD answers what GET would, without the body: monitors and download tools ask so."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A GET here opens a session: whoever only looks whether an address is there must not.
_NOT = "/lien/"


class HeadAsGet:
    """ASGI middleware; the routes below it see a GET. What allows GET says that it allows HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; of a HEAD's answer only the head."""
        if scope["type"] != "http" or scope["path"].startswith(_NOT):
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def passed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                allowed = headers.get("allow", "").split(", ")
                if "GET" in allowed and "HEAD" not in allowed:
                    headers["allow"] = ", ".join(sorted([*allowed, "HEAD"]))
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"} if head else scope, receive, passed)
