"""Register names -> the set that they are part of. Sets never mix."""

from __future__ import annotations

from hub.model import DISTRIBUTOR_FAMILIES, SUPPLIER_FAMILIES, TOTAL

#: Levels in order of preference within one source.
TOTAL_LEVEL, SUPPLIER_LEVEL, DISTRIBUTOR_LEVEL = range(3)

_FAMILIES: dict[str, tuple[int, str]] = {
    TOTAL: (TOTAL_LEVEL, TOTAL),
    **{name: (SUPPLIER_LEVEL, min(f)) for f in SUPPLIER_FAMILIES for name in f},
    **{name: (DISTRIBUTOR_LEVEL, min(f)) for f in DISTRIBUTOR_FAMILIES for name in f},
}

#: Parts that are the whole: their own row would repeat the total.
WHOLE = frozenset({TOTAL, "BASE"})


def family_of(register: str) -> tuple[int, str] | None:
    """(level, family) of a register; None for a name that is part of no known total."""
    return _FAMILIES.get(register)
