"""Answers of inverters' and portals' own interfaces: what several of these connectors need."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from connectors._json import limit_of, loads
from connectors._units import BadValueError
from hub.model import Context, DecodeError, Quality


def load(payload: bytes, ctx: Context) -> Any:
    """The JSON of an answer, saved or fetched. Raises DecodeError: not_json, too_large."""
    return loads(payload, limit_of(ctx))


def given_device(ctx: Context) -> str:
    """Who the answer is of, where it does not tell. Raises DecodeError (missing_usage_point)."""
    if not ctx.device:
        raise DecodeError("missing_usage_point")
    return ctx.device


def epoch(raw: object, ctx: Context) -> tuple[int, Quality]:
    """Seconds since 1970 UTC; where there are none, or 0, the arrival. Raises BadValueError."""
    if raw is None or raw == 0:
        return ctx.received_at, Quality.ARRIVAL_TIME
    if not isinstance(raw, int | float) or not 0 < raw < 2**40:
        raise BadValueError("bad_time", raw)
    return int(raw), Quality.GOOD


def counted(raw: object) -> object:
    """A total since the beginning; 0 is one that was not read yet, so it says nothing."""
    return None if type(raw) in (int, float) and raw == 0 else raw


def made(raw: object) -> object:
    """A power that is made: what an inverter itself draws at night is none."""
    return 0 if isinstance(raw, int | float | Fraction) and raw < 0 else raw
