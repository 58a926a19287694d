"""Columns -> binary COPY -> the same values, NULLs, holes in arrays and JSON included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.clock import date_of
from hub.store.connection import Connection, connect
from hub.store.encode import Arrays, Json, Scalars, copy_rows
from tests.examples import examples

int4 = st.integers(-(2**31), 2**31 - 1)
rows = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.none() | int4,
        st.integers(-10_000, 40_000),
        st.booleans(),
        st.none() | st.lists(st.none() | int4, min_size=1, max_size=6),
        st.none() | st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=4),
        st.none() | st.dictionaries(st.text("abcé", max_size=3), int4, max_size=3),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url, application="test") as connection:
        connection.execute(
            "CREATE TEMP TABLE t (place int4, a int8, b int4, c date, d bool, e int4[], f int2[],"
            " g jsonb)"
        )
        yield connection


@given(rows)
@settings(
    deadline=None,
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_written_is_read(conn: Connection, values: list[tuple[Any, ...]]) -> None:
    import json

    conn.execute("TRUNCATE t")
    copy_rows(conn, "t", {
        "place": Scalars("int4", np.arange(len(values))),
        "a": Scalars("int8", np.array([v[0] for v in values], dtype=np.int64)),
        "b": Scalars("int4", *_optional([v[1] for v in values])),
        "c": Scalars("date", np.array([v[2] for v in values], dtype=np.int64)),
        "d": Scalars("bool", np.array([v[3] for v in values], dtype=np.bool_)),
        "e": Arrays("int4", *_arrays([v[4] for v in values])),
        "f": Arrays("int2", *_arrays([v[5] for v in values])),
        "g": Json([b"" if v[6] is None else json.dumps(v[6]).encode() for v in values]),
    }, len(values))  # fmt: skip
    found = conn.execute("SELECT a, b, c, d, e, f, g FROM t ORDER BY place").fetchall()
    assert found == [(v[0], v[1], date_of(v[2]), *v[3:]) for v in values]


def _optional(values: list[int | None]) -> tuple[Any, Any]:
    there = np.array([v is not None for v in values], dtype=np.bool_)
    return np.array([v or 0 for v in values], dtype=np.int64), there


def _arrays(values: list[list[int | None] | None]) -> tuple[Any, Any, Any]:
    count = np.array([len(v or ()) for v in values], dtype=np.int64)
    width = int(count.max(initial=0)) + 2
    matrix = np.full((len(values), width), 7, dtype=np.int64)
    known = np.zeros((len(values), width), dtype=np.bool_)
    for i, row in enumerate(values):
        for j, one in enumerate(row or ()):
            matrix[i, j] = one or 0
            known[i, j] = one is not None
    return matrix, count, known
