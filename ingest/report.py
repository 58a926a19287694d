"""What a person is told of a loaded file: outcomes that add up, and every row not taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.model import Note, Reject, reason_text
from hub.words import Forms, agree, visible

#: Outcome -> of one and of several rows in French; in English.
_OUTCOMES: dict[str, tuple[Forms, str]] = {
    "accepted": (("acceptée", "acceptées"), "accepted"),
    "unchanged": (("inchangée", "inchangées"), "unchanged"),
    "revised": (("révisée", "révisées"), "revised"),
    "rejected": (("rejetée", "rejetées"), "rejected"),
    "gap": (("sans valeur", "sans valeur"), "without a value"),
    "ignored": (("ignorée", "ignorées"), "ignored"),
}
#: Fate of a meter event -> of one and of several in French; in English.
_EVENTS: dict[str, tuple[Forms, str]] = {
    "added": (("enregistré", "enregistrés"), "recorded"),
    "changed": (("corrigé", "corrigés"), "corrected"),
    "unchanged": (("déjà connu", "déjà connus"), "known already"),
    "refused": (("d'un autre point", "d'autres points"), "of other usage points"),
}
_READ: tuple[Forms, Forms] = (("ligne lue", "lignes lues"), ("row read", "rows read"))


@dataclass(slots=True)
class LoadReport:
    """What became of one file.

    ``problem``: why nothing of it could be read. ``counts``: rows by outcome; ``events``: meter
    events by what became of them. ``load_id`` None: nothing was written.
    """

    file: str
    load_id: int | None = None
    connector: str | None = None
    digest: str = ""
    rows_read: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_OUTCOMES, 0))
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_EVENTS, 0))
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
            "events": self.events,
            "problem": reject_json(self.problem, language) if self.problem else None,
            "rejects": [reject_json(r, language) for r in self.rejects[:most]],
            "notes": [
                {"code": n.code, "text": n.fr if language == "fr" else n.en} for n in self.notes
            ],
        }

    def lines(self, language: str, *, dry_run: bool = False) -> Iterator[str]:
        """The same as text; whatever the file holds, each is one line."""
        colon = " :" if language == "fr" else ":"
        if self.problem is not None:
            yield visible(f"{self.file}{colon} {reject_reason(self.problem, language)}")
            return
        told = ", ".join(
            agree(self.counts[name], french, (english, english), language)
            for name, (french, english) in _OUTCOMES.items()
            if self.counts[name]
        )
        read = agree(self.rows_read, *_READ, language)
        name = self._name(language, dry_run=dry_run)
        yield visible(f"{self.file}{colon} {self.connector}, {name}. {read}{colon} {told or '-'}")
        changed = [
            agree(self.events[name], french, (english, english), language)
            for name, (french, english) in _EVENTS.items()
            if self.events[name]
        ]
        if changed:
            head = "événements de compteur" if language == "fr" else "meter events"
            yield f"  - {head}{colon} {', '.join(changed)}"
        for note in self.notes:
            yield visible(f"  - {note.fr if language == 'fr' else note.en}")
        for line in reject_lines(self.rejects, language):
            yield f"  {line}"

    def _name(self, language: str, *, dry_run: bool) -> str:
        french = language == "fr"
        if dry_run:
            return "essai à blanc, rien n'est écrit" if french else "dry run, nothing is written"
        return f"chargement {self.load_id}" if french else f"load {self.load_id}"


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
        colon = " :" if french else ":"
        yield visible(f"{many if several else one} {_ranges(numbers)}{column}{colon} {told}")


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
