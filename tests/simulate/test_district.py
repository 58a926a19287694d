"""Who lives where: counts, quarters, and names that no real meter has."""

import dataclasses

import numpy as np

from ingest.simulate import district as d
from ingest.simulate.district import District


def test_quarters_have_their_shares(district: District) -> None:
    counts = np.bincount(district.quarter, minlength=6)
    assert sorted(counts, reverse=True) == [180, 140, 110, 80, 60, 30]
    assert sum(q.homes_of_600 for q in d.QUARTERS) == 600
    assert len({(q.column, q.row) for q in d.QUARTERS}) == 6


def test_quarters_scale_with_the_number_of_homes(district: District) -> None:
    counts = np.bincount(dataclasses.replace(district, homes=61).quarter, minlength=6)
    assert counts.sum() == 61
    assert counts.max() == 18


def test_equipment_is_counted(district: District) -> None:
    assert district.has_gas.sum() == 450
    assert district.has_roof.sum() == 80
    assert district.has_wmbus_gas.sum() == 60
    assert district.gas_by_xlsx.sum() == 10
    assert not (district.has_wmbus_gas & ~district.has_gas).any()
    assert not (district.gas_by_xlsx & (district.has_wmbus_gas | ~district.has_gas)).any()
    assert not (district.has_zlinky & district.has_roof).any()
    assert 150 < district.has_zlinky.sum() < 260


def test_the_first_household_has_all_four_commodities(district: District, small: District) -> None:
    for each in (district, small):
        assert each.has_gas[0] and each.has_roof[0] and each.has_wmbus_gas[0]
    assert d.household_ref(0) == "demo-0001"


def test_two_or_three_households_moved_in_the_year(district: District) -> None:
    assert 2 <= len(district.moves) <= 3
    for move in district.moves:
        assert district.origin < move.left <= move.came
    assert any(move.left < move.came for move in district.moves)


def test_references_are_marked_and_unlike_each_other(district: District) -> None:
    homes = range(district.homes)
    assert all(d.prm(h).startswith("9999") and len(d.prm(h)) == 14 for h in homes)
    assert all(len(d.pce(h)) == 14 for h in homes)
    names = (d.prm, d.pce, d.water_ref, d.solar_ref, d.linky_serial, d.water_meter, d.gas_meter)
    refs = [name(h) for name in (*names, d.inverter) for h in homes]
    assert len(set(refs)) == len(refs)


def test_the_club_is_small_and_of_one_quarter(district: District) -> None:
    members = district.club_members
    assert 3 <= len(members) <= 12
    assert len(set(district.quarter[members])) == 1
