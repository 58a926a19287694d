"""A small district in plain Python, and its households' days by slow, obvious rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.model import DISTRIBUTOR_FAMILIES, SUPPLIER_FAMILIES

DAY = 86_400  # every day of these districts has 24 hours


@dataclass
class ChannelDay:
    """What a channel's row says; slots: (amount, allocated, covered), 48 or 96 of them, or None."""

    covered: int
    amount: int
    unowned: tuple[int, int] = (0, 0)  # covered, amount
    slots: list[tuple[int, int, int]] | None = None
    quality: dict[str, int] = field(default_factory=dict)
    allocated: int = 0  # of the amount that is owned


@dataclass
class Chan:
    number: int
    point: int
    register: str = "TOTAL"
    source: str = "a"
    kind: str = "register"
    input: str = ""
    period_class: str = ""
    flow: str = "consumption"
    rank: int = 100
    last: int = 10**6
    started: int = -(10**6)
    away: tuple[tuple[int, int], ...] = ()
    days: dict[int, ChannelDay] = field(default_factory=dict)


@dataclass
class Total:
    covered: int
    amount: int
    slots: list[tuple[int, int, int]] | None
    quality: dict[str, int]


def level_family(register: str) -> tuple[int, str]:
    if register == "TOTAL":
        return 0, register
    for level, families in ((1, SUPPLIER_FAMILIES), (2, DISTRIBUTOR_FAMILIES)):
        for family in families:
            if register in family:
                return level, min(family)
    raise AssertionError(register)


def add(parts: list[Total], *, follow: bool = False) -> Total:
    """Parts side by side (smallest coverage), or one after the other (coverage adds up)."""
    if len(parts) == 1:
        return parts[0]
    quality: dict[str, int] = {}
    for part in parts:
        for name, number in part.quality.items():
            quality[name] = quality.get(name, 0) + number
    covers = [part.covered for part in parts]
    slots: list[tuple[int, int, int]] | None = None
    arrays = [part.slots for part in parts if part.slots is not None]
    if arrays and (follow or len(arrays) == len(parts)):
        slots = []
        fewest = min(len(array) for array in arrays)
        for column in zip(*(coarsened(array, fewest) for array in arrays), strict=True):
            known = [c[2] for c in column]
            covered = min(DAY // fewest, sum(known)) if follow else min(known)
            amount, allocated = sum(c[0] for c in column), sum(c[1] for c in column)
            slots.append((amount, allocated, covered) if covered else (0, 0, 0))
    total = min(DAY, sum(covers)) if follow else min(covers)
    return Total(total, sum(part.amount for part in parts), slots, quality)


def coarsened(slots: list[tuple[int, int, int]], number: int) -> list[tuple[int, int, int]]:
    """Quarter-hours as half-hours, where only half-hours are wanted."""
    if len(slots) == number:
        return slots
    assert len(slots) == 2 * number
    return [
        (a[0] + b[0], a[1] + b[1], a[2] + b[2])
        for a, b in zip(slots[0::2], slots[1::2], strict=True)
    ]


def as_total(row: ChannelDay) -> Total:
    """What a household may own of it; half-hours of such a day could show the last occupants'."""
    seconds, amount = row.unowned
    slots = None if seconds else row.slots
    return Total(row.covered - seconds, row.amount - amount, slots, dict(row.quality))


def class_of(covered: int) -> int:
    if covered * 1000 >= DAY * 999:
        return 0
    if covered * 10 >= DAY * 9:
        return 1
    if covered * 24 >= DAY:
        return 2
    return 3 if covered else 4


def counting(channels: list[Chan], point: int, flow: str, day: int) -> list[Chan] | None:
    """The channels that count on that day; None where there is none."""
    feeds: dict[tuple[str, str, str], list[Chan]] = {}
    for c in channels:
        if (c.point, c.flow) == (point, flow):
            feeds.setdefault((c.source, c.kind, c.period_class), []).append(c)
    candidates = []
    for (_, _, period_class), members in feeds.items():
        rank, number = min(c.rank for c in members), min(c.number for c in members)
        for level in (0, 1, 2):
            mine = [c for c in members if level_family(c.register)[0] == level]
            found = register_set(mine, day)
            if found is not None:
                covered, chosen = found
                fineness = {"week": 1, "month": 2}.get(period_class, 0)
                shared = any(c.days[day].allocated for c in chosen if day in c.days)
                shared = shared and covered * 10 >= DAY * 9
                candidates.append((fineness, covered, rank, shared, number, level, chosen))
    allowed = [
        c for c in candidates
        if not any(o[0] < c[0] and o[1] * 10 >= DAY * 9 for o in candidates)
    ]  # fmt: skip
    if not allowed:
        return None
    return min(allowed, key=lambda c: (class_of(c[1]), *c[2:6]))[6]


def register_set(members: list[Chan], day: int) -> tuple[int, list[Chan]] | None:
    families: dict[str, list[Chan]] = {}
    for c in members:
        families.setdefault(level_family(c.register)[1], []).append(c)
    found = []
    for family in families.values():
        present = [c for c in family if day <= c.last]
        if any(day in c.days for c in present):
            expected = [c for c in present if is_missed(c, day) or day in c.days]
            found.append(
                (family_total(expected, day).covered, min(c.number for c in family), expected)
            )
    if not found:
        return None
    if sum(f[0] for f in found) * 1000 <= DAY * 1001:
        return min(DAY, sum(f[0] for f in found)), [c for f in found for c in f[2]]
    best = min(found, key=lambda f: (-f[0], f[1]))
    return best[0], best[2]


def is_missed(c: Chan, day: int) -> bool:
    return c.started <= day and not any(first <= day <= last for first, last in c.away)


def family_total(family: list[Chan], day: int) -> Total:
    parts = [as_total(c.days[day]) if day in c.days else Total(0, 0, None, {}) for c in family]
    return add(parts)


def usage_point_total(channels: list[Chan], point: int, flow: str, day: int) -> Total | None:
    """What counts at a usage point."""
    chosen = counting(channels, point, flow, day)
    if chosen is None:
        return None
    families: dict[str, list[Chan]] = {}
    for c in chosen:
        families.setdefault(level_family(c.register)[1], []).append(c)
    return add([family_total(family, day) for family in families.values()], follow=True)
