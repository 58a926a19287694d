"""What pages may know of the installation."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.proof import Proof


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """`place` is the district's name ("" before the registry is there), `demo` marks simulated
    data, `base` is the address people reach the hub at, without a slash at its end, `proof` is the
    badge of the totals (None before they were first looked at)."""

    demo: bool
    place: str
    base: str
    proof: Proof | None
