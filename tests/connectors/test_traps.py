"""Traps that every connector of readings must know, tried on what the golden cases hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import pytest

import connectors
from hub.model import Context, Decoded, DecodeError
from tests.connectors.golden import cases, messages

#: These tell nothing of a meter; the numbers of a workbook stand behind a compression.
WITHOUT = ("eco2mix", "ecowatt", "meteo_france_csv", "open_meteo", "tempo")
WORKBOOKS = ("enedis_portal_xlsx", "grdf_portal_xlsx")
CONNECTORS = sorted({*connectors.names()} - {*WITHOUT, *WORKBOOKS})
#: A number that is no part of a date, a time or another number.
NUMBER = re.compile(rb"(?<![\d.T/-])(?<!\d[:,])\d{2,9}(?:\.\d{1,3})?(?![\d:T/-])(?!\.\d)")
#: What a counter of 32 bits tells at its stop, as a whole number and with three decimals.
STOPS = (b"4294967295", b"4294967.295")
#: How many changes of one case are tried.
TRIES = 80


def changed(connector: str, *instead: bytes) -> Iterator[tuple[bytes, bytes, Context]]:
    """The connector's golden inputs, and each with one of its numbers changed."""
    for case in cases():
        if case.connector == connector:
            yield from islice(
                (
                    (payload, payload[: number.start()] + text + payload[number.end() :], ctx)
                    for payload, ctx in messages(case)
                    for number in NUMBER.finditer(payload)
                    for text in instead
                ),
                TRIES,
            )


def said(connector: str, payload: bytes, ctx: Context) -> Decoded:
    """What the connector makes of it; nothing where it refuses the whole."""
    try:
        return connectors.load(connector).decode(payload, ctx)
    except DecodeError:
        return Decoded(rows=1, ignored=1)


def amounts(told: Decoded) -> list[int]:
    """All registers and amounts of intervals."""
    return [int(v) for series in told.series if series.key.kind != "power" for v in series.value]


@pytest.mark.parametrize("connector", CONNECTORS)
def test_t11_what_a_counter_tells_at_its_stop_is_no_reading(connector: str) -> None:
    refused, stops = 0, {4294967295 * times for times in (1000, 10**6)}
    for _, payload, ctx in changed(connector, *STOPS):
        told = said(connector, payload, ctx)
        refused += any(reject.reason == "sentinel" for reject in told.rejects)
        assert stops.isdisjoint(amounts(told)), payload[:300]
    assert refused


@pytest.mark.parametrize("connector", CONNECTORS)
def test_f09_nothing_in_a_number_s_place_is_no_zero(connector: str) -> None:
    for payload, without, ctx in changed(connector, b"", b"null"):
        before, after = (amounts(said(connector, each, ctx)) for each in (payload, without))
        assert after.count(0) <= before.count(0), without[:300]
