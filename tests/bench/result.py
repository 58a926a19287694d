"""What a benchmark gives: a figure of the hub, its limit measured in the same run, their ratio."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg


@dataclass(frozen=True)
class Goal:
    """``value`` at least or at most so much."""

    kind: Literal["at least", "at most"]
    value: float

    def met(self, value: float) -> bool:
        """Whether a figure reaches it."""
        return value >= self.value if self.kind == "at least" else value <= self.value

    def __str__(self) -> str:
        return f"{self.kind} {self.value:g}"


@dataclass(frozen=True)
class Result:
    """One line of the table.

    hub, limit: medians in ``unit``, limit None where the goal is on the figure itself. ratio: what
    the goal is on. runs: all figures of the hub, then of the limit. note: what a reader must know.
    """

    bench: str
    what: str
    unit: str
    hub: float
    limit: float | None = None
    limit_what: str = ""
    ratio: float | None = None
    goal: Goal | None = None
    runs: dict[str, list[float]] = field(default_factory=dict)
    note: str = ""

    @property
    def judged(self) -> float:
        """The figure that the goal is on."""
        return self.hub if self.ratio is None else self.ratio

    @property
    def verdict(self) -> str:
        """Met, missed or for information."""
        if self.goal is None:
            return "information"
        return "met" if self.goal.met(self.judged) else "missed"

    def as_json(self) -> dict[str, Any]:
        """For the file of ratios."""
        goal = None if self.goal is None else str(self.goal)
        return {**asdict(self), "goal": goal, "verdict": self.verdict}


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def compared(
    bench: str, what: str, hub: Sequence[float], limit: Sequence[float], *,
    unit: str = "s", limit_what: str, goal: Goal | None, note: str = "",
) -> Result:  # fmt: skip
    """A result of paired runs; times (unit s, ms): ratio hub / limit; rates: hub / limit too.

    The ratio is the median of the ratios of the pairs: what slows the machine slows both.
    """
    pairs = [h / n for h, n in zip(hub, limit, strict=True)]
    return Result(
        bench, what, unit, statistics.median(hub), statistics.median(limit), limit_what,
        statistics.median(pairs), goal, {"hub": list(hub), "limit": list(limit)}, note,
    )  # fmt: skip


def machine(conn: psycopg.Connection[Any] | None = None) -> dict[str, Any]:
    """What the figures were measured on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.processor(),
    )  # fmt: skip
    told: dict[str, Any] = {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "measured": time.strftime("%Y-%m-%d"),
    }
    if conn is not None:
        for name in ("server_version", "shared_buffers", "synchronous_commit", "fsync",
                     "max_wal_size", "timescaledb.license"):  # fmt: skip
            row = conn.execute("SELECT current_setting(%s)", [name]).fetchone()
            told[name] = row[0] if row else None
        row = conn.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
        ).fetchone()
        told["timescaledb"] = row[0] if row else None
    return told


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    lines = [
        "| bench | what | the hub | the limit, in the same run | ratio | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in results:
        limit = "-" if r.limit is None else f"{_figure(r.limit)} {r.unit}: {r.limit_what}"
        ratio = "-" if r.ratio is None else f"{r.ratio:.2f}"
        lines.append(
            f"| {r.bench} | {r.what} | {_figure(r.hub)} {r.unit} | {limit} | {ratio} |"
            f" {r.goal or '-'} | {r.verdict}{'; ' + r.note if r.note else ''} |"
        )
    return "\n".join(lines)


def _figure(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"
