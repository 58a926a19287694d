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
from hub.store.readings import Origin
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
        return store_all(conn, directory, reads, zone=self._reader.zone)


def _refused(read: Read, error: Exception) -> Read:
    log.warning("the store refused a message of %s: %s", read.message.origin, error)
    detail = {"error": str(error).split("\n", 1)[0]}
    refusal = Reject(1, "not_stored", detail=detail)
    return read._replace(decoded=None, reject=refusal, beside=None)
