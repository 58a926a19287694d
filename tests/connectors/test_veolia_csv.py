"""Veolia files: irregular hours, weeks without a year, ends of months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors import veolia_csv
from connectors._encoding import readable
from hub.model import Decoded, DecodeError, Quality
from tests.connectors.files import decode, notes, reasons, registers

DAYS = "Date de relevé;Index relevé (litres);Consommation du jour (litres);Index Mesuré/Estimé"
WEEKS = "Semaine;Index relevé fin de semaine (litres);Consommation de la semaine (litres);Estimé"
MONTHS = "Mois;Index relevé fin de mois (litres);Consommation du mois (litres);Index Mesuré/Estimé"


def water(head: str, *rows: str, device: str = "water-1") -> Decoded:
    return decode("veolia_csv", "\n".join([head, *rows]), device)


def total(decoded: Decoded) -> dict[str, int]:
    return registers(decoded).get("TOTAL", {})


def test_f14_irregular_hours_are_instants_like_any_others() -> None:
    decoded = water(
        DAYS,
        "2022-09-26 20:00:00;1199098;462;Mesuré",
        "2022-09-27 00:00:00;1199298;200;Mesuré",
        "2022-09-29 08:00:00;1200257;277;Mesuré",
    )
    assert total(decoded) == {
        "2022-09-26T18:00": 1_199_098_000,
        "2022-09-26T22:00": 1_199_298_000,
        "2022-09-29T06:00": 1_200_257_000,
    }


def test_a_day_without_hour_a_week_and_a_month_stand_for_their_end() -> None:
    assert total(water(DAYS, "2026-05-14;1;1;Mesuré")) == {"2026-05-14T22:00": 1000}
    assert total(water(DAYS, "14/05/2026;1;1;Mesuré")) == {"2026-05-14T22:00": 1000}
    assert total(water(WEEKS, "09/11-15/11;2;1;")) == {"2026-11-15T23:00": 2000}
    assert total(water(MONTHS, "12/2025;3;1;Mesuré")) == {"2025-12-31T23:00": 3000}
    assert total(water(MONTHS, "2025-12;3;1;Mesuré")) == {"2025-12-31T23:00": 3000}


@given(st.integers(0, 200), st.integers(1, 60), st.booleans())
@example(200, 58, True)  # the last ones take the year of the rows before them
def test_f14_weeks_find_their_years_by_their_mondays(ago: int, count: int, down: bool) -> None:
    last = date(2026, 11, 9) - timedelta(weeks=ago)
    mondays = [last - timedelta(weeks=i) for i in range(count)][:: 1 if down else -1]
    rows = [f"{m:%d/%m}-{m + timedelta(days=6):%d/%m};{m.toordinal()};1;Mesuré" for m in mondays]
    decoded = water(WEEKS, *rows)
    ends = {(m + timedelta(days=6)).isoformat(): m.toordinal() * 1000 for m in mondays}
    assert {at[:10]: value for at, value in total(decoded).items()} == ends
    assert "by their Mondays" in notes(decoded)["week_year"]


def test_f14_a_week_that_no_year_fits_is_rejected_and_so_is_one_a_year_off() -> None:
    decoded = water(
        WEEKS,
        "02/11-08/11;1;1;",  # 2026
        "09/11-15/11;2;1;",
        "10/11-16/11;3;1;",  # a Monday in 2025 only, beside rows of 2026
        "11/11-18/11;4;1;",  # eight days
        "29/02-06/03;5;1;",
        "16/11-22/11;6;1;",
    )
    assert list(total(decoded).values()) == [1000, 2000, 6000]
    assert reasons(decoded) == {4: "bad_time", 5: "bad_time", 6: "bad_time"}


def test_f14_a_week_takes_its_year_from_a_neighbour() -> None:
    """No Monday of the last five years: alone it cannot be told, beside a year it can."""
    assert reasons(water(WEEKS, "05/07-11/07;1;1;")) == {2: "bad_time"}
    decoded = water(WEEKS, "05/07-11/07;1;1;", "12/07/2021-18/07/2021;2;1;")
    assert list(total(decoded)) == ["2021-07-11T22:00", "2021-07-18T22:00"]
    down = water(WEEKS, "12/07/2021-18/07/2021;2;1;", "05/07-11/07;1;1;")
    assert total(down) == total(decoded)


def test_f06_the_october_hour_is_told_by_a_second_reading_or_not_at_all() -> None:
    decoded = water(DAYS, "2026-10-25 02:00:00;1;1;", "2026-10-25 02:00:00;2;1;")
    assert total(decoded) == {"2026-10-25T00:00": 1000, "2026-10-25T01:00": 2000}
    assert reasons(water(DAYS, "2026-10-25 02:00:00;1;1;")) == {2: "ambiguous_time"}


def test_f09_no_index_is_a_gap_though_a_consumption_is_told() -> None:
    decoded = water(DAYS, "2026-05-14 20:00:00;;120;Mesuré", "2026-05-15 20:00:00;5;1;Mesuré")
    assert [gap.row for gap in decoded.gaps] == [2]
    assert len(total(decoded)) == 1


def test_estimated_rows_say_so() -> None:
    decoded = water(DAYS, "2026-05-14 20:00:00;1;1;Estimé", "2026-05-15 20:00:00;5;1;Mesuré")
    assert decoded.series[0].quality is not None
    assert list(decoded.series[0].quality) == [Quality.ESTIMATED_BY_SOURCE, Quality.GOOD]


def test_cubic_metres_are_read_and_other_units_refused() -> None:
    cubic = DAYS.replace("Index relevé (litres)", "Index relevé (m³)")
    assert total(water(cubic, "2026-05-14 20:00:00;1,25;1;")) == {"2026-05-14T18:00": 1_250_000}
    with pytest.raises(DecodeError, match="gallons"):
        water(DAYS.replace("(litres)", "(gallons)"), "2026-05-14 20:00:00;1;1;")


def test_bad_rows_are_named() -> None:
    decoded = water(DAYS, "hier;1;1;", "2026-05-14 20:00:00;-1;1;", "2026-05-15 20:00:00;1l;1;", "")
    assert [(r.line, r.column, r.value, r.reason) for r in decoded.rejects] == [
        (2, "Date de relevé", "hier", "bad_time"),
        (3, "Index relevé (litres)", "-1", "out_of_range"),
        (4, "Index relevé (litres)", "1l", "bad_number"),
    ]


def test_a_usage_point_must_be_given() -> None:
    with pytest.raises(DecodeError) as caught:
        water(DAYS, "2026-05-14 20:00:00;1;1;", device="")
    assert caught.value.reason == "missing_usage_point"


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n", "Mois;Température\n", "Date de relevé\n"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode("veolia_csv", text)
    assert caught.value.reason == "not_this_format"
    assert veolia_csv.sniff(text.encode()) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_encoding(encoding: str) -> None:
    text = f"{DAYS}\r\n2026-05-14 20:00:00;1;1;Estimé\r\n"
    assert total(decode("veolia_csv", text.encode(encoding))) == {"2026-05-14T18:00": 1000}
    assert veolia_csv.sniff(readable(text.encode(encoding)).payload) == 1


def test_columns_in_any_order_under_a_title() -> None:
    rows = [DAYS, "2022-09-26 20:00:00;1199098;462;Estimé"]
    for order in ((3, 0, 1, 2), (0, 2, 1, 3), (2, 3, 1, 0)):
        lines = [";".join(row.split(";")[i] for i in order) for row in rows]
        decoded = water("Historique des consommations", "", *lines)
        assert total(decoded) == {"2022-09-26T18:00": 1_199_098_000}
        assert decoded.series[0].quality is not None
        assert list(decoded.series[0].quality) == [Quality.ESTIMATED_BY_SOURCE]
        assert veolia_csv.sniff("\n".join(["Historique", "", *lines]).encode()) == 1


def test_f01_what_was_drawn_tells_whether_the_index_opens_or_closes_its_day() -> None:
    opening = ["27/09/2026;33729;506;M", "28/09/2026;34235;581;M", "29/09/2026;34816;582;E"]
    found = water(DAYS, *opening)
    assert total(found) == {
        "2026-09-26T22:00": 33_729_000,
        "2026-09-27T22:00": 34_235_000,
        "2026-09-28T22:00": 34_816_000,
    }
    assert notes(found)["label"] == "the index of the beginning of each day, by what was drawn"
    quality = found.series[0].quality
    assert quality is not None
    assert list(quality) == [Quality.GOOD, Quality.GOOD, Quality.ESTIMATED_BY_SOURCE]
    assert total(water(DAYS, *reversed(opening))) == total(found)
    closing = ["27/09/2026;33729;506;M", "28/09/2026;34310;581;M", "29/09/2026;34892;582;M"]
    assert min(total(water(DAYS, *closing))) == "2026-09-27T22:00"
    assert min(total(water(DAYS, *opening[:1]))) == "2026-09-27T22:00"
