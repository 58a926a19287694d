"""Open data: what is published and nothing else, in formats people's tools read."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hub.app.cli import application
from hub.app.errors import CommandError
from hub.app.settings import Settings
from hub.app.web import create_app
from hub.disclosure.datasets import DATASETS, FIELDS
from hub.disclosure.extracts import ExtractError
from hub.disclosure.publish import publish_due
from hub.store.connection import connect
from tests.disclosure.district import HOMES, areas, days, measure
from tests.stack import Stack
from tests.web import TestClient

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAYS = "/open/datasets/day-totals"


@pytest.fixture(scope="module")
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as found, connect(found, application="test") as conn:
        ids = areas(conn, list(HOMES))
        for commodity in ("electricity", "gas"):
            number = measure(conn, commodity, "consumption")
            days(conn, ids, number, HOMES, date(2025, 1, 1), date(2026, 11, 19))
        conn.execute("UPDATE area SET name = '=HYPERLINK(1);\"x\"' WHERE code = 'Q180'")
        conn.execute(
            """UPDATE area SET geometry = '{"type":"Point","coordinates":[4.86,45.75]}'
               WHERE code = '69383'"""
        )
        conn.commit()
        publish_due(conn, NOW)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    app = create_app(url, Settings(), more_routes=(), more_pages=())
    with TestClient(app, follow_redirects=False) as found:
        yield found


def rows(client: TestClient, path: str = DAYS) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(client.get(f"{path}.csv").text, newline="")))


def test_csv_is_rfc_4180(client: TestClient) -> None:
    answer = client.get(f"{DAYS}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    lines = answer.content.split(b"\r\n")
    assert lines[0].decode() == ",".join(name for name, *_ in FIELDS)
    assert lines[-1] == b""
    assert b"\n" not in answer.content.replace(b"\r\n", b"")
    found = rows(client)
    assert len(found) == 2 * 7 * 688
    first = next(r for r in found if r["area_code"] == "69383" and r["commodity"] == "gas")
    assert first == {
        "area_code": "69383", "area_name": "Quartier 69383", "area_kind": "arrondissement",
        "commodity": "gas", "flow": "consumption", "period": "2025-01-01",
        "start": "2025-01-01T06:00:00+01:00", "end": "2025-01-02T06:00:00+01:00",
        "amount": "6000", "unit": "m3", "households": "500-999", "withheld": "false",
        "release": "running", "simulated": "false",
    }  # fmt: skip


def test_withheld_rows_say_nothing(client: TestClient) -> None:
    small = [r for r in rows(client) if r["area_code"] in {"Q80", "Q60", "Q30"}]
    assert len(small) == 2 * 3 * 688
    assert {(r["amount"], r["households"], r["withheld"]) for r in small} == {("", "", "true")}


def test_no_spreadsheet_takes_a_name_for_a_formula(client: TestClient) -> None:
    names = {r["area_name"] for r in rows(client) if r["area_code"] == "Q180"}
    assert names == {'\'=HYPERLINK(1);"x"'}


def test_the_french_dialect(client: TestClient) -> None:
    content = client.get(f"{DAYS}.csv?dialect=fr").content
    assert content.startswith(b"\xef\xbb\xbfarea_code;area_name")
    assert client.get(f"{DAYS}.csv?dialect=martian").status_code == 422


def test_json_and_parquet_hold_the_same(client: TestClient) -> None:
    expected = rows(client)
    answer = json.loads(client.get(f"{DAYS}.json").content, parse_float=Decimal)
    assert answer["licence"].startswith("Licence Ouverte 2.0")
    assert answer["source"] == "Hub énergie Quartier 69383"
    assert [r["amount"] for r in answer["rows"]] == [
        Decimal(r["amount"]) if r["amount"] else None for r in expected
    ]
    table = pq.read_table(io.BytesIO(client.get(f"{DAYS}.parquet").content))
    assert table.column_names == [name for name, *_ in FIELDS]
    assert table["amount"].to_pylist() == [r["amount"] for r in answer["rows"]]
    assert table["period"].to_pylist() == [r["period"] for r in expected]
    assert table.schema.metadata[b"licence"].startswith(b"Licence Ouverte 2.0")


def test_months_and_years(client: TestClient) -> None:
    months = rows(client, "/open/datasets/month-totals")
    assert {r["period"] for r in months} >= {"2025-01", "2026-10"}
    years = rows(client, "/open/datasets/year-totals")
    assert {r["period"] for r in years} == {"2025"}
    # a year is known of small quarters too
    assert {r["withheld"] for r in years} == {"false"}


def test_a_file_has_a_strong_etag(client: TestClient) -> None:
    plain = client.get(f"{DAYS}.csv", headers={"Accept-Encoding": "identity"})
    etag = plain.headers["etag"]
    assert etag == f'"{hashlib.sha256(plain.content).hexdigest()}"'
    assert "content-encoding" not in plain.headers
    packed = client.get(f"{DAYS}.csv", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == f'{etag[:-1]}-gz"'
    assert packed.content == plain.content
    assert "Accept-Encoding" in plain.headers["vary"]
    assert plain.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("header", ["If-None-Match", "If-Modified-Since"])
def test_who_has_it_gets_304(client: TestClient, header: str) -> None:
    first = client.get(f"{DAYS}.parquet")
    known = first.headers["etag" if header == "If-None-Match" else "last-modified"]
    again = client.get(f"{DAYS}.parquet", headers={header: known})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("If-None-Match", '"other"'),
        ("If-Modified-Since", "Mon, 01 Jan 2024 00:00:00 GMT"),
        ("If-Modified-Since", "yesterday"),
    ],
)
def test_who_has_another_gets_it(client: TestClient, header: str, value: str) -> None:
    assert client.get(f"{DAYS}.parquet", headers={header: value}).status_code == 200


def test_head_tells_without_sending(client: TestClient) -> None:
    answer = client.head(f"{DAYS}.csv")
    assert answer.status_code == 200
    assert answer.headers["etag"]


def test_a_new_publication_makes_a_new_file(stack: Stack) -> None:
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        ids = areas(conn, list(HOMES))
        water = measure(conn, "water", "consumption")
        app = create_app(url, Settings(), more_routes=(), more_pages=())
        with TestClient(app) as client:
            conn.commit()
            before = client.get(f"{DAYS}.csv")
            assert before.status_code == 200
            assert "last-modified" not in before.headers
            days(conn, ids, water, HOMES, date(2026, 11, 19), date(2026, 11, 19))
            conn.commit()
            publish_due(conn, NOW)
            after = client.get(f"{DAYS}.csv")
            assert after.headers["etag"] != before.headers["etag"]
            assert after.text.count("\r\n") == 8


def test_simulated_data_are_called_so_everywhere(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the database holds, however the process was started."""
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        ids = areas(conn, list(HOMES))
        days(conn, ids, measure(conn, "water", "consumption"), HOMES, *[date(2026, 11, 19)] * 2)
        conn.execute("INSERT INTO household (ref, simulated) VALUES ('demo-1', true)")
        conn.commit()
        publish_due(conn, NOW)
        app = create_app(url, Settings(), more_routes=(), more_pages=())
        with TestClient(app) as client:
            assert {r["simulated"] for r in rows(client)} == {"true"}
            body = client.get(f"{DAYS}.json").json()
            assert body["simulated"] is True
            assert {r["simulated"] for r in body["rows"]} == {True}
            table = pq.read_table(io.BytesIO(client.get(f"{DAYS}.parquet").content))
            assert table.schema.metadata[b"simulated"] == b"true"
            assert set(table["simulated"].to_pylist()) == {True}
            about = client.get(DAYS).json()
            assert about["simulated"] is True
            assert about["description"]["fr"].startswith("Données simulées")
            for listed in client.get("/open/catalog.jsonld").json()["dcat:dataset"]:
                assert "Simulated data" in listed["dct:provenance"]["rdfs:label"][1]["@value"]
                assert listed["dct:description"][1]["@value"].startswith("Simulated data")
            area = client.get("/api/v1/areas/69383/consumption?commodity=water").json()
            assert area["simulated"] is True
        monkeypatch.setenv("HUB_DATABASE_URL", url)
        told = CliRunner().invoke(application(), ["export", "day-totals"])
        assert "simulated" in told.stderr
        assert told.stdout.splitlines()[1].endswith(",true")


def test_real_data_are_not_called_simulated(client: TestClient) -> None:
    assert client.get(f"{DAYS}.json").json()["simulated"] is False
    assert client.get(DAYS).json()["simulated"] is False
    assert "imul" not in client.get("/open/catalog.jsonld").text
    area = client.get("/api/v1/areas/69383/consumption?commodity=gas").json()
    assert area["simulated"] is False


def test_the_description_fits_the_file(client: TestClient) -> None:
    body = client.get(DAYS).json()
    assert [f["name"] for f in body["schema"]["fields"]] == list(rows(client)[0])
    assert body["licenses"][0]["title"] == "Licence Ouverte 2.0"
    assert body["temporal"] == ["2025-01-01", "2026-11-20"]
    for address in body["distributions"].values():
        assert client.get(address).status_code == 200


def test_the_catalogue_is_dcat(client: TestClient) -> None:
    answer = client.get("/open/catalog.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    body = answer.json()
    assert body["@type"] == "dcat:Catalog"
    listed = {d["dct:identifier"]: d for d in body["dcat:dataset"]}
    assert set(listed) == set(DATASETS)
    day = listed["day-totals"]
    assert day["dct:temporal"]["dcat:startDate"]["@value"] == "2025-01-01"
    assert json.loads(day["dct:spatial"]["locn:geometry"]["@value"])["type"] == "Point"
    assert day["dct:license"]["@id"].startswith("https://www.etalab.gouv.fr/")
    for distribution in day["dcat:distribution"]:
        assert client.get(distribution["dcat:downloadURL"]["@id"]).status_code == 200
    prefixes = set(body["@context"])
    assert {k.partition(":")[0] for k in _keys(body)} - {"@context"} <= prefixes | {
        "@id",
        "@type",
        "@value",
        "@language",
    }


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        inner = {k for key, v in value.items() if key != "@context" for k in _keys(v)}
        return set(value) | inner
    if isinstance(value, list):
        return {k for v in value for k in _keys(v)}
    return set()


@pytest.mark.parametrize("name", ["nope", "day-totals.xlsx", "day-totals.", "nope.csv"])
def test_what_there_is_not(client: TestClient, name: str) -> None:
    answer = client.get(f"/open/datasets/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "day-totals" in answer.json()["detail"]


def test_parameters_are_strict(client: TestClient) -> None:
    assert client.get(f"{DAYS}.csv?release=2026-01").status_code == 422
    assert client.get(f"{DAYS}.csv?area=69383").status_code == 422
    assert client.get(f"{DAYS}.csv?release=running").status_code == 200


def test_export_writes_the_same_bytes(
    client: TestClient, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    run = CliRunner()
    for form in ("csv", "json", "parquet"):
        file = tmp_path / f"out.{form}"
        result = run.invoke(
            application(), ["export", "day-totals", "--format", form, "-o", str(file)]
        )
        assert result.exit_code == 0, result.output
        assert file.read_bytes() == client.get(f"{DAYS}.{form}").content
    result = run.invoke(application(), ["export", "year-totals"])
    assert result.stdout_bytes == client.get("/open/datasets/year-totals.csv").content


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["nope"], CommandError),
        (["day-totals", "--format", "xlsx"], ExtractError),
        (["day-totals", "--dialect", "martian"], ExtractError),
        (["day-totals", "--release", "2026-01"], ExtractError),
        (["day-totals", "-o", "/nowhere/at/all.csv"], CommandError),
    ],
)
def test_export_refuses(
    url: str, arguments: list[str], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    result = CliRunner().invoke(application(), ["export", *arguments])
    assert isinstance(result.exception, error)
