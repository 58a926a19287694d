"""Messages of the broker: decoded, stored. None takes another one down.

What a connector cannot read is refused; when the database itself refuses a batch, the batch is
halved until the message is found.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from hub.model import Reject
from hub.store.channels import Directory
from hub.store.connection import Connection
from hub.store.placing import Rules
from hub.store.readings import Origin
from hub.store.senders import limits_of_gateways
from ingest.reading import Reader, chosen
from ingest.storing import Message, Read, Stored, is_messages_fault, store_reads

log = logging.getLogger("hub.ingest")


def store_all(
    conn: Connection,
    directory: Directory,
    reads: Sequence[Read],
    *,
    zone: str,
    origin: Origin | None = None,
    also: Callable[[Connection], None] | None = None,
) -> Stored:
    """Store what was read and commit; what the store refuses costs the message it is in only.

    ``also``: done in each transaction before it is committed. Raises psycopg.Error only for what is
    no message's fault.
    """
    try:
        counting = chosen(conn, directory, reads)
        stored = store_reads(conn, directory, counting, zone=zone, origin=origin)
        if also is not None:
            also(conn)
        conn.commit()
    except Exception as error:  # one message's fault, whatever it is, costs that message only
        if not is_messages_fault(error):
            directory.forget()
            raise
        conn.rollback()
        directory.forget()
        if len(reads) == 1 and reads[0].decoded is None and reads[0].beside is None:
            raise  # not even its refusal can be stored: no message's fault
        half = len(reads) // 2
        parts = [reads[:half], reads[half:]] if half else [[_refused(reads[0], error)]]
        stored = Stored([])
        for part in parts:
            more = store_all(conn, directory, part, zone=zone, origin=origin, also=also)
            stored.add(more)
    return stored


class Intake:
    """Decodes and stores messages of the broker, one transaction a batch. For one thread."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def store(self, conn: Connection, directory: Directory, messages: Sequence[Message]) -> Stored:
        """Store messages and commit. Raises psycopg.Error only for what is no message's fault."""
        reads = [self._reader.read(message) for message in messages]
        stored, zone = Stored(), self._reader.zone
        for rules, part in self._by_rules(conn, reads):
            stored.add(store_all(conn, directory, part, zone=zone, origin=Origin(rules=rules)))
        return stored

    def _by_rules(self, conn: Connection, reads: list[Read]) -> list[tuple[Rules, list[Read]]]:
        """The messages of gateways that may write everywhere, then of each that may not.

        The broker's access list lets nobody write under another's name, but what meter a message
        names is for the hub to judge.
        """
        limits = limits_of_gateways(conn)
        if not limits:
            return [(Rules(), reads)]
        by_gateway: dict[str, list[Read]] = {"": []}
        for read in reads:
            route = self._reader.route(read.message.origin)
            gateway = route.gateway if route and route.gateway in limits else ""
            by_gateway.setdefault(gateway, []).append(read)
        return [(limits.get(name, Rules()), part) for name, part in by_gateway.items() if part]


def _refused(read: Read, error: Exception) -> Read:
    log.warning("the store refused a message of %s: %s", read.message.origin, error)
    detail = {"error": str(error).split("\n", 1)[0]}
    refusal = Reject(1, "not_stored", detail=detail)
    return read._replace(decoded=None, reject=refusal, beside=None)
