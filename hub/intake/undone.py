"""What taking a load back did, for people. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from hub.words import agree


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking a load back did. ``repeated``: later loads that had the same rows, by number."""

    load_id: int
    file_name: str
    removed: int
    restored: int
    replaced_since: int
    events: int
    repeated: dict[int, str]

    def naming(self, known: Collection[int]) -> Undone:
        """The same, where of the other loads only these may be named to the reader."""
        named = {load: name if load in known else "" for load, name in self.repeated.items()}
        return replace(self, repeated=named)

    def as_json(self, language: str) -> dict[str, Any]:
        """Plain values for a reader."""
        told = {code: "\n".join(self.lines(code)) for code in ("fr", "en")}
        repeated = {str(load): name for load, name in self.repeated.items()}
        return {**asdict(self), "repeated": repeated, **told, "text": told[language]}

    def lines(self, language: str) -> list[str]:
        """The same as text."""
        french = language == "fr"
        removed = agree(
            self.removed,
            ("relevé retiré", "relevés retirés"),
            ("reading removed", "readings removed"),
            language,
        )
        restored = agree(
            self.restored,
            ("relevé rétabli", "relevés rétablis"),
            ("reading restored", "readings restored"),
            language,
        )
        left = agree(
            self.replaced_since,
            ("relevé laissé (remplacé depuis)", "relevés laissés (remplacés depuis)"),
            ("reading left (replaced since)", "readings left (replaced since)"),
            language,
        )
        told = (
            f"Chargement {self.load_id} ({self.file_name}) annulé :"
            if french
            else f"Load {self.load_id} ({self.file_name}) undone:"
        )
        counts = (self.removed, self.restored, self.replaced_since)
        done = [
            said for count, said in zip(counts, (removed, restored, left), strict=True) if count
        ]
        if not done:
            return [f"{told} {'aucun relevé ne change' if french else 'no reading changes'}."]
        return [
            f"{told} {', '.join(done)}.",
            *(_repeated(load, name, french=french) for load, name in self.repeated.items()),
        ]


def _repeated(load: int, name: str, *, french: bool) -> str:
    shown = f"{load} ({name})" if name else str(load)
    if french:
        return (
            f"Le chargement {shown} contenait aussi de ces relevés : ils sont partis avec. Pour les"
            " garder, envoyez de nouveau son fichier."
        )
    return (
        f"Load {shown} had some of the same readings: they are gone too. To keep them, send its"
        " file again."
    )
