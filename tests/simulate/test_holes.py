"""What a pause leaves open is found home by home and filled with the same values."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from connectors import load
from hub.model import Context
from ingest.simulate import district as d
from ingest.simulate.amounts import amounts
from ingest.simulate.district import District
from ingest.simulate.holes import GAS_PORTALS, SHORT, files, gas_files, holes, messages
from ingest.simulate.messages import Devices
from ingest.simulate.slots import SLOT, midnight, slots_of_days

TODAY = date(2026, 11, 20)
NOW = midnight(TODAY, 10) + 500


def linkys(district: District, until: int) -> dict[tuple[str, str], int]:
    """All homes' Linkys have told until then."""
    return {
        ("zigbee2mqtt_zlinky" if district.has_zlinky[h] else "tasmota_teleinfo", d.prm(h)): until
        for h in range(district.homes)
    }


def test_a_home_that_never_spoke_tells_today(small: District) -> None:
    found = holes(small, {}, NOW)
    assert len(found) == 60
    assert {hole.file_from for hole in found} == {None}
    assert {hole.after for hole in found} == {midnight(TODAY) - SLOT}


def test_a_short_hole_is_told_by_messages(small: District) -> None:
    found = holes(small, linkys(small, NOW - 3600), NOW)
    assert {(hole.file_from, hole.after) for hole in found} == {(None, NOW - 3600)}


def test_a_long_hole_is_told_by_files_and_today_by_messages(small: District) -> None:
    last = NOW - SHORT - 1
    found = holes(small, linkys(small, last), NOW)
    assert {hole.file_from for hole in found} == {TODAY - timedelta(days=1)}
    assert {hole.after for hole in found} == {midnight(TODAY) - SLOT}


def test_messages_tell_every_boundary_once(small: District) -> None:
    known = linkys(small, NOW - 3 * SLOT)
    lots = list(messages(Devices(small), holes(small, known, NOW), NOW))
    assert len(lots) == 3
    of_water = Counter(topic for lot in lots for topic, _ in lot if topic == "wmbusmeters/99100001")
    assert of_water == {"wmbusmeters/99100001": 3}
    roofs, gas = int(small.has_roof.sum()), int(small.has_wmbus_gas.sum())
    assert {len(lot) for lot in lots} == {120 + gas + 3 * roofs}


def test_nothing_is_missing_right_after_a_boundary(small: District) -> None:
    known = linkys(small, NOW // SLOT * SLOT)
    assert list(messages(Devices(small), holes(small, known, NOW), NOW)) == []
    assert list(messages(Devices(small), [], NOW)) == []


@pytest.fixture
def tiny() -> District:
    return District(1, 12, date(2025, 10, 1))


def test_files_tell_the_whole_days_of_a_long_hole(tiny: District, tmp_path: Path) -> None:
    first = TODAY - timedelta(days=3)
    missing = holes(tiny, linkys(tiny, midnight(first, 15)), NOW)
    written = [file for lot in files(tiny, missing, NOW, tmp_path) for file in lot]
    kinds = Counter(file.connector for file in written)
    roofs = int(tiny.has_roof.sum())
    assert kinds == {"enedis_portal_csv": 12 + roofs, "wmbusmeters": 2, "senml": 1}
    counted = amounts(tiny, np.array([0]), slots_of_days(first, TODAY - timedelta(days=1)))
    (curve,) = (f for f in written if f.path.name == f"{d.prm(0)}-courbe-{first}.csv")
    decoded = load("enedis_portal_csv").decode(curve.path.read_bytes(), Context(received_at=NOW))
    drawn = (counted.peak + counted.off_peak)[0] * 1000
    assert np.array_equal(np.asarray(decoded.series[0].value), drawn)


def test_gas_is_told_from_the_last_known_day_on(tiny: District, tmp_path: Path) -> None:
    homes = np.flatnonzero(tiny.has_gas & ~tiny.has_wmbus_gas).tolist()
    known = {(GAS_PORTALS[0], d.pce(h)): midnight(TODAY - timedelta(days=2), 6) for h in homes}
    (file,) = gas_files(tiny, known, NOW, tmp_path)
    decoded = load(file.connector).decode(file.path.read_bytes(), Context(received_at=NOW))
    assert {s.key.device for s in decoded.series} == {d.pce(h) for h in homes}
    assert decoded.rows == 2 * len(homes)  # the gas days that ended yesterday and this morning
    up_to_date = dict.fromkeys(known, midnight(TODAY, 6))
    assert list(gas_files(tiny, up_to_date, NOW, tmp_path)) == []


def test_gas_of_this_morning_is_told_half_an_hour_later(tiny: District, tmp_path: Path) -> None:
    homes = np.flatnonzero(tiny.has_gas).tolist()
    known = {(GAS_PORTALS[0], d.pce(h)): midnight(TODAY - timedelta(days=1), 6) for h in homes}
    before, after = midnight(TODAY, 6) + 29 * 60, midnight(TODAY, 6) + 31 * 60
    assert list(gas_files(tiny, known, before, tmp_path)) == []
    assert len(list(gas_files(tiny, known, after, tmp_path))) == 1


def test_long_holes_of_many_homes_come_in_lots(district: District, tmp_path: Path) -> None:
    yesterday = midnight(TODAY - timedelta(days=1), 9)
    missing = holes(district, linkys(district, yesterday), NOW)
    lot = next(files(district, missing, NOW, tmp_path))
    curves = [f for f in lot if "-courbe-" in f.path.name and "production" not in f.path.name]
    assert 0 < len(curves) < 600
