"""Facts and traps of raw TIC frames and of TIC2WebSocket's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import connectors
from hub.model import Context, Decoded, DecodeError, Quality
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, devices, qualities, registers, stamps, values

HISTORIQUE = [
    ("ADCO", "021861000001"),
    ("OPTARIF", "HC.."),
    ("HCHC", "010234567"),
    ("HCHP", "020345678"),
    ("PTEC", "HP.."),
    ("PAPP", "00780"),
    ("MOTDETAT", "000000"),
]
STANDARD = [
    ("ADSC", "041861000001"),
    ("DATE", "H261122125958", ""),
    ("EAST", "000000300"),
    ("EASF01", "000000100"),
    ("EASF02", "000000200"),
    ("EASD01", "000000300"),
    ("EAIT", "000000007"),
    ("SINSTS", "00780"),
    ("SINSTI", "00000"),
    ("CCASN", "H261122123000", "00790"),
]


def group(*parts: str) -> bytes:
    """A group as a meter makes it; three parts or a second one that is long: standard mode."""
    standard = len(parts) == 3 or parts[0].startswith(("ADSC", "EA", "SINST"))
    text = "\t".join([*parts, ""]) if standard else " ".join(parts)
    checksum = (sum(text.encode()) & 0x3F) + 0x20
    return f"{text}{'' if standard else ' '}{chr(checksum)}".encode()


def frame(groups: list[Any]) -> bytes:
    return b"\x02" + b"".join(b"\n%b\r" % group(*parts) for parts in groups) + b"\x03"


def replaced(groups: list[Any], **values: str) -> list[Any]:
    return [(p[0], values[p[0]], *p[2:]) if p[0] in values else p for p in groups]


def decode(payload: bytes, topic: str = "tic/cellar", device: str = "") -> Decoded:
    ctx = Context(received_at=NOW, topic=topic, device=device)
    told = connectors.load("linky_tic").decode(payload, ctx)
    assert len(accounted(told)) + told.ignored == told.rows
    return told


def sniff(head: bytes) -> float:
    return connectors.load("linky_tic").sniff(head)


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_a_historique_frame_takes_the_arrival() -> None:
    told = decode(frame(HISTORIQUE))
    assert registers(told) == {"HC": 10_234_567_000, "HP": 20_345_678_000}
    assert (devices(told), stamps(told)) == ({"021861000001"}, {NOW})
    assert qualities(told) == {Quality.ARRIVAL_TIME}
    assert (told.rows, told.ignored) == (7, 4)


def test_a_standard_frame_has_the_meters_time() -> None:
    told = decode(frame(STANDARD))
    assert registers(told) == {"TOTAL": 300_000, "F1": 100_000, "F2": 200_000, "D1": 300_000}
    assert values(told)["electricity", "injection", "energy", "TOTAL", "register"] == 7_000
    assert (stamps(told), qualities(told)) == ({NOW - 2}, {Quality.GOOD})


def test_f05_the_meters_total_stands_beside_its_parts() -> None:
    counted = registers(decode(frame(STANDARD)))
    assert counted["TOTAL"] == counted["F1"] + counted["F2"] == counted["D1"]


def test_f11_papp_and_sinsts_are_volt_amperes_and_ccasn_is_not_read() -> None:
    for groups in (HISTORIQUE, STANDARD):
        powers = {k: v for k, v in values(decode(frame(groups))).items() if k[4] == "power"}
        assert {k[2] for k in powers} == {"apparent_power"}
        assert powers["electricity", "consumption", "apparent_power", "TOTAL", "power"] == 780_000


def test_f06_the_season_letter_tells_the_october_hours_apart() -> None:
    summer, winter = (
        decode(frame(replaced(STANDARD, DATE=f"{letter}261025023000"))) for letter in "EH"
    )
    assert stamps(summer) == {utc("2026-10-25T00:30:00Z")}
    assert stamps(winter) == {utc("2026-10-25T01:30:00Z")}


def test_a_degraded_clock_is_told_and_one_never_set_is_not_believed() -> None:
    degraded = decode(frame(replaced(STANDARD, DATE="h261122125958")))
    assert (stamps(degraded), qualities(degraded)) == ({NOW - 2}, {Quality.DEGRADED_CLOCK})
    unset = decode(frame(replaced(STANDARD, DATE=" 000101000000")))
    assert (stamps(unset), qualities(unset)) == ({NOW}, {Quality.ARRIVAL_TIME})
    assert unset.rejects == []


def test_parity_bits_are_cut_off() -> None:
    for groups in (HISTORIQUE, STANDARD):
        seven = frame(groups)
        eight = bytes(c | 0x80 * (c.bit_count() % 2) for c in seven)
        assert eight != seven
        assert values(decode(eight)) == values(decode(seven))
        assert sniff(eight) == 1.0


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_text_without_start_and_end_of_frame(end: bytes) -> None:
    text = end.join(group(*parts) for parts in [*HISTORIQUE, *replaced(HISTORIQUE, PAPP="00800")])
    told = decode(text, topic="")
    assert registers(told) == {"HC": 10_234_567_000, "HP": 20_345_678_000}
    assert values(told)["electricity", "consumption", "apparent_power", "TOTAL", "power"] == 800_000
    assert (told.rows, told.ignored, sniff(text)) == (14, 11, 1.0)


def test_a_wrong_checksum_costs_its_group_only() -> None:
    whole = frame(HISTORIQUE)
    told = decode(whole.replace(b"HCHC 010234567", b"HCHC 010234568"))
    assert registers(told) == {"HP": 20_345_678_000}
    (reject,) = told.rejects
    assert (reject.reason, reject.column, reject.line) == ("bad_checksum", "HCHC", 4)
    assert str(reject.value).startswith("HCHC 010234568")


def test_the_checksum_may_be_a_space() -> None:
    sums = [f"{'9' * n}{d}{'0' * (8 - n)}" for n in range(9) for d in range(10)]
    value = next(v for v in sums if group("HCHC", v).endswith(b"  "))
    told = decode(frame(replaced(HISTORIQUE, HCHC=value)))
    assert (told.rejects, registers(told)["HC"]) == ([], int(value) * 1000)


def test_a_checksum_of_a_space_that_an_editor_cut_off_costs_nothing() -> None:
    at_space = next(n for n in range(99) if group("HCHC", f"0102345{n:02}").endswith(b"  "))
    groups = [*HISTORIQUE[:1], ("HCHC", f"0102345{at_space:02}"), *HISTORIQUE[3:]]
    text = b"\r\n".join(group(*parts).rstrip(b" ") for parts in groups)
    told = decode(text)
    assert (told.rejects, registers(told)["HC"]) == ([], (10_234_500 + at_space) * 1000)


def test_what_was_cut_within_its_value_is_not_believed() -> None:
    short = next(n for n in range(99) if group("HCHC", f"010234{n:02}").endswith(b"  "))
    lines = [
        group("ADCO", "021861000001"),
        f"HCHC 010234{short:02}".encode(),
        group("PTEC", "HP.."),
    ]
    told = decode(b"\n".join(lines))
    assert [(reject.column, reject.reason) for reject in told.rejects] == [("HCHC", "bad_checksum")]


def test_t11_a_number_kept_in_32_bits_is_no_meter_s() -> None:
    """LibTeleinfo tells the same number of every meter of the standard mode."""
    payload = b'{"_UPTIME":319500,"ADSC":2147483647,"VTIC":2,"EAST":3839865,"EASF01":1266150}'
    with pytest.raises(DecodeError):
        decode(payload)
    told = decode(payload, device="99551122334455")
    assert (devices(told), registers(told)["TOTAL"]) == ({"99551122334455"}, 3_839_865_000)


def test_frames_cut_at_both_ends_leave_what_is_whole() -> None:
    first = frame(replaced(STANDARD, DATE="H261122125957", EAST="000000299"))
    last = frame(replaced(STANDARD, DATE="H261122125959", EAST="000000301"))
    told = decode(first[60:] + frame(STANDARD) + last[:70], topic="")
    keys = [(s.key.flow, s.key.register, s.key.kind) for s in told.series]
    total = told.series[keys.index(("consumption", "TOTAL", "register"))]
    assert list(total.value) == [300_000, 301_000]
    assert list(total.ts) == [NOW - 2, NOW - 1]
    assert told.rejects == []
    assert "1" in told.notes[0].en


def test_of_many_frames_without_a_time_the_last_counts() -> None:
    frames = [frame(replaced(HISTORIQUE, HCHC=f"{n:09}")) for n in (1, 2, 3)]
    told = decode(b"".join(frames), topic="")
    assert registers(told)["HC"] == 3_000
    assert [len(s.ts) for s in told.series] == [1, 1, 1]
    assert "2" in told.notes[0].fr


def test_two_meters_in_one_file_are_two_devices() -> None:
    other = replaced(HISTORIQUE, ADCO="021861000002", HCHC="000000009")
    told = decode(frame(HISTORIQUE) + frame(other), topic="")
    assert devices(told) == {"021861000001", "021861000002"}


def test_a_frame_that_lost_its_number_is_the_only_meters() -> None:
    lost = frame(HISTORIQUE).replace(b"ADCO 02", b"ADCO 12")
    told = decode(frame(HISTORIQUE) + lost, topic="")
    assert devices(told) == {"021861000001"}
    assert [r.column for r in told.rejects] == ["ADCO"]
    with pytest.raises(DecodeError) as caught:
        decode(lost)
    assert caught.value.reason == "not_this_format"
    assert devices(decode(lost, topic="", device="99123456789012")) == {"99123456789012"}


def test_notices_and_overload_are_tolerated() -> None:
    told = decode(frame([*HISTORIQUE, ("PEJP", "30"), ("ADPS", "046"), ("PREAVIS", "30")]))
    assert (told.rejects, told.rows) == ([], 10)


def test_t11_a_register_at_its_stop_is_rejected_by_name() -> None:
    told = decode(frame(replaced(STANDARD, EAST="4294967295")))
    assert [(r.reason, r.column) for r in told.rejects] == [("sentinel", "EAST")]


def test_f09_an_empty_value_is_a_gap() -> None:
    told = decode(frame(replaced(STANDARD, EAIT="         ")))
    assert [gap.column for gap in told.gaps] == ["EAIT"]


def test_json_of_ticwebsocket_is_the_same_frame() -> None:
    summary = b"""{"ADSC": "041861000001", "DATE": "H261122125958\\t", "EAST": "000000300",
        "!PCOUP": "02", "SINSTS": "00780", "CCASN": "H261122123000\\t00790"}"""
    told = decode(summary)
    assert registers(told) == {"TOTAL": 300_000}
    assert (stamps(told), devices(told)) == ({NOW - 2}, {"041861000001"})
    assert [(r.reason, r.column) for r in told.rejects] == [("bad_checksum", "PCOUP")]
    assert sniff(summary) == 1.0


@pytest.mark.parametrize(
    "head",
    [
        b'{"TIC":{"ADCO":"021861000001"}}',
        b'{"ADCO":{"raw":"021861000001","value":21861000001}}',
        b"ADCO 021861000001 X\r\nBASE 000000001 X\r\n",
        b"Horodate;Valeur\r\n2026-01-01T00:30:00+01:00;12\r\n",
        b"[[[[",
    ],
)
def test_other_files_are_not_taken(head: bytes) -> None:
    assert sniff(head) == 0.0
