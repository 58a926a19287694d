"""Colours of Tempo days: when they begin, and which are not known."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import connectors
from hub.model import Decoded, DecodeError
from tests.connectors.files import decode, reasons


def told(decoded: Decoded) -> dict[str, str | None]:
    """UTC instant -> colour."""
    return {f"{datetime.fromtimestamp(p.ts, UTC):%m-%dT%H}": p.label for p in decoded.context}


def tempo(document: Any) -> Decoded:
    return decode("tempo", json.dumps(document))


def test_f15_a_colour_holds_from_six_to_six_on_the_nights_of_the_clocks_too() -> None:
    days = {"2026-03-28": "blue", "2026-03-29": "red", "2026-10-25": "white", "2026-10-26": "blue"}
    assert told(tempo(days)) == {
        "03-28T05": "BLUE",
        "03-29T04": "RED",
        "10-25T05": "WHITE",
        "10-26T05": "BLUE",
    }


@pytest.mark.parametrize(
    "colour", [None, "", "UNDEFINED", "Inconnu", "NON_DEFINI", "NON_DETERMINE", "ND", 0, "0"]
)
def test_f09_a_colour_that_is_not_known_yet_is_a_gap(colour: object) -> None:
    decoded = tempo({"dates": [{"date": "2026-11-23", "couleur": colour}]})
    assert (len(decoded.gaps), decoded.context) == (1, [])


@pytest.mark.parametrize(
    ("colour", "label"),
    [(1, "BLUE"), ("2", "WHITE"), ("Rouge", "RED"), ("tempo_blanc", "WHITE"), ("RED", "RED")],
)
def test_names_and_codes_of_colours(colour: object, label: str) -> None:
    assert told(tempo([{"date": "2026-11-23", "couleur": colour}])) == {"11-23T05": label}


@pytest.mark.parametrize("colour", [4, -1, "VERT", True, 1.5, ["BLUE"], {}])
def test_what_is_no_colour_is_refused(colour: object) -> None:
    assert reasons(tempo([{"date": "2026-11-23", "couleur": colour}])) == {1: "bad_name"}


def test_a_colour_of_the_fallback_is_not_the_published_one() -> None:
    decoded = tempo({"values": {"2026-11-23-fallback": "true", "2026-11-23": "RED"}})
    assert (decoded.rows, len(decoded.gaps), decoded.context) == (1, 1, [])


def test_documents_of_every_wrapping() -> None:
    day = {"dateApplication": "2026-11-23", "statut": "TEMPO_BLEU"}
    edf = {"errors": [], "content": {"options": [{"option": "TEMPO", "calendrier": [day]}]}}
    assert told(tempo(edf)) == {"11-23T05": "BLUE"}
    calendars = [{"values": [{"start_date": "2026-11-22T23:00:00Z", "value": "RED"}]}]
    assert told(tempo({"tempo_like_calendars": calendars})) == {"11-23T05": "RED"}


def test_the_table_of_rte_has_a_notice() -> None:
    table = "Date;Type de jour TEMPO\n2026-09-01;BLEU\n2026-09-02;\nInformations;\n"
    decoded = decode("tempo", table)
    assert (told(decoded), len(decoded.gaps), decoded.ignored) == ({"09-01T04": "BLUE"}, 1, 2)


@pytest.mark.parametrize(
    "payload", ["{}", "[]", "5", '{"a": 1}', "[[[[[[[[[[1]]]]]]]]]]", "Date;Valeur\n1;2\n"]
)
def test_a_document_without_a_day_is_another_format(payload: str) -> None:
    with pytest.raises(DecodeError):
        decode("tempo", payload)


def test_it_knows_its_files_and_no_others() -> None:
    sniff = connectors.load("tempo").sniff
    assert sniff(b' [{"date": "2026-1-2", "couleur": "TEMPO_ROUGE"}') == 1
    assert sniff(b'{"2026-01-02" : "WHITE"') == 1
    assert sniff(b'{"2026-01-02" : "12.5"') == 0
    assert sniff(b"Date\tType de jour TEMPO\r\n") == 1


def test_days_of_another_option_are_no_tempo_days() -> None:
    def option(name: str, status: str) -> dict[str, Any]:
        return {"option": name, "calendrier": [{"dateApplication": "2026-11-11", "statut": status}]}

    options = [option("TEMPO", "TEMPO_ROUGE"), option("EJP", "NON_EJP")]
    decoded = tempo({"errors": [], "content": {"options": options}})
    assert (told(decoded), decoded.rejects) == ({"11-11T05": "RED"}, [])
    assert (decoded.rows, decoded.ignored) == (2, 1)
