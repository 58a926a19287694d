"""Plausible lives: a year of 600 homes, against what such homes use in Lyon."""

import time
from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest

from ingest.simulate.amounts import UNITS, amounts
from ingest.simulate.district import LEAK_HOME, District
from ingest.simulate.models import electricity, people, solar, water, weather
from ingest.simulate.noise import Ints
from ingest.simulate.slots import slots_of_days

YEAR = slots_of_days(date(2025, 11, 1), date(2026, 10, 31))
Year = Mapping[str, Ints]


@pytest.fixture(scope="module")
def year(district: District) -> Year:
    """Each register's amount of the year, one a home."""
    begun = time.perf_counter()
    total = {name: np.zeros(600, dtype=np.int64) for name in UNITS}
    for chunk in YEAR.chunks(48 * 14):
        counted = amounts(district, district.numbers, chunk)
        for name in UNITS:
            assert counted[name].min() >= 0
            total[name] += counted[name].sum(axis=1)
    # about two seconds on one core of the machine it was written on
    assert time.perf_counter() - begun < 60
    return total


@pytest.fixture(scope="module")
def who(district: District) -> people.People:
    return people.people(district, district.numbers)


def test_electricity_of_a_year(year: Year, who: people.People) -> None:
    kwh = (year["peak"] + year["off_peak"]) / 1000
    heated = kwh[who.heating == people.ELECTRIC]
    others = kwh[who.heating != people.ELECTRIC]
    assert 4500 < np.median(heated) < 9000
    assert 1200 < np.median(others) < 3000
    assert kwh.min() > 400 and kwh.max() < 20_000


def test_off_peak_registers_belong_to_those_who_have_them(year: Year, who: people.People) -> None:
    two = who.off_peak != people.BASE
    assert 0.3 < two.mean() < 0.8
    assert not year["off_peak"][~two].any()
    share = year["off_peak"][two] / (year["peak"] + year["off_peak"])[two]
    assert 0.2 < share.mean() < 0.5


def test_gas_of_a_year(year: Year, who: people.People, district: District) -> None:
    m3 = year["gas"] / 1000
    assert not m3[~district.has_gas].any()
    assert 400 < np.median(m3[who.heating == people.GAS]) < 1200
    cooks = district.has_gas & (who.heating != people.GAS)
    assert 50 < np.median(m3[cooks]) < 300


def test_water_of_a_year(year: Year, who: people.People) -> None:
    litres = year["water"] / 1000 / 365 / who.size
    assert 90 < np.median(litres) < 160
    assert litres.min() > 30 and litres.max() < 260


def test_solar_of_a_year(year: Year, district: District) -> None:
    panels = solar.roofs(district, district.numbers)
    made = year["solar"] / panels.peak_w
    assert not year["solar"][~district.has_roof].any()
    assert made[district.has_roof].min() > 1000 and made.max() < 1450
    kept = 1 - year["injection"].sum() / year["solar"].sum()
    assert 0.15 < kept < 0.6
    assert (year["injection"] <= year["solar"]).all()


def test_days_have_their_rhythm(district: District, who: people.People) -> None:
    week = slots_of_days(date(2026, 6, 1), date(2026, 6, 12))
    counted = amounts(district, district.numbers, week)
    of_day = week.of_day
    drawn = np.bincount(of_day, counted.water.sum(axis=0), 48)
    assert drawn[6:9].sum() < 0.35 * drawn[14:17].sum()  # 03:00 against 07:00
    assert drawn[38:41].sum() > 2 * drawn[30:32].sum()  # the evening against 15:00
    sun = np.bincount(of_day, counted.solar.sum(axis=0), 48)
    assert sun[0:9].sum() == 0 and 22 <= sun.argmax() <= 30


def test_winter_is_colder_and_burns_more(district: District) -> None:
    def gas_of(first: date, last: date) -> int:
        return int(amounts(district, district.numbers, slots_of_days(first, last)).gas.sum())

    january = slots_of_days(date(2026, 1, 1), date(2026, 1, 31))
    july = slots_of_days(date(2026, 7, 1), date(2026, 7, 31))
    cold = weather.temperature(district.seed, january.starts)
    warm = weather.temperature(district.seed, july.starts)
    assert -2 < cold.mean() < 8 and 18 < warm.mean() < 27
    winter = gas_of(date(2026, 1, 5), date(2026, 1, 18))
    assert winter > 4 * gas_of(date(2026, 7, 6), date(2026, 7, 19))


def test_one_flat_leaks_day_and_night(district: District) -> None:
    leak = slots_of_days(district.leak_from, district.leak_from)
    homes = np.array([LEAK_HOME, LEAK_HOME + 1])
    drawn = amounts(district, homes, leak).water
    assert drawn[0].min() == water.LEAK_CM3_PER_SLOT
    assert drawn[1].min() == 0
    before = slots_of_days(date(2026, 9, 1), date(2026, 9, 7))
    assert amounts(district, homes, before).water.min() == 0


def test_off_peak_hours(district: District, who: people.People) -> None:
    day = slots_of_days(date(2026, 11, 17), date(2026, 11, 17))
    cheap = electricity.off_peak(who, day)
    for calendar, hours in ((people.BASE, 0), (people.NIGHT, 8), (people.MIDDAY, 8)):
        assert set(cheap[who.off_peak == calendar].sum(axis=1)) == {hours * 2}
