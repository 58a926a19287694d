"""The demo district's registry as the CSV tables that `hub import registry` reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ingest.simulate import district as d
from ingest.simulate.models.people import HEATINGS, people

Rows = list[Sequence[object]]
#: Consent was given some weeks before the registers' history begins.
_CONSENT_BEFORE = timedelta(days=30)


def write_registry(district: d.District, folder: Path) -> list[Path]:
    """Write one CSV file a table into `folder`, in the order in which they are imported."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, (table, header, rows) in enumerate(tables(district), start=1):
        path = folder / f"{number:02d}-{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
        written.append(path)
    return written


def tables(district: d.District) -> Iterable[tuple[str, Sequence[str], Rows]]:
    """Each table's name, header and rows."""
    yield "area", ("code", "name", "kind", "parent", "tile_column", "tile_row"), _areas()
    yield "dwelling", ("ref", "area", "kind", "surface_m2", "heating"), _dwellings(district)
    yield "household", ("ref", "people", "simulated"), _households(district)
    occupancy = ("household", "dwelling", "valid_from", "valid_to")
    yield "occupancy", occupancy, _occupancies(district)
    point = ("ref", "commodity", "dwelling", "subscribed_kva", "pipe_mm", "register_digits")
    yield "usage_point", (*point, "resolution"), _usage_points(district)
    yield "device", ("connector", "ref", "usage_point", "commodity"), _devices(district)
    yield "club", ("code", "name"), [d.CLUB]
    members: Rows = [(d.CLUB[0], d.household_ref(home)) for home in district.club_members]
    yield "club_member", ("club", "household"), members
    yield "consent", ("household", "purpose", "granularity", "valid_from"), _consents(district)
    factor = ("name", "value", "unit", "source", "provisional")
    source = "district de démonstration : valeur courante à Lyon"
    yield "factor", factor, [("gas_coefficient", "11.2", "kWh/m3", source, 1)]


def _areas() -> Rows:
    city, arrondissement = d.CITY, d.ARRONDISSEMENT
    rows: Rows = [
        (*city, "city", "", "", ""),
        (*arrondissement, "arrondissement", city[0], "", ""),
    ]
    rows += [(q.code, q.name, "iris", arrondissement[0], q.column, q.row) for q in d.QUARTERS]
    return rows


def _dwelling_ref(home: int) -> str:
    return f"demo-logement-{home + 1:04d}"


def _dwellings(district: d.District) -> Rows:
    who = people(district, district.numbers)
    return [
        (
            _dwelling_ref(home),
            d.QUARTERS[district.quarter[home]].code,
            "house" if district.has_roof[home] and who.size[home] >= 3 else "flat",
            who.surface_m2[home],
            HEATINGS[who.heating[home]],
        )
        for home in range(district.homes)
    ]


def _households(district: d.District) -> Rows:
    occupants = np.arange(district.homes + len(district.moves), dtype=np.int64)
    size = people(district, occupants).size
    return [(d.household_ref(n), size[n], 1) for n in range(len(occupants))]


def _occupancies(district: d.District) -> Rows:
    came: dict[int, date] = {move.home: move.came for move in district.moves}
    rows: Rows = [
        (d.household_ref(home), _dwelling_ref(home), came.get(home, ""), "")
        for home in range(district.homes)
    ]
    for number, move in enumerate(district.moves):
        former = d.household_ref(district.homes + number)
        rows.append((former, _dwelling_ref(move.home), "", move.left))
    return rows


def _usage_points(district: d.District) -> Rows:
    rows: Rows = []
    who = people(district, district.numbers)
    for home in range(district.homes):
        dwelling = _dwelling_ref(home)
        kva = 9 if who.tank[home] or who.heating[home] == 0 else 6
        rows.append((d.prm(home), "electricity", dwelling, kva, "", 9, "0.001"))
        if district.has_gas[home]:
            rows.append((d.pce(home), "gas", dwelling, "", 25, 5, 1))
        rows.append((d.water_ref(home), "water", dwelling, "", 15, 5, "0.001"))
        if district.has_roof[home]:
            rows.append((d.solar_ref(home), "solar", dwelling, "", "", "", "0.001"))
    return rows


def _devices(district: d.District) -> Rows:
    rows: Rows = []
    for home in range(district.homes):
        point = d.prm(home)
        live = "zigbee2mqtt_zlinky" if district.has_zlinky[home] else "tasmota_teleinfo"
        rows.append(("enedis_portal_csv", point, point, "electricity"))
        rows.append((live, d.linky_serial(home), point, "electricity"))
        rows.append(("veolia_csv", d.water_ref(home), d.water_ref(home), "water"))
        rows.append(("wmbusmeters", d.water_meter(home), d.water_ref(home), "water"))
        if district.has_gas[home]:
            rows.append(("grdf_portal_json", d.pce(home), d.pce(home), "gas"))
        if district.gas_by_xlsx[home]:
            rows.append(("grdf_portal_xlsx", d.pce(home), d.pce(home), "gas"))
        if district.has_wmbus_gas[home]:
            rows.append(("wmbusmeters", d.gas_meter(home), d.pce(home), "gas"))
        if district.has_roof[home]:
            rows.append(("senml", d.inverter(home), d.solar_ref(home), "solar"))
            rows.append(("opendtu", d.inverter(home), d.solar_ref(home), "solar"))
    return rows


def _consents(district: d.District) -> Rows:
    given = district.origin - _CONSENT_BEFORE
    came = {move.home: move.came for move in district.moves}
    occupants = range(district.homes + len(district.moves))
    rows: Rows = [
        (d.household_ref(n), "area-totals", "half-hour", came.get(n, given)) for n in occupants
    ]
    rows += [
        (d.household_ref(home), f"club:{d.CLUB[0]}", "half-hour", given)
        for home in district.club_members
    ]
    return rows
