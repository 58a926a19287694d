"""The report of a load: one object in two languages, and its lines."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from typing import Any

from hub.intake.counted import FeedRow, countings
from hub.intake.report import LoadReport, reject_reason, spoken
from hub.intake.report_words import grouped
from hub.intake.summary import CHANNELS, ChannelSummary, Missing, Stretch, Summary
from hub.intake.undone import Undone
from hub.model import ChannelKey, Note, Reject
from hub.words import length

T0 = 1_793_746_800  # 2026-11-04 00:00 in Paris


def row(number: int, register: str, **other: Any) -> FeedRow:
    told: dict[str, Any] = {
        "usage_point": "PRM1", "commodity": "electricity", "flow": "consumption",
        "quantity": "energy", "kind": "register", "source": "enedis_portal_csv", "period": "",
        "rank": 100, "is_own": True,
    }  # fmt: skip
    return FeedRow(channel_id=number, register=register, **(told | other))


def channel(**other: Any) -> ChannelSummary:
    key = ChannelKey(
        "PRM1", "electricity", "consumption", "energy", "TOTAL", "interval", period="sub-daily"
    )
    holes = Missing(1, 3600, (Stretch(T0 + 3600, T0 + 7200),))
    told: dict[str, Any] = {
        "readings": 3,
        "start": T0,
        "end": T0 + 9000,
        "step": 1800,
        "total": 1_500_000,
    }
    told |= {"key": key, "missing": holes}
    return ChannelSummary(**(told | other))


def report(**other: Any) -> LoadReport:
    counts = {"accepted": 3, "unchanged": 0, "revised": 0, "rejected": 1, "gap": 2, "ignored": 0}
    made = LoadReport("a.csv", load_id=7, connector="enedis_portal_csv", rows_read=6)
    made.counts = counts
    made.rejects = [Reject(6, "bad_number", "Valeur", "12x", 9)]
    made.notes = [Note("label", "la fin", "the end")]
    made.summary = Summary((channel(),), 0, Missing(1, 1800, (Stretch(T0 - 1800, T0),)))
    made.countings = countings([row(1, "TOTAL"), row(2, "HP"), row(3, "HC")])
    for name, value in other.items():
        setattr(made, name, value)
    return made


def test_a_report_is_plain_values_that_a_store_takes() -> None:
    told = report().stored()
    assert json.loads(json.dumps(told)) == told
    assert told["rejects"] == [
        {
            "row": 6, "line": 9, "column": "Valeur", "value": "12x", "reason": "bad_number",
            "limit": None,
            "fr": "« 12x » n'est pas un nombre", "en": "'12x' is not a number",
        }
    ]  # fmt: skip
    (shown,) = told["channels"]
    assert (shown["from"], shown["to"]) == (
        "2026-11-04T00:00:00+01:00",
        "2026-11-04T02:30:00+01:00",
    )
    assert (shown["total"], shown["unit"], shown["step"]) == (1.5, "kWh", 1800)
    assert shown["missing"] == {
        "count": 1,
        "seconds": 3600,
        "first": [{"from": "2026-11-04T01:00:00+01:00", "to": "2026-11-04T02:00:00+01:00"}],
    }


def test_every_text_is_in_both_languages_and_in_the_reader_s() -> None:
    said: list[dict[str, Any]] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if "fr" in value:
                said.append(value)
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(report(problem=Reject(0, "is_pdf")).as_json("en"))
    assert len(said) == 4  # problem, reject, note, counting
    for each in said:
        assert each["text"] == each["en"] != each["fr"]
    assert spoken(report().stored(), "fr")["notes"][0]["text"] == "la fin"


def test_a_report_in_lines() -> None:
    told = """\
a.csv : enedis_portal_csv, chargement 7. 6 lignes lues : 3 acceptées, 1 rejetée, 2 sans valeur
  - la fin
  - electricity/consumption/TOTAL PRM1 : 3 quantités du 2026-11-04 00:00 au 2026-11-04 02:30, \
pas 30 min, total 1,5 kWh, il manque 1 période (1 h) : du 2026-11-04 01:00 au 2026-11-04 02:00
  - la source ne dit rien : 1 période (30 min) : du 2026-11-03 23:30 au 2026-11-04 00:00
  - electricity/consumption PRM1 : compte : TOTAL (HP, HC à côté)
  ligne 9, colonne Valeur : « 12x » n'est pas un nombre"""
    assert "\n".join(report().lines("fr")) == told
    english = list(report().lines("en", dry_run=True))
    assert english[0].endswith(
        "dry run, nothing is written. 6 rows read: 3 accepted, 1 rejected, 2 without a value"
    )
    assert "counts: TOTAL (HP, HC beside it)" in english[4]


def test_a_file_of_which_nothing_was_read_is_one_line() -> None:
    broken = report(problem=Reject(0, "is_pdf"))
    assert len(list(broken.lines("en"))) == 1
    assert broken.is_refused


def test_what_a_file_says_forges_no_line() -> None:
    forged = report(file="a\nb.csv", rejects=[Reject(1, "bad_time", "x\ny", "\x1b[31m")])
    for line in forged.lines("fr"):
        assert line.isprintable()


def test_a_file_of_very_many_meters_is_told_in_part_and_counted_whole() -> None:
    many = report(summary=Summary((channel(),) * CHANNELS, 50))
    told = many.stored()
    assert (len(told["channels"]), told["channels_left"]) == (CHANNELS, 50)
    lines = list(many.lines("fr"))
    assert len(lines) < 40
    assert f"  - et {CHANNELS + 50 - 20} autres" in lines


def test_many_refused_rows_are_cut_and_counted() -> None:
    told = report(rejects=[Reject(n, "bad_number") for n in range(1, 50)]).stored(most=10)
    assert (len(told["rejects"]), told["rejects_left"]) == (10, 39)


def refused_at(*hours: int, reason: str = "before_usage_point") -> list[Reject]:
    limit = "2024-05-02T00:00:00+02:00"
    return [
        Reject(n, reason, value=f"2024-04-01T{hour:02}:00:00+02:00", detail={"limit": limit})
        for n, hour in enumerate(hours, start=3)
    ]


def test_rows_refused_for_their_time_are_one_line_with_their_span() -> None:
    lines = list(report(rejects=refused_at(5, 4, 9)).lines("fr"))
    assert lines[-1].startswith("  lignes 3-5 : [du 2024-04-01 04:00 au 2024-04-01 09:00] d'avant ")
    assert "2024-05-02 00:00" in lines[-1]
    assert "T00:00" not in lines[-1]


def test_rows_that_came_of_the_future_at_slightly_other_moments_are_one() -> None:
    one, other = refused_at(5, 6, reason="too_late")
    other = replace(other, detail={"limit": "2024-05-02T00:00:01+02:00"})
    told = report(rejects=[one, other]).as_json("fr")["rejects"]
    assert [group.lines for group in grouped(told)] == [[3, 4]]


def test_an_instant_beyond_any_calendar_is_told_as_it_is() -> None:
    far = [Reject(1, "too_late", value="99999999999999", detail={"limit": "x"})]
    assert "99999999999999" in list(report(rejects=far).lines("en"))[-1]


def test_readings_are_told_where_rows_hold_several() -> None:
    head = next(iter(report(readings=6).lines("fr")))
    assert head.endswith("3 acceptées, 1 rejetée, 2 sans valeur (6 relevés)")
    assert "relevés" not in next(iter(report(readings=3).lines("fr")))


def test_a_reason_says_commodities_in_its_language() -> None:
    wrong = Reject(1, "wrong_commodity", value="X", detail={"commodity": "water"})
    assert reject_reason(wrong, "fr").startswith("X n'est ni un point de livraison (eau)")
    assert "usage point of water" in reject_reason(wrong, "en")


def test_what_the_system_says_of_a_file_is_french_in_french() -> None:
    folder = Reject(0, "no_file", detail={"error": os.strerror(errno.EISDIR)})
    assert reject_reason(folder, "fr") == "fichier illisible : c'est un dossier"
    assert reject_reason(folder, "en") == "the file cannot be read: Is a directory"


# which registers and sources count


def counted(*rows: FeedRow) -> list[tuple[str, list[str], list[str]]]:
    (stream,) = countings(rows)
    return [(feed.source, feed.counting, feed.registers) for feed in stream.feeds]


def test_the_total_counts_before_the_suppliers_parts_before_the_distributors() -> None:
    rows = [row(1, "D1"), row(2, "HP"), row(3, "HC"), row(4, "TOTAL")]
    assert counted(*rows)[0][1] == ["TOTAL"]
    assert counted(*rows[:3])[0][1] == ["HP", "HC"]
    assert counted(rows[0])[0][1] == ["D1"]
    assert counted(row(5, "something"))[0][1] == []


def test_sources_stand_in_the_order_in_which_equals_count() -> None:
    rows = [
        row(1, "TOTAL", source="old", is_own=False),
        row(2, "TOTAL", source="preferred", rank=10, is_own=False),
        row(3, "TOTAL", source="month", kind="interval", period="month", rank=1, is_own=False),
        row(4, "TOTAL", source="this"),
        row(5, "TOTAL", source="power", kind="power", is_own=False),
    ]
    assert [source for source, _, _ in counted(*rows)] == ["preferred", "old", "this", "month"]
    said = report(countings=countings(rows)).as_json("fr")["counting"][0]
    assert "preferred (index, rang 10)" in said["text"]
    assert "this (index, rang 100, ce fichier)" in said["text"]


def test_streams_that_the_load_did_not_write_are_not_told() -> None:
    assert countings([row(1, "TOTAL", flow="injection", is_own=False)]) == []


def test_one_source_with_its_total_alone_needs_no_line() -> None:
    plain = report(countings=countings([row(1, "TOTAL")]))
    assert not any("compte" in line for line in plain.lines("fr"))
    assert plain.stored()["counting"][0]["sources"][0]["counts"] == ["TOTAL"]


def test_lengths_of_time() -> None:
    told = [length(s, "fr") for s in (0, 45, 1800, 5400, 86_400, 2 * 86_400 + 3600 + 60)]
    assert told == ["0 s", "45 s", "30 min", "1 h 30 min", "1 jour", "2 jours 1 h"]
    assert length(3 * 86_400, "en") == "3 days"


def test_what_an_undo_did_names_only_the_loads_that_the_reader_may_know() -> None:
    done = Undone(3, "a.csv", 2, 1, 0, 0, {4: "mine.csv", 5: "theirs.csv"}).naming({4})
    told = done.as_json("en")
    assert told["repeated"] == {"4": "mine.csv", "5": ""}
    assert "theirs" not in json.dumps(told)
    assert "Load 5 had some of the same readings" in told["text"]
    assert "Chargement 3 (a.csv) annulé : 2 relevés retirés, 1 relevé rétabli." in told["fr"]
