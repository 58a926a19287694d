"""GRDF ADICT: records in any wrapping, gas days and periods, what stands between the records."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import grdf_adict
from hub.model import Decoded, DecodeError, Quality
from tests.connectors.files import amounts, decode, instant, notes, reasons, registers

PCE = "99198765432109"
START, END = "2026-01-10T06:00:00+01:00", "2026-01-11T06:00:00+01:00"


def index(value: object, stamp: str | None) -> dict[str, object]:
    return {"valeur_index": value, "horodate_Index": stamp}


def record(
    start: str | None = START, end: str | None = END, opening: object = None,
    closing: object = None, **said: object,
) -> dict[str, Any]:  # fmt: skip
    """A record of one gas day."""
    return {
        "pce": {"id_pce": PCE},
        "releve_debut": {"index_brut_debut": index(opening, None)},
        "releve_fin": {"index_brut_fin": index(closing, None)},
        "consommation": {
            "date_debut_consommation": start,
            "date_fin_consommation": end,
            "volume_brut": None,
            "coeff_calcul": {"coeff_conversion": None},
            "type_qualif_conso": "Mesuré",
            "sens_flux_gaz": "Consommation",
            "journee_gaziere": "2026-01-10",
            "type_conso": "Informative Journalier",
        }
        | said,
        "statut_restitution": None,
    }


def read(*records: object, device: str = "") -> Decoded:
    lines = "\n".join(json.dumps(r, ensure_ascii=False) for r in records)
    return decode("grdf_adict", lines, device)


@pytest.mark.parametrize(
    ("day", "start", "seconds"),
    [
        ("2026-01-10", "2026-01-10T05:00", 86_400),
        ("2026-07-10", "2026-07-10T04:00", 86_400),
        ("2026-03-28", "2026-03-28T05:00", 82_800),
        ("2026-10-24", "2026-10-24T04:00", 90_000),
    ],
)
def test_f07_the_gas_day_is_six_to_six_local(day: str, start: str, seconds: int) -> None:
    found = amounts(read(record(None, None, journee_gaziere=day, volume_brut=7.5)))
    assert found == {start: (seconds, 7_500_000)}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-05-17T06:00:00+02:00", "2026-07-17T06:00:00+02:00"),
        ("2026-05-17T06:00:00+00:00", "2026-07-17T06:00:00+00:00"),
        ("2026-05-17T04:00:00Z", "2026-07-17T04:00:00Z"),
        ("2026-05-17", "2026-07-17"),
    ],
)
def test_f07_a_published_period_is_local_whatever_its_offset_says(start: str, end: str) -> None:
    told = read(record(start, end, journee_gaziere=None, type_conso="Publiée", volume_brut=9))
    assert amounts(told) == {"2026-05-17T04:00": (61 * 86_400, 9_000_000)}
    assert [s.key.period for s in told.series] == ["month"]


def test_f08_volume_index_and_coefficient_and_no_energy() -> None:
    factor = {"coeff_pta": 1.01, "valeur_pcs": None, "coeff_conversion": 11.16}
    told = read(record(volume_brut=13.4, coeff_calcul=factor, energie=9999, opening=10, closing=24))
    assert amounts(told) == {"2026-01-10T05:00": (86_400, 13_400_000)}
    assert registers(told) == {
        "TOTAL": {"2026-01-10T05:00": 10_000_000, "2026-01-11T05:00": 24_000_000}
    }
    assert [(p.series, p.ts, p.value) for p in told.context] == [
        (f"gas_coefficient/{PCE}", instant(START), 11.16)
    ]


def test_f09_absence_and_an_answer_without_data_are_gaps() -> None:
    status = {"code": "1000008", "message": "Pas de données"}
    told = read(
        record(volume_brut=0, type_qualif_conso="Absence de Données"),
        record(),
        {"pce": {"id_pce": PCE}, "consommation": None, "statut_restitution": status},
        {"pce": {"id_pce": PCE}, "statut_restitution": status},
    )
    assert (sorted(gap.row for gap in told.gaps), told.series) == ([1, 2, 3, 4], [])
    assert notes(told) == {"grdf_status": "GRDF: Pas de données (1000008)"}


def test_hours_of_the_october_night_are_what_their_offsets_say() -> None:
    hours = [("2+02:00", "2+01:00"), ("2+01:00", "3+01:00")]
    told = read(
        *(
            record(
                *(f"2026-10-25T0{h[0]}:00:00{h[1:]}" for h in bounds),
                journee_gaziere="2026-10-24", type_conso="Informative horaire", volume_brut=1,
            )
            for bounds in hours
        )
    )  # fmt: skip
    assert amounts(told) == {
        "2026-10-25T00:00": (3600, 1_000_000),
        "2026-10-25T01:00": (3600, 1_000_000),
    }


def test_an_index_read_at_another_time_is_left_aside() -> None:
    moved = record(volume_brut=1)
    moved["releve_fin"]["index_brut_fin"] = index(24, "2026-01-11T09:12:00+01:00")
    told = read(moved)
    assert (registers(told), notes(told)) == (
        {},
        {"index_aside": "indexes left aside, read at another time than the bounds: 1"},
    )
    moved["releve_fin"]["index_brut_fin"] = index(24, END)
    assert registers(read(moved)) == {"TOTAL": {"2026-01-11T05:00": 24_000_000}}


@pytest.mark.parametrize(
    ("told", "quality"),
    [
        ("Mesuré", Quality.GOOD),
        ("Estimé", Quality.ESTIMATED_BY_SOURCE),
        ("Corrigé", Quality.CORRECTED_BY_SOURCE),
        (None, Quality.GOOD),
    ],
)
def test_the_quality_is_the_source_s(told: str | None, quality: Quality) -> None:
    series = read(record(volume_brut=1, type_qualif_conso=told)).series
    assert [s.quality for s in series] == [[quality]]


def test_gas_that_flows_the_other_way_is_injection() -> None:
    given = record(volume_brut=1, sens_flux_gaz="Production")
    plant = {
        "pce": {"id_pce": "GI990099"},
        "injection": {
            "date_debut_injection": START, "date_fin_injection": END, "volume_brut": 5,
            "type_qualif_injection": "Estimé",
        },
    }  # fmt: skip
    told = read(given, plant, record(volume_brut=2))
    assert {(s.key.device, s.key.flow): list(s.value) for s in told.series} == {
        (PCE, "injection"): [1_000_000],
        ("GI990099", "injection"): [5_000_000],
        (PCE, "consumption"): [2_000_000],
    }


# wrappings


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(record(volume_brut=1)),
        json.dumps(record(volume_brut=1), indent=2),
        json.dumps([record(volume_brut=1)]),
        json.dumps({"page": 1, "resultats": [record(volume_brut=1)], "suivant": None}),
        json.dumps(record(volume_brut=1)) + "\r\n",
        "\ufeff" + json.dumps(dict(reversed(record(volume_brut=1).items()))),
    ],
)
def test_a_record_in_any_wrapping(text: str) -> None:
    told = decode("grdf_adict", text, "")
    assert amounts(told) == {"2026-01-10T05:00": (86_400, 1_000_000)}
    assert grdf_adict.sniff(text.encode()) == 1.0


def test_lines_that_cannot_be_read_are_named_and_others_are_counted() -> None:
    lines = [
        json.dumps(record(volume_brut=1)),
        "",
        '{"pce": ',
        '{"code_statut_traitement": "0000000000"}',
        '"text"',
        '{"other": 1}',
        json.dumps(record(volume_brut="x")),
        json.dumps({"donnees_techniques": {}, "pce": {"id_pce": PCE}}),
    ]
    told = decode("grdf_adict", "\n".join(lines), "")
    assert (told.rows, told.ignored) == (7, 2)
    assert reasons(told) == {
        2: "not_json", 4: "not_this_format", 5: "not_this_format", 6: "bad_number"
    }  # fmt: skip
    assert [r.line for r in told.rejects] == [3, 5, 6, 7]
    assert notes(told) == {
        "no_readings": "without readings: code_statut_traitement, donnees_techniques"
    }


@pytest.mark.parametrize(
    ("said", "reason", "column"),
    [
        ({"volume_brut": -1}, "out_of_range", "volume_brut"),
        ({"volume_brut": True}, "bad_number", "volume_brut"),
        ({"coeff_calcul": {"coeff_conversion": 1000}}, "out_of_range", "coeff_conversion"),
        ({"journee_gaziere": "2026-02-30"}, "bad_time", "journee_gaziere"),
        (
            {"journee_gaziere": None, "date_fin_consommation": None},
            "missing_time",
            "date_fin_consommation",
        ),
        (
            {"journee_gaziere": None, "date_fin_consommation": START},
            "bad_time",
            "date_fin_consommation",
        ),
    ],
)
def test_bad_records_are_named(said: dict[str, object], reason: str, column: str) -> None:
    told = read(record(volume_brut=1), record(**({"volume_brut": 1} | said)))  # type: ignore[arg-type]
    assert [(r.row, r.line, r.reason, r.column) for r in told.rejects] == [(2, 2, reason, column)]
    assert len(amounts(told)) == 1


@pytest.mark.parametrize("name", ["donnees_contractuelles", "donnees_techniques"])
def test_contract_and_technical_data_hold_no_readings(name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read({"pce": {"id_pce": PCE}, name: {"car": 9000}, "statut_restitution": None})
    assert caught.value.reason == "no_readings"
    assert name in caught.value.told("fr")


def test_without_a_pce_a_usage_point_is_needed() -> None:
    bare = record(volume_brut=1) | {"pce": None}
    assert read(bare, device="gaz-1").series[0].key.device == "gaz-1"
    with pytest.raises(DecodeError) as caught:
        read(bare)
    assert caught.value.reason == "missing_usage_point"


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}', "3", '"x"', "nope", '[{"releves": []}]'])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        decode("grdf_adict", text)
    assert grdf_adict.sniff(text.encode()) == 0.0
