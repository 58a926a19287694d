"""SGE's answers: prefixes, versions, labels, and what is no energy."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from connectors import enedis_sge_soap
from connectors._encoding import readable
from hub.model import Decoded, DecodeError
from tests.connectors.files import PRM, amounts, decode, notes, reasons, registers

SERVICES = "http://www.enedis.fr/sge/b2b/services"


def envelope(body: str, prefix: str = "soap") -> str:
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>"
    )


def detail(inner: str, version: str = "V3", prefix: str = "ns3", point: str = PRM) -> str:
    name = f"{prefix}:consulterMesuresDetailleesResponse{version}"
    about = f"<pointId>{point}</pointId>" if point else ""
    return envelope(
        f'<{name} xmlns:{prefix}="{SERVICES}/consultationmesuresdetaillees/common">'
        f"{about}{inner}</{name}>"
    )


def quantity(
    *points: str, physical: str = "PA", unit: str = "W", business: str = "CONS", tag: str = "points"
) -> str:
    rows = "".join(f"<{tag}>{point}</{tag}>" for point in points)
    return (
        f"<grandeur><grandeurMetier>{business}</grandeurMetier><grandeurPhysique>{physical}"
        f"</grandeurPhysique><unite>{unit}</unite>{rows}</grandeur>"
    )


def point(stamp: str, value: str = "600", step: str = "PT30M", nature: str = "B") -> str:
    more = f"<p>{step}</p>" if step else ""
    return f"<v>{value}</v><d>{stamp}</d>{more}<n>{nature}</n>"


def read(text: str | bytes, device: str = "") -> Decoded:
    return decode("enedis_sge_soap", text, device)


@pytest.mark.parametrize("prefix", ["ns3", "v1", "a.b-c"])
@pytest.mark.parametrize("version", ["", "V3"])
@pytest.mark.parametrize("tag", ["points", "mesure"])
def test_prefixes_and_versions_vary(prefix: str, version: str, tag: str) -> None:
    text = detail(quantity(point("2026-11-20 00:30:00"), tag=tag), version, prefix)
    assert amounts(read(text)) == {"2026-11-19T23:00": (1800, 300_000)}
    assert enedis_sge_soap.sniff(text.encode()) == 1
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")
    assert enedis_sge_soap.sniff(readable(wide).payload) == 1
    assert amounts(read(wide)) == amounts(read(text))


def test_an_answer_may_have_a_namespace_and_no_prefix() -> None:
    text = detail(quantity(point("2026-11-20 00:30:00"))).replace("ns3:", "")
    text = text.replace("xmlns:ns3=", "xmlns=")
    assert len(amounts(read(text))) == 1


@pytest.mark.parametrize(
    ("step", "start"),
    [("PT5M", "11:00"), ("PT10M", "11:00"), ("PT30M", "10:30"), ("PT60M", "10:00")],
)
def test_f01_short_steps_are_labelled_by_their_start_and_long_ones_by_their_end(
    step: str, start: str
) -> None:
    text = detail(quantity(point("2026-11-20T12:00:00.000+01:00", step=step)))
    assert list(amounts(read(text))) == [f"2026-11-20T{start}"]


def test_f09_an_empty_value_is_a_gap_and_a_bad_one_named() -> None:
    stamps = [f"2026-11-20 {clock}:00" for clock in ("00:30", "01:00", "01:30")]
    text = detail(quantity(*map(point, stamps, ["", "x", "0"])))
    decoded = read(text)
    assert [(g.row, g.end) for g in decoded.gaps] == [(1, 1_795_131_000)]
    assert reasons(decoded) == {2: "bad_number"}
    assert amounts(decoded) == {"2026-11-20T00:00": (1800, 0)}


@pytest.mark.parametrize("step", ["", "P1D"])
@pytest.mark.parametrize(
    "stamp",
    [
        "2026-10-25",
        "2026-10-25T00:00:00.000+02:00",
        "2026-10-24T22:00:00Z",
        "2026-10-24T22:00:00.000Z",
    ],
)
def test_a_day_s_energy_is_that_of_its_local_day(stamp: str, step: str) -> None:
    text = detail(quantity(point(stamp, "24217", step), physical="EA", unit="Wh"))
    assert amounts(read(text)) == {"2026-10-24T22:00": (90_000, 24_217_000)}


@pytest.mark.parametrize(("physical", "unit"), [("PMA", "VA"), ("PRI", "VAr"), ("E", "V")])
def test_what_is_no_energy_is_left_aside(physical: str, unit: str) -> None:
    decoded = read(detail(quantity(point("2026-11-20 00:30:00"), physical=physical, unit=unit)))
    assert (decoded.rows, decoded.ignored, decoded.series) == (1, 1, [])
    assert notes(decoded)["left_aside"] == f"'{physical}': 1 value left aside"


def test_what_is_fed_in_is_injection_and_an_unknown_unit_refused() -> None:
    decoded = read(detail(quantity(point("2026-11-20 00:30:00"), business="PROD")))
    assert [s.key.flow for s in decoded.series] == ["injection"]
    decoded = read(detail(quantity(point("2026-11-20 00:30:00"), unit="BTU")))
    assert reasons(decoded) == {1: "bad_unit"}


def test_f05_registers_are_known_by_their_dial_or_their_class() -> None:
    def part(name: str, code: str, value: int) -> str:
        dial = f"<codeCadran>{code}</codeCadran>" if code else ""
        row = f"<valeur><d>2026-11-20 00:00:00</d><v>{value}</v><iv>0</iv></valeur>"
        name = f"<idClasseTemporelle>{name}</idClasseTemporelle>" if name else ""
        return f"{name}{dial}{row}"

    classes = "".join(
        f"<calendrier><idCalendrier>{grid}</idCalendrier>"
        f"<classeTemporelle>{part(name, code, value)}</classeTemporelle></calendrier>"
        for grid, name, code, value in (
            ("FC000050", "BUHP", "IDX_EAS_F2", 1),
            ("FC000050", "RHC", "", 2),
            ("DI000003", "HCB", "IDX_EAS_D1", 3),
            ("D", "HPE", "", 4),
        )
    )
    text = detail(
        "<contexte><etapeMetier>BRUT</etapeMetier><grandeur><grandeurMetier>CONS</grandeurMetier>"
        f"<grandeurPhysique>EA</grandeurPhysique><unite>Wh</unite>{classes}"
        f"<cadranTotalisateur>{part('', 'IDX_EAS_T', 10)}</cadranTotalisateur>"
        "</grandeur></contexte>"
    )
    found = {name: list(values.values()) for name, values in registers(read(text)).items()}
    assert found == {"F2": [1000], "HCJR": [2000], "D1": [3000], "D2": [4000], "TOTAL": [10_000]}


def test_a_fault_and_an_empty_answer_hold_no_rows() -> None:
    fault = envelope(
        f"<soap:Fault><faultstring>{escape('SGT4K3 <non>')}</faultstring></soap:Fault>"
    )
    decoded = read(fault)
    assert (decoded.rows, decoded.ignored) == (1, 1)
    assert "SGT4K3 <non>" in notes(decoded)["no_data"]
    decoded = read(detail(""))
    assert (decoded.rows, decoded.ignored) == (1, 1)


def test_a_usage_point_must_be_known() -> None:
    text = detail(quantity(point("2026-11-20 00:30:00")), point="")
    with pytest.raises(DecodeError) as caught:
        read(text)
    assert caught.value.reason == "missing_usage_point"
    assert read(text, PRM).series[0].key.device == PRM


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<a/>", "not_this_format"),
        (envelope("<consulterMesuresDetaillees/>"), "not_this_format"),
        ("{}", "not_xml"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "not_xml"),
    ],
)
def test_other_documents_are_refused(text: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read(text, PRM)
    assert caught.value.reason == reason
    assert enedis_sge_soap.sniff(text.encode()) == 0


def test_f02_t07_each_point_is_energy_by_its_own_step() -> None:
    steps = [("00:30", "PT30M"), ("01:00", "PT30M"), ("01:15", "PT15M"), ("01:30", "PT15M")]
    points = [point(f"2026-11-20 {clock}:00", step=step) for clock, step in steps]
    assert amounts(read(detail(quantity(*points)))) == {
        "2026-11-19T23:00": (1800, 300_000),
        "2026-11-19T23:30": (1800, 300_000),
        "2026-11-20T00:00": (900, 150_000),
        "2026-11-20T00:15": (900, 150_000),
    }


def test_f06_october_s_hour_is_told_by_the_order_or_named() -> None:
    clocks = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    found = amounts(read(detail(quantity(*(point(f"2026-10-25 {c}:00") for c in clocks)))))
    assert list(found) == [
        f"2026-10-{at}" for at in ("24T23:00", "24T23:30", "25T00:00", "25T00:30", "25T01:00",
                                   "25T01:30")
    ]  # fmt: skip
    assert reasons(read(detail(quantity(point("2026-10-25 02:30:00"))))) == {1: "ambiguous_time"}
