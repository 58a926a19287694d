"""Checks that ask the database: what came in, what did not, what is still to be added up."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any

from hub.accounts.log import first_broken
from hub.app.doctor.finding import Finding, names, span, told
from hub.app.doctor.words import Text
from hub.model import REASONS, reason_text
from hub.store import checkup
from hub.store.connection import Connection
from hub.store.publication import read_state as publication_state
from hub.store.published import last_published
from hub.store.service_state import read_state
from hub.store.status import flow
from hub.store.verdicts import last_verdict

#: A changed range that has waited for so many seconds is late.
_LATE = 300.0
#: ingest tells of itself every ten seconds; publication looks several times a minute.
_UNHEARD, _STOPPED = 120.0, 3600.0
#: Half-hours are published half an hour after their end, once their readings are added up.
_HALF_HOURS_LATE = 2 * 3600.0
#: The rollup service proves all totals once a night.
_UNPROVEN = 49 * 3600.0
#: So long a queue of the broker's that overflowed is told of.
_OVERFLOWED = 7 * 86_400.0
_SILENT = dt.timedelta(hours=24)


def edition(conn: Connection) -> Iterator[Finding]:
    """TimescaleDB's Community edition compresses and drops old rows, if it is told to."""
    if checkup.lacks_policies(conn):
        yield Finding("not_compressed")


def ingest(conn: Connection) -> Iterator[Finding]:
    """Whether `hub ingest` is alive, and has its broker and room."""
    heard = read_state(conn, "ingest")
    if heard is None:
        yield Finding("ingest_never")
    elif heard[1] > _UNHEARD:
        yield Finding("ingest_silent", values={"age": span(heard[1])})
    elif not heard[0].get("broker", True):
        yield Finding("ingest_without_broker")
    dropped = heard[0].get("dropped", {}) if heard else {}
    if dropped.get("count"):
        yield Finding("ingest_no_room", told(dropped["of"]), {"count": dropped["count"]})
    overflow = heard[0].get("overflow", {}) if heard else {}
    age = time.time() - overflow.get("at", 0)
    if age < _OVERFLOWED:
        yield Finding("broker_overflow", values={"count": overflow["count"], "age": span(age)})


def notes(conn: Connection) -> Iterator[Finding]:
    """What live messages told and ingest does not read, by kind."""
    heard = read_state(conn, "ingest")
    kinds: dict[str, list[dict[str, Any]]] = {}
    for note in heard[0].get("notes", []) if heard else []:
        kinds.setdefault(note["code"], []).append(note)
    for newest, *others in kinds.values():
        named = [told(note["source"]) for note in (newest, *others[: checkup.NAMED - 1])]
        where = names(checkup.Several(1 + len(others), tuple(named)))
        text = Text(newest["fr"], newest["en"])
        yield Finding("unread", where, {"count": 1 + len(others), "note": text})


def rollup(conn: Connection) -> Iterator[Finding]:
    """Readings not added up in time, and ranges set aside."""
    now = flow(conn)
    if now.oldest is not None and now.oldest > _LATE:
        yield Finding("rollup_late", values={"age": span(now.oldest), "count": now.pending})
    for code, aside in (("set_aside", now.set_aside), ("areas_set_aside", now.areas_set_aside)):
        if aside.count:
            again = f"hub rebuild --from {aside.first_day} --to {aside.last_day}"
            values = {"count": aside.count, "error": told(aside.reason), "again": again}
            yield Finding(code, f"{aside.first_day} - {aside.last_day}", values)


def rejected(conn: Connection) -> Iterator[Finding]:
    """Payloads and rows that were not taken, by reason."""
    for one in checkup.refused(conn):
        yield Finding("rejected", one.origin, {"count": one.count, "reason": _reason(one)})
    for one in checkup.refused_rows(conn):
        yield Finding("rejected_rows", one.origin, {"count": one.count, "reason": _reason(one)})
    waiting = checkup.waiting_messages(conn)
    if waiting.count:
        named = ", ".join(waiting.named)
        yield Finding("waiting", named, {"count": waiting.count})


def devices(conn: Connection) -> Iterator[Finding]:
    """Devices nobody registered."""
    found = checkup.unknown_devices(conn)
    if found.count:
        yield Finding("unknown_devices", names(found), {"count": found.count})


def shared(conn: Connection) -> Iterator[Finding]:
    """Devices whose readings land in one channel though they are two meters'."""
    found = checkup.mixed_devices(conn)
    if found.count:
        yield Finding("shared_input", names(found), {"count": found.count})


def backwards(conn: Connection) -> Iterator[Finding]:
    """Registers that run backwards, step by step."""
    found = checkup.backward_registers(conn)
    if found.count:
        yield Finding("backwards", names(found), {"count": found.count})


def silent(conn: Connection) -> Iterator[Finding]:
    """Devices that used to tell and do not any more."""
    found = checkup.silent_devices(conn, _SILENT)
    if found.since is not None:
        values = {"count": found.devices.count, "age": span(_age(found.since))}
        yield Finding("silent_devices", names(found.devices), values)


def consent(conn: Connection) -> Iterator[Finding]:
    """Households that count in no total."""
    found = checkup.households_without_consent(conn)
    if found.count:
        yield Finding("without_consent", names(found), {"count": found.count})


def publication(conn: Connection) -> Iterator[Finding]:
    """Public figures that are due and held back, or a publisher that does not run."""
    state = publication_state(conn)
    ran = state.get("at")
    if ran is None:
        yield Finding("publication_never")
        return
    if _age(ran) > _STOPPED:
        yield Finding("publication_stopped", values={"age": span(_age(ran))})
        return
    last = last_published(conn, "30min")
    late = last is not None and _age(last) > _HALF_HOURS_LATE
    if state.get("waiting_days") or (state.get("waiting_half_hours") and late):
        yield Finding("held_back")


def totals(conn: Connection) -> Iterator[Finding]:
    """What the last night's proof of all totals found."""
    last = last_verdict(conn)
    if last is not None and last.wrong:
        values = {"count": sum(last.wrong.values()), "age": span(_age(last.checked_at))}
        yield Finding("totals_wrong", "; ".join(last.wrong), values)
    elif last is not None and _age(last.checked_at) > _UNPROVEN:
        yield Finding("totals_unproven", values={"age": span(_age(last.checked_at))})


def access_log(conn: Connection) -> Iterator[Finding]:
    """Whether the log of who looked at whose data is as it was written."""
    number = first_broken(conn)
    if number is not None:
        yield Finding("log_changed", f"access_log {number}")


Check = Callable[[Connection], Iterator[Finding]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("edition", edition),
    ("ingest", ingest),
    ("rollup", rollup),
    ("rejected", rejected),
    ("notes", notes),
    ("devices", devices),
    ("inputs", shared),
    ("backwards", backwards),
    ("silent", silent),
    ("consent", consent),
    ("publication", publication),
    ("totals", totals),
    ("access-log", access_log),
)


def _reason(one: checkup.Refused) -> Text:
    """Why, by the newest of them; a code of another version as it is."""
    if one.reason not in REASONS:
        return Text(one.reason, one.reason)
    return Text(*(told(reason_text(one.reason, code, one.detail)) for code in ("fr", "en")))


def _age(moment: dt.datetime) -> float:
    return (dt.datetime.now(dt.UTC) - moment).total_seconds()
