"""Messages of the broker -> what connectors make of them, with what was heard before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import connectors
from hub.intake.batch import SourceKey
from hub.model import Context, Decoded, Reject
from hub.store.channels import Directory
from hub.store.connection import Connection
from ingest.companions import Companions
from ingest.config import Route, Routing
from ingest.descriptions import Descriptions
from ingest.notes import Notes
from ingest.storing import Message, Read, decode

_ROUTES = 100_000
#: So many topics are named where a description tells of others' topics.
_NAMED = 5


class Reader:
    """Decodes messages in the order of their arrival. For one thread.

    What it hears and needs later stands in ``companions``, ``descriptions`` and ``notes``.
    """

    def __init__(
        self,
        routing: Routing,
        zone: str,
        companions: Companions | None = None,
        descriptions: Descriptions | None = None,
    ) -> None:
        self._routing = routing
        self.zone = zone
        self._routes: dict[str, Route | None] = {}
        self._explainers = {
            name: explain
            for name in dict.fromkeys(routing.filters.values())
            if name and (explain := connectors.explainer(name)) is not None
        }
        self.companions = companions if companions is not None else Companions()
        self.descriptions = descriptions if descriptions is not None else Descriptions(routing)
        self.notes = Notes()

    def read(self, message: Message) -> Read:
        """What the message says; with ``beside`` where two connectors read its topic."""
        topic = message.origin
        route, described = self.route(topic), self.descriptions.of(topic)
        if route is None:
            if described is None:
                return Read(message, None, None, Reject(1, "no_connector"))
            return self._decode(message, described.connector, described.companions)
        if described is None:
            read = self._decode(message, route.connector, self.companions.of(route.prefix))
        elif described.connector == route.connector:
            read = self._decode(message, route.connector, described.companions)
        else:
            read = self._decode(message, route.connector, self.companions.of(route.prefix))
            beside = self._decode(message, described.connector, described.companions)
            read = read._replace(beside=beside)
        if route.keeps:
            self.companions.keep(route, topic, message.payload)
        return self._learned(read) if route.connector in self._explainers else read

    def _decode(self, message: Message, connector: str, companions: Mapping[str, bytes]) -> Read:
        if message.retained:  # said some time ago: no reading, but it may explain the next ones
            return Read(message, connector, Decoded(rows=1, ignored=1))
        return self._decoded(message, connector, companions)

    def _decoded(self, message: Message, connector: str, companions: Mapping[str, bytes]) -> Read:
        context = Context(
            received_at=message.stamp,
            zone=self.zone,
            topic=message.origin,
            companions=companions,
        )
        read = decode(connector, message, context)
        if read.decoded is not None and read.decoded.notes:
            self.notes.keep(connector, message.origin, read.decoded.notes, message.received_at)
        return read

    def _learned(self, read: Read) -> Read:
        """Keep what a description explains. Whenever it was said, it says the same now."""
        message, connector = read.message, read.connector or ""
        told = self._explainers[connector](message.payload, message.origin)
        if told is None:
            return read
        if message.retained:
            read = self._decoded(message, connector, {})
        if read.decoded is None:
            return read
        foreign = self.descriptions.keep(connector, message.origin, told)
        if not foreign:
            return read
        value = ", ".join(topic[:100] for topic in foreign[:_NAMED])
        refusal = Reject(1, "foreign_topic", value=value, detail={"value": value})
        return read._replace(decoded=None, reject=refusal)

    def route(self, topic: str) -> Route | None:
        """How a topic is read, from memory where it was asked before."""
        if topic not in self._routes:
            if len(self._routes) >= _ROUTES:
                self._routes.clear()
            self._routes[topic] = self._routing.route(topic)
        return self._routes[topic]


def chosen(conn: Connection, directory: Directory, reads: Sequence[Read]) -> list[Read]:
    """Of messages that two connectors read, what counts: what has a registered device.

    If neither has, the first one that found a reading, so that an unknown device is told once, and
    what was refused before it. In the transaction of ``conn``; raises psycopg.Error.
    """
    keys = [
        SourceKey(one.connector or "", series.key)
        for read in reads
        if read.beside is not None
        for one in (read, read.beside)
        if one.decoded is not None
        for series in one.decoded.series
    ]
    if keys:
        directory.begin(conn)
        directory.prepare(conn, keys, by_usage_point=False)
    found = []
    for read in reads:
        if read.beside is None:
            found.append(read)
            continue
        both = [read._replace(beside=None), read.beside]
        known = [one for one in both if _is_known(directory, one)]
        found += known or _telling(both)
    return found


def _telling(both: list[Read]) -> list[Read]:
    """Of readers of a message whose devices nobody knows: the first with a reading, what was
    refused before it, and if no one found anything the first."""
    told = [one for one in both if one.decoded and one.decoded.ignored < one.decoded.rows]
    if told and told[0].decoded and told[0].decoded.series:
        return told[:1]
    return told or both[:1]


def _is_known(directory: Directory, read: Read) -> bool:
    return read.decoded is not None and any(
        directory.places(SourceKey(read.connector or "", series.key), by_usage_point=False)
        for series in read.decoded.series
    )
