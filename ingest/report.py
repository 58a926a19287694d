"""What a person is told of a loaded file: outcomes that add up, and every row not taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.model import Note, Reject, reason_text

_OUTCOMES = {
    "accepted": ("acceptées", "accepted"),
    "unchanged": ("inchangées", "unchanged"),
    "revised": ("révisées", "revised"),
    "rejected": ("rejetées", "rejected"),
    "gap": ("sans valeur", "without a value"),
    "ignored": ("ignorées", "ignored"),
}


@dataclass(slots=True)
class LoadReport:
    """What became of one file.

    ``problem``: why nothing of it could be read. ``counts``: rows by outcome. ``load_id`` None:
    nothing was written.
    """

    file: str
    load_id: int | None = None
    connector: str | None = None
    digest: str = ""
    rows_read: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_OUTCOMES, 0))
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    problem: Reject | None = None

    def as_json(self, language: str, most: int | None = None) -> dict[str, Any]:
        """Plain values; at most ``most`` refused rows."""
        return {
            "file": self.file,
            "load": self.load_id,
            "connector": self.connector,
            "digest": self.digest,
            "rows": self.rows_read,
            **self.counts,
            "problem": reject_json(self.problem, language) if self.problem else None,
            "rejects": [reject_json(r, language) for r in self.rejects[:most]],
            "notes": [
                {"code": n.code, "text": n.fr if language == "fr" else n.en} for n in self.notes
            ],
        }

    def lines(self, language: str, *, dry_run: bool = False) -> Iterator[str]:
        """The same as text."""
        french = language == "fr"
        if self.problem is not None:
            reason = reject_reason(self.problem, language)
            yield f"{self.file} : {reason}" if french else f"{self.file}: {reason}"
            return
        told = ", ".join(
            f"{self.counts[name]} {words[0 if french else 1]}"
            for name, words in _OUTCOMES.items()
            if self.counts[name]
        )
        name = f"chargement {self.load_id}" if french else f"load {self.load_id}"
        if dry_run:
            name = "essai à blanc, rien n'est écrit" if french else "dry run, nothing is written"
        read = f"{self.rows_read} lignes lues" if french else f"{self.rows_read} rows read"
        yield f"{self.file} : {self.connector}, {name}. {read} : {told or '-'}"
        for note in self.notes:
            yield f"  - {note.fr if french else note.en}"
        for line in reject_lines(self.rejects, language):
            yield f"  {line}"


def reject_reason(reject: Reject, language: str) -> str:
    """Why a row or file was not taken."""
    return reason_text(reject.reason, language, {"value": reject.value, **reject.detail})


def reject_lines(rejects: Sequence[Reject], language: str) -> Iterator[str]:
    """Rows, column, value and reason; rows refused for the same are told together."""
    french = language == "fr"
    rows: dict[tuple[str, str], list[int]] = {}
    for reject in rejects:
        column = f", {'colonne' if french else 'column'} {reject.column}" if reject.column else ""
        told = reject_reason(reject, language)
        if reject.value is not None and reject.value not in told:
            told = f"[{reject.value}] {told}"
        rows.setdefault((column, told), []).append(reject.line or reject.row)
    for (column, told), numbers in rows.items():
        one, many = ("ligne", "lignes") if french else ("row", "rows")
        several = numbers[0] != numbers[-1]
        yield f"{many if several else one} {_ranges(numbers)}{column} : {told}"


def reject_line(reject: Reject, language: str) -> str:
    """One refused row: row, column, value and reason."""
    return next(reject_lines([reject], language))


def _ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 7 -> "1-3, 7"."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in spans)


def reject_json(reject: Reject, language: str) -> dict[str, Any]:
    """A refused row as plain values."""
    return {
        "row": reject.row,
        "line": reject.line,
        "column": reject.column,
        "value": reject.value,
        "reason": reject.reason,
        "text": reject_reason(reject, language),
    }
