"""Golden cases of the connectors: ``tests/connectors/<connector>/<case>/``.

A case is a folder with

- ``input.*``: what the connector gets. ``input.tsv`` holds messages, one a line, ``topic TAB
  payload``; anything else is one payload, byte for byte;
- ``context.json``, where needed: fields of :class:`hub.model.Context` (``received_at`` as ISO 8601
  or seconds, ``device``, ``zone``, ``topic``, ``file_name``, ``retained``, ``companions`` as
  topic -> text). Messages of a ``.tsv`` arrive one second apart from ``received_at`` on, and each
  has the earlier ones as companions as ingest keeps them (``COMPANIONS``, ``explained``);
- ``expected.csv``: every reading as a line, sorted, then ``#`` lines for the rows that gave none,
  the events, the context and the notes. ``REGENERATE_GOLDEN=1 pytest tests/connectors`` writes it;
  read the difference before you commit it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import connectors
from hub.model import Context, Decoded, DecodeError
from ingest.config import Routing

HERE = Path(__file__).parent
#: Arrival of a case that tells none: 2026-11-22 12:00 UTC.
ARRIVAL = 1_795_348_800
COLUMNS = (
    "device",
    "commodity",
    "flow",
    "quantity",
    "register",
    "kind",
    "input",
    "ts",
    "seconds",
    "value",
    "quality",
    "row",
)


@dataclass(frozen=True)
class Case:
    """One golden case; ``str(case)`` is its name in the test report."""

    connector: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.connector}/{self.folder.name}"

    @property
    def input(self) -> Path:
        """The one ``input.*`` of the case. Raises AssertionError if there is none or several."""
        found = sorted(self.folder.glob("input.*"))
        assert len(found) == 1, f"{self}: one input.* is needed, found {[p.name for p in found]}"
        return found[0]

    @property
    def expected(self) -> Path:
        return self.folder / "expected.csv"


def cases() -> list[Case]:
    """Every case there is, in the order of their names."""
    return [
        Case(connector.name, case) for connector in folders(HERE) for case in folders(connector)
    ]


def folders(parent: Path) -> list[Path]:
    """Sub-folders of ``parent`` that are not caches."""
    return sorted(p for p in parent.iterdir() if p.is_dir() and not p.name.startswith(("_", ".")))


def context(case: Case) -> Context:
    """The case's context: ``context.json`` over the defaults."""
    path = case.folder / "context.json"
    given: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    known = {f.name for f in fields(Context)}
    assert set(given) <= known, f"{path}: unknown fields {sorted(set(given) - known)}"
    if isinstance(given.get("received_at"), str):
        given["received_at"] = int(datetime.fromisoformat(given["received_at"]).timestamp())
    companions = given.get("companions", {})
    given["companions"] = {topic: text.encode() for topic, text in companions.items()}
    return Context(**({"received_at": ARRIVAL} | given))


def outcome(case: Case) -> str:
    """What the connector makes of the case, as the text of ``expected.csv``."""
    return "".join(f"{line}\n" for line in [",".join(COLUMNS), *_lines(case)])


def messages(case: Case) -> Iterator[tuple[bytes, Context]]:
    """What the connector gets, one payload after the other, each with its context."""
    ctx, path = context(case), case.input
    if path.suffix != ".tsv":
        yield path.read_bytes(), ctx
        return
    heard, explain = dict(ctx.companions), connectors.explainer(case.connector)
    for number, line in enumerate(path.read_bytes().rstrip(b"\n").split(b"\n"), start=1):
        topic, tab, payload = line.partition(b"\t")
        assert tab, f"{path}:{number}: topic TAB payload is needed"
        name = topic.decode()
        others = {t: p for t, p in heard.items() if t != name}
        arrival = ctx.received_at + number - 1
        yield payload, replace(ctx, topic=name, received_at=arrival, companions=others)
        told = explain(payload, name) if explain else None
        if told is None and _is_kept(case.connector, name):
            heard[name] = payload
        elif told is not None:  # a description, in the place of what it told before
            heard = {t: p for t, p in heard.items() if not t.startswith(f"{name}#")}
            heard |= {f"{name}#{n}": raw for n, (_, raw) in enumerate(told)}


def _lines(case: Case) -> Iterator[str]:
    module, is_file = connectors.load(case.connector), case.input.suffix != ".tsv"
    for number, (payload, ctx) in enumerate(messages(case), start=1):
        if not is_file:
            yield f"# message {number} {ctx.topic}"
        try:
            yield from tell(module.decode(payload, ctx))
        except DecodeError as error:
            yield f"# error {error.reason}"


def _is_kept(connector: str, topic: str) -> bool:
    route = Routing(dict.fromkeys(connectors.load(connector).TOPICS, connector)).route(topic)
    return bool(connectors.companions(connector)) if route is None else route.keeps


def tell(decoded: Decoded) -> list[str]:
    """``decoded`` as lines: readings sorted by channel, time and row; then everything else."""
    readings = sorted(_readings(decoded))
    lines = [",".join(map(str, reading)) for reading in readings]
    lines.append(f"# rows {decoded.rows} ignored {decoded.ignored}")
    lines += [
        f"# gap row={g.row} start={_time(g.start)} end={_time(g.end)} column={g.column or ''}"
        for g in sorted(decoded.gaps, key=lambda g: (g.row, g.column or ""))
    ]
    lines += [
        f"# reject row={r.row} line={r.line or ''} reason={r.reason} column={r.column or ''}"
        f" value={r.value if r.value is not None else ''}"
        for r in sorted(decoded.rejects, key=lambda r: (r.row, r.column or ""))
    ]
    lines += [
        f"# event {e.device} {e.commodity} {e.flow} {e.kind} {e.register} at={_time(e.at)}"
        f" closing={e.closing} opening={e.opening}"
        for e in decoded.events
    ]
    lines += [
        f"# context {p.series} {_time(p.ts)} value={p.value} label={p.label or ''}"
        + (f" row={p.row}" if p.row else "")
        for p in decoded.context
    ]
    lines += [
        f"# note {n.code}: {n.en}" + (f" ({n.about})" if n.about else "") for n in decoded.notes
    ]
    return lines


def _readings(decoded: Decoded) -> Iterator[tuple[str | int, ...]]:
    for series in decoded.series:
        key, count = series.key, len(series.ts)
        kind = f"{key.kind} ({key.period})" if key.period else key.kind
        channel = (key.device, key.commodity, key.flow, key.quantity, key.register, kind)
        seconds = series.seconds if series.seconds is not None else [0] * count
        row = series.row if series.row is not None else [1] * count
        quality = series.quality if series.quality is not None else [0] * count
        for i in range(count):
            amounts = (int(seconds[i]), int(series.value[i]), int(quality[i]), int(row[i]))
            yield (*channel, key.input, _time(int(series.ts[i])), *amounts)


def _time(ts: int | None) -> str:
    return "" if ts is None else datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def accounted(decoded: Decoded) -> set[int]:
    """Rows that a reading, a point, a gap or a reject names; with ``ignored`` they are all rows."""
    named = {g.row for g in decoded.gaps} | {r.row for r in decoded.rejects}
    named |= {p.row for p in decoded.context if p.row}
    for series in decoded.series:
        named.update({1} if series.row is None else map(int, series.row))
    return named
