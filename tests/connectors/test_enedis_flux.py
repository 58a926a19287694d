"""Enedis's flux: labels, units, grids, changes of meters, and flux that hold no readings."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

import connectors
from connectors._encoding import readable
from connectors._enedis_names import register_of
from connectors._enedis_quality import quality
from hub.model import Decoded, DecodeError, MeterEvent, Quality
from tests.connectors.files import PRM, amounts, decode, instant, notes, reasons, registers

OTHER = PRM.replace("9912", "9913")
AT, AFTER = "2026-11-20T00:01:00+01:00", "2026-11-20T00:02:00+01:00"


def flux(name: str, *points: str, more: str = "") -> str:
    head = f"<En_Tete_Flux><Identifiant_Flux>{name}</Identifiant_Flux>{more}</En_Tete_Flux>"
    return f"<{name}>{head}{''.join(points)}</{name}>"


def prm(*readings: str, number: str = PRM) -> str:
    return f"<PRM><Id_PRM>{number}</Id_PRM>{''.join(readings)}</PRM>"


def reading(date: str, *values: str, **other: str) -> str:
    more = "".join(f"<{tag}>{text}</{tag}>" for tag, text in other.items())
    date = f"<Date_Releve>{date}</Date_Releve>"
    return f"<Donnees_Releve>{date}{more}{''.join(values)}</Donnees_Releve>"


def value(amount: object, rank: str = "1", grid: str = "", **other: str) -> str:
    """A supplier's register, or the distributor's where ``grid`` says so."""
    tag = f"Classe_Temporelle{grid}"
    told = {"Id_Classe_Temporelle": "BASE", "Rang_Cadran": rank} | other
    more = "".join(f"<{name}>{text}</{name}>" for name, text in told.items() if text)
    return f"<{tag}>{more}<Valeur>{amount}</Valeur></{tag}>"


D = "_Distributeur"


def read(name: str, text: str) -> Decoded:
    return decode(f"enedis_flux_{name}", text, "")


# R151


@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        ("2026-11-20", "2026-11-20T23:00"),
        ("2026-10-24", "2026-10-24T22:00"),
        ("2026-10-25", "2026-10-25T23:00"),
        ("2026-03-28", "2026-03-28T23:00"),
        ("2026-03-29", "2026-03-29T22:00"),
        ("2026-12-31", "2026-12-31T23:00"),
    ],
)
def test_f04_t05_r151_labels_the_end_of_the_day(date: str, wanted: str) -> None:
    decoded = read("r151", flux("R151", prm(reading(date, value(7)))))
    assert registers(decoded) == {"F1": {wanted: 7000}}


def test_f03_f04_r151_and_r64_tell_one_instant() -> None:
    r151 = read("r151", flux("R151", prm(reading("2026-11-20", value(7)))))
    r64 = read("r64", json(dial("IDX_EAS_F1", "2026-11-21 00:00:00", 7)))
    assert registers(r151) == registers(r64)


def test_f04_r151_is_in_its_head_s_unit_and_r15_in_kwh() -> None:
    for unit, factor in (("Wh", 1000), ("kWh", 10**6), ("", 1000)):
        told = f"<Unite_Mesure_Index>{unit}</Unite_Mesure_Index>" if unit else ""
        decoded = read("r151", flux("R151", prm(reading("2026-11-20", value(7))), more=told))
        assert registers(decoded)["F1"] == {"2026-11-20T23:00": 7 * factor}
    decoded = read("r15", flux("R15", prm(reading(AT, value(7)))))
    assert registers(decoded) == {"F1": {"2026-11-19T23:01": 7 * 10**6}}


def test_f05_both_grids_are_kept_and_a_register_is_known_by_its_rank() -> None:
    values = [value(n, str(n), D) for n in range(1, 5)] + [value(9, "10"), value(9, "11")]
    decoded = read("r151", flux("R151", prm(reading("2026-11-20", *values))))
    assert sorted(registers(decoded)) == ["D1", "D2", "D3", "D4", "F10"]
    assert reasons(decoded) == {6: "bad_name"}


def test_each_point_is_a_device_and_peak_power_is_left_aside() -> None:
    peak = "<Puissance_Maximale><Valeur>3817</Valeur></Puissance_Maximale>"
    points = [prm(reading("2026-11-20", value(7), peak)), prm(reading("2026-11-20", value(8)))]
    text = flux("R151", points[0], points[1].replace(PRM, OTHER))
    decoded = read("r151", text)
    assert [(s.key.device, list(s.value)) for s in decoded.series] == [
        (PRM, [7000]),
        (OTHER, [8000]),
    ]
    assert (decoded.rows, decoded.ignored) == (3, 1)


def test_a_doubt_of_the_meter_is_kept() -> None:
    doubtful = value(7, Indice_Vraisemblance="4")
    decoded = read("r151", flux("R151", prm(reading("2026-11-20", doubtful))))
    assert decoded.series[0].quality is not None
    assert list(decoded.series[0].quality) == [Quality.METER_FAULT]


# R15


def test_the_energy_since_the_reading_before_repeats_the_index() -> None:
    values = [value(10160, Classe_Mesure="1"), value(100, "", Classe_Mesure="2")]
    decoded = read("r15", flux("R15", prm(reading(AT, *values))))
    assert (decoded.rows, decoded.ignored) == (2, 1)


def test_the_register_before_is_read_with_its_own_date() -> None:
    told = reading(
        AT,
        value(160, Valeur_Precedent="60"),
        Date_Releve_Precedent="2026-11-01T00:00:00+01:00",
        Nature_Index="REEL",
        Nature_Index_Precedent="ESTIME",
    )
    decoded = read("r15", flux("R15", prm(told)))
    assert registers(decoded) == {
        "F1": {"2026-11-19T23:01": 160 * 10**6, "2026-10-31T23:00": 60 * 10**6}
    }
    (series,) = decoded.series
    assert series.quality is not None
    assert dict(zip(series.value, series.quality, strict=True)) == {
        160 * 10**6: Quality.GOOD,
        60 * 10**6: Quality.ESTIMATED_BY_SOURCE,
    }


def test_an_annulled_reading_is_left_aside_and_a_rectified_one_marked() -> None:
    said = [
        reading(AT, value(amount), Statut_Releve=status)
        for amount, status in ((7, "INITIAL"), (9, "ANNULE"), (8, "RECTIFICATIF"))
    ]
    decoded = read("r15", flux("R15", prm(*said)))
    (series,) = decoded.series
    assert series.quality is not None
    assert [(v, Quality(q)) for v, q in zip(series.value, series.quality, strict=True)] == [
        (7 * 10**6, Quality.GOOD),
        (8 * 10**6, Quality.CORRECTED_BY_SOURCE),
    ]
    assert notes(decoded)["left_aside"] == "'ANNULE': 1 value left aside"


@pytest.mark.parametrize("name", ["r15", "r151", "c15"])
def test_a_flux_without_readings_is_one_row_that_tells_nothing(name: str) -> None:
    decoded = read(name, flux(name.upper()))
    assert (decoded.rows, decoded.ignored) == (1, 1)


def test_t08_a_register_that_passed_its_end_says_so_at_an_even_pace() -> None:
    told = value(
        29,
        Valeur_Precedent="99990",
        Nb_Chiffres_Cadran="5",
        Indicateur_Passage_A_Zero="1",
    )
    before = "2026-11-19T23:00:39+01:00"
    text = flux("R15", prm(reading(AT, told, Date_Releve_Precedent=before)))
    (event,) = read("r15", text).events
    assert (event.kind, event.register) == ("rollover", "F1")
    assert (event.closing, event.opening) == (100_000 * 10**6, 0)
    # 10 of 39 kWh before the end, in 3621 seconds.
    assert event.at == instant(before) + 3621 * 10 // 39
    assert not read("r15", text.replace(">1</Indic", ">0</Indic")).events
    assert not read("r15", text.replace("99990", "20")).events


@pytest.mark.parametrize(
    ("coefficient", "wanted"), [("1.0", 7), ("", 7), ("40", 280), ("0.5", 3.5)]
)
def test_an_index_behind_a_transformer_is_multiplied(coefficient: str, wanted: float) -> None:
    text = flux("R15", prm(reading(AT, value(7, Coefficient_Lecture=coefficient))))
    assert registers(read("r15", text))["F1"] == {"2026-11-19T23:01": int(wanted * 10**6)}


@pytest.mark.parametrize("name", ["r15", "c15"])
def test_f04_an_index_is_read_in_its_unit_or_refused_and_a_power_left_aside(name: str) -> None:
    def one(unit: str) -> Decoded:
        told = side(True, AT, value(7, Unite_Mesure=unit, Classe_Mesure="1"))
        return read(name, flux(name.upper(), event(told) if name == "c15" else prm(told)))

    for unit, factor in (("Wh", 10**3), ("kWh", 10**6), ("MWh", 10**9)):
        assert registers(one(unit)) == {"F1": {"2026-11-19T23:01": 7 * factor}}
    for unit in ("kVA", "kVArh", "h"):
        assert (one(unit).ignored, one(unit).rejects) == (1, [])
    assert reasons(one("GJ")) == {1: "bad_unit"}


@pytest.mark.parametrize("coefficient", ["x", "0", "-1", "9" * 12])
def test_a_coefficient_that_is_none_refuses_its_register(coefficient: str) -> None:
    text = flux("R15", prm(reading(AT, value(7, Coefficient_Lecture=coefficient), value(8, "2"))))
    decoded = read("r15", text)
    assert (sorted(registers(decoded)), sorted(reasons(decoded))) == (["F2"], [1])


def test_what_is_fed_in_is_counted_once() -> None:
    values = [value(7, "1", grid, Sens_Mesure="1") for grid in ("", D)]
    decoded = read("r15", flux("R15", prm(reading(AT, *values))))
    assert {(s.key.flow, s.key.register) for s in decoded.series} == {("injection", "TOTAL")}


@pytest.mark.parametrize("name", ["F12", "F15", "X12"])
def test_bills_and_contracts_hold_no_readings(name: str) -> None:
    text = flux(name, "<Id_PRM>1</Id_PRM>").replace(f"<{name}>", "<Detail>", 1)
    text = text.replace(f"</{name}>", "</Detail>")
    sure = {n: connectors.load(n).sniff(text.encode()) for n in connectors.names()}
    assert [n for n, s in sure.items() if s] == ["enedis_flux_r15"]
    with pytest.raises(DecodeError) as caught:
        read("r15", text)
    assert (caught.value.reason, caught.value.detail) == ("no_readings", {"value": f"flux {name}"})


# C15


def event(*readings: str, nature: str = "CMAT", material: str = "COMPTEUR") -> str:
    inner = f"<Releves>{''.join(readings)}</Releves>" if readings else ""
    return prm(
        f"<Evenement_Declencheur><Date_Evenement>{AT}</Date_Evenement><Nature_Evenement>{nature}"
        f"</Nature_Evenement><Operation><Categorie_Materiel>{material}</Categorie_Materiel>"
        f"</Operation>{inner}</Evenement_Declencheur>"
    )


def side(after: bool, date: str, *values: str) -> str:
    return reading(date, *values, Code_Qualification="2" if after else "1")


def told(decoded: Decoded) -> list[tuple[str, str, int | None, int | None]]:
    assert {e.at for e in decoded.events} <= {instant(AT), instant(AFTER)}
    return [(e.kind, e.register, e.closing, e.opening) for e in decoded.events]


def test_t08_a_change_of_meter_says_where_the_one_ends_and_the_other_begins() -> None:
    sides = side(False, AT, value(12000)), side(True, AFTER, value(3))
    decoded = read("c15", flux("C15", event(*sides)))
    assert told(decoded) == [
        ("replacement", "", None, None),
        ("replacement", "F1", 12000 * 10**6, 3 * 10**6),
    ]
    assert {e.at for e in decoded.events} == {instant(AFTER)}
    assert registers(decoded)["F1"] == {
        "2026-11-19T23:01": 12000 * 10**6,
        "2026-11-19T23:02": 3 * 10**6,
    }


def test_t08_at_one_instant_there_is_but_one_register() -> None:
    sides = side(False, AT, value(12000)), side(True, AT, value(3))
    decoded = read("c15", flux("C15", event(*sides)))
    assert ("replacement", "F1", 12000 * 10**6, 3 * 10**6) in told(decoded)
    assert registers(decoded)["F1"] == {"2026-11-19T23:01": 3 * 10**6}
    assert decoded.ignored == 1


def test_t08_a_grid_of_one_side_only_leaves_the_other_unknown() -> None:
    before = side(False, AT, value(1, "1"), value(2, "1", D))
    decoded = read("c15", flux("C15", event(before, side(True, AFTER, value(0, "1")))))
    assert told(decoded)[1:] == [
        ("replacement", "D1", 2 * 10**6, None),
        ("replacement", "F1", 10**6, 0),
    ]


def test_t11_a_register_that_cannot_be_read_is_unknown_and_did_not_join_the_set() -> None:
    before = side(False, AT, value(16777215, "1"), value(2, "2"))
    after = side(True, AFTER, value(0, "1"), value("", "2"))
    decoded = read("c15", flux("C15", event(before, after)))
    assert told(decoded)[1:] == [
        ("replacement", "F1", None, 0),
        ("replacement", "F2", 2 * 10**6, None),
    ]


def test_f05_a_register_that_the_new_meter_does_not_have_left_the_set() -> None:
    before, after = side(False, AT, value(1, "1"), value(2, "2")), side(True, AFTER, value(0, "1"))
    decoded = read("c15", flux("C15", event(before, after)))
    assert told(decoded)[1:] == [
        ("replacement", "F1", 10**6, 0),
        ("register-set", "F2", 2 * 10**6, None),
    ]


def test_f05_a_change_of_contract_ends_registers_and_begins_others() -> None:
    """Peak and off-peak become one price; the distributor's two seasons become four registers."""
    before = side(False, AT, value(10, "1"), value(20, "2"), value(30, "1", D))
    after = side(True, AFTER, value(10, "1"), *(value(30 + n, str(n + 1), D) for n in range(4)))
    decoded = read("c15", flux("C15", event(before, after, nature="MCT")))
    assert told(decoded) == [
        *(("register-set", f"D{n}", None, (29 + n) * 10**6) for n in (2, 3, 4)),
        ("register-set", "F2", 20 * 10**6, None),
    ]


def test_t08_a_change_without_readings_leaves_both_sides_unknown() -> None:
    decoded = read("c15", flux("C15", event()))
    assert decoded.events == [MeterEvent(PRM, "electricity", instant(AT), "replacement")]
    assert (decoded.rows, decoded.ignored) == (1, 1)


@pytest.mark.parametrize(
    ("nature", "material"), [("CMAT", "DISJONCTEUR"), ("MCT", "COMPTEUR"), ("CFNE", "COMPTEUR")]
)
@pytest.mark.parametrize("after", [12000, 12001])
def test_where_registers_go_on_there_is_no_event(nature: str, material: str, after: int) -> None:
    sides = side(False, AT, value(12000)), side(True, AFTER, value(after), value(5, "1", D))
    decoded = read("c15", flux("C15", event(*sides, nature=nature, material=material)))
    assert decoded.events == []
    assert len(registers(decoded)["F1"]) == 2


def test_a_change_of_material_after_which_registers_go_on_was_not_the_meter_s() -> None:
    sides = side(False, AT, value(12000)), side(True, AFTER, value(12000))
    assert read("c15", flux("C15", event(*sides))).events == []


@pytest.mark.parametrize("after", [5, 11999, 12011])
def test_a_register_that_does_not_go_on_is_another_set(after: int) -> None:
    sides = side(False, AT, value(12000)), side(True, AFTER, value(after))
    decoded = read("c15", flux("C15", event(*sides, nature="MCT")))
    assert told(decoded) == [("register-set", "F1", 12000 * 10**6, after * 10**6)]


# R64, R67


def dial(code: str, stamp: str, amount: object, **other: Any) -> dict[str, Any]:
    return {
        "idClasseTemporelle": "X",
        "codeCadran": code,
        "valeur": [{"d": stamp, "v": amount, "iv": 0} | other],
    }


def json(*dials: dict[str, Any], name: str = "R64", **quantity: Any) -> str:
    told = {"grandeurMetier": "CONS", "grandeurPhysique": "EA", "unite": "Wh"} | quantity
    told["calendrier"] = [{"idCalendrier": "FC000001", "classeTemporelle": list(dials)}]
    context = {"etapeMetier": "BRUT", "grandeur": [told]}
    measures = [{"idPrm": PRM, "contexte": [context]}]
    return orjson.dumps({"header": {"codeFlux": name}, "mesures": measures}).decode()


def test_r64_reads_a_list_of_documents_and_numbers_as_texts() -> None:
    one = json(dial("IDX_EAS_T", "2026-11-20 00:00:00", "42"))
    decoded = read("r64", f"[{one},{one}]")
    assert [list(s.value) for s in decoded.series] == [[42_000, 42_000]]


def test_r64_fed_in_and_reactive_energy() -> None:
    decoded = read("r64", json(dial("IDX_EAI_T", "2026-11-20 00:00:00", 42), grandeurMetier="PROD"))
    assert [(s.key.flow, s.key.register) for s in decoded.series] == [("injection", "TOTAL")]
    decoded = read("r64", json(dial("IDX_ERQ1", "2026-11-20 00:00:00", 42), grandeurPhysique="ER"))
    assert (decoded.ignored, notes(decoded)["left_aside"]) == (1, "'ER': 1 value left aside")


def test_f06_r64_resolves_october_by_the_order_of_each_register() -> None:
    night = ["2026-10-25 01:47:00", "2026-10-25 02:10:00", "2026-10-25 02:05:00"]
    dials = [
        {"idClasseTemporelle": name, "valeur": [{"d": d, "v": 1, "iv": 0} for d in night]}
        for name in ("HP", "HC")
    ]
    for values in registers(read("r64", json(*dials))).values():
        assert list(values) == ["2026-10-24T23:47", "2026-10-25T00:10", "2026-10-25T01:05"]
    alone = json(dial("IDX_EAS_T", "2026-10-25 02:10:00", 1))
    assert reasons(read("r64", alone)) == {1: "ambiguous_time"}


def test_flux_in_json_are_told_apart_by_their_code() -> None:
    for name, other in (("R64", "R67"), ("R67", "R64")):
        text = json(name=name)
        assert connectors.load(f"enedis_flux_{name.lower()}").sniff(text.encode()) == 1
        assert connectors.load(f"enedis_flux_{other.lower()}").sniff(text.encode()) == 0
        with pytest.raises(DecodeError) as caught:
            read(other.lower(), text)
        assert caught.value.reason == "not_this_format"


def test_r67_amounts_are_of_local_days_and_belong_to_no_finer_period() -> None:
    part = {
        "idClasseTemporelle": "HP",
        "quantite": [
            {"dbtMesure": "2026-10-02", "finMesure": "2026-11-02", "quantite": 5000},
            {"dbtMesure": "2026-11-02", "finMesure": "2026-11-03", "quantite": 70},
            {"dbtMesure": "2026-11-03", "finMesure": "2028-11-03", "quantite": 1},
        ],
    }
    decoded = read("r67", json(part, name="R67"))
    (series,) = decoded.series
    assert (series.key.register, series.key.period, series.key.kind) == ("HP", "month", "interval")
    assert series.seconds is not None
    assert list(series.seconds) == [31 * 86_400 + 3600, 86_400]
    assert list(series.value) == [5_000_000, 70_000]
    assert reasons(decoded) == {3: "bad_time"}


# Names and qualities


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"dial": "IDX_EAS_F1"}, "F1"),
        ({"dial": "EAS F10"}, "F10"),
        ({"dial": "IDX_EAS_D4"}, "D4"),
        ({"dial": "IDX_EAS_T"}, "TOTAL"),
        ({"dial": "IDX_EAI_T"}, "TOTAL"),
        ({"dial": "IDX_EAS_D5"}, ""),
        ({"grid": "Distributeur", "name": "HPH"}, "D4"),
        ({"grid": "DI000003", "name": "HCE"}, "D1"),
        ({"grid": "DI000003", "name": "P"}, ""),
        ({"grid": "GRD", "name": "HCB"}, "D1"),
        ({"grid": "Turpe", "name": "BASE"}, "D1"),
        ({"grid": "FRN", "name": "BASE"}, "BASE"),
        ({"grid": "FC000010", "name": "BUHC"}, "HCJB"),
        ({"grid": "Fournisseur", "name": "HP", "rank": "2"}, "F2"),
        ({"rank": "0"}, ""),
        ({}, ""),
    ],
)
def test_names_of_registers(told: dict[str, str], wanted: str) -> None:
    assert register_of(**told) == wanted


def test_natures() -> None:
    assert [quality(n) for n in ("B", "R", "E", "C", "REEL", "ESTIME", "Estimé", "REGU")] == [
        *(Quality.GOOD, Quality.GOOD),
        *(Quality.ESTIMATED_BY_SOURCE, Quality.CORRECTED_BY_SOURCE, Quality.GOOD),
        *(Quality.ESTIMATED_BY_SOURCE, Quality.ESTIMATED_BY_SOURCE, Quality.CORRECTED_BY_SOURCE),
    ]
    assert [quality("", doubt) for doubt in ("", "0", "8")] == [0, 0, Quality.METER_FAULT]


@pytest.mark.parametrize("name", ["r151", "r15", "c15"])
def test_a_point_without_number_and_another_flux_are_refused(name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read(name, flux(name.upper(), prm(number="x")))
    assert caught.value.reason == "missing_usage_point"
    with pytest.raises(DecodeError) as caught:
        read(name, flux("R50"))
    assert caught.value.reason == "not_this_format"


@pytest.mark.parametrize("name", ["r151", "r15", "c15"])
def test_a_flux_is_known_in_any_encoding_and_with_any_prefix(name: str) -> None:
    text = flux(name.upper(), prm())
    sniff = connectors.load(f"enedis_flux_{name}").sniff
    prefixed = text.replace("<En", "<ns:En").replace("<Id", "<ns:Id")
    for payload in (text.encode(), text.encode("utf-16"), prefixed.encode()):
        assert sniff(readable(payload).payload) == 1
    assert sniff(flux("R50").encode()) == 0


# R63


def curve(*points: tuple[str, object, str], code: str = "R63", **other: str) -> str:
    told = [{"d": stamp, "v": value, "p": step, "n": "B"} for stamp, value, step in points]
    kind = {"grandeurMetier": "CONS", "grandeurPhysique": "PA", "unite": "W"} | other
    measure = {"idPrm": PRM, "grandeur": [kind | {"points": told}]}
    return orjson.dumps({"header": {"codeFlux": code}, "mesures": [measure]}).decode()


def test_f01_r63_of_half_hours_is_labelled_by_the_end_and_of_ten_minutes_by_the_start() -> None:
    half = read("r63", curve(("2026-11-20 00:30:00", "600", "PT30M")))
    assert amounts(half) == {"2026-11-19T23:00": (1800, 300_000)}
    ten = read("r63", curve(("2026-11-20 00:00:00", "600", "PT10M")))
    assert amounts(ten) == {"2026-11-19T23:00": (600, 100_000)}


def test_f02_t07_r63_is_energy_by_the_step_of_each_point() -> None:
    steps = [("00:30", "PT30M"), ("01:00", "PT30M"), ("01:15", "PT15M"), ("01:30", "PT15M")]
    found = read("r63", curve(*((f"2026-11-20 {at}:00", "600", step) for at, step in steps)))
    assert list(amounts(found).values()) == [(1800, 300_000)] * 2 + [(900, 150_000)] * 2


def test_f06_r63_resolves_october_by_the_order() -> None:
    clocks = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    found = read("r63", curve(*((f"2026-10-25 {c}:00", "600", "PT30M") for c in clocks)))
    assert (len(amounts(found)), found.rejects) == (6, [])
    alone = read("r63", curve(("2026-10-25 02:30:00", "600", "PT30M")))
    assert reasons(alone) == {1: "ambiguous_time"}


def test_f09_r63_null_is_a_gap() -> None:
    found = read("r63", curve(("2026-11-20 00:30:00", None, "PT30M"),
                              ("2026-11-20 01:00:00", "0", "PT30M")))  # fmt: skip
    assert [gap.row for gap in found.gaps] == [1]
    assert amounts(found) == {"2026-11-19T23:30": (1800, 0)}


def days(*points: tuple[str, object, str]) -> str:
    return curve(*points, code="R65", grandeurPhysique="EA", unite="Wh")


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-10-25",
        "2026-10-25 00:00:00",
        "2026-10-25T00:00:00.000+02:00",
        "2026-10-24T22:00:00Z",
        "2026-10-25T01:00:00+02:00",
    ],
)
@pytest.mark.parametrize("step", ["", "P1D", "PT24H", "1440"])
def test_t05_r65_is_of_local_days(stamp: str, step: str) -> None:
    decoded = read("r63", days((stamp, "24217", step)))
    assert amounts(decoded) == {"2026-10-24T22:00": (90_000, 24_217_000)}
    assert [s.key.period for s in decoded.series] == ["day"]


def test_t02_days_of_a_half_filled_month_have_their_own_length() -> None:
    dates = ["2026-03-27", "2026-03-29", "2026-10-25", "2026-10-30"]
    decoded = read("r63", days(*((f"{date} 00:00:00", "1000", "") for date in dates)))
    lengths = [seconds // 3600 for seconds, _ in amounts(decoded).values()]
    assert (lengths, decoded.rejects) == ([24, 23, 25, 24], [])


def test_a_point_alone_needs_no_list() -> None:
    said = orjson.loads(days(("2026-11-20", "1000", "P1D")))
    (quantity,) = said["mesures"][0]["grandeur"]
    (quantity["points"],) = quantity["points"]
    decoded = read("r63", orjson.dumps(said).decode())
    assert amounts(decoded) == {"2026-11-19T23:00": (86_400, 1_000_000)}


@pytest.mark.parametrize("step", ["", "PT30M"])
def test_t07_energies_of_half_hours_are_no_days(step: str) -> None:
    clocks = ("23:00", "23:30", "24:00")
    said = days(*((f"2026-11-20 {clock}:00", "300", step) for clock in clocks))
    decoded = read("r63", said)
    assert list(amounts(decoded).values()) == [(1800, 300_000)] * 3
    assert [s.key.period for s in decoded.series] == [""]


def test_t07_a_mean_power_is_never_a_day() -> None:
    points = [(f"2026-11-{day} 00:00:00", "600", "P1D") for day in (20, 21, 22)]
    decoded = read("r63", curve(*points))
    assert (set(reasons(decoded).values()), decoded.series) == ({"unknown_step"}, [])


def test_days_and_a_curve_in_one_list_are_told_apart() -> None:
    points = [("2026-11-20 00:00:00", 9000, "P1D"), ("2026-11-20 00:30:00", 300, "PT30M")]
    decoded = read("r63", days(*points))
    assert [
        (s.key.period, list(s.value), s.seconds and list(s.seconds)) for s in decoded.series
    ] == [
        ("day", [9_000_000], [86_400]),
        ("", [300_000], [1800]),
    ]


def test_energies_of_months_are_no_days() -> None:
    points = [(f"2026-{month:02d}-01 00:00:00", 90_000, "P1M") for month in (9, 10, 11)]
    assert set(reasons(read("r63", days(*points))).values()) == {"unknown_step"}
