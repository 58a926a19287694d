"""gazpar2mqtt's messages: what of them is a reading, whose, and of when."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import gazpar2mqtt, pygazpar
from hub.model import Context, Decoded, DecodeError
from tests.connectors.files import amounts, registers
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, devices
from tests.connectors.test_pygazpar import day

PCE = "99198765432109"


def message(payload: object, topic: str = "gazpar2mqtt/home") -> Decoded:
    raw = json.dumps(payload).encode()
    decoded = gazpar2mqtt.decode(raw, Context(received_at=NOW, topic=topic))
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def test_f08_volume_and_energy_of_a_message_are_not_counted() -> None:
    first = {"volume": 8, "energy": 90.4, "temperature": 5.0, "pce": PCE, "timestamp": "x"}
    told = message(first | {"daily": [day(end_index_m3=8.0)], "weekly": [], "monthly": None})
    assert devices(told) == {PCE}
    assert amounts(told) == {"2026-01-10T05:00": (86_400, 7_500_000)}
    assert registers(told) == {"TOTAL": {"2026-01-11T05:00": 8_000_000}}


def test_a_volume_without_a_day_has_no_time() -> None:
    first = {"volume": 14_000, "pce": PCE}
    for payload in (first, first | {"daily": []}, first | {"daily": None}):
        told = message(payload)
        assert [(r.reason, r.column, r.value) for r in told.rejects] == [
            ("missing_time", "volume", "14000")
        ]


def test_the_device_is_the_pce_or_else_the_topic_s_name() -> None:
    assert devices(message({"pce": PCE, "daily": [day()]})) == {PCE}
    assert devices(message({"pce": int(PCE), "daily": [day()]})) == {PCE}
    assert devices(message({"daily": [day()]}, "gazpar2mqtt/flat")) == {"flat"}
    assert [r.reason for r in message({"pce": "x" * 200, "daily": [day()]}).rejects] == ["bad_name"]
    with pytest.raises(DecodeError) as caught:
        message({"daily": [day()]}, "gaz")
    assert caught.value.reason == "missing_usage_point"


def test_availability_is_no_reading() -> None:
    assert message({"state": "online"}).ignored == 1
    assert not any(t.endswith("availability") for t in gazpar2mqtt.TOPICS)


def test_a_saved_message_is_known_as_one() -> None:
    for name in ("pce", "username", "attribution"):
        text = json.dumps({"daily": [day()], name: "x"}).encode()
        assert (pygazpar.sniff(text), gazpar2mqtt.sniff(text)) == (0.0, 1.0)


def test_f07_the_gas_day_of_a_message_is_six_to_six_local() -> None:
    told = message({"pce": PCE, "daily": [day(time_period="25/10/2025")]})
    ((start, (seconds, _)),) = amounts(told).items()
    assert (start, seconds) == ("2025-10-25T04:00", 25 * 3600)


def test_f09_a_day_of_no_value_is_a_gap() -> None:
    nothing: Any = dict.fromkeys(("volume_m3", "energy_kwh", "start_index_m3", "end_index_m3"))
    told = message({"pce": PCE, "daily": [day(**nothing)]})
    assert (told.series, [gap.row for gap in told.gaps]) == ([], [1])
