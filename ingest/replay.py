"""``hub replay``: payloads that were refused are tried again, as of their own arrival.

What devices tell of themselves holds for what they said before; what else they said last does not,
for it may be of another moment: a payload that only has a meaning beside it waits on.

A device that is registered by now gets what was heard of it since its household consented and lived
there, and nothing from before: without a consent in force, nothing. What is refused again waits on,
a week at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.model import Context, Reject
from hub.store.channels import FOREVER, Directory
from hub.store.connection import Connection
from hub.store.consented import consent_begins
from hub.store.latest import notify_latest
from hub.store.placing import Rules
from hub.store.readings import CORRECTION, Origin
from hub.store.rejects import Kept, forget_devices, note_replayed, waiting
from hub.store.senders import rules_of
from ingest.collect.devices import ENVOY_READINGS, POLLS
from ingest.collect.sources import Source
from ingest.config import Routing
from ingest.descriptions import Descriptions
from ingest.reading import Reader, chosen
from ingest.storing import Message, Read, decode, is_messages_fault, store_reads

_PART = 500
#: The connector of payloads that came by HTTP.
HTTP_CONNECTOR = "senml"


@dataclass(slots=True)
class Replayed:
    """What the second try gave. payloads: by outcome, "stored" or a reason; rows: by outcome.

    details: of each reason, what one of the payloads tells of it.
    """

    payloads: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    details: dict[str, Mapping[str, object]] = field(default_factory=dict)


class Replay:
    """Tries every waiting payload again, oldest first."""

    def __init__(
        self,
        conn: Connection,
        routing: Routing,
        zone: str,
        descriptions: Descriptions | None = None,
        sources: Iterable[Source] = (),
    ) -> None:
        self._conn = conn
        self._routing = routing
        self._sources = {source.name: source for source in sources}
        self._zone = zone
        self._descriptions = descriptions
        self._directory = Directory()
        self._not_before = consent_begins(conn)
        self.done = Replayed()

    def run(self) -> Replayed:
        """Try all; each payload is a transaction."""
        last = 0
        while part := waiting(self._conn, last, _PART):
            last = part[-1].id
            for kept in part:
                self.done.payloads[self._again(kept)] += 1
        return self.done

    def _again(self, kept: Kept) -> str:
        device = self._device(kept)
        if device is None:
            return self._refused(kept.reason, kept.detail)
        read = self._read(kept, device)
        if read is None:
            return "no_connector"
        rules = self._rules(kept)
        if rules is None:
            return "not_allowed"
        if read.decoded is None and read.beside is None:
            if read.reject is None:
                return self._refused(kept.reason, kept.detail)
            return self._refused(read.reject.reason, _told(read.reject))
        try:
            reads = chosen(self._conn, self._directory, [read])
            if kept.reason == "unknown_device" and not any(_says(one) for one in reads):
                self._conn.rollback()
                # it only had a meaning beside what was heard then
                return self._refused(kept.reason, kept.detail)
            stored = store_reads(
                self._conn,
                self._directory,
                reads,
                zone=self._zone,
                origin=Origin(CORRECTION, rules),
                keep_rejected=False,
            )
        except Exception as error:  # one payload's fault costs that payload only
            self._conn.rollback()
            self._directory.forget()
            if not is_messages_fault(error):
                raise
            return "not_stored"
        rejects = [reject for fate in stored.fates for reject in fate.rejects]
        for fate in stored.fates:
            self.done.rows.update(fate.counts())
        self._note(kept, reads, rejects)
        self._conn.commit()
        if stored.moved:
            notify_latest(self._conn, stored.moved)
        return self._refused(rejects[0].reason, _told(rejects[0])) if rejects else "stored"

    def _refused(self, reason: str, detail: Mapping[str, object]) -> str:
        """The reason, with the first payload's word on it kept."""
        self.done.details.setdefault(reason, detail)
        return reason

    def _note(self, kept: Kept, reads: Sequence[Read], rejects: Sequence[Reject]) -> None:
        if not rejects:
            note_replayed(self._conn, {kept.id: "stored"})
        unknown = {r.detail.get("device") for r in rejects if r.reason == "unknown_device"}
        told = {
            (read.connector or "", series.key.device)
            for read in reads
            if read.decoded
            for series in read.decoded.series
        }
        known = [device for device in told if device[1] not in unknown]
        if known:
            forget_devices(self._conn, known)

    def _device(self, kept: Kept) -> str | None:
        """The device that hub.toml gives for what was polled; '' for all else.

        None for what is not tried again: a portal, which is asked again itself while the household
        agrees, and readings that another answer explained.
        """
        if kept.transport != "collect":
            return ""
        name, _, path = kept.origin.partition("/")
        source = self._sources.get(name)
        if source is None or source.kind not in POLLS or path == ENVOY_READINGS:
            return None
        return source.device

    def _read(self, kept: Kept, device: str) -> Read | None:
        message = Message(
            kept.origin, kept.payload, kept.received_at, kept.received_at, False, kept.transport
        )
        connector, topic = kept.connector, kept.origin
        if kept.transport == "mqtt":
            # a reader for each: what one payload said is no companion of the next
            read = Reader(self._routing, self._zone, descriptions=self._descriptions).read(message)
            if read.connector is not None:  # hub.toml may name another one by now
                return read
        elif kept.transport == "collect":
            topic = ""
        else:
            connector = connector or HTTP_CONNECTOR
        if connector is None:
            return None
        context = Context(received_at=kept.received_at, zone=self._zone, topic=topic, device=device)
        return decode(connector, message, context)

    def _rules(self, kept: Kept) -> Rules | None:
        """What the payload's sender may write now; None for nothing."""
        consented = Rules(not_before=self._not_before, otherwise=FOREVER)
        if kept.transport == "collect":
            return consented
        if kept.transport == "mqtt":
            route = self._routing.route(kept.origin)
            kind, subject = "gateway", route.gateway if route else ""
        else:
            kind, _, subject = kept.origin.partition(":")
        rules = rules_of(self._conn, kind, subject)
        if rules is None:
            return None
        both = {n: max(begin, rules.begin(n)) for n, begin in self._not_before.items()}
        return replace(rules, not_before=both, otherwise=FOREVER)


def _told(reject: Reject) -> dict[str, object]:
    return {**reject.detail, "value": reject.value}


def _says(read: Read) -> bool:
    return read.decoded is None or read.decoded.ignored < read.decoded.rows
