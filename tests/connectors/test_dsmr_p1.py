"""P1 telegrams: layouts of versions and countries, checksums, stamps, meters behind the meter."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors import _dsmr, dsmr_p1
from connectors._encoding import readable
from hub.model import Context, Decoded, DecodeError, Quality
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, devices, qualities, registers, stamps, values

HEAD = "/XMX5LGBBFG1009990000"
CLOCK = "0-0:1.0.0(261122125900W)"
NUMBER = "0-0:96.1.1(4530303939)"  # E0099
GAS = ("0-1:24.1.0(003)", "0-1:96.1.0(4730303939)")  # G0099


def bitwise(covered: bytes) -> int:
    """CRC-16/ARC by its definition, bit by bit."""
    crc = 0
    for byte in covered:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


def telegram(*lines: str, crc: str | None = None, eol: str = "\r\n") -> bytes:
    """A telegram with its checksum, or another one, or none ('')."""
    body = "\r\n".join([HEAD, "", *lines, "!"])
    told = f"{bitwise(body.encode()):04X}" if crc is None else crc
    return (body + told + "\r\n").replace("\r\n", eol).encode()


def decode(payload: bytes, topic: str = "dsmr/x/telegram", **more: str) -> Decoded:
    decoded = dsmr_p1.decode(payload, Context(received_at=NOW, topic=topic, **more))  # type: ignore[arg-type]
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def read(*lines: str, **more: str) -> Decoded:
    return decode(telegram(CLOCK, NUMBER, *lines), **more)


def refused(payload: bytes, topic: str = "dsmr/x/telegram") -> str:
    with pytest.raises(DecodeError) as caught:
        decode(payload, topic)
    return caught.value.reason


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


# registers


def test_f05_parts_are_parts_and_the_total_is_the_total() -> None:
    parts = ("1-0:1.8.1(000001.500*kWh)", "1-0:1.8.2(000002.250*kWh)")
    assert registers(read(*parts)) == {"F1": 1_500_000, "F2": 2_250_000}
    both = registers(read("1-0:1.8.0(000003.750*kWh)", *parts))
    assert both == {"TOTAL": 3_750_000, "F1": 1_500_000, "F2": 2_250_000}
    assert both["F1"] + both["F2"] == both["TOTAL"]


@pytest.mark.parametrize(
    ("text", "mwh"),
    [
        ("006545766*Wh", 6_545_766_000),
        ("00032549.5061662*kWh", 32_549_506_166),
        ("000123.456*KWH", 123_456_000),
        ("1.5*MWh", 1_500_000_000),
    ],
)
def test_f10_the_unit_is_the_one_that_is_written(text: str, mwh: int) -> None:
    assert registers(read(f"1-0:1.8.0({text})")) == {"TOTAL": mwh}
    assert registers(read(f"1-1:1.8.0*255({text})")) == {"TOTAL": mwh}


def test_both_ways_and_their_powers() -> None:
    told = values(
        read(
            "1-0:1.8.0(1*kWh)", "1-0:2.8.0(2*kWh)", "1-0:1.7.0(00.244*kW)", "1-0:2.7.0(000017*W)",
            "1-0:21.7.0(00.070*kW)", "1-0:3.8.0(9*kvarh)", "1-0:15.8.0(3*kWh)", "1-0:1.4.0(2*kW)",
        )
    )  # fmt: skip
    assert told == {
        ("electricity", "consumption", "energy", "TOTAL", "register"): 1_000_000,
        ("electricity", "injection", "energy", "TOTAL", "register"): 2_000_000,
        ("electricity", "consumption", "power", "TOTAL", "power"): 244_000,
        ("electricity", "injection", "power", "TOTAL", "power"): 17_000,
    }


@pytest.mark.parametrize("code", ["1.7.0", "16.7.0"])
def test_a_power_below_zero_flows_the_other_way(code: str) -> None:
    power = ("electricity", "{}", "power", "TOTAL", "power")
    told = values(read(f"1-0:{code}(-00.244*kW)"))
    assert {k[1]: v for k, v in told.items()} == {"consumption": 0, "injection": 244_000}
    assert {k[2] for k in told} == {power[2]}
    assert {k[1]: v for k, v in values(read(f"1-0:{code}(1*kW)")).items()} == {
        "consumption": 1_000_000
    }


# checksum


def test_the_checksum_is_that_of_the_standard() -> None:
    assert _dsmr.crc16(b"123456789") == 0xBB3D  # the check value of CRC-16/ARC
    for covered in (b"", b"/", bytes(range(256)) * 3):
        assert _dsmr.crc16(covered) == bitwise(covered)


@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_a_checksum_holds_whatever_became_of_the_line_ends(eol: str) -> None:
    payload = telegram(CLOCK, NUMBER, "1-0:1.8.0(1*kWh)", eol=eol)
    assert registers(decode(payload)) == {"TOTAL": 1_000_000}
    assert refused(payload.replace(b"(1*", b"(2*")) == "bad_checksum"


def test_a_gateway_that_counts_its_own_line_ends_is_believed() -> None:
    body = f"{HEAD}\n\n{CLOCK}\n{NUMBER}\n1-0:1.8.0(1*kWh)\n!"
    payload = f"{body}{bitwise(body.encode()):04x}\n".encode()
    assert registers(decode(payload)) == {"TOTAL": 1_000_000}


@pytest.mark.parametrize("crc", ["0000", "12", "ZZZZ", "12345"])
def test_a_wrong_checksum_refuses_the_telegram(crc: str) -> None:
    lines = (CLOCK, NUMBER, "1-0:1.8.0(1*kWh)")
    wrong, good = telegram(*lines, crc=crc), telegram(*lines)
    assert refused(wrong) == "bad_checksum"
    told = decode(good + wrong + good, "")
    assert [(r.row, r.line, r.reason, r.value) for r in told.rejects] == [
        (2, 7, "bad_checksum", crc)
    ]
    assert [list(s.row or []) for s in told.series] == [[1, 3]]


def test_a_telegram_without_checksum_is_one_of_version_2_or_3() -> None:
    assert registers(decode(telegram(CLOCK, NUMBER, "1-0:1.8.1(1*kWh)", crc=""))) == {
        "F1": 1_000_000
    }


def test_pieces_of_telegrams_are_rows_and_say_so() -> None:
    whole = telegram(CLOCK, NUMBER, "1-0:1.8.0(1*kWh)")
    cut = whole[: whole.index(b"1-0:1.8.0")]
    told = decode(whole[30:] + whole + cut + whole + b"  25818685\r\nDE00\r\n" + cut, "")
    assert told.rows == 5
    assert [(r.row, r.reason) for r in told.rejects] == [(n, "not_this_format") for n in (1, 3, 5)]
    assert [list(s.row or []) for s in told.series] == [[2, 4]]
    assert refused(cut) == "not_this_format"
    assert refused(whole[30:]) == "not_this_format"


@pytest.mark.parametrize("payload", [b"", b"{}", b"/", b"!\r\n", b"hello\r\n", b"a;b\n1;2\n"])
def test_what_is_no_telegram_is_refused(payload: bytes) -> None:
    assert refused(payload) == "not_this_format"


@pytest.mark.parametrize(
    "frame",
    [
        bytes.fromhex("DB085341470000000000820208300000000A") + bytes(100),
        b"DB085341470000000000820208300000000A" + b"00" * 100 + b"\r\n",
        bytes.fromhex("68FAFA6853FF000167DB084B464D675000000981F8200000000A") + bytes(100),
        bytes.fromhex("7EA067CF022313FBF1E6E700DB08") + bytes(100),
    ],
)
def test_a_frame_that_needs_a_key_says_so(frame: bytes) -> None:
    assert refused(frame) == "encrypted"
    assert dsmr_p1.sniff(frame) == 1.0


# time


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("261025023000S", "2026-10-25T00:30:00Z"),
        ("261025023000W", "2026-10-25T01:30:00Z"),
        ("260329015959W", "2026-03-29T00:59:59Z"),
        ("260329030000S", "2026-03-29T01:00:00Z"),
        ("000101000001W", "1999-12-31T23:00:01Z"),
    ],
)
def test_f06_the_letter_tells_the_hour_of_the_october_night(stamp: str, utc: str) -> None:
    told = decode(telegram(f"0-0:1.0.0({stamp})", NUMBER, "1-0:1.8.0(1*kWh)"))
    assert (stamps(told), qualities(told)) == ({at(utc)}, {Quality.GOOD})


def test_f06_the_zone_is_the_household_s() -> None:
    payload = telegram("0-0:1.0.0(260702120000S)", NUMBER, "1-0:1.8.0(1*kWh)")
    winter = payload.replace(b"260702120000S", b"260102120000W")
    for zone, ahead in (("Europe/Dublin", 0), ("Europe/Paris", 1), ("Europe/Helsinki", 2)):
        lines = payload[: payload.rindex(b"!") + 1], winter[: winter.rindex(b"!") + 1]
        for told, noon in zip(lines, ("2026-07-02T11:00:00Z", "2026-01-02T12:00:00Z"), strict=True):
            assert stamps(decode(told + b"\r\n", zone=zone)) == {at(noon) - ahead * 3600}


def test_a_telegram_without_stamp_has_the_arrival_of_its_message() -> None:
    payload = telegram(NUMBER, "1-0:1.8.1(1*kWh)", "1-0:1.7.0(1*kW)", crc="")
    told = decode(payload)
    assert (stamps(told), qualities(told)) == ({NOW}, {Quality.ARRIVAL_TIME})
    saved = decode(payload, "", device="d")
    assert [(r.reason, r.column) for r in saved.rejects] == [("missing_time", "0-0:1.0.0")]
    assert saved.series == []


def test_a_bad_stamp_costs_the_meter_s_own_readings_only() -> None:
    gas = "0-1:24.2.1(261122120000W)(00001.500*m3)"
    told = decode(telegram("0-0:1.0.0(269922125900W)", NUMBER, "1-0:1.8.0(1*kWh)", *GAS, gas))
    assert [(r.reason, r.column) for r in told.rejects] == [("bad_time", "0-0:1.0.0")]
    assert values(told) == {("gas", "consumption", "volume", "TOTAL", "register"): 1_500_000}


@pytest.mark.parametrize(
    ("arrival", "utc"),
    [
        ("2026-10-25T00:10:00Z", "2026-10-25T00:00:00Z"),
        ("2026-10-25T01:10:00Z", "2026-10-25T01:00:00Z"),
    ],
)
def test_f06_a_stamp_without_letter_is_the_hour_nearer_to_the_arrival(
    arrival: str, utc: str
) -> None:
    line = "0-1:24.3.0(261025020000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00001.500)"
    payload = telegram(*GAS, line, crc="")
    ctx = Context(received_at=at(arrival), topic="dsmr/x/telegram")
    assert stamps(dsmr_p1.decode(payload, ctx)) == {at(utc)}
    saved = decode(payload, "", device="d")
    assert [(r.reason, r.value) for r in saved.rejects] == [("ambiguous_time", "261025020000")]


# meters behind the meter


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("003", "00112.384*m3", ("gas", "volume", 112_384_000)),
        ("3", "00112.384*m3", ("gas", "volume", 112_384_000)),
        ("007", "872.234*m3", ("water", "volume", 872_234_000)),
        ("006", "872.234*m3", ("water", "volume", 872_234_000)),
        ("004", "1.800*GJ", ("heat", "energy", 500_000_000)),
        ("012", "1.8*GJ", ("heat", "energy", 500_000_000)),
        ("002", "5.5*kWh", ("electricity", "energy", 5_500_000)),
    ],
)
def test_the_device_type_tells_what_is_counted(
    kind: str, text: str, wanted: tuple[str, str, int]
) -> None:
    line = f"0-2:24.2.1(261122120000W)({text})"
    told = read(f"0-2:24.1.0({kind})", "0-2:96.1.0(4130303939)", line)
    ((key, value),) = values(told).items()
    assert (key[0], key[2], value) == wanted
    assert (devices(told), stamps(told)) == ({"A0099"}, {at("2026-11-22T11:00:00Z")})


def test_f13_gas_keeps_its_own_stamp_and_its_own_number() -> None:
    told = read("1-0:1.8.0(1*kWh)", *GAS, "0-1:24.2.1(261122120000W)(00001.500*m3)")
    assert {s.key.device: list(s.ts) for s in told.series} == {
        "E0099": [at("2026-11-22T11:59:00Z")],
        "G0099": [at("2026-11-22T11:00:00Z")],
    }


@pytest.mark.parametrize(
    "line",
    [
        "0-1:24.3.0(261122120000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00124.477)",
        "0-1:24.3.0(261122120000)(08)(60)(1)(0-1:24.2.0)(m3)(00124.477)",
        "0-1:24.3.0(261122120000)(00)(60)(1)(0-1:24.2.1)(m3) (124.477)",
        "0-1:24.2.1(261122120000W)(00124.477*m3)",
        "0-1:24.2.3(261122120000W)(00124.477*m3)",
        "0-1:24.2.3(261122120000W)(00099.000*m3)\r\n0-1:24.2.1(261122120000W)(00124.477*m3)",
    ],
)
def test_gas_of_every_version(line: str) -> None:
    told = decode(telegram(*GAS, line, crc=""))
    assert registers(told) == {"TOTAL": 124_477_000}
    assert stamps(told) == {at("2026-11-22T11:00:00Z")}


@pytest.mark.parametrize("value", ["00000.000", "00000000", "00000.000*m3"])
@pytest.mark.parametrize("stamp", ["632525252525S", "700101010000W"])
def test_f12_a_meter_never_heard_is_a_gap(value: str, stamp: str) -> None:
    told = read(*GAS, f"0-1:24.2.1({stamp})({value})")
    assert ([g.column for g in told.gaps], told.series, told.rejects) == (["0-1:24.2.1"], [], [])
    beside = read("1-0:1.8.0(1*kWh)", *GAS, f"0-1:24.2.1({stamp})({value})")
    assert registers(beside) == {"TOTAL": 1_000_000}


def test_f09_empty_brackets_are_a_gap() -> None:
    told = read("1-0:1.8.1()", "1-0:1.7.0()")
    assert ([g.column for g in told.gaps], told.ignored) == (["1-0:1.7.0", "1-0:1.8.1"], 0)
    assert read("0-0:96.14.0(0001)").ignored == 1


def test_cooling_and_types_that_are_not_told_are_not_read() -> None:
    for kind in ("010", "255", ""):
        line = "0-1:24.2.1(261122120000W)(1.8*GJ)"
        assert read(f"0-1:24.1.0({kind})", line).ignored == 1
        assert read(line).ignored == 1


# devices


@pytest.mark.parametrize(
    ("line", "device"),
    [
        ("0-0:96.1.1(4B384547303034303436333935353037)", "K8EG004046395507"),
        ("0-0:96.1.1(204B413655)", "KA6U"),
        ("0-0:96.1.0(9902759)", "9902759"),
        ("0-0:96.1.1(3960221976967177082151037881335713)", "3960221976967177082151037881335713"),
        ("0-0:96.1.255*255(1ESY1336001560)", "1ESY1336001560"),
        ("0-0:42.0.0(53414731)", "SAG1"),
        ("0-0:96.1.1(00000000000000)", "x"),
        ("0-0:96.1.1()", "x"),
        ("0-0:96.1.4(50217)", "x"),
    ],
)
def test_the_device_is_the_meter_s_own_number(line: str, device: str) -> None:
    assert devices(decode(telegram(CLOCK, line, "1-0:1.8.0(1*kWh)"))) == {device}


def test_a_telegram_without_number_needs_one_given() -> None:
    payload = telegram(CLOCK, "1-0:1.8.0(1*kWh)", "0-1:24.1.0(003)", "0-1:24.2.1(1.5*m3)")
    assert devices(decode(payload, "", device="prm-9")) == {"prm-9", "prm-9/1"}
    assert devices(decode(payload, "p1/a/b/raw")) == {"a/b", "a/b/1"}
    assert refused(payload, "dsmr/raw") == refused(payload, "") == "missing_usage_point"
    assert refused(payload * 2, "") == "missing_usage_point"


def test_one_telegram_without_number_does_not_cost_the_others() -> None:
    named = telegram(CLOCK, NUMBER, "1-0:1.8.0(1*kWh)")
    told = decode(named + telegram(CLOCK, "1-0:1.8.0(1*kWh)") + named, "")
    assert [(r.row, r.line, r.reason) for r in told.rejects] == [(2, 7, "missing_usage_point")]
    assert [list(s.row or []) for s in told.series] == [[1, 3]]


# bad values


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1-0:1.8.1(00x.034*kWh)", "bad_number"),
        ("1-0:1.8.1(000000.034*kWh", "bad_number"),
        ("1-0:1.8.1(000000.034)", "bad_unit"),
        ("1-0:1.8.1(000000.034*m3)", "bad_unit"),
        ("1-0:1.8.1(000000.034*gallons)", "bad_unit"),
        ("1-0:1.8.1(-1*kWh)", "out_of_range"),
        ("1-0:1.8.1(4294967.295*kWh)", "sentinel"),
        ("1-0:1.7.0(1*kWh)", "bad_unit"),
    ],
)
def test_t11_a_bad_line_is_named_and_the_others_are_kept(line: str, reason: str) -> None:
    told = read(line, "1-0:2.8.0(1*kWh)")
    code = line.partition("(")[0]
    assert [(r.reason, r.column, r.line) for r in told.rejects] == [(reason, code, 1)]
    assert [s.key.flow for s in told.series] == ["injection"]


def test_sniff_knows_telegrams_wherever_a_capture_begins() -> None:
    whole = telegram(CLOCK, NUMBER, "1-0:1.8.0(1*kWh)")
    for head in (whole, whole[30:] + whole, b"\r\n" + whole, whole.replace(b"\r\n", b"\n")):
        assert dsmr_p1.sniff(head) == 1.0
    marked = b"\xef\xbb\xbf" + whole
    assert (dsmr_p1.sniff(readable(marked).payload), decode(marked).rejects) == (1.0, [])
    for other in (b"/ISK5\r\n", b"/home/user/a\n1;2\n", b"ADCO 1\n", b"1.8.0(1*kWh)\n", b"{}"):
        assert dsmr_p1.sniff(other) == 0.0
