"""GRDF files, JSON and XLSX: gas days, absences, coefficients, periods that say too much."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest

import connectors
from hub.model import ContextPoint, Decoded, DecodeError, Quality
from tests.connectors.files import amounts, decode, notes, reasons, registers

PCE = "99198765432109"
DAILY = (
    "Date de relevé",
    "Index de début de période (m3)",
    "Index de fin de période (m3)",
    "Volume consommé (m3)",
    "Energie consommée (kWh)",
    "Coefficient de conversion",
    "Température locale (°C)",
    "Qualification du relevé",
)
LONGER = ("Date de relevé", "Volume consommé (m3)", "Energie consommée (kWh)")


def record(day: str, **said: object) -> dict[str, Any]:
    """A record of one gas day, stamped as the portal stamps it."""
    following = date.fromisoformat(day) + timedelta(days=1)
    return {
        "journeeGaziere": day,
        "dateDebutReleve": f"{day}T06:00:00+00:00",
        "dateFinReleve": f"{following}T06:00:00+00:00",
        "indexDebut": None,
        "indexFin": None,
        "volumeBrutConsomme": None,
        "energieConsomme": 0,
        "coeffConversion": None,
        "qualificationReleve": "Mesuré",
    } | said


def answer(*records: object, pce: str = PCE) -> Decoded:
    return decode(
        "grdf_portal_json", json.dumps({pce: {"idPce": pce, "releves": list(records)}}), ""
    )


def sheet(
    head: Sequence[object], *rows: Sequence[object], pce: object = PCE, exported: str = "22/11/2026"
) -> bytes:
    """A workbook as the portal makes it: headings, the table from row 9, column B."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    top: list[Sequence[object]] = [
        ("Données informatives", None, None, f"Export du {exported}" if exported else None),
        (),
        (None, "Adresse du logement : "),
        (None, "N° PCE :", pce),
    ]
    for number, row in enumerate([*top, (), (), (), (), head, *rows], start=1):
        for column, value in enumerate(row, start=2):
            page.cell(number, column).value = value  # type: ignore[assignment]
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def xlsx(payload: bytes, device: str = "") -> Decoded:
    return decode("grdf_portal_xlsx", payload, device)


# F7: the gas day


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
    found = amounts(answer(record(day, volumeBrutConsomme=7)))
    assert found == {start: (seconds, 7_000_000)}
    french = datetime.fromisoformat(day).strftime("%d/%m/%Y")
    assert amounts(xlsx(sheet(DAILY, (french, 1, 8, 7, 78, None, None, "Mesuré")))) == found


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-05-17T06:00:00+00:00", "2026-07-17T06:00:00+00:00"),
        ("2026-05-17T06:00:00+02:00", "2026-07-17T06:00:00+02:00"),
        ("2026-05-17T04:00:00Z", "2026-07-17T04:00:00Z"),
        ("2026-05-17", "2026-07-17"),
        ("2026-05-17 06:00:00", "2026-07-17T06:00:00"),
    ],
)
def test_f07_a_period_s_bounds_are_local_whatever_their_offset_says(begin: str, end: str) -> None:
    stamps = {"journeeGaziere": None, "dateDebutReleve": begin, "dateFinReleve": end}
    found = amounts(answer(record("2026-05-17", volumeBrutConsomme=9, **stamps)))
    assert found == {"2026-05-17T04:00": (61 * 86_400, 9_000_000)}


# F8: which fact


def test_f08_volume_and_index_are_kept_apart_and_energy_is_not_read() -> None:
    day = record("2026-01-10", volumeBrutConsomme=13.4, indexDebut=10, indexFin=24)
    decoded = answer(day | {"energieConsomme": 9999})
    assert amounts(decoded) == {"2026-01-10T05:00": (86_400, 13_400_000)}
    assert registers(decoded) == {
        "TOTAL": {"2026-01-10T05:00": 10_000_000, "2026-01-11T05:00": 24_000_000}
    }
    assert [s.key.kind for s in decoded.series] == ["interval", "register"]  # volume's comes first


def test_f08_the_coefficient_is_a_dated_series() -> None:
    decoded = answer(
        record("2026-01-10", volumeBrutConsomme=1, coeffConversion=11.12),
        record("2026-01-11", volumeBrutConsomme=1, coeffConversion=None),
        record("2026-01-12", volumeBrutConsomme=1, coeffConversion="11,17"),
    )
    name = f"gas_coefficient/{PCE}"
    noon = int(datetime.fromisoformat("2026-01-10T06:00:00+01:00").timestamp())
    assert decoded.context == [
        ContextPoint(name, noon, 11.12, None, PCE, "gas"),
        ContextPoint(name, noon + 2 * 86_400, 11.17, None, PCE, "gas"),
    ]


def test_f08_decimals_of_a_volume_are_exact() -> None:
    for volume, cm3 in ((5.1, 5_100_000), (0.3, 300_000), ("0,000001", 1), (1e-7, 0)):
        found = amounts(answer(record("2026-01-10", volumeBrutConsomme=volume)))
        assert found["2026-01-10T05:00"][1] == cm3


# F9, T8: what is not there, and what was replaced


def test_f09_absence_is_a_gap_even_with_a_volume_of_zero() -> None:
    decoded = answer(
        record("2026-01-10", volumeBrutConsomme=0, qualificationReleve="Absence de Données"),
        record("2026-01-11", qualificationReleve="Absence de DonnÃ©es"),
        record("2026-01-12", volumeBrutConsomme=0),
    )
    assert [gap.row for gap in decoded.gaps] == [1, 2]
    assert amounts(decoded) == {"2026-01-12T05:00": (86_400, 0)}


def test_f09_the_index_goes_on_across_an_absence() -> None:
    decoded = answer(
        record("2026-01-10", volumeBrutConsomme=4, indexDebut=10, indexFin=14),
        record("2026-01-11", qualificationReleve="Absence de Données"),
        record("2026-01-12", volumeBrutConsomme=8, indexFin=34),
    )
    assert list(registers(decoded)["TOTAL"].values()) == [10_000_000, 14_000_000, 34_000_000]


def test_estimated_and_corrected_say_so() -> None:
    decoded = answer(
        record("2026-01-10", volumeBrutConsomme=1, qualificationReleve="Estimé"),
        record("2026-01-11", volumeBrutConsomme=1, qualificationReleve="Corrigé"),
        record("2026-01-12", volumeBrutConsomme=1),
    )
    assert decoded.series[0].quality == [
        Quality.ESTIMATED_BY_SOURCE,
        Quality.CORRECTED_BY_SOURCE,
        Quality.GOOD,
    ]


def test_t08_an_index_that_opens_below_the_last_close_is_a_replaced_meter() -> None:
    decoded = answer(
        record("2026-01-11", volumeBrutConsomme=3, indexDebut=0, indexFin=3),
        record("2026-01-10", volumeBrutConsomme=4, indexDebut=9000, indexFin=9004),
    )
    (event,) = decoded.events
    assert (event.kind, event.closing, event.opening) == ("replacement", 9004 * 10**6, 0)
    assert datetime.fromtimestamp(event.at).astimezone().timestamp() == event.at
    assert list(registers(decoded)["TOTAL"]) == ["2026-01-10T05:00", "2026-01-12T05:00"]


def test_t08_an_estimate_that_is_corrected_is_no_replaced_meter() -> None:
    """9004 was guessed and 9002 read: two m3 were not used, and nothing was changed."""
    decoded = answer(
        record("2026-01-10", volumeBrutConsomme=4, indexDebut=9000, indexFin=9004),
        record("2026-01-11", volumeBrutConsomme=3, indexDebut=9002, indexFin=9005),
        record("2026-01-12", volumeBrutConsomme=1, indexDebut=8999, indexFin=9000),
    )
    assert [(e.closing, e.opening) for e in decoded.events] == [(9005 * 10**6, 8999 * 10**6)]
    assert [v // 10**6 for v in registers(decoded)["TOTAL"].values()] == [9000, 9002, 9000]
    assert (decoded.rows, decoded.ignored) == (3, 0)


def test_rows_that_only_say_an_index_are_all_accounted_for() -> None:
    decoded = answer(
        record("2026-01-09", indexFin=8996),
        record("2026-01-10", indexFin=9004),  # said by the event
        record("2026-01-11", indexDebut=0),
        record("2026-01-12", indexDebut=3, indexFin=5),
        record("2026-01-13", indexDebut=5),  # the index of the row before, once more
    )
    assert decoded.ignored == 2
    assert [int(v) // 10**6 for v in decoded.series[0].value] == [8996, 3, 5, 5]


# JSON: wrappers and bad records


@pytest.mark.parametrize(
    "wrapped",
    [
        {PCE: {"releves": [record("2026-01-10", volumeBrutConsomme=1)]}},
        {"idPce": PCE, "releves": [record("2026-01-10", volumeBrutConsomme=1)]},
        [{"idPce": PCE, "releves": [record("2026-01-10", volumeBrutConsomme=1)]}],
        [{PCE: {"idPce": PCE, "releves": [record("2026-01-10", volumeBrutConsomme=1)]}}],
    ],
)
def test_wrappers(wrapped: object) -> None:
    decoded = decode("grdf_portal_json", json.dumps(wrapped), "")
    assert [s.key.device for s in decoded.series] == [PCE]


def test_bare_records_need_a_usage_point() -> None:
    bare = json.dumps([record("2026-01-10", volumeBrutConsomme=1)])
    assert decode("grdf_portal_json", bare, PCE).series[0].key.device == PCE
    with pytest.raises(DecodeError) as caught:
        decode("grdf_portal_json", bare, "")
    assert caught.value.reason == "missing_usage_point"


@pytest.mark.parametrize(
    ("said", "reason", "column"),
    [
        ({"volumeBrutConsomme": -1}, "out_of_range", "volumeBrutConsomme"),
        ({"volumeBrutConsomme": True}, "bad_number", "volumeBrutConsomme"),
        ({"indexFin": "12a"}, "bad_number", "indexFin"),
        ({"indexDebut": 10**15}, "out_of_range", "indexDebut"),
        ({"coeffConversion": 1000}, "out_of_range", "coeffConversion"),
        ({"journeeGaziere": "2026-02-30"}, "bad_time", "journeeGaziere"),
        ({"journeeGaziere": None, "dateFinReleve": None}, "missing_time", "dateFinReleve"),
        (
            {"journeeGaziere": None, "dateFinReleve": "2026-01-01T06:00:00Z"},
            "bad_time",
            "dateFinReleve",
        ),
    ],
)
def test_bad_records_are_named(said: dict[str, object], reason: str, column: str) -> None:
    good = record("2026-01-09", volumeBrutConsomme=1)
    decoded = answer(good, record("2026-01-10", volumeBrutConsomme=1) | said)
    assert [(r.row, r.reason, r.column) for r in decoded.rejects] == [(2, reason, column)]
    assert len(amounts(decoded)) == 1


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([record("2026-01-10", volumeBrutConsomme=1)]),
        json.dumps(record("2026-01-10", volumeBrutConsomme=1), indent=2),
        json.dumps(dict(reversed(record("2026-01-10", volumeBrutConsomme=1).items()))),
        json.dumps({"releves": [record("2026-01-10", volumeBrutConsomme=1)], "idPce": PCE}),
        json.dumps([{"journeeGaziere": "2026-01-10", "volumeBrutConsomme": 1}]),
        "\ufeff" + json.dumps({PCE: {"releves": [record("2026-01-10", volumeBrutConsomme=1)]}}),
    ],
)
def test_records_are_known_in_any_wrapping_and_any_order_of_their_names(text: str) -> None:
    assert connectors.load("grdf_portal_json").sniff(text.encode()) == 1.0
    assert amounts(decode("grdf_portal_json", text)) == {"2026-01-10T05:00": (86_400, 1_000_000)}


@pytest.mark.parametrize(
    ("nature", "period"),
    [("Publiée", "month"), (None, "month"), ("Informative Hebdomadaire", ""), (5, "month")],
)
def test_what_an_informative_period_is_its_length_tells(nature: object, period: str) -> None:
    stamps = {"dateDebutReleve": "2026-01-05", "dateFinReleve": "2026-01-12"}
    said = {"journeeGaziere": None, "natureReleve": nature, "volumeBrutConsomme": 9} | stamps
    assert [s.key.period for s in answer(record("2026-01-05", **said)).series] == [period]


def test_the_portal_s_temperatures_are_known_and_hold_no_readings() -> None:
    for text in ('{"2026-01-01": 7.6, "2026-01-02": null}', '\n{ "2026-01-01" : -1 }'):
        assert connectors.load("grdf_portal_json").sniff(text.encode()) == 1.0
        with pytest.raises(DecodeError) as caught:
            decode("grdf_portal_json", text)
        assert caught.value.reason == "no_readings"
    assert connectors.load("grdf_portal_json").sniff(b'{"2026-01-01": "x"}') == 0.0


@pytest.mark.parametrize("text", ["{}", "[]"])
def test_an_answer_without_points_is_empty(text: str) -> None:
    assert decode("grdf_portal_json", text, "").rows == 0


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"a": 1}', '{"2026-01-01": 7.6, "a": 1}', "nope", '{"a": {"releves": {}}}']
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        decode("grdf_portal_json", text)


# XLSX


def test_weeks_and_months_are_gas_days_too() -> None:
    weeks = xlsx(sheet(LONGER, ("Du 23/03/2026 au 29/03/2026", 10, 111)))
    assert amounts(weeks) == {"2026-03-23T05:00": (7 * 86_400 - 3600, 10_000_000)}
    months = xlsx(sheet(LONGER, ("Octobre 2026 ", 114, 1226)))
    assert amounts(months) == {"2026-10-01T04:00": (31 * 86_400 + 3600, 114_000_000)}


def test_the_week_of_new_year_is_split_as_the_portal_counts_it() -> None:
    decoded = xlsx(
        sheet(
            LONGER,
            ("Du 28/12/2020 au 03/01/2021", 57, 634),
            ("Du 01/01/2021 au 03/01/2021", 42, 473),
            exported="24/11/2021",
        )
    )
    assert amounts(decoded) == {
        "2020-12-28T05:00": (4 * 86_400, 57_000_000),
        "2021-01-01T05:00": (3 * 86_400, 42_000_000),
    }
    assert "period_cut" in notes(decoded)


def test_a_new_year_that_is_one_day_long_is_split_too() -> None:
    rows = (("Du 26/12/2022 au 01/01/2023", 6, 60), ("Du 01/01/2023 au 01/01/2023", 1, 10))
    found = amounts(xlsx(sheet(LONGER, *rows, exported="24/11/2023")))
    assert found["2022-12-26T05:00"] == (6 * 86_400, 6_000_000)


def test_first_and_last_month_are_cut_at_the_day_of_export() -> None:
    rows = (
        ("Novembre 2020 ", 75, 845),
        ("Décembre 2020 ", 345, 3808),
        ("Novembre 2021 ", 155, 1737),
    )
    decoded = xlsx(sheet(LONGER, *rows, exported="24/11/2021"))
    assert amounts(decoded) == {
        "2020-11-24T05:00": (7 * 86_400, 75_000_000),
        "2020-12-01T05:00": (31 * 86_400, 345_000_000),
        "2021-11-01T05:00": (23 * 86_400, 155_000_000),
    }
    whole = xlsx(sheet(LONGER, *rows, exported="01/12/2021"))
    assert [seconds // 86_400 for seconds, _ in amounts(whole).values()] == [30, 31, 30]
    assert "period_cut" not in notes(whole)


def test_a_period_is_what_its_label_calls_it_however_short_it_was_cut() -> None:
    months = xlsx(sheet(LONGER, ("Novembre 2020 ", 75, 845), exported="24/11/2021"))
    weeks = xlsx(sheet(LONGER, ("Du 24/11/2020 au 24/11/2020", 8, 88)))
    days = xlsx(sheet(LONGER, ("24/11/2020", 8, 88)))
    assert [d.series[0].key.period for d in (months, weeks, days)] == ["month", "week", "day"]
    stamps = {
        "journeeGaziere": None,
        "dateDebutReleve": "2026-01-10",
        "dateFinReleve": "2026-01-11",
    }
    both = answer(
        record("2026-01-10", volumeBrutConsomme=9),
        record("2026-01-10", volumeBrutConsomme=9, **stamps),
    )
    assert [s.key.period for s in both.series] == ["day", "month"]


def test_without_a_day_of_export_months_are_whole() -> None:
    decoded = xlsx(sheet(LONGER, ("Novembre 2020 ", 75, 845), exported=""))
    assert amounts(decoded) == {"2020-11-01T05:00": (30 * 86_400, 75_000_000)}


@pytest.mark.parametrize("pce", [PCE, int(PCE), f"  {PCE} "])
def test_the_pce_stands_beside_its_label(pce: object) -> None:
    decoded = xlsx(sheet(DAILY, ("10/01/2026", 1, 2, 1, 11, None, None, "Mesuré"), pce=pce))
    assert {s.key.device for s in decoded.series} == {PCE}


def test_an_export_without_pce_needs_a_usage_point() -> None:
    payload = sheet(DAILY, ("10/01/2026", 1, 2, 1, 11, None, None, "Mesuré"), pce=None)
    assert xlsx(payload, "gas-1").series[0].key.device == "gas-1"
    with pytest.raises(DecodeError) as caught:
        xlsx(payload)
    assert caught.value.reason == "missing_usage_point"


def test_a_date_cell_is_a_day_and_rejects_tell_the_sheet_s_row() -> None:
    decoded = xlsx(
        sheet(
            DAILY,
            (datetime(2026, 1, 10), 1, 2, 1, 11, None, None, "Mesuré"),  # noqa: DTZ001
            ("demain", 2, 3, 1, 11, None, None, "Mesuré"),
            ("12/01/2026", 3, 4, "x", 11, None, None, "Mesuré"),
            (),
        )
    )
    assert list(amounts(decoded)) == ["2026-01-10T05:00"]
    assert reasons(decoded) == {11: "bad_time", 12: "bad_number"}
    assert [(r.line, r.value) for r in decoded.rejects] == [(11, "demain"), (12, "x")]


def test_another_unit_or_another_table_is_refused() -> None:
    with pytest.raises(DecodeError, match="dm3"):
        xlsx(sheet(("Date de relevé", "Volume consommé (dm3)"), ("10/01/2026", 1)))
    with pytest.raises(DecodeError, match="not the format"):
        xlsx(sheet(("Date", "Température"), ("10/01/2026", 1)))
