"""Registry files are read without a database: good rows kept, bad ones named."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from hub.registry.geojson import is_geojson, read_geojson
from hub.registry.problems import TEXTS
from hub.registry.rows import read_csv
from hub.registry.tables import BY_NAME, TABLES, Table, documentation, recognise

ZONE = "Europe/Paris"


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_table_is_recognised_by_its_columns(table: Table) -> None:
    assert recognise(table.required) is table
    assert recognise(table.known) is table


def test_semicolons_marks_and_french_values_are_read() -> None:
    text = (
        "\ufeffref;commodity;dwelling;subscribed_kva;valid_from\r\n"
        "PRM1;electricity;d1;6,5;01/02/2024\r\n"
    )
    read = read_csv("up.csv", text.encode(), ZONE)
    assert read.table is BY_NAME["usage_point"]
    assert read.columns["subscribed_kva"] == [Decimal("6.5")]
    assert read.columns["valid_from"] == [date(2024, 2, 1)]
    assert (read.lines, read.problems) == ([2], [])


@pytest.mark.parametrize(
    ("header", "row", "column", "reason"),
    [
        ("ref,people", "h1,many", "people", "not_int"),
        ("ref,people", "h1,0", "people", "out_of_range"),
        ("ref,people", ",2", "ref", "missing"),
        ("ref,people", "h1,2,3", "", "field_count"),
        ("ref,simulated", "h1,perhaps", "simulated", "not_flag"),
        ("ref,valid_from", "h1,2024-02-30", "valid_from", "not_date"),
        ("ref,valid_from,valid_to", "h1,2024-02-02,2024-02-01", "valid_to", "dates"),
        ("ref,area,kind", "d1,a,castle", "kind", "not_choice"),
        ("ref,people", "h\x001,2", "ref", "not_text"),
        ("name,value,unit,source", "co2,much,g,x", "value", "not_number"),
        ("name,value,unit,source", "co2,nan,g,x", "value", "not_number"),
        ("usage_point,at,kind", "p,yesterday,install", "at", "not_instant"),
        ("usage_point,at,kind", "p,2026-10-25T02:30:00,install", "at", "ambiguous_time"),
        ("usage_point,at,kind", "p,2026-03-29T02:30:00,install", "at", "not_instant"),
        ("code,name,kind,geometry", "1,x,iris,{", "geometry", "not_json"),
    ],
)
def test_a_bad_cell_is_named_and_the_others_stay(
    header: str, row: str, column: str, reason: str
) -> None:
    good = {"ref": "good", "area": "a", "value": "1", "kind": "", "at": "2026-01-01T00:00:00Z"}
    good |= {"usage_point": "p", "code": "2", "name": "n", "unit": "g", "source": "s"}
    good["kind"] = {"usage_point,at,kind": "install", "code,name,kind,geometry": "iris"}.get(
        header, ""
    )
    fine = ",".join(good.get(c, "") for c in header.split(","))
    read = read_csv("f.csv", f"{header}\n{row}\n\n{fine}\n".encode(), ZONE)
    assert [(p.line, p.column, p.reason) for p in read.problems] == [(2, column, reason)]
    assert read.lines == [4]
    assert read.rows == 2
    for language in ("fr", "en"):
        assert "{" not in read.problems[0].text(language).replace("'{'", "").replace("« { »", "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        ("ref,people\nété,1".encode("latin-1"), "not_utf8"),
        ("ref,people\nx,1".encode("utf-16"), "not_utf8"),
        (b"a,b\n1,2", "unrecognised"),
        (b"ref,ref,people\n1,2,3", "unrecognised"),
    ],
)
def test_a_file_that_is_no_table_is_told(data: bytes, reason: str) -> None:
    read = read_csv("f.csv", data, ZONE)
    assert read.table is None
    assert [p.reason for p in read.problems] == [reason]
    assert reason in TEXTS


def test_an_unknown_header_names_the_nearest_table() -> None:
    read = read_csv("f.csv", b"household,dwelling,since\n", ZONE)
    assert "nearest table occupancy; unknown since" in read.problems[0].text("en")


def test_an_instant_may_be_local() -> None:
    read = read_csv("e.csv", b"usage_point,at,kind\np,2026-07-01T12:00:00,install", ZONE)
    assert read.columns["at"] == [datetime(2026, 7, 1, 10, tzinfo=UTC)]


def test_geojson_of_the_iris_contours_is_read() -> None:
    shape = {
        "type": "Polygon",
        "coordinates": [[[4.8, 45.7], [4.9, 45.7], [4.9, 45.8], [4.8, 45.7]]],
    }
    feature = {
        "type": "Feature",
        "properties": {"CODE_IRIS": "693830101", "NOM_IRIS": "Part-Dieu"},
        "geometry": shape,
    }
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert is_geojson(data)
    read = read_geojson("iris.geojson", data, ZONE)
    assert read.problems == []
    row = {name: values[0] for name, values in read.columns.items()}
    assert (row["code"], row["kind"], row["parent"]) == ("693830101", "iris", "69383")
    assert row["geometry"] == shape


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"features": [1]}', b'{"features": {"a": 1}}'])
def test_geojson_that_is_none_is_told(data: bytes) -> None:
    read = read_geojson("x.geojson", data, ZONE)
    assert [p.reason for p in read.problems] == ["not_geojson"]


def test_the_documentation_shows_every_table_as_it_is() -> None:
    page = Path(__file__).parents[2] / "docs" / "operator" / "registry.md"
    assert page.read_text(encoding="utf-8").endswith("compares -->\n" + documentation())
