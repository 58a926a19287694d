"""The files of a first fill: no day without its figure, and all sources agree."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from connectors import load
from hub.model import Context, Decoded
from ingest.simulate import district as d
from ingest.simulate.amounts import amounts
from ingest.simulate.district import District
from ingest.simulate.history import HistoryFile, first_fill, indexes, past
from ingest.simulate.slots import SLOT, midnight, slots_of_days
from ingest.simulate.window import FINE_DAYS, Window, boundary, last_gas_day, origin_for

NOW = midnight(date(2026, 11, 22), 10) + 660
HOMES = np.array([0, 1, 7, 41])
FLOWS = ("consumption", "injection")
Columns = dict[tuple[str, str], dict[int, int]]


@pytest.fixture(scope="module")
def window(small: District) -> Window:
    assert origin_for(NOW) == small.origin
    return Window(small.origin, NOW)


@pytest.fixture(scope="module")
def files(
    small: District, window: Window, tmp_path_factory: pytest.TempPathFactory
) -> list[HistoryFile]:
    folder = tmp_path_factory.mktemp("history")
    return list(first_fill(past(small, HOMES, window.last_boundary, folder), window))


@pytest.fixture(scope="module")
def told(files: list[HistoryFile]) -> dict[tuple[str, str, str], dict[int, int]]:
    """(device, flow and register, kind) -> {ts: value} of all files."""
    found: dict[tuple[str, str, str], dict[int, int]] = defaultdict(dict)
    for file in files:
        for series in decode(file).series:
            key = (series.key.device, f"{series.key.flow}/{series.key.register}", series.key.kind)
            found[key] |= dict(zip(map(int, series.ts), map(int, series.value), strict=True))
    return found


def decode(file: HistoryFile) -> Decoded:
    context = Context(received_at=NOW, device=file.usage_point or "", file_name=file.path.name)
    decoded = load(file.connector).decode(file.path.read_bytes(), context)
    assert decoded.rejects == []
    return decoded


def test_every_format_is_written(files: list[HistoryFile]) -> None:
    kinds = Counter(file.connector for file in files)
    assert set(kinds) == {
        "enedis_portal_csv",
        "grdf_portal_json",
        "veolia_csv",
        "wmbusmeters",
        "senml",
    }
    assert all(load(file.connector).sniff(file.path.read_bytes()[:65536]) >= 0.8 for file in files)


def test_no_reading_lies_in_the_future(told: dict[tuple[str, str, str], dict[int, int]]) -> None:
    assert max(ts for column in told.values() for ts in column) <= NOW


@pytest.mark.parametrize("home", [0, 1, 7])
def test_electricity_is_whole_over_the_boundary(
    told: dict[tuple[str, str, str], dict[int, int]], window: Window, home: int
) -> None:
    index = told[d.prm(home), "consumption/TOTAL", "register"]
    curve = told[d.prm(home), "consumption/TOTAL", "interval"]
    midnights = [midnight(window.origin + timedelta(days=n)) for n in range(len(index))]
    assert sorted(index) == midnights
    assert midnights[-1] == midnight(window.fine_from) == min(curve)
    assert (window.today - window.fine_from).days == FINE_DAYS
    assert sorted(curve) == list(range(min(curve), midnight(window.today), SLOT))


def test_registers_and_curve_tell_what_was_used(
    told: dict[tuple[str, str, str], dict[int, int]], small: District, window: Window
) -> None:
    prm = d.prm(0)
    last_day = window.fine_from - timedelta(days=1)
    counted = amounts(small, HOMES[:1], slots_of_days(window.origin, last_day))
    for register, used in (
        ("consumption/F1", counted.off_peak),
        ("consumption/F2", counted.peak),
        ("consumption/TOTAL", counted.peak + counted.off_peak),
        ("injection/TOTAL", counted.injection),
    ):
        values = list(told[prm, register, "register"].values())
        assert values[-1] - values[0] == used.sum() * 1000, register
    fine = amounts(small, HOMES[:1], slots_of_days(window.fine_from, window.today - timedelta(1)))
    curve = list(told[prm, "consumption/TOTAL", "interval"].values())
    assert curve == ((fine.peak + fine.off_peak)[0] * 1000).tolist()
    fed = list(told[prm, "injection/TOTAL", "interval"].values())
    assert fed == (fine.injection[0] * 1000).tolist()


@pytest.mark.parametrize("register", ["peak", "off_peak", "total", "injection"])
def test_t11_no_register_is_read_where_counters_stop(
    small: District, window: Window, tmp_path: Path, register: str
) -> None:
    """The whole demo's meters pass it so often that one does at midnight."""
    of = past(small, HOMES[:1], window.last_boundary, tmp_path)
    night = boundary(window.origin + timedelta(days=9))
    moved = "peak" if register == "total" else register
    shift = 2**24 - 1 - of.at(moved, 0, [night])
    shift = shift - of.at("off_peak", 0, [night]) if register == "total" else shift
    of.registers.values[moved] += shift
    written = list(indexes(of, window.origin, window.origin + timedelta(days=30)))
    series = {s.key.flow + s.key.register: len(s.ts) for f in written for s in decode(f).series}
    nights = {flow: {n for name, n in series.items() if name.startswith(flow)} for flow in FLOWS}
    bad = "injection" if register == "injection" else "consumption"
    assert nights == {flow: {31 if flow == bad else 32} for flow in FLOWS}


def test_parts_add_up_to_the_total(told: dict[tuple[str, str, str], dict[int, int]]) -> None:
    prm = d.prm(0)
    parts = [told[prm, f"consumption/F{n}", "register"] for n in (1, 2)]
    total = told[prm, "consumption/TOTAL", "register"]
    assert all(parts[0][ts] + parts[1][ts] == value for ts, value in total.items())


@pytest.mark.parametrize("home", [0, 7])
def test_water_registers_meet_where_the_source_changes(
    told: dict[tuple[str, str, str], dict[int, int]], window: Window, home: int
) -> None:
    portal = told[d.water_ref(home), "consumption/TOTAL", "register"]
    radio = told[d.water_meter(home), "consumption/TOTAL", "register"]
    change = midnight(window.fine_from)
    assert min(radio) == change and max(radio) == NOW // SLOT * SLOT
    assert min(portal) <= midnight(window.origin) and max(portal) >= change
    shared = set(portal) & set(radio)
    assert shared and all(portal[ts] == radio[ts] for ts in shared)
    assert (np.diff(list(radio.values())) >= 0).all()


def test_gas_days_follow_each_other_up_to_this_morning(
    told: dict[tuple[str, str, str], dict[int, int]], window: Window, small: District
) -> None:
    heard = [int(h) for h in HOMES if small.has_wmbus_gas[h]]
    by_portal = [int(h) for h in HOMES if small.has_gas[h] and not small.has_wmbus_gas[h]]
    assert heard and by_portal
    for home in by_portal:
        gas_days = told[d.pce(home), "consumption/TOTAL", "interval"]
        assert max(gas_days) == midnight(last_gas_day(NOW), 6) == midnight(date(2026, 11, 21), 6)
        assert min(gas_days) == midnight(window.origin, 6)
        assert len(gas_days) == (last_gas_day(NOW) - window.origin).days + 1
    for home in heard:
        gas_days = told[d.pce(home), "consumption/TOTAL", "interval"]
        telegrams = told[d.gas_meter(home), "consumption/TOTAL", "register"]
        assert max(gas_days) + 86_400 == min(telegrams) == midnight(window.fine_from, 6)


def test_solar_is_daily_and_then_half_hourly(
    told: dict[tuple[str, str, str], dict[int, int]], window: Window, small: District
) -> None:
    column = told[d.inverter(0), "production/TOTAL", "register"]
    fine = [ts for ts in column if ts >= midnight(window.fine_from)]
    assert fine == list(range(midnight(window.fine_from), midnight(window.today) + 1, SLOT))
    assert len(column) - len(fine) == (window.fine_from - window.origin).days
    counted = amounts(small, HOMES[:1], slots_of_days(window.origin, window.today - timedelta(1)))
    values = list(column.values())
    assert values[-1] - values[0] == counted.solar.sum() * 1000


def test_the_same_fill_is_written_again(
    files: list[HistoryFile], small: District, window: Window, tmp_path: Path
) -> None:
    again = first_fill(past(small, HOMES, window.last_boundary, tmp_path), window)
    for one, other in zip(files, again, strict=True):
        assert one.path.name == other.path.name
        assert one.path.read_bytes() == other.path.read_bytes()
