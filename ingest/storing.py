"""Payloads of any transport -> one transaction of the store, every row with its outcome."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import psycopg

import connectors
from hub.intake.batch import Batch, BatchBuilder, SourceKey
from hub.intake.checks import EARLIEST_CONTEXT, is_believable, is_context_believable
from hub.intake.outcomes import Outcome, OutcomeArray, counts, fold, row_outcomes
from hub.intake.refusals import instant_text, refusal
from hub.model import (
    ChannelKey,
    Context,
    ContextPoint,
    Decoded,
    DecodeError,
    MeterEvent,
    Reject,
)
from hub.store.channels import Directory
from hub.store.connection import Connection
from hub.store.events import place_event, record_event, store_context
from hub.store.placing import Rules, usage_point_for
from hub.store.readings import ChannelCounts, Origin, Written, write_batch
from hub.store.rejects import Rejected, Transport, note_unknown, store_rejected

log = logging.getLogger("hub.ingest")

#: A longer payload is refused unread.
LARGEST_MESSAGE = 1 << 20
#: So many rows are named with a rejected payload.
_NAMED = 20


class Message(NamedTuple):
    """A payload as it arrived at ``origin`` (topic, gateway).

    ``stamp``: the instant given to readings that tell none.
    """

    origin: str
    payload: bytes
    received_at: int
    stamp: int
    retained: bool = False
    transport: Transport = "mqtt"


class Read(NamedTuple):
    """A message with what a connector made of it, or the reason why it could not.

    ``beside``: what another connector made of the same message; see ``ingest.reading.chosen``.
    """

    message: Message
    connector: str | None
    decoded: Decoded | None
    reject: Reject | None = None
    load_id: int = 0
    beside: Read | None = None


@dataclass(slots=True)
class Fate:
    """What became of one message: outcome by row (index 0 is row 1), the rows refused, and how many
    meter events were "added", "changed", "unchanged" or "refused": not of a meter of the sender's.
    """

    rows: OutcomeArray
    rejects: list[Reject]
    events: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, int]:
        """Rows by outcome; they add up to the rows read."""
        return counts(self.rows)


@dataclass(slots=True)
class Stored:
    """What became of a batch. ``moved``: channels whose latest value changed.

    ``counts``: readings by load and channel, of the last transaction.
    """

    fates: list[Fate] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)
    counts: ChannelCounts | None = None

    def add(self, other: Stored) -> None:
        """Append what became of the messages that followed."""
        self.fates += other.fates
        self.moved |= other.moved

    def rows(self) -> Counter[str]:
        """Rows by outcome over all messages."""
        if not self.fates:
            return Counter()
        return Counter(counts(np.concatenate([fate.rows for fate in self.fates])))


def decode(connector: str, message: Message, context: Context) -> Read:
    """Have a connector read a message. Never raises for what the message holds."""
    if len(message.payload) > LARGEST_MESSAGE:
        detail = {"bytes": len(message.payload), "limit": LARGEST_MESSAGE}
        return Read(message, connector, None, Reject(1, "too_large", detail=detail))
    return Read(message, connector, *decode_payload(connector, message.payload, context))


def decode_payload(
    connector: str, payload: bytes, context: Context
) -> tuple[Decoded | None, Reject | None]:
    """What a connector makes of a payload, or why it cannot be read; MemoryError passes."""
    try:
        return connectors.load(connector).decode(payload, context), None
    except DecodeError as error:
        return None, Reject(0, error.reason, detail=error.detail)
    except MemoryError:
        raise
    except Exception as error:  # a connector's mistake costs one payload, no more
        origin = context.topic or context.file_name
        log.exception("connector %s failed on a payload of %s", connector, origin)
        told = {"connector": connector, "error": f"{type(error).__name__}: {error}"}
        return None, Reject(0, "not_this_format", detail=told)


def store_reads(
    conn: Connection,
    directory: Directory,
    reads: Sequence[Read],
    *,
    zone: str,
    origin: Origin | None = None,
    keep_rejected: bool = True,
) -> Stored:
    """Store messages in the transaction of ``conn``; refused payloads too if ``keep_rejected``.

    Raises psycopg.Error; roll back and call ``directory.forget()`` then.
    """
    origin = origin or Origin()
    lengths = [1 if read.decoded is None else read.decoded.rows for read in reads]
    offsets = [0, *accumulate(lengths)]
    rows = np.zeros(offsets.pop(), dtype=np.int8)  # of all messages; each fate sees its own
    fates = []
    builder = BatchBuilder()
    for read, offset, length in zip(reads, offsets, lengths, strict=True):
        fates.append(_before_storing(read, rows[offset : offset + length]))
        if read.decoded is not None and read.connector is not None:
            for series in read.decoded.series:
                builder.add(read.connector, series, read.message.received_at, offset, read.load_id)
    batch = builder.build()
    written = write_batch(conn, directory, batch, origin)
    fold(rows, batch.row, written.outcome)
    _name_refused(batch, written, fates, offsets, zone)
    _store_told(conn, directory, reads, fates, origin.rules, zone)
    if keep_rejected:
        store_rejected(
            conn, [_rejected(r, f) for r, f in zip(reads, fates, strict=True) if f.rejects]
        )
        note_unknown(conn, _unknown(batch, written, reads, offsets))
    return Stored(fates, set(written.moved), written.counts)


def _before_storing(read: Read, rows: OutcomeArray) -> Fate:
    """A message's fate so far; ``rows`` are its own."""
    if read.decoded is None:
        rows[:] = Outcome.REJECTED
        return Fate(rows, [read.reject] if read.reject else [])
    if read.decoded.gaps or read.decoded.rejects:
        rows[:] = row_outcomes(read.decoded)
    return Fate(rows, list(read.decoded.rejects))


def _name_refused(
    batch: Batch, written: Written, fates: list[Fate], offsets: list[int], zone: str
) -> None:
    """Tell each message which of its readings were refused."""
    refused = np.flatnonzero(written.reason)
    if not len(refused):
        return
    # one row may hold several readings refused for the same: it is named once
    said = (batch.row[refused], batch.key[refused], written.reason[refused])
    _, first = np.unique(np.stack(said), axis=1, return_index=True)
    for i in refused[np.sort(first)]:
        n = int(np.searchsorted(offsets, batch.row[i], side="left")) - 1
        told = refusal(
            batch, written.reason, written.limit, int(i), zone=zone, first_row=offsets[n]
        )
        fates[n].rejects.append(told)


def _store_told(
    conn: Connection,
    directory: Directory,
    reads: Sequence[Read],
    fates: Sequence[Fate],
    rules: Rules,
    zone: str,
) -> None:
    """Store meter events and context of those of whom readings would be stored, too.

    Rows that are there for a point of the context have its outcome.
    """
    taken: list[tuple[ContextPoint, int, Fate]] = []
    for read, fate in zip(reads, fates, strict=True):
        if read.decoded is None or read.connector is None:
            continue
        for event in read.decoded.events:
            number = _usage_point(conn, directory, read, event, event.at, rules)
            outcome = "refused"
            if number is not None:
                placed = place_event(event, number)
                outcome = record_event(conn, placed, read.connector, read.load_id)
            fate.events[outcome] += 1
        for point in read.decoded.context:
            reason = _why_not(conn, directory, read, point, rules)
            if reason is None:
                taken.append((point, read.load_id, fate))
            elif point.row:
                _refuse_row(fate, point, reason, read.message.received_at, zone)
    outcomes = store_context(conn, [(point, load_id) for point, load_id, _ in taken])
    last = {(point.series, point.ts): (point, fate) for point, _, fate in taken}
    for point, _, fate in taken:
        if not point.row:
            continue
        kept, by = last[point.series, point.ts]
        if (point.value, point.label) == (kept.value, kept.label):
            _raise(fate, point.row, outcomes[point.series, point.ts])
        elif by is fate:
            _refuse_row(fate, point, "duplicate_row", 0, zone)


def _why_not(
    conn: Connection, directory: Directory, read: Read, point: ContextPoint, rules: Rules
) -> str | None:
    """Why a point is not taken. What is of no meter is everybody's: only those who may write
    everywhere tell it."""
    if point.device:
        number = _usage_point(conn, directory, read, point, point.ts, rules)
        return "not_allowed" if number is None else None
    if rules.usage_points is not None:
        return "no_meter"
    if is_context_believable(point.ts, read.message.received_at):
        return None
    return "too_early" if point.ts < EARLIEST_CONTEXT else "too_late"


def _refuse_row(fate: Fate, point: ContextPoint, reason: str, received_at: int, zone: str) -> None:
    value = point.device if reason == "not_allowed" else instant_text(point.ts, zone)
    limit = EARLIEST_CONTEXT if reason == "too_early" else received_at
    detail = {"device": point.device or point.series, "limit": instant_text(limit, zone)}
    fate.rejects.append(Reject(point.row, reason, value=value, detail=detail))
    _raise(fate, point.row, Outcome.REJECTED)


def _raise(fate: Fate, row: int, outcome: Outcome) -> None:
    fate.rows[row - 1] = max(fate.rows[row - 1], outcome)


def _usage_point(
    conn: Connection,
    directory: Directory,
    read: Read,
    of: MeterEvent | ContextPoint,
    ts: int,
    rules: Rules,
) -> int | None:
    """Where something told of a meter belongs; None where a reading would be refused."""
    if not is_believable(ts, read.message.received_at):
        return None
    channel = ChannelKey(of.device, of.commodity, "consumption", "energy", "", "register")
    key = SourceKey(read.connector or "", channel)
    directory.prepare(conn, [key], rules.by_usage_point)
    return usage_point_for(directory, key, ts, rules)


def _rejected(read: Read, fate: Fate) -> Rejected:
    """One kept payload for a message, whatever the number of its refused rows."""
    first = fate.rejects[0]
    named = [_named(reject) for reject in fate.rejects[:_NAMED]]
    device = first.detail.get("device")
    return Rejected(
        received_at=read.message.received_at,
        transport=read.message.transport,
        origin=read.message.origin,
        reason=first.reason,
        connector=read.connector,
        device=str(device) if device else None,
        detail=named[0] | {"count": len(fate.rejects), "rows": named},
        payload=read.message.payload,
    )


def _named(reject: Reject) -> dict[str, object]:
    told = {"row": reject.row, "column": reject.column, "value": reject.value, "line": reject.line}
    return {"reason": reject.reason, **reject.detail} | {
        k: v for k, v in told.items() if v is not None
    }


def _unknown(
    batch: Batch, written: Written, reads: Sequence[Read], offsets: list[int]
) -> dict[tuple[str, str], tuple[str, int]]:
    """Devices the registry does not know: where they were heard last, in how many rows."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    if not written.unknown:
        return found
    for number, source in enumerate(batch.keys):
        device = (source.connector, source.channel.device)
        if device in written.unknown:
            rows = np.unique(batch.row[batch.key == number])
            n = int(np.searchsorted(offsets, rows[-1], side="left")) - 1
            _, times = found.get(device, ("", 0))
            found[device] = (reads[n].message.origin, max(times, len(rows)))
    return found


def is_messages_fault(error: Exception) -> bool:
    """Whether a failed transaction is due to what was to be stored, not to the database's state."""
    if isinstance(error, psycopg.Error):
        return isinstance(error, (psycopg.DataError, psycopg.IntegrityError))
    return not isinstance(error, (OSError, MemoryError))
