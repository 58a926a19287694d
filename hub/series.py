"""Points of a household's series at any step, from slots, days and months. Pure.

Null is not zero: a bucket of which nothing is known has no amount. What is measured or allocated
counts; what is estimated stands beside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hub.periods import LongStep, floor_to, following, instant_of, starts
from hub.store.series import Coefficient, SlotDay, Total

_DAY = timedelta(days=1)
_NONE: Mapping[date, int] = {}

#: Used where no coefficient is known for the place; always flagged as provisional.
DEFAULT_COEFFICIENT = Coefficient(None, None, Decimal("11.2"), "default", True)


@dataclass(slots=True)
class Point:
    """One bucket. Amounts are integers of the quantity, or None where nothing is known.

    ``quality`` counts readings by their flaw; None below a day, where they are not kept.
    ``energy`` holds exact kWh (amount, measured, allocated, estimated) of gas asked for in kWh;
    ``coefficient`` is None where it changes within the bucket.
    """

    start: datetime
    end: datetime
    measured: int | None = None
    allocated: int | None = None
    estimated: int | None = None
    covered: int = 0
    quality: Counter[str] | None = None
    energy: Energy | None = None

    @property
    def amount(self) -> int | None:
        """Measured and allocated together."""
        if self.measured is None:
            return None
        return self.measured + (self.allocated or 0)

    @property
    def coverage(self) -> float:
        """Share of the bucket's seconds that are measured or allocated, four decimals."""
        return round(self.covered / (self.end - self.start).total_seconds(), 4)

    def add(self, measured: int, allocated: int, covered: int) -> None:
        """Count a part of the bucket."""
        self.measured = (self.measured or 0) + measured
        self.allocated = (self.allocated or 0) + allocated
        self.covered += covered


@dataclass(slots=True)
class Energy:
    """Gas as kWh: each day's volume times its coefficient, exact."""

    measured: Decimal = Decimal(0)
    allocated: Decimal = Decimal(0)
    estimated: Decimal | None = None
    coefficients: set[Decimal] = field(default_factory=set)
    provisional: bool = False

    def add(self, total: Total, coefficient: Coefficient) -> None:
        """Count a volume at its coefficient."""
        self.measured += kwh(total.measured, coefficient)
        self.allocated += kwh(total.allocated, coefficient)
        self._note(coefficient)

    def add_estimate(self, volume: int, coefficient: Coefficient) -> None:
        """Put an estimate beside, at its coefficient."""
        self.estimated = (self.estimated or Decimal(0)) + kwh(volume, coefficient)
        self._note(coefficient)

    def _note(self, coefficient: Coefficient) -> None:
        self.coefficients.add(coefficient.value)
        self.provisional |= coefficient.provisional

    @property
    def coefficient(self) -> Decimal | None:
        """The coefficient of the whole bucket; None where it changes within."""
        return next(iter(self.coefficients)) if len(self.coefficients) == 1 else None


def is_known(total: Total) -> bool:
    """Whether a stored row says anything of the amount."""
    return bool(total.covered or total.measured or total.allocated)


def long_points(
    totals: Iterable[Total],
    first: date,
    end: date,
    step: LongStep,
    day_start: timedelta,
    zone: ZoneInfo,
    estimates: Mapping[date, int] = _NONE,
) -> list[Point]:
    """Days, months or years from ``first`` to ``end`` (exclusive), totals put into their bucket.

    ``totals`` are days or months; each must lie within one bucket. ``estimates`` stand beside.
    """
    buckets = _buckets(first, end, step, day_start, zone)
    for day, estimate in estimates.items():
        point = buckets[floor_to(day, step)]
        point.estimated = (point.estimated or 0) + estimate
    for total in totals:
        point = buckets[floor_to(total.start, step)]
        point.quality = (point.quality or Counter()) + Counter(total.quality or {})
        if is_known(total):
            point.add(total.measured, total.allocated, total.covered)
    return list(buckets.values())


def energy_points(
    totals: Iterable[Total],
    coefficients: Sequence[Coefficient],
    first: date,
    end: date,
    step: LongStep,
    day_start: timedelta,
    zone: ZoneInfo,
    estimates: Mapping[date, int] = _NONE,
) -> list[Point]:
    """Gas in kWh: ``totals`` are days in cm3, because a coefficient counts for days.

    Beyond a day, what is allocated is what the month calls allocated.
    """
    by_month = step != "day"
    days = list(totals)
    shown = [_month_view(t) if by_month else t for t in days]
    found = long_points(shown, first, end, step, day_start, zone, estimates)
    points = {point.start: point for point in found}

    def energy_of(day: date) -> Energy:
        point = points[instant_of(floor_to(day, step), day_start, zone)]
        point.energy = point.energy or Energy()
        return point.energy

    for total in shown:
        energy_of(total.start).add(total, coefficient_on(coefficients, total.start))
    for day, estimate in estimates.items():
        energy_of(day).add_estimate(estimate, coefficient_on(coefficients, day))
    return found


def coefficient_on(coefficients: Sequence[Coefficient], day: date) -> Coefficient:
    """The first coefficient in force on a day (the nearest place comes first), or the default."""
    for c in coefficients:
        if (c.valid_from is None or c.valid_from <= day) and (
            c.valid_to is None or day < c.valid_to
        ):
            return c
    return DEFAULT_COEFFICIENT


def _month_view(day: Total) -> Total:
    amount = day.measured + day.allocated
    return Total(
        day.start,
        day.covered,
        amount - day.month_allocated,
        day.month_allocated,
        day.month_allocated,
        day.quality,
    )


def kwh(volume: int, coefficient: Coefficient) -> Decimal:
    """cm3 as kWh, exactly."""
    return Decimal(volume).scaleb(-6) * coefficient.value


def _buckets(
    first: date, end: date, step: LongStep, day_start: timedelta, zone: ZoneInfo
) -> dict[date, Point]:
    begins = starts(first, end, step)
    edges = [instant_of(day, day_start, zone) for day in begins]
    if begins:
        edges.append(instant_of(following(begins[-1], step), day_start, zone))
    pairs = zip(begins, edges[:-1], edges[1:], strict=True)
    return {day: Point(a, b, quality=Counter()) for day, a, b in pairs}


def short_points(
    days: Iterable[SlotDay],
    start: datetime,
    end: datetime,
    seconds: int,
    day_start: timedelta,
    zone: ZoneInfo,
    coefficients: Sequence[Coefficient] | None = None,
) -> list[Point]:
    """Buckets of ``seconds`` (900, 1800 or 3600) from ``start`` to ``end``, sums of slots.

    A day whose slots are longer than the bucket has no amounts at this step. With
    ``coefficients`` the points carry gas energy too.
    """
    first = int(start.timestamp())
    count = (int(end.timestamp()) - first) // seconds
    points = [
        Point(_utc(first + i * seconds), _utc(first + (i + 1) * seconds)) for i in range(count)
    ]
    for day in days:
        begin = int(instant_of(day.day, day_start, zone).timestamp())
        length = _slot_seconds(
            day, begin, int(instant_of(day.day + _DAY, day_start, zone).timestamp())
        )
        if length > seconds:
            continue
        coefficient = None if coefficients is None else coefficient_on(coefficients, day.day)
        for index, amount in enumerate(day.amounts):
            bucket = (begin + index * length - first) // seconds
            if amount is not None and 0 <= bucket < count:
                _add_slot(points[bucket], day, index, amount, length, coefficient)
    return points


def _add_slot(
    point: Point,
    day: SlotDay,
    index: int,
    amount: int,
    length: int,
    coefficient: Coefficient | None,
) -> None:
    allocated = (day.allocated[index] or 0) if day.allocated else 0
    covered = (day.covered[index] or 0) if day.covered else length
    point.add(amount - allocated, allocated, covered)
    if coefficient is not None:
        point.energy = point.energy or Energy()
        point.energy.add(Total(day.day, covered, amount - allocated, allocated, 0, {}), coefficient)


def _slot_seconds(day: SlotDay, begin: int, end: int) -> int:
    """Length of a day's slots; raises ValueError where they do not fill the day."""
    length, rest = divmod(end - begin, len(day.amounts) or 1)
    if rest or length not in (900, 1800):
        raise ValueError(
            f"{day.day} has {len(day.amounts)} slots in {(end - begin) // 3600} hours;"
            " run 'hub rebuild' for this day"
        )
    return length


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def used_coefficients(
    coefficients: Sequence[Coefficient], points: Sequence[Point]
) -> list[Coefficient]:
    """The coefficients whose values appear in the points, the default one included."""
    values = {v for p in points if p.energy for v in p.energy.coefficients}
    return [c for c in (*coefficients, DEFAULT_COEFFICIENT) if c.value in values]
