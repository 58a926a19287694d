"""The source a card shows is the one the rollup counts."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.times import DAY, MIDNIGHT
from dashboard.views.counting import counting
from hub.rollup.block import WIDTH, Block
from hub.rollup.counting import count
from hub.rollup.registry import ChannelRow
from hub.store.live import LiveChannel
from tests.dashboard.rows import PARIS

TODAY = dt.date(2026, 11, 28)
AT = dt.datetime(2026, 11, 28, 16, tzinfo=dt.UTC)
NUMBER = (TODAY - dt.date(1970, 1, 1)).days


def channel(
    number: int,
    source: str,
    register: str = "TOTAL",
    *,
    feed: str = "",
    rank: int = 100,
    day: dt.date | None = TODAY,
    covered: int = 86_400,
    at: dt.datetime | None = AT,
    shared_out: bool = False,
    away: bool = False,
) -> LiveChannel:
    return LiveChannel(
        number,
        1,
        "electricity",
        "consumption",
        "energy",
        register,
        "interval" if feed else "register",
        source,
        at,
        1,
        at,
        feed,
        rank,
        day,
        covered if day else 0,
        shared_out and day is not None,
        TODAY if away else None,
    )


def source(channels: list[LiveChannel]) -> str | None:
    return counting(channels, PARIS, MIDNIGHT).get(1)


def test_better_coverage_then_rank_then_age() -> None:
    assert source([channel(1, "a", covered=60), channel(2, "b")]) == "b"
    assert source([channel(1, "a"), channel(2, "b", rank=1)]) == "b"
    assert source([channel(2, "b"), channel(1, "a")]) == "a"


def test_the_newest_day_decides() -> None:
    assert source([channel(1, "a", day=TODAY - DAY), channel(2, "b", covered=60)]) == "b"
    assert source([channel(1, "a", day=None)]) is None


FEEDS = st.sampled_from(["", "sub-daily", "day", "week", "month"])
REGISTERS = st.sampled_from(["TOTAL", "BASE", "HP", "HC", "F1", "F2", "D1", "PTEC"])
COVERED = st.sampled_from([None, None, 0, 1_200, 3_600, 30_000, 56_400, 79_000, 86_350, 86_400])
DRAWN = st.tuples(
    st.sampled_from("abc"), FEEDS, REGISTERS, COVERED, st.sampled_from([1, 100]),
    st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(DRAWN, min_size=1, max_size=8, unique_by=lambda one: one[:3]))
def test_it_is_the_source_that_the_rollup_counts(
    drawn: list[tuple[str, str, str, int | None, int, bool, bool, bool]],
) -> None:
    """Each channel's amount is a bit of its own, so what counted says whose it was."""
    channels, rows = [], []
    for number, (name, feed, register, covered, rank, *said) in enumerate(drawn):
        begun, shared_out, away = said
        begun = begun or covered is not None
        channels.append(
            channel(
                number,
                name,
                register,
                feed=feed,
                rank=rank,
                day=TODAY if covered is not None else None,
                covered=covered or 0,
                at=AT if begun else None,
                shared_out=shared_out,
                away=away,
            )
        )
        rows.append(
            ChannelRow(
                number,
                1,
                ("electricity", "consumption", "energy"),
                register,
                channels[-1].kind,
                name,
                period_class=feed,
                rank=rank,
                started=0 if begun else NUMBER + 1,
                away=((NUMBER, NUMBER + 9),) if away else (),
            )
        )
    known = np.array([n for n, one in enumerate(drawn) if one[3] is not None], dtype=np.int64)
    shared = np.array([drawn[n][6] for n in known.tolist()], dtype=np.bool_)
    counted = count(rows, known, block(known, [drawn[n][3] or 0 for n in known.tolist()], shared))
    amounts = counted.block.amounts.sum(axis=1).tolist()
    found = source(channels)
    if not amounts:
        assert found is None
        return
    sources = {drawn[n][0] for n in range(len(drawn)) if amounts[0] >> n & 1}
    assert sources == {found}


def block(known: np.ndarray, covered: list[int], shared_out: np.ndarray) -> Block:
    """A row a channel, without half-hours."""
    n = len(known)
    amounts = np.zeros((n, 3), dtype=np.int64)
    amounts[:, 0] = np.where(shared_out, 0, 1 << known)
    amounts[:, 1] = np.where(shared_out, 1 << known, 0)
    empty, matrix = np.zeros(0, dtype=np.int64), np.zeros((n, WIDTH), dtype=np.int64)
    return Block(
        np.full(n, NUMBER, dtype=np.int64),
        np.full(n, 86_400, dtype=np.int64),
        np.array(covered, dtype=np.int64),
        amounts,
        np.zeros(n, dtype=np.bool_),
        np.full(n, 1800, dtype=np.int64),
        matrix,
        matrix.copy(),
        matrix.copy(),
        empty,
        empty,
        empty,
    )
