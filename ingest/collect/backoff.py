"""When to try again. Pure."""

from __future__ import annotations

#: First and longest wait after a failure, seconds, where the source's own interval allows.
FIRST, LONGEST = 300.0, 900.0
#: A wait is so much shorter or longer by chance: sources that failed together do not come together.
_SPREAD = 0.2
_AT_MOST = 86_400.0


def delay(
    failures: int,
    interval: float,
    *,
    chance: float,
    retry_after: float = 0,
    needs_person: bool = False,
) -> float:
    """Seconds until the next try after ``failures`` (>= 1) in a row.

    It doubles with each failure, from the interval or five minutes up to the interval or a quarter
    of an hour, whichever suits; where only a person can help it is the longest at once. Never
    sooner than the other side asked for (a day at most). chance: 0 <= chance < 1, from outside.
    """
    longest = max(interval, LONGEST)
    first = min(interval, FIRST)
    doubled = longest if needs_person else first * 2.0 ** min(failures - 1, 30)
    spread = 1 - _SPREAD + 2 * _SPREAD * chance
    return max(min(doubled, longest) * spread, min(retry_after, _AT_MOST) * (1 + _SPREAD * chance))
