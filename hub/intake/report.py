"""What a person is told of a loaded file: outcomes that add up, every row not taken, what it holds.

The report is one object everywhere: on the command line, in the API, on the page and in the store.
As JSON each of its texts stands in French (``fr``) and in English (``en``), and for a reader also
as ``text`` in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.intake import report_words
from hub.intake.counted import Counting, Feed
from hub.intake.summary import ChannelSummary, Missing, Summary
from hub.model import Note, Reject, reason_text
from hub.units import DECIMALS, unit_of
from hub.words import system_words

OUTCOMES = ("accepted", "unchanged", "revised", "rejected", "gap", "ignored")
#: What becomes of a meter event.
EVENTS = ("added", "changed", "unchanged", "refused")
Told = dict[str, Any]


@dataclass(slots=True)
class LoadReport:
    """What became of one file.

    ``problem``: why nothing of it could be read. ``counts``: rows by outcome; ``events``: meter
    events by what became of them; ``readings``: those of its rows that the store has now, where a
    row may hold several. ``load_id`` None: nothing was written. ``summary``: what the file
    holds; ``countings``: what counts of it.
    """

    file: str
    zone: str = "Europe/Paris"
    load_id: int | None = None
    connector: str | None = None
    digest: str = ""
    rows_read: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EVENTS, 0))
    readings: int = 0
    problem: Reject | None = None
    summary: Summary = field(default_factory=Summary)
    countings: list[Counting] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Rows that the store has now."""
        return self.counts["accepted"] + self.counts["unchanged"] + self.counts["revised"]

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the file was taken, for a reason."""
        return self.problem is not None or (bool(self.rejects) and not self.taken)

    def as_json(self, language: str, most: int | None = None) -> Told:
        """Plain values for a reader; at most ``most`` refused rows."""
        told: Told = spoken(self.stored(most), language)
        return told

    def stored(self, most: int | None = None) -> Told:
        """Plain values in both languages."""
        zone = ZoneInfo(self.zone)
        return {
            "file": self.file,
            "load": self.load_id,
            "connector": self.connector,
            "digest": self.digest,
            "zone": self.zone,
            "rows": self.rows_read,
            **{outcome: self.counts[outcome] for outcome in OUTCOMES},
            "readings": self.readings,
            "events": {name: self.events[name] for name in EVENTS},
            "problem": _problem(self.problem) if self.problem else None,
            "rejects": [reject_json(reject) for reject in self.rejects[:most]],
            "rejects_left": len(self.rejects[most:]) if most is not None else 0,
            "gaps": _missing(self.summary.gaps, zone),
            "notes": [{"code": n.code, "fr": n.fr, "en": n.en} for n in self.notes],
            "channels": [_channel(channel, zone) for channel in self.summary.channels],
            "channels_left": self.summary.left,
            "counting": [_counting(counting) for counting in self.countings],
        }

    def lines(self, language: str, *, dry_run: bool = False) -> Iterable[str]:
        """The same as text; whatever the file holds, each is one line."""
        return report_words.lines(self.as_json(language), language, dry_run=dry_run)


def spoken(told: Any, language: str) -> Any:
    """A stored report for a reader: beside ``fr`` and ``en``, ``text`` in their language."""
    if isinstance(told, Mapping):
        said = {key: spoken(value, language) for key, value in told.items()}
        return {**said, "text": said[language]} if {"fr", "en"} <= said.keys() else said
    if isinstance(told, Sequence) and not isinstance(told, str):
        return [spoken(value, language) for value in told]
    return told


def restored(stored: Mapping[str, Any], language: str) -> Told:
    """A report of the store for a reader; what an earlier version did not tell is empty."""
    told: Told = spoken({**LoadReport("").stored(), **stored}, language)
    return told


def reject_reason(reject: Reject, language: str) -> str:
    """Why a row or file was not taken."""
    detail: dict[str, object] = {"value": reject.value, **reject.detail}
    if limit := _limit(reject):
        detail["limit"] = report_words.instant(limit)
    if isinstance(error := detail.get("error"), str):
        detail["error"] = system_words(error, language)
    return reason_text(reject.reason, language, detail)


def _limit(reject: Reject) -> str | None:
    """The instant that a row was held against, where its reason is one of time."""
    limit = reject.detail.get("limit") if reject.reason in report_words.OF_TIME else None
    return None if limit is None else str(limit)


def reject_json(reject: Reject) -> Told:
    """A refused row as plain values."""
    return {
        "row": reject.row,
        "line": reject.line,
        "column": reject.column,
        "value": reject.value,
        "reason": reject.reason,
        "limit": _limit(reject),
        "fr": reject_reason(reject, "fr"),
        "en": reject_reason(reject, "en"),
    }


def _problem(reject: Reject) -> Told:
    """Why a file was not read, with what its reason names."""
    detail = {
        name: value if isinstance(value, int) else str(value)
        for name, value in reject.detail.items()
    }
    return {**reject_json(reject), "detail": detail}


def reject_line(reject: Reject, language: str) -> str:
    """One refused row: row, column, value and reason."""
    return next(report_words.reject_lines([spoken(reject_json(reject), language)], language))


def _channel(channel: ChannelSummary, zone: ZoneInfo) -> Told:
    key = channel.key
    unit = unit_of(key.quantity, next(iter(DECIMALS[key.quantity])))
    total = None if channel.total is None else _number(unit.text(channel.total))
    return {
        "device": key.device,
        "commodity": key.commodity,
        "flow": key.flow,
        "quantity": key.quantity,
        "register": key.register,
        "kind": key.kind,
        "input": key.input,
        "period": key.period,
        "readings": channel.readings,
        "from": _instant(channel.start, zone),
        "to": _instant(channel.end, zone),
        "step": channel.step,
        "total": total,
        "unit": unit.name,
        "missing": _missing(channel.missing, zone),
    }


def _missing(missing: Missing, zone: ZoneInfo) -> Told:
    return {
        "count": missing.count,
        "seconds": missing.seconds,
        "first": [
            {"from": _instant(start, zone), "to": _instant(end, zone)}
            for start, end in missing.first
        ],
    }


def _counting(counting: Counting) -> Told:
    feeds = [_feed(feed) for feed in counting.feeds]
    return {
        "usage_point": counting.usage_point,
        "commodity": counting.commodity,
        "flow": counting.flow,
        "quantity": counting.quantity,
        "sources": feeds,
        "fr": report_words.counting(feeds, "fr"),
        "en": report_words.counting(feeds, "en"),
    }


def _feed(feed: Feed) -> Told:
    counting = feed.counting
    return {
        "source": feed.source,
        "kind": feed.kind,
        "period": feed.period,
        "rank": feed.rank,
        "registers": feed.registers,
        "counts": counting,
        "beside": [name for name in feed.registers if name not in counting],
        "this_file": feed.is_own,
    }


def _number(text: str) -> int | float:
    """A decimal as a number of JSON: all of its digits, for it has at most fifteen that count."""
    return float(text) if "." in text else int(text)


def _instant(ts: int, zone: ZoneInfo) -> str:
    """Local time with its offset."""
    return datetime.fromtimestamp(ts, UTC).astimezone(zone).isoformat()
