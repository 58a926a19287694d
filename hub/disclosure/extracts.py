"""A data set as bytes: CSV, JSON, Parquet. The same figures always give the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import orjson

from hub.disclosure.datasets import FIELDS, FORMATS, LICENCE, LICENCE_NAME, Dataset, Publisher
from hub.disclosure.policy import band
from hub.model import HubError
from hub.store import published as store
from hub.store.connection import Connection, zone_of
from hub.store.demo import holds_simulated
from hub.store.published import OpenFigure
from hub.units import unit_of

DIALECTS = ("default", "fr")
_LETTERS = {"day": 10, "month": 7, "year": 4}
_COLUMNS = tuple(name for name, *_ in FIELDS)


class ExtractError(HubError):
    """There is no such data set, format, dialect or release."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of an extract, in the order of FIELDS."""

    area_code: str
    area_name: str
    area_kind: str
    commodity: str
    flow: str
    period: str
    start: str
    end: str
    amount: str | None
    unit: str
    households: str | None
    withheld: bool
    release: str
    simulated: bool


def publisher_of(conn: Connection) -> Publisher:
    """Who publishes: the arrondissement, as on the pages; else the largest area there is."""
    areas = store.areas(conn)
    own = next((area for area in areas if area.kind == "arrondissement"), None)
    own = own or next(iter(areas), None)
    outline = store.outline(conn)
    text = None if outline is None else orjson.dumps(outline).decode()
    return Publisher(own.name if own else "", own.code if own else "", text)


def extract(
    conn: Connection,
    dataset: Dataset,
    *,
    form: str = "csv",
    dialect: str = "default",
    release: str | None = None,
) -> bytes:
    """The bytes of a data set. Raises ExtractError for what does not exist."""
    if form not in FORMATS:
        raise _missing("format", "le format", form, FORMATS)
    if dialect not in DIALECTS:
        raise _missing("dialect", "le dialecte", dialect, DIALECTS)
    if release is not None and release not in (known := store.releases(conn)):
        raise _missing("release", "la publication", release, known)
    zone = ZoneInfo(zone_of(conn))
    simulated = holds_simulated(conn)
    rows = rows_of(store.open_figures(conn, dataset.step, release), dataset, zone, simulated)
    if form == "csv":
        return as_csv(rows, dialect)
    updated = store.last_published(conn, dataset.step)
    about: dict[str, str | bool] = {
        "dataset": dataset.id,
        "source": publisher_of(conn).name,
        "licence": f"{LICENCE_NAME} {LICENCE}",
        "updated": updated.isoformat() if updated else "",
        "simulated": simulated,
    }
    return as_json(rows, about) if form == "json" else as_parquet(rows, about)


def _missing(what: str, french: str, value: str, known: Iterable[str]) -> ExtractError:
    there = ", ".join(known) or "-"
    return ExtractError(
        f"{what} '{value}' does not exist; there are: {there}",
        f"{french} « {value} » n'existe pas ; il y a : {there}",
    )


def rows_of(
    figures: Iterable[OpenFigure], dataset: Dataset, zone: ZoneInfo, simulated: bool
) -> Iterator[Row]:
    """Figures as lines; only what is published goes on, homes as bands."""
    for f in figures:
        amount = None if f.amount is None else unit_of(f.quantity, f.unit).text(f.amount)
        yield Row(
            f.area_code,
            f.area_name,
            f.area_kind,
            f.commodity,
            f.flow,
            f.period.isoformat()[: _LETTERS[dataset.step]],
            f.start.astimezone(zone).isoformat(),
            f.end.astimezone(zone).isoformat(),
            amount,
            f.unit,
            None if amount is None else band(f.households),
            amount is None,
            f.release,
            simulated,
        )


def as_csv(rows: Iterable[Row], dialect: str) -> bytes:
    """RFC 4180 in UTF-8; dialect ``fr`` for French spreadsheets: ``;``, decimal comma, BOM."""
    french = dialect == "fr"
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if french else ",", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        amount = row.amount or ""
        writer.writerow(
            [
                row.area_code,
                _harmless(row.area_name),
                row.area_kind,
                row.commodity,
                row.flow,
                row.period,
                row.start,
                row.end,
                amount.replace(".", ",") if french else amount,
                row.unit,
                row.households or "",
                _flag(row.withheld),
                row.release,
                _flag(row.simulated),
            ]
        )
    return text.getvalue().encode("utf-8-sig" if french else "utf-8")


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _harmless(text: str) -> str:
    """A text no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_json(rows: Iterable[Row], about: Mapping[str, str | bool]) -> bytes:
    """One object: what it is, and ``rows`` of objects with exact numbers."""
    found = [
        {
            **{name: getattr(row, name) for name in _COLUMNS},
            "amount": orjson.Fragment(row.amount or "null"),
        }
        for row in rows
    ]
    return orjson.dumps({**about, "rows": found})


def as_parquet(rows: Iterable[Row], about: Mapping[str, str | bool]) -> bytes:
    """Exact decimals, instants in UTC; source and licence in the file's metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"datetime": pa.timestamp("s", tz="UTC"), "boolean": pa.bool_()}
    schema = pa.schema(
        [
            pa.field(
                name, pa.decimal128(38, 9) if kind == "number" else kinds.get(kind, pa.string())
            )
            for name, kind, *_ in FIELDS
        ],
        metadata={k: _flag(v) if isinstance(v, bool) else v for k, v in about.items()},
    )
    columns: dict[str, list[object]] = {name: [] for name in _COLUMNS}
    for row in rows:
        for name in _COLUMNS:
            columns[name].append(getattr(row, name))
    for name in ("start", "end"):
        columns[name] = [datetime.fromisoformat(str(v)) for v in columns[name]]
    columns["amount"] = [None if v is None else Decimal(str(v)) for v in columns["amount"]]
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), sink, compression="zstd")
    return sink.getvalue()
