"""What the routes share: the store's connections and the zone of local days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi import Request
from psycopg_pool import ConnectionPool

from hub.routes.open_files import OpenFiles
from hub.routes.problems import ProblemError
from hub.store.connection import Connection, zone_of
from hub.store.demo import Simulated

#: Public answers may be read by any site's scripts.
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


@dataclass
class Web:
    """One per application. ``demo``: a demo was asked for; its data may still be on their way.

    ``replica``: a second pool that only reads, for public figures; None = the first one.
    ``public_url``: where people reach the hub behind a proxy; None = where a request came to.
    """

    pool: ConnectionPool
    demo: bool = False
    public_url: str | None = None
    replica: ConnectionPool | None = None
    files: OpenFiles = field(default_factory=OpenFiles)
    _simulated: Simulated = field(default_factory=Simulated, repr=False)
    _zone: ZoneInfo | None = field(default=None, repr=False)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A pooled connection; commits at the end, rolls back on an error."""
        with self.pool.connection() as conn:
            yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for what is published: it may be a moment old, and nothing is written."""
        with (self.replica or self.pool).connection() as conn:
            yield conn

    def close(self) -> None:
        """Give every connection back."""
        for pool in (self.pool, self.replica):
            if pool is not None:
                pool.close()

    def zone(self, conn: Connection) -> ZoneInfo:
        """The zone of local days: a property of the database."""
        if self._zone is None:
            self._zone = ZoneInfo(zone_of(conn))
        return self._zone

    def simulated(self, conn: Connection) -> bool:
        """Whether answers are to be marked as simulated."""
        return self.demo or self._simulated.ask(conn)

    def base(self, request: Request) -> str:
        """The hub's address, without a slash at the end."""
        return (self.public_url or str(request.base_url)).rstrip("/")


def web_of(request: Request) -> Web:
    """The application's shared part."""
    web = getattr(request.app.state, "web", None)
    if not isinstance(web, Web):
        raise ProblemError(
            503, "The hub is starting. Try again in a moment.", headers={"Retry-After": "2"}
        )
    return web
