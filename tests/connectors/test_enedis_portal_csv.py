"""Enedis files: the traps of load curves and registers, and layouts that samples do not show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import enedis_portal_csv
from connectors._encoding import readable
from hub.model import Decoded, DecodeError, Quality, period_class
from tests.connectors.files import (
    HEAD,
    PRM,
    REGISTERS,
    amounts,
    curve,
    decode,
    enedis,
    instant,
    notes,
    reasons,
    registers,
)

PARIS = ZoneInfo("Europe/Paris")


def day(step: int, first: int, value: int = 100) -> list[str]:
    """The rows of 2026-11-20, one each ``step`` minutes from minute ``first`` on."""
    midnight = datetime(2026, 11, 20, tzinfo=PARIS)
    stamps = [midnight + timedelta(minutes=first + i * step) for i in range(1440 // step)]
    return [f"{stamp.isoformat()};{value}" for stamp in stamps]


# F1, T5: label


def test_f01_half_hours_of_a_linky_are_labelled_by_their_end() -> None:
    decoded = curve(*day(30, 30))
    assert next(iter(amounts(decoded))) == "2026-11-19T23:00"
    assert list(amounts(decoded))[-1] == "2026-11-20T22:30"
    assert "the END" in notes(decoded)["label"]
    assert "first 00:30, last 00:00" in notes(decoded)["label"]


def test_f01_ten_minutes_of_a_larger_meter_are_labelled_by_their_start() -> None:
    decoded = curve(*day(10, 0))
    assert next(iter(amounts(decoded))) == "2026-11-19T23:00"
    assert list(amounts(decoded))[-1] == "2026-11-20T22:50"
    assert "the START" in notes(decoded)["label"]


@pytest.mark.parametrize("step", [10, 15, 30, 60])
@pytest.mark.parametrize("end", [True, False])
def test_f01_both_ends_of_the_file_speak_louder_than_the_usual_label(step: int, end: bool) -> None:
    found = amounts(curve(*day(step, step if end else 0)))
    assert next(iter(found)) == "2026-11-19T23:00"
    assert sum(seconds for seconds, _ in found.values()) == 86_400


@pytest.mark.parametrize(("step", "start"), [(30, "12:30"), (10, "13:10")])
def test_f01_a_piece_of_a_day_has_the_usual_label_of_its_step(step: int, start: str) -> None:
    rows = [f"2026-11-20T{h:02d}:{m:02d}:00Z;1" for h in (13, 14) for m in range(0, 60, step)][1:-1]
    decoded = enedis(*rows)
    assert next(iter(amounts(decoded))).endswith(start if step == 10 else "13:00")
    assert "usual for this step" in notes(decoded)["label"]


def test_t05_a_day_of_end_labels_stays_in_its_local_day() -> None:
    found = amounts(curve(*day(30, 30)))
    local = {instant(f"{start}Z") for start in found}
    assert min(local) == instant("2026-11-20T00:00+01:00")
    assert max(local) == instant("2026-11-20T23:30+01:00")


# F2, T7: step


def test_t07_mean_power_is_energy_by_its_own_step() -> None:
    for step in (10, 15, 30, 60):
        (amount,) = set(amounts(curve(*day(step, step, 1200))).values())
        assert amount == (step * 60, 1200 * 1000 * step // 60)


def test_f02_the_step_changes_inside_the_file() -> None:
    rows = [*day(60, 60, 600)[:6], *day(10, 10, 600)[36:]]
    decoded = curve(*rows)
    assert sum(seconds for seconds, _ in amounts(decoded).values()) == 86_400
    assert sum(value for _, value in amounts(decoded).values()) == 600 * 24 * 1000
    assert notes(decoded)["step"] == "steps by the rows' distance: 10 min x 108, 60 min x 6"


def test_f02_a_missing_row_is_a_hole_and_not_a_longer_step() -> None:
    rows = day(30, 30)
    for missing in ([5], [5, 7], [5, 6, 7], [1], [46]):
        left = [row for i, row in enumerate(rows) if i not in missing]
        found = amounts(curve(*left))
        assert {seconds for seconds, _ in found.values()} == {1800}
        assert len(found) == 48 - len(missing)


def test_f02_a_row_alone_takes_the_step_of_the_file_only_if_there_is_one() -> None:
    rows = day(30, 30)
    assert len(amounts(curve(*rows[:4], rows[20], *rows[40:]))) == 13
    mixed = [*day(60, 60)[:4], "2026-11-20T12:00:00+01:00;100", *day(10, 10)[-12:]]
    assert reasons(curve(*mixed)) == {8: "unknown_step"}


def test_f02_a_file_of_one_row_is_rejected_unless_the_header_tells_the_step() -> None:
    row = "2026-11-20T00:30:00+01:00;218"
    assert reasons(curve(row)) == {4: "unknown_step"}
    assert amounts(curve(row, step="30")) == {"2026-11-19T23:00": (1800, 109_000)}


def test_f02_the_header_s_step_counts_where_the_neighbour_is_not_nearer() -> None:
    rows = ["2026-11-20T10:30:00Z;100", "2026-11-20T12:00:00Z;100", "2026-11-20T12:10:00Z;100"]
    found = amounts(curve(*rows, step="30"))
    assert [seconds for seconds, _ in found.values()] == [1800, 1800, 600]


def test_f02_a_stamp_off_the_grid_is_rejected_and_its_neighbours_are_not() -> None:
    rows = day(30, 30)
    decoded = curve(*rows[:10], "2026-11-20T05:10:00+01:00;100", *rows[10:])
    assert reasons(decoded) == {14: "unknown_step"}
    assert len(amounts(decoded)) == 48


def test_intervals_of_one_file_never_overlap() -> None:
    stamps = ["00:30", "01:00", "01:05", "01:10", "02:00", "02:20", "03:00", "03:30", "03:31"]
    decoded = enedis(*[f"2026-11-20T{stamp}:00Z;100" for stamp in stamps])
    ends = 0
    for start, (seconds, _) in sorted(amounts(decoded).items()):
        assert instant(f"{start}Z") >= ends
        ends = instant(f"{start}Z") + seconds
    assert len(amounts(decoded)) + len(decoded.rejects) == len(stamps)


_RUNS = st.lists(
    st.tuples(st.sampled_from([600, 900, 1800, 3600]), st.integers(1, 3)), min_size=1, max_size=4
)


@given(_RUNS, st.booleans(), st.integers(0, 360), st.data())
def test_whole_days_of_any_steps_come_back(
    runs: list[tuple[int, int]], down: bool, start: int, data: st.DataObject
) -> None:
    at = datetime(2026, 1, 1, tzinfo=PARIS) + timedelta(days=start)
    wanted: dict[str, tuple[int, int]] = {}
    rows: list[str] = []
    for step, days in runs:
        until = at + timedelta(days=days)  # local midnight, whatever the clocks do
        begin, end = int(at.timestamp()), int(until.timestamp())
        for ts in range(begin, end, step):
            watts = data.draw(st.integers(0, 9000)) if len(rows) < 20 else ts % 997
            stamp = datetime.fromtimestamp(ts + step, PARIS).isoformat()
            rows.append(f"{stamp};{watts}")
            utc = datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%dT%H:%M")
            wanted[utc] = (step, watts * 1000 * step // 3600)
        at = until
    decoded = enedis(*(rows[::-1] if down else rows))
    if {step for step, _ in runs} == {600}:
        return  # the usual label of 10 minutes is START: told only by both ends, tested above
    assert "END" in notes(decoded)["label"]
    assert amounts(decoded) == wanted


# F3, F5: registers


def register_row(stamp: str, *values: str) -> str:
    f1, f2, d1, total = values
    return f"{stamp};Arrêté quotidien;{f1};{f2};;;;;;;;;{d1};;;;{total}"


def index(*rows: str, business: str = "Consommation", unit: str = "Wh") -> str:
    told = f"{PRM};Index;;;Energie active;{business};Comptage Brut;{unit}"
    return "\n".join([HEAD, told, REGISTERS, *rows]) + "\n"


def test_f03_registers_are_instants_whatever_date_their_label_shows() -> None:
    text = index(
        register_row("2026-10-24T01:00:00+02:00", "1", "2", "3", "3"),
        register_row("2026-10-26T00:00:00+01:00", "2", "3", "5", "5"),
        register_row("2026-10-26T23:00:00+01:00", "3", "4", "7", "7"),
    )
    total = registers(decode("enedis_portal_csv", text))["TOTAL"]
    assert total == {"2026-10-23T23:00": 3000, "2026-10-25T23:00": 5000, "2026-10-26T22:00": 7000}


def test_f05_parts_and_total_are_kept_apart() -> None:
    text = index(register_row("2026-11-20T00:00:00+01:00", "100", "200", "300", "300"))
    found = registers(decode("enedis_portal_csv", text))
    assert {name: sum(values.values()) for name, values in found.items()} == {
        "F1": 100_000,
        "F2": 200_000,
        "D1": 300_000,
        "TOTAL": 300_000,
    }


def test_f05_registers_vanish_when_the_supplier_s_calendar_changes_and_the_total_goes_on() -> None:
    text = index(
        register_row("2020-10-14T00:00:00+02:00", "42782598", "39139315", "95646964", "95646964"),
        register_row("2020-10-15T00:00:00+02:00", "42968066", "", "95832432", "95832432"),
    )
    found = registers(decode("enedis_portal_csv", text))
    assert [len(found[name]) for name in ("F1", "F2", "D1", "TOTAL")] == [2, 1, 2, 2]


@pytest.mark.parametrize("business", ["Production", "Injection", "production "])
def test_what_is_fed_in_is_injection(business: str) -> None:
    decoded = curve(*day(30, 30), business=business)
    assert {s.key.flow for s in decoded.series} == {"injection"}
    text = index(register_row("2026-11-20T00:00:00+01:00", "1", "", "1", "1"), business=business)
    assert {s.key.flow for s in decode("enedis_portal_csv", text).series} == {"injection"}


def test_kwh_registers_are_exact() -> None:
    text = index(register_row("2026-11-20T00:00:00+01:00", "1,001", "", "", "7970.903"), unit="kWh")
    found = registers(decode("enedis_portal_csv", text))
    assert found["F1"]["2026-11-19T23:00"] == 1_001_000
    assert found["TOTAL"]["2026-11-19T23:00"] == 7_970_903_000


def test_a_register_row_with_a_broken_cell_is_rejected_whole() -> None:
    text = index(
        register_row("2026-11-20T00:00:00+01:00", "1", "2", "3", "3"),
        register_row("2026-11-21T00:00:00+01:00", "2", "x", "5", "5"),
        register_row("2026-11-22T00:00:00+01:00", "3", "4", "-7", "7"),
    )
    decoded = decode("enedis_portal_csv", text)
    assert reasons(decoded) == {5: "bad_number", 6: "out_of_range"}
    assert [(r.line, r.column, r.value) for r in decoded.rejects] == [
        (5, "EAS F2", "x"),
        (6, "EAS D1", "-7"),
    ]


# F6, F9, T4


def test_f06_naive_october_rows_are_resolved_or_named() -> None:
    night = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]
    assert len(amounts(enedis(*[f"2026-10-25T{clock}:00;100" for clock in night]))) == 7
    merged = enedis(
        *[f"2026-10-25T{clock}:00;100" for clock in ("01:30", "02:30", "03:30", "04:00")]
    )
    assert reasons(merged)[2] == "ambiguous_time"


@pytest.mark.parametrize("nothing", ["", "null", "ND", "-", " "])
def test_f09_no_value_is_a_gap_with_its_bounds(nothing: str) -> None:
    rows = day(30, 30)
    rows[3] = rows[3].replace(";100", f";{nothing}")
    decoded = curve(*rows)
    (gap,) = decoded.gaps
    assert (gap.row, gap.start) == (7, instant("2026-11-20T01:30+01:00"))
    assert gap.end == instant("2026-11-20T02:00+01:00")
    assert len(amounts(decoded)) == 47


def test_zero_is_a_value() -> None:
    assert amounts(curve(*day(30, 30, 0)))["2026-11-19T23:00"] == (1800, 0)


# Layouts


def test_blocks_stack() -> None:
    curve_rows = "\n".join(day(30, 30))
    other = PRM.replace("9912", "9913")
    told = f"{other};Courbe de charge;;;Energie active;Consommation;Comptage Brut;W;30"
    text = (
        index(register_row("2026-11-20T00:00:00+01:00", "1", "2", "3", "3"))
        + "Periode;Identifiant calendrier fournisseur;Libelle\nDu 2026-11-20 au;FC1;Base\n"
        + f"{HEAD};Pas en minutes\n{told}\nHorodate;Valeur\n{curve_rows}\n"
        + f"{HEAD}\n{PRM};Energie reactive;;;Energie reactive;Consommation;;VArh\n"
        + "Horodate;Valeur\n2026-11-20T00:00:00+01:00;12\n"
    )
    decoded = decode("enedis_portal_csv", text, "")
    assert {(s.key.device, s.key.register, s.key.kind) for s in decoded.series} == {
        *((PRM, name, "register") for name in ("F1", "F2", "D1", "TOTAL")),
        (other, "TOTAL", "interval"),
    }
    assert "left_aside" in notes(decoded)
    assert not decoded.rejects


def test_a_pair_of_stamps_says_its_own_length() -> None:
    text = "Début;Fin;Valeur (en kW)\n20/11/2026 00:00;20/11/2026 00:10;4,030\n"
    assert amounts(decode("enedis_portal_csv", text)) == {"2026-11-19T23:00": (600, 671_666)}
    energy = text.replace("kW", "kWh")
    assert amounts(decode("enedis_portal_csv", energy)) == {"2026-11-19T23:00": (600, 4_030_000)}


def test_the_value_stands_where_its_column_is_named() -> None:
    text = "Horodate;Statut;Valeur (kW)\n" + "\n".join(day(30, 30, 2)).replace(";", ";R;")
    assert set(amounts(decode("enedis_portal_csv", text)).values()) == {(1800, 1_000_000)}


def test_a_line_that_is_no_header_and_no_row_is_named() -> None:
    decoded = enedis("Relevés de la maison", *day(30, 30), "Total;4800", "", ";;")
    assert reasons(decoded) == {1: "bad_time", 50: "bad_time"}
    assert decoded.ignored == 2


def test_a_stack_of_headers_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        decode("enedis_portal_csv", "Horodate;Valeur\n" * 20_000)
    assert caught.value.reason == "too_large"


def test_lengths_of_pairs_are_sub_daily() -> None:
    text = "debut;fin;kW\n2026-11-20 00:00:00;2026-11-21 00:00:00;1\n"
    assert reasons(decode("enedis_portal_csv", text)) == {2: "unknown_step"}
    whole = decode("enedis_portal_csv", text.replace("21 00", "20 12"))
    assert {period_class(seconds) for seconds, _ in amounts(whole).values()} == {"sub-daily"}


def test_an_unknown_unit_is_rejected_row_by_row() -> None:
    assert set(reasons(curve(*day(30, 30)[:3], unit="BTU")).values()) == {"bad_unit"}


def test_a_usage_point_must_be_known() -> None:
    with pytest.raises(DecodeError) as caught:
        enedis(*day(30, 30), device="")
    assert caught.value.reason == "missing_usage_point"
    spoilt = curve(*day(30, 30)).series[0].key.device
    assert spoilt == PRM


def test_the_header_s_usage_point_wins() -> None:
    text = index(register_row("2026-11-20T00:00:00+01:00", "1", "2", "3", "3"))
    decoded = decode("enedis_portal_csv", text, "99000000000000")
    assert {s.key.device for s in decoded.series} == {PRM}


def test_a_prm_that_a_spreadsheet_spoilt_is_not_believed() -> None:
    text = index(register_row("2026-11-20T00:00:00+01:00", "1", "2", "3", "3"))
    spoilt = text.replace(PRM, "9,91235E+13")
    assert {s.key.device for s in decode("enedis_portal_csv", spoilt).series} == {PRM}


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n", "2026-11-20;x\n", "Date,Temp\n", "{}"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("enedis_portal_csv", text)
    assert caught.value.reason == "not_this_format"
    assert enedis_portal_csv.sniff(text.encode()) == 0


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        ("Date;Valeur (en kWh)", 0.9),
        ("debut;fin;kW", 0.9),
        ("Début;Fin;Valeur (en Kw)", 0.9),
        ("Date;Valeur (W/m2)", 0),
        ("Date;Valeur (m3)", 0),
        ("Date;Value", 0),
    ],
)
def test_a_file_is_known_by_the_unit_of_its_values(head: str, sure: float) -> None:
    assert enedis_portal_csv.sniff(f"{head}\n20/11/2026;1\n".encode()) == sure


def test_a_header_without_rows_is_an_empty_file() -> None:
    decoded = decode("enedis_portal_csv", f"{HEAD};Pas en minutes\n", "")
    assert (decoded.rows, decoded.ignored, decoded.series) == (1, 1, [])


def test_repeated_rows_are_all_told() -> None:
    rows = day(30, 30)
    decoded = curve(*rows[:2], rows[1], *rows[2:])
    assert sum(len(s.ts) for s in decoded.series) == 49
    assert len(amounts(decoded)) == 48


# The long layout


LONG = (
    "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;"
    "Unité;Horodate;Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire"
)


def long_row(stamp: str, value: str, **other: str) -> str:
    told = {"physical": "PA", "business": "CONS", "unit": "W", "nature": "B", "step": "PT30M"}
    told |= {"prm": PRM, "doubt": "0"} | other
    return (
        f"{told['prm']};;;{told['physical']};{told['business']};BRUT;{told['unit']};{stamp};"
        f"{value};{told['nature']};{told['step']};{told['doubt']};0"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_f01_a_long_row_tells_its_own_step_and_the_step_its_label(encoding: str, end: str) -> None:
    rows = [LONG, long_row("2026-11-20 00:30:00", "200"), long_row("2026-11-20 01:00:00", "100")]
    decoded = decode("enedis_portal_csv", end.join(rows).encode(encoding), "")
    assert amounts(decoded) == {
        "2026-11-19T23:00": (1800, 100_000),
        "2026-11-19T23:30": (1800, 50_000),
    }
    ten = [long_row(f"2026-11-20 00:{m}0:00", "600", step="PT10M") for m in range(3)]
    decoded = decode("enedis_portal_csv", "\n".join([LONG, *ten]), "")
    assert list(amounts(decoded)) == ["2026-11-19T23:00", "2026-11-19T23:10", "2026-11-19T23:20"]
    assert "steps by the file" in notes(decoded)["step"]


@pytest.mark.parametrize("step", ["30", "PT30M", " PT30M ", "PT1800S", "PT0.5H"])
def test_a_step_may_be_written_in_many_ways(step: str) -> None:
    row = long_row("2026-11-20 00:30:00", "200", step=step)
    assert amounts(decode("enedis_portal_csv", f"{LONG}\n{row}")) == {
        "2026-11-19T23:00": (1800, 100_000)
    }


def test_f02_a_long_row_without_step_takes_its_neighbours_or_is_rejected() -> None:
    rows = [long_row(f"2026-11-20 {h}:00", "60", step="") for h in ("00:30", "01:00", "01:30")]
    assert len(amounts(decode("enedis_portal_csv", "\n".join([LONG, *rows])))) == 3
    alone = decode("enedis_portal_csv", f"{LONG}\n{rows[0]}")
    assert reasons(alone) == {2: "unknown_step"}


def test_each_point_and_each_flow_of_a_long_file_is_a_series() -> None:
    rows = [
        long_row("2026-11-20 00:30:00", "200"),
        long_row("2026-11-20 00:30:00", "2", business="PROD"),
        long_row("2026-11-20 00:30:00", "0,3", prm=PRM.replace("9912", "9913"), unit="kW"),
        long_row("2026-11-20 00:30:00", "7", physical="PRI", unit="VAr"),
    ]
    decoded = decode("enedis_portal_csv", "\n".join([LONG, *rows]), "")
    assert [(s.key.device[:4], s.key.flow, list(s.value)) for s in decoded.series] == [
        ("9912", "consumption", [100_000]),
        ("9912", "injection", [1000]),
        ("9913", "consumption", [150_000]),
    ]
    assert (decoded.ignored, notes(decoded)["left_aside"]) == (2, "'PRI': 1 row left aside")


@pytest.mark.parametrize(
    "head",
    [
        "Unité;Horodate;Valeur;Nature;Pas",
        "Horodate;Valeur;Nature;Pas;Unité",
        "Pas;Valeur;Horodate;Unité",
        "Horodate;Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire",
    ],
)
def test_columns_of_a_long_file_stand_in_any_order(head: str) -> None:
    cells = {"Unité": "W", "Horodate": "2026-11-20 00:30:00", "Valeur": "200", "Pas": "PT30M"}
    row = ";".join(cells.get(name, "") for name in head.split(";"))
    assert amounts(decode("enedis_portal_csv", f"{head}\n{row}\n")) == {
        "2026-11-19T23:00": (1800, 100_000)
    }
    assert enedis_portal_csv.sniff(head.encode()) >= 0.9
    with pytest.raises(DecodeError):
        decode("enedis_portal_csv", f"{head}\n{row}\n", "")


def test_a_header_that_lost_its_values_is_no_long_one() -> None:
    decoded = decode("enedis_portal_csv", "Horodate;Statut;Pas\n2026-11-20T00:30:00Z;R;30\n")
    assert reasons(decoded) == {2: "bad_number"}


def test_a_page_above_the_table_tells_the_point_and_is_no_row() -> None:
    text = f",,Page,\n,Point Référence Mesure (PRM) :,{PRM},\n,,Début,Fin,Valeur (en kW)\n"
    row = ',,20/11/2026 00:00,20/11/2026 00:30,"4,030"\n'
    decoded = decode("enedis_portal_csv", text + row, "")
    assert ({s.key.device for s in decoded.series}, decoded.ignored) == ({PRM}, 3)
    assert enedis_portal_csv.sniff((text + row).encode()) == 0.9


def test_f05_registers_in_the_long_layout_keep_their_grid() -> None:
    head = LONG.replace("Nature;Pas", "Grille;Cadran")
    rows = [
        f"{PRM};;;EA;CONS;BRUT;Wh;2026-11-20 00:00:00;{value};{grid};{dial};0;0"
        for value, grid, dial in (
            ("100", "F", "IDX_EAS_F1"),
            ("60", "D", "IDX_EAS_D1"),
            ("40", "D", "IDX_EAS_D2"),
            ("100", "", "IDX_EAS_T"),
            ("9", "D", "IDX_EAS_D5"),
        )
    ]
    decoded = decode("enedis_portal_csv", "\n".join([head, *rows]), "")
    assert {n: sum(v.values()) for n, v in registers(decoded).items()} == {
        "F1": 100_000,
        "D1": 60_000,
        "D2": 40_000,
        "TOTAL": 100_000,
    }
    assert reasons(decoded) == {6: "bad_name"}


def test_days_in_kwh_are_local_days() -> None:
    text = "Date;Valeur (en kWh)\n28/03/2026;1\n29/03/2026;2\n30/03/2026;NA\n"
    decoded = decode("enedis_portal_csv", text)
    assert amounts(decoded) == {
        "2026-03-27T23:00": (86_400, 1_000_000),
        "2026-03-28T23:00": (82_800, 2_000_000),
    }
    assert [s.key.period for s in decoded.series] == ["day"]
    assert [(gap.row, gap.end) for gap in decoded.gaps] == [(4, instant("2026-03-31T00:00+02:00"))]


# Files that a spreadsheet saved again


PAIRS = ["Début;Fin;Valeur (en kW)", "{d} 00:00;{d} 00:30;4,030", "{d} 00:30;{d} 01:00;2"]
SAVED = {"2026-11-19T23:00": (1800, 2_015_000), "2026-11-19T23:30": (1800, 1_000_000)}


@pytest.mark.parametrize("date", ["20/11/2026", "20/11/26", "2026-11-20"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_file_that_a_spreadsheet_saved_again(date: str, separator: str, encoding: str) -> None:
    rows = [row.format(d=date) + ";;" for row in PAIRS]
    quoted = [row.replace("4,030", '"4,030"').replace(";", separator) for row in rows]
    payload = "\r\n".join(quoted).encode(encoding)
    assert amounts(decode("enedis_portal_csv", payload)) == SAVED
    assert enedis_portal_csv.sniff(readable(payload).payload) == 0.9


def test_a_file_opened_by_another_separator_and_saved_again() -> None:
    rows = [f'"{row.format(d="20/11/2026")}"' for row in PAIRS]
    assert amounts(enedis(*rows)) == SAVED


@pytest.mark.parametrize("date", ["1/11/2026", "01/11/26", "1/11/26"])
def test_dates_are_in_french_order(date: str) -> None:
    rows = [f"{date} 0:30;600", f"{date} 1:00;600"]
    assert enedis_portal_csv.sniff(rows[0].encode()) == 0.6
    assert list(amounts(enedis(*rows))) == ["2026-10-31T23:00", "2026-10-31T23:30"]
    assert hours(enedis("Date;Valeur (en kWh)", f"{date};6,3")) == {"2026-10-31T23:00": 24}


@pytest.mark.parametrize(
    "stamps",
    [
        ("11/12/2026 0:30", "11/13/2026 0:30"),
        ("20/11/2026 12:30 AM", "20/11/2026 1:00 am"),
        ("46346,0208333333", "46346.0416666667"),
    ],
)
def test_dates_that_a_spreadsheet_spoilt_are_refused_with_what_to_do(
    stamps: tuple[str, ...],
) -> None:
    decoded = enedis("Horodate;Valeur", *(f"{stamp};600" for stamp in stamps))
    assert reasons(decoded) == {2: "bad_time", 3: "bad_time"}
    assert "load Enedis's file as it was" in notes(decoded)["spreadsheet"]
    assert "spreadsheet" not in notes(enedis("Horodate;Valeur", "31/02/2026 00:30;600"))


def hours(decoded: Decoded) -> dict[str, int]:
    assert {s.key.period for s in decoded.series} == {"day"}
    return {start: seconds // 3600 for start, (seconds, _) in amounts(decoded).items()}


OCTOBER = {"2026-10-23T22:00": 24, "2026-10-24T22:00": 25}


def test_t02_days_with_an_hour_in_the_long_layout() -> None:
    rows = [
        long_row(f"2026-10-{day} 00:00:00", "8000", physical="EA", unit="Wh", step="P1D")
        for day in (24, 25)
    ]
    assert hours(enedis(LONG, *rows)) == OCTOBER


@pytest.mark.parametrize("kind", ["Energie quotidienne", "Consommation journalière", "Energie"])
def test_t02_days_under_a_header_are_the_local_midnights(kind: str) -> None:
    told = f"{PRM};{kind};;;Energie active;Consommation;;Wh"
    rows = ["2026-10-24T00:00:00+02:00;8000", "2026-10-25T00:00:00+02:00;8000"]
    assert hours(enedis(HEAD, told, "Horodate;Valeur", *rows)) == OCTOBER


def test_a_day_alone_needs_a_header_that_says_so() -> None:
    row = "2026-10-25T00:00:00+02:00;8000"
    for kind, found in (("Energie quotidienne", 1), ("Energie", 0)):
        told = f"{PRM};{kind};;;Energie active;Consommation;;Wh"
        assert len(enedis(HEAD, told, "Horodate;Valeur", row).series) == found


def test_a_register_in_a_curve_s_columns_is_no_energy_of_days() -> None:
    told = f"{PRM};Index quotidiens;;;Energie active;Consommation;;Wh"
    rows = ["2026-10-24T00:00:00+02:00;7008000", "2026-10-25T00:00:00+02:00;7016000"]
    assert not enedis(HEAD, told, "Horodate;Valeur", *rows).series


@pytest.mark.parametrize(
    "dates", [("01/09/2026", "01/10/2026", "01/11/2026"), ("02/11/2026", "09/11/2026")]
)
def test_energies_of_months_and_weeks_are_no_days(dates: tuple[str, ...]) -> None:
    rows = [f"{date};200" for date in dates]
    assert not decode("enedis_portal_csv", "\n".join(["Date;Valeur (en kWh)", *rows])).series


@pytest.mark.parametrize("hour", ["", " 00:00:00"])
def test_t02_days_may_say_both_their_ends(hour: str) -> None:
    rows = [f"{day}/10/2026{hour};{day + 1}/10/2026{hour};6,329" for day in (24, 25)]
    decoded = enedis("Début;Fin;Valeur (en kWh)", *rows)
    assert hours(decoded) == OCTOBER
    assert {value for _, value in amounts(decoded).values()} == {6_329_000}


@pytest.mark.parametrize(
    ("first", "last", "unit"),
    [
        ("21/11/2026", "22/11/2026", "kW"),
        ("29/03/2026", "30/03/2026", "kW"),
        ("21/11/2026 06:00:00", "22/11/2026 06:00:00", "kWh"),
        ("21/11/2026", "23/11/2026", "kWh"),
    ],
)
def test_other_long_intervals_are_no_days(first: str, last: str, unit: str) -> None:
    decoded = enedis(f"Début;Fin;Valeur (en {unit})", f"{first};{last};6,329")
    assert reasons(decoded) == {2: "unknown_step"}


# What stands above a table


@pytest.mark.parametrize("told", ["XXXXXXXXXXXXXX", f'="{PRM}"', f"'{PRM}", f" {PRM}", "9.9E+13"])
def test_a_masked_or_spoilt_number_costs_no_row_and_keeps_its_flow(told: str) -> None:
    about = f"{told};Courbe de charge;;;Energie active;Production;Comptage Brut;W"
    rows = ["2026-11-20T12:00:00Z;600", "2026-11-20T12:30:00Z;600"]
    decoded = enedis(HEAD, about, "Horodate;Valeur", *rows)
    assert len(amounts(decoded)) == 2
    (series,) = decoded.series
    assert (series.key.device, series.key.flow) == (PRM, "injection")


def test_a_header_without_values_takes_no_row_for_them() -> None:
    rows = ["2026-11-20T12:00:00Z;600", "2026-11-20T12:30:00Z;600"]
    assert len(amounts(enedis(HEAD, "Horodate;Valeur", *rows))) == 2


@pytest.mark.parametrize(
    ("head", "row", "sure"),
    [
        ("date;value", "2026-11-20T12:30:00+01:00;600", 0.6),
        ("date,value", "2026-11-20 12:30:00,600", 0.6),
        ("Date;Consommation (en kWh)", "20/11/2026;12,5", 0.9),
    ],
)
def test_other_names_of_the_same_columns(head: str, row: str, sure: float) -> None:
    assert enedis_portal_csv.sniff(f"{head}\n{row}\n".encode()) == sure
    decoded = decode("enedis_portal_csv", f"\ufeff{head}\n{row}\n{row}\n")
    assert (decoded.rows, decoded.ignored) == (3, 1)


def test_f05_registers_of_sge_s_table_keep_their_grid() -> None:
    head = (
        "Identifiant PRM;Grandeur physique;Grandeur metier;Unite;Horodate;Valeur;Code grille;"
        "Id classe temporelle;Code cadran;iv"
    )
    rows = [
        f"{PRM};EA;CONS;Wh;2026-11-20T00:00:00+01:00;100;GRD;HCB;IDX_EAS_D1;0",
        f"{PRM};EA;CONS;Wh;2026-11-20T00:00:00+01:00;70;FRN;HP;;1",
    ]
    decoded = enedis(head, *rows)
    found = registers(decoded)
    assert found == {"D1": {"2026-11-19T23:00": 100_000}, "HP": {"2026-11-19T23:00": 70_000}}
    codes = [int(code) for s in decoded.series if s.quality is not None for code in s.quality]
    assert codes == [Quality.GOOD, Quality.METER_FAULT]
