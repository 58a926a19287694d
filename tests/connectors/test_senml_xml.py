"""SenML in XML is what the same pack is in JSON."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model import Decoded, DecodeError
from tests.connectors.answers import decode, sniffed
from tests.connectors.messages import NOW

NAME = "electricity/consumption/TOTAL"
PACK: list[dict[str, Any]] = [
    {"bn": "meter/9/", "bt": NOW, "bu": "Wh", "n": NAME, "v": 7970903.25},
    {"n": f"{NAME}/PT30M", "t": -1800, "v": 215.75},
    {"n": NAME, "u": "W", "v": 4.315e2, "t": 0.9},
    {"bn": "meter/10/"},
    {"n": "voltage", "u": "V", "v": 230},
    {"n": NAME, "vs": "many"},
]


def in_xml(pack: list[dict[str, Any]]) -> bytes:
    def record(fields: dict[str, Any]) -> str:
        return "<senml " + " ".join(f'{k}="{v}"' for k, v in fields.items()) + "/>"

    records = "".join(map(record, pack))
    return f'<sensml xmlns="urn:ietf:params:xml:ns:senml">{records}</sensml>'.encode()


def told(payload: bytes) -> Decoded:
    return decode("senml", payload)


def test_xml_is_read_as_json_is() -> None:
    assert told(in_xml(PACK)) == decode("senml", PACK)
    assert len(told(in_xml(PACK)).series) == 3


def test_several_packs_and_prefixes() -> None:
    pack = in_xml(PACK[:1]).decode().replace("<sensml xmlns=", "<s:sensml xmlns:s=")
    pack = pack.replace("<senml", "<s:senml").replace("</sensml", "</s:sensml")
    found = told(f"<all>{pack}{pack}</all>".encode())
    assert (found.rows, found.rejects) == (2, [])


@pytest.mark.parametrize("text", ["1,5", "x", "", "0x10", "1_000", "NaN", "INF", "1e999"])
def test_numbers_are_strict(text: str) -> None:
    found = told(in_xml([{"n": f"m/{NAME}", "u": "Wh", "t": NOW, "v": text}]))
    assert (found.series, len(found.rejects)) == ([], 1)


@pytest.mark.parametrize(
    ("text", "mwh"),
    [(".5", 500), ("5.", 5000), ("+.5e1", 5000), ("12.3400000000000000001", 12_340), ("1e-400", 0)],
)
def test_numbers_are_those_of_xml_exactly(text: str, mwh: int) -> None:
    found = told(in_xml([{"n": f"m/{NAME}", "u": "Wh", "t": f"{NOW}.5", "v": text}]))
    assert [(s.value, s.ts) for s in found.series] == [([mwh], [NOW])]


def test_a_value_that_a_double_cannot_hold_is_exact_and_a_huge_one_out_of_range() -> None:
    found = told(in_xml([{"n": f"m/{NAME}", "u": "Wh", "t": NOW, "v": "123456789012.0005001"}]))
    assert found.series[0].value == [123_456_789_012_001]  # just above the half
    for text, shown in (("1e20", f"1{'0' * 20}"), ("-1.5", "-1.5")):
        (reject,) = told(in_xml([{"n": f"m/{NAME}", "u": "Wh", "t": NOW, "v": text}])).rejects
        assert (reject.reason, reject.value) == ("out_of_range", shown)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"<sensml", "not_xml"),
        (b"<other/>", "not_this_format"),
        (in_xml([{"bver": 11, "n": NAME}]), "not_this_format"),
        (in_xml([{"n": NAME, "must_": 1}]), "not_this_format"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><sensml>&b;</sensml>', "not_xml"),
    ],
)
def test_what_is_no_pack_is_an_error(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        told(payload)
    assert caught.value.reason == reason


def test_sniff_is_sure_of_our_names_only() -> None:
    assert sniffed(in_xml(PACK)) == {"senml": 0.98}
    assert sniffed(in_xml(PACK[4:5])) == {"senml": 0.6}
