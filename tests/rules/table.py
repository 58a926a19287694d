"""The rules of the correctness list: where each stands in the code, and who notices it missing.

A rule is taken out by replacing its text; then a test with its number in its name must fail
(`test_taken_out.py`, in `make test-long`). That the texts still stand where they are said to is
checked in `make test`.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The traps that are looked at here: all but gas in kWh (T14), shares of self-consumption (T15),
#: disclosure (T16, see tests/disclosure) and tariffs (T17), which have no test of that number.
NUMBERS = (*(f"T{n}" for n in (*range(1, 14), 18, 19, 20)), *(f"F{n}" for n in range(1, 16)))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in the product's own words.

    text: stands exactly once in `file`. instead: the code without the rule. tests: node ids that
    look at it, at least one with the number in its name.
    """

    number: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """For the test's id: the number, the file, the rule's first words."""
        return f"{self.number}-{self.file}-{' '.join(self.text.split())[:40]}"

    @property
    def marker(self) -> str:
        """What the names of its tests hold: T1 -> t01_."""
        return f"{self.number[0].lower()}{int(self.number[1:]):02}_"


_TRAPS = "tests/rollup/test_traps.py::"
_STORE = "tests/rollup/test_store.py::"
_WIRE = "tests/ingest/test_redelivery.py::"
_LOCAL = "tests/rollup/test_local_days.py::"
_TARIFF = "tests/rollup/test_tariff_registers.py::"
_KERNEL = "tests/rollup/test_kernel_properties.py::"
_PUBLISH = "tests/disclosure/test_publish.py::"
_EVERY = "tests/connectors/test_traps.py::"
_TIME = "tests/connectors/test_time.py::"
_HOMES = "tests/rollup/test_households.py::"
_BESIDE = "tests/dashboard/test_comparisons.py::"
_ENEDIS = "tests/connectors/test_enedis_portal_csv.py::"
_STAMPS = "tests/connectors/test_stamps.py::"
_GRDF = "tests/connectors/test_grdf_portal.py::"
_VEOLIA = "tests/connectors/test_veolia_csv.py::"
_SENML = "tests/connectors/test_senml.py::"
_WMBUS = "tests/connectors/test_wmbusmeters.py::"
_TASMOTA = "tests/connectors/test_tasmota_teleinfo.py::"
_ZLINKY = "tests/connectors/test_zigbee2mqtt_zlinky.py::"
_OPENDTU = "tests/connectors/test_opendtu.py::"
_TEMPO = "tests/connectors/test_tempo.py::"
_UNITS = "tests/connectors/test_units.py::"
_EVENTS = "tests/ingest/test_meter_events.py::"
_PULSES = "tests/ingest/test_pulses.py::"
_PARTS = "tests/rollup/test_parts.py::"
_FLUX = "tests/connectors/test_enedis_flux.py::"

ROLLUP: tuple[Rule, ...] = (
    Rule(  # only what begins and ends in one slot: last minus first inside a bucket
        "T1",
        "hub/rollup/registers.py",
        "same = part[1:] == part[:-1]",
        "same = (part[1:] == part[:-1]) & (ts[1:] // 1800 == ts[:-1] // 1800)",
        (f"{_TRAPS}test_t01_energy_between_two_buckets_belongs_to_a_bucket",),
    ),
    Rule(  # the next local day is 24 hours later
        "T2",
        "hub/clock.py",
        "seconds = [int((first + timedelta(days=n)).timestamp()) for n in range(count)]",
        "seconds = [int(first.timestamp()) + 86_400 * n for n in range(count)]",
        (
            f"{_TRAPS}test_t02_local_days_have_46_48_or_50_half_hours",
            "tests/test_clock.py::test_t02_the_nights_of_the_clock_change",
        ),
    ),
    Rule(  # every commodity's day begins at midnight
        "T3",
        "hub/store/rollup_read.py",
        "extract(epoch FROM k.day_start)::int4",
        "0",
        (f"{_LOCAL}test_t03_local_days_of_the_database_are_those_of_the_oracle",),
    ),
    Rule(  # buckets in UTC
        "T3",
        "hub/store/connection.py",
        'return conn.info.parameter_status("TimeZone") or "UTC"',
        'return "UTC"',
        (
            f"{_LOCAL}test_t03_local_days_of_the_database_are_those_of_the_oracle",
            f"{_LOCAL}test_t03_months_and_areas_are_sums_of_those_days",
        ),
    ),
    Rule(  # one part register stands for the total
        "T6",
        "hub/rollup/counting.py",
        "families = combine(block, group, len(keys))",
        "families = block.take(np.unique(group, return_index=True)[1])",
        (f"{_TARIFF}test_t06_peak_and_off_peak_add_up_to_the_total",),
    ),
    Rule(  # what both registers counted is shared out evenly
        "T6",
        "hub/rollup/counting.py",
        "part = feed[rows] * len(layout.registers) + layout.register[channel[rows]]",
        "part = feed[rows] * len(layout.registers) + layout.register[channel[rows]] // 2",
        (f"{_TARIFF}test_t06_off_peak_is_what_the_off_peak_register_counted",),
    ),
    Rule(  # a drop is a restart at zero
        "T8",
        "hub/rollup/registers.py",
        "amount = np.where(alone, 0, np.where(rolled, amount + channels.modulus[who], amount))",
        "amount = np.where(alone, 0, np.where(rolled, amount + channels.modulus[who],"
        " np.where(amount < 0, v1, amount)))",
        (f"{_TRAPS}test_t08_a_drop_is_no_restart_at_zero",),
    ),
    Rule(  # any growth is believed
        "T8",
        "hub/rollup/registers.py",
        "& (amount <= most)",
        "& (most == most)",
        (f"{_TRAPS}test_t08_more_than_the_connection_can_carry_is_not_believed",),
    ),
    Rule(  # a dip of one step makes the pair unknown
        "T8",
        "hub/rollup/registers.py",
        "held = falls & (-amount <= channels.resolution[who])",
        "held = np.zeros_like(falls)",
        (f"{_TRAPS}test_t08_a_dip_of_one_step_is_held",),
    ),
    Rule(  # what fell is counted again when it rises
        "T8",
        "hub/rollup/registers.py",
        "amount = np.where(alone, 0,",
        "amount = np.where(held, 0,",
        (f"{_TRAPS}test_t08_a_fall_of_one_step_adds_nothing_however_long_it_lasts",),
    ),
    Rule(  # a first reading below what somebody wrote of the new meter takes energy away
        "T8",
        "hub/rollup/registers.py",
        "alone = closed | (held & points.opening[:-1][same])",
        "alone = closed",
        (f"{_TRAPS}test_t08_a_first_reading_a_little_below_the_opening_register_is_held",),
    ),
    Rule(  # no register ever passes its last digit
        "T8",
        "hub/rollup/registers.py",
        "rolled = falls & ~held & (modulus > 0) & (v0 >= modulus - tenth) & (v1 <= tenth)",
        "rolled = np.zeros_like(falls)",
        (f"{_TRAPS}test_t08_the_register_that_passes_its_last_digit_goes_on",),
    ),
    Rule(  # one wild register among good ones is believed
        "T8",
        "hub/rollup/registers.py",
        "good = ~(bad | excluded)",
        "good = ~bad",
        (f"{_TRAPS}test_t08_eight_readings_decide_what_is_an_outlier",),
    ),
    Rule(  # a meter event changes nothing
        "T8",
        "hub/rollup/registers.py",
        "closed = events.closing >= 0",
        "closed = events.closing >= 1 << 62",
        (f"{_TRAPS}test_t08_the_event_of_the_swap_makes_it_known",),
    ),
    Rule(  # a closing register in whole kWh is taken to the Wh
        "T8",
        "hub/rollup/registers.py",
        "closed &= held | (-amount < channels.printed[who])",
        "closed &= held",
        (
            f"{_TRAPS}test_t08_a_closing_register_in_whole_kwh_may_lie_a_little_below_the_last",
            f"{_EVENTS}test_t08_registers_in_whole_kwh_below_the_last_in_wh_are_the_last",
        ),
    ),
    Rule(  # a register said to have passed its end did so at that moment, or not at all
        "T8",
        "hub/rollup/registers.py",
        "rolled |= (amount < 0) & (channels.modulus[who] > 0) & passes.within(who, t0, t1)",
        "_ = passes",
        (f"{_TRAPS}test_t08_a_source_that_says_that_a_register_passed_its_end_is_believed",),
    ),
    Rule(  # its digits are known only where the registry says them
        "T8",
        "hub/rollup/work.py",
        "else self.passed or 0",
        "else 0",
        (f"{_EVENTS}test_t08_when_a_register_passed_its_end_is_for_its_readings_to_tell",),
    ),
    Rule(  # events tell of meters that a source never read
        "T8",
        "hub/rollup/registers.py",
        "first = np.full(channels, np.iinfo(np.int64).max, dtype=np.int64)",
        "first = np.zeros(channels, dtype=np.int64)",
        (f"{_TRAPS}test_t08_of_a_meter_that_a_source_never_read_it_tells_nothing",),
    ),
    Rule(  # what the meter shows is what its pulse counter shows; a part's register is the total's
        "T8",
        "hub/store/rollup_read.py",
        "(e.register <> '' OR a.register = ANY(%(wholes)s)) AND a.counted IS false AS known",
        "a.register = ANY(%(wholes)s) OR true AS known",
        (f"{_PULSES}test_t08_what_the_meter_shows_is_not_what_its_counter_shows",),
    ),
    Rule(  # a counter goes on where a count is worth something else from a day on
        "T8",
        "hub/store/rollup_read.py",
        "WHERE a.counted IS DISTINCT FROM false AND d.differs AND d.number > 1",
        "WHERE d.number < 0",
        (f"{_PULSES}test_t08_where_the_worth_changes_the_counter_begins_anew",),
    ),
    Rule(  # an index that is corrected downwards is a new meter's
        "T8",
        "connectors/_grdf.py",
        "(first := begun[ts]) is not None and first <= opening",
        "(first := begun[ts]) is not None and first > 10**18",
        (f"{_GRDF}test_t08_an_estimate_that_is_corrected_is_no_replaced_meter",),
    ),
    Rule(  # an event changes only what is read after it
        "T9",
        "hub/store/registry_marks.py",
        "conn.execute(_MARK_EVENTS, [CORRECTION, *columns])",
        "_ = _MARK_EVENTS",
        (
            f"{_EVENTS}test_t09_an_event_counts_the_same_before_between_and_after_the_readings",
            f"{_EVENTS}test_t09_an_event_that_is_undone_was_never_told",
        ),
    ),
    Rule(  # a change reaches no further than itself
        "T9",
        "hub/rollup/gather.py",
        "bound[entry] = ts[at]",
        "bound[entry] = bound[entry]",
        (
            f"{_STORE}test_t09_late_and_shuffled_data_give_the_same_tables",
            f"{_WIRE}test_t09_what_comes_late_reaches_the_totals",
        ),
    ),
    Rule(  # what is written is not rolled up
        "T9",
        "hub/store/readings.py",
        "mark_ranges(conn, *_changed(rows, outcome), origin.priority)",
        "_ = mark_ranges",
        (f"{_WIRE}test_t09_what_comes_late_reaches_the_totals",),
    ),
    Rule(  # a late change of a longer interval forgets how far the old one reached
        "T9",
        "hub/store/migrations/0016_what_is_replaced.sql",
        "IF OLD.seconds > NEW.seconds THEN",
        "IF false THEN",
        (f"{_WIRE}test_t09_a_corrected_length_gives_back_what_the_old_one_held",),
    ),
    Rule(  # energy over a gap is told as if its hours were known
        "T10",
        "hub/rollup/split.py",
        "return np.flatnonzero(pieces.t1 - pieces.t0 > channels.slot[pieces.channel] + SLACK)",
        "return np.flatnonzero(pieces.t1 - pieces.t0 > 1 << 40)",
        (f"{_TRAPS}test_t10_energy_over_a_gap_is_known_and_its_shape_is_not",),
    ),
    Rule(  # a day of which nothing is known is a day of zero
        "T10",
        "hub/rollup/kernel.py",
        "there = (days.covered > 0) | (number > 0)",
        "there = days.covered >= 0",
        (f"{_TRAPS}test_t10_nothing_known_and_nothing_read_has_no_row",),
    ),
    Rule(  # a counter's "no value" is a value
        "T11",
        "hub/rollup/registers.py",
        "bad = (readings.value < 0) | is_sentinel(readings.value)",
        "bad = np.zeros(len(readings), dtype=np.bool_)",
        (f"{_TRAPS}test_t11_sentinels_are_kept_out_and_counted",),
    ),
    Rule(
        "T11",
        "connectors/_units.py",
        "if rest == 0 and thousandths in _STOPS:",
        "if rest == 0 and thousandths in ():",
        (f"{_UNITS}test_t11_a_counters_stop_is_a_sentinel",),
    ),
    Rule(  # of rows of a table as of messages
        "T11",
        "connectors/_rows.py",
        """self.refuse(said & np.isin(value, list(stops)), "sentinel", column)""",
        "pass",
        (f"{_EVERY}test_t11_what_a_counter_tells_at_its_stop_is_no_reading",),
    ),
    Rule(
        "T11",
        "connectors/_grdf.py",
        "if amount is not None and amount in stops(M3):",
        "if amount in ():",
        (f"{_EVERY}test_t11_what_a_counter_tells_at_its_stop_is_no_reading",),
    ),
    Rule(  # a counter's stop tells the unit of the registers beside it
        "T11",
        "connectors/zigbee2mqtt_zlinky.py",
        "_NO_REGISTER = frozenset((*ABSENT, *SENTINELS, *(stop / 1000 for stop in SENTINELS)))",
        "_NO_REGISTER = frozenset(ABSENT)",
        (f"{_ZLINKY}test_t11_a_register_at_its_stop_is_no_reading",),
    ),
    Rule(  # a program's number of 32 bits is a meter's, and all of them are one
        "T11",
        "connectors/_tic.py",
        'return "" if text.isdecimal() and int(text) in SENTINELS else text',
        "return text",
        (
            f"{_TASMOTA}test_t11_a_number_at_a_counter_s_stop_is_no_meter_s",
            "tests/connectors/test_linky_tic.py::test_t11_a_number_kept_in_32_bits_is_no_meter_s",
        ),
    ),
    Rule(  # a meter of pulses has the number "n.a."
        "T11",
        "connectors/_fronius.py",
        """return told if any(character.isdigit() for character in told) else \"\"""",
        "return told",
        ("tests/connectors/test_fronius.py::test_t11_a_meter_of_pulses_has_no_number_of_its_own",),
    ),
    Rule(  # a part that is missing lowers the total, and nobody is told
        "T12",
        "hub/rollup/counting.py",
        "rows.covered[missing] = 0",
        "_ = missing",
        (f"{_HOMES}test_t12_a_missing_part_shows_as_no_coverage_never_as_a_lower_total",),
    ),
    Rule(  # a home known to a tenth is as good as one known whole
        "T12",
        "hub/rollup/areas.py",
        "there = (rows.covered * 10 >= length[rows.day] * 9)[at]",
        "there = np.ones(len(at), dtype=np.bool_)",
        ("tests/rollup/test_areas.py::test_t12_sums_present_and_expected",),
    ),
    Rule(  # an area that nobody is expected in any more
        "T12",
        "hub/rollup/areas.py",
        "np.add.at(change, (members.area, members.first), 1)",
        "np.add.at(change, (members.area, members.first), 0)",
        (f"{_STORE}test_t12_who_is_missing_is_counted_as_expected",),
    ),
    Rule(  # a figure is published while a part of it has still to be added up
        "T12",
        "hub/store/publication.py",
        """"SELECT from_ts, to_ts FROM dirty WHERE from_ts < %s\"""",
        """"SELECT from_ts, to_ts FROM dirty WHERE from_ts < %s AND failure IS NULL\"""",
        (f"{_PUBLISH}test_t12_a_range_that_is_not_rolled_up_holds_its_days_back",),
    ),
    Rule(  # a published figure is said to be everybody's
        "T12",
        "hub/disclosure/run.py",
        "households=int(tables.homes[row, c]),",
        "households=int(expected[c]),",
        (f"{_PUBLISH}test_t12_a_published_day_says_how_many_homes_are_in_it",),
    ),
    Rule(  # the API says of a total that lacks a meter that it is whole
        "T12",
        "hub/series.py",
        "return round(self.covered / (self.end - self.start).total_seconds(), 4)",
        "return 1.0",
        ("tests/routes/test_consumption.py::test_t12_a_total_that_lacks_a_meter_says_so",),
    ),
    Rule(  # overlapping intervals all count
        "T13",
        "hub/rollup/intervals.py",
        "free = _free(taken, start, end)",
        "free = [(start, end)]",
        (
            f"{_TRAPS}test_t13_the_shorter_interval_counts_then_the_earlier",
            f"{_WIRE}test_t13_an_interval_within_a_longer_one_is_not_counted_twice",
        ),
    ),
    Rule(  # the same value again is a revision
        "T13",
        "hub/store/readings.py",
        "fate[index] = np.where(stays, Outcome.UNCHANGED, Outcome.REVISED)",
        "fate[index] = Outcome.REVISED",
        (f"{_WIRE}test_t13_delivered_twice_and_out_of_order_counts_once",),
    ),
    Rule(  # what is delivered again takes the place of a later correction
        "T13",
        "hub/store/readings.py",
        ") | (received[hit] > rows.received_at[index])",
        ") | (received[hit] > 1 << 60)",
        (f"{_WIRE}test_t13_a_redelivered_older_message_does_not_undo_a_correction",),
    ),
    Rule(  # the first value for a moment stands for ever
        "T13",
        "hub/store/readings.py",
        "if changed.any():",
        "if changed.any() and len(rows) < 0:",
        (f"{_WIRE}test_t13_files_that_overlap_and_correct_each_other_count_once",),
    ),
    Rule(  # an amount that says no time counts at each delivery
        "T13",
        "connectors/senml.py",
        "if name.step and record.relative:",
        "if name.step and record.relative and not record.name:",
        (f"{_SENML}test_t13_an_amount_without_an_absolute_time_is_refused",),
    ),
    Rule(  # a unit with an intercept
        "T18",
        "hub/units.py",
        "return Decimal(value).scaleb(-self.decimals)",
        "return Decimal(value).scaleb(-self.decimals) + 1",
        ("tests/test_units.py::test_t18_converting_a_sum_is_summing_what_is_converted",),
    ),
    Rule(  # shares are rounded one by one
        "T20",
        "hub/rollup/split.py",
        "amount = np.diff(given, append=0)[inner]",
        "amount = np.diff(given, append=0)[inner] // 10 * 10",
        (f"{_KERNEL}test_t20_slots_add_up_to_their_day",),
    ),
    Rule(  # kWh through binary fractions
        "T20",
        "connectors/_units.py",
        "whole = round(exact(value) * unit.times / unit.over)",
        "whole = int(float(exact(value)) * unit.times / unit.over)",
        (
            f"{_UNITS}test_t20_a_decimal_is_scaled_without_drift",
            f"{_UNITS}test_t20_every_register_with_six_decimals_is_exact",
            f"{_UNITS}test_t20_rounding_is_to_the_nearest_and_to_even",
        ),
    ),
)

PAGES: tuple[Rule, ...] = (
    Rule(  # days are compared by their amounts, 23 hours or 25
        "T19",
        "dashboard/views/compare.py",
        "usual = [row.amount / row.covered for row in before if row]",
        "usual = [row.amount / own.covered for row in before if row and own]",
        (f"{_BESIDE}test_t19_a_day_of_23_or_25_hours_is_compared_by_the_hour",),
    ),
    Rule(  # a Monday beside whatever day
        "T19",
        "dashboard/views/compare.py",
        "before = [known.get(wanted.start - DAY * 7 * week) for week in range(1, _WEEKS + 1)]",
        "before = [known.get(wanted.start - DAY * week) for week in range(1, _WEEKS + 1)]",
        (f"{_BESIDE}test_t19_a_day_is_compared_with_its_own_weekday_alone",),
    ),
    Rule(  # three days of a week beside the whole one before
        "T19",
        "dashboard/views/compare.py",
        "per_day((before[day - DAY * 7] for day in both), zone, now)",
        "per_day(before.values(), zone, now)",
        (f"{_BESIDE}test_t19_an_unfinished_week_is_compared_with_the_same_weekdays",),
    ),
    Rule(  # three months of a year beside the whole one before
        "T19",
        "dashboard/views/compare.py",
        "per_day([whole[add_months(month, -12)] for month in both], zone, now)",
        "per_day([r for m, r in whole.items() if m.year < wanted.start.year], zone, now)",
        (f"{_BESIDE}test_t19_a_leap_year_stands_beside_the_same_months_of_a_plain_one",),
    ),
    Rule(  # 29 days beside 28
        "T19",
        "dashboard/views/compare.py",
        "return sum(row.amount for row in whole) / seconds * _DAY_SECONDS if seconds else None",
        "return float(sum(row.amount for row in whole)) if seconds else None",
        (f"{_BESIDE}test_t19_february_of_a_leap_year_stands_beside_one_of_28_days",),
    ),
    Rule(  # the day so far beside as many half-hours, whatever the clock shows
        "T19",
        "dashboard/curves.py",
        "return [sums[min(count, len(sums)) - 1] for count in elapsed]",
        "return [sums[min(n, len(sums) - 1)] for n, _ in enumerate(elapsed)]",
        (
            f"{_BESIDE}test_t19_the_day_so_far_is_compared_at_the_same_hour_of_the_clock",
            "tests/dashboard/test_curves.py::test_t19_the_hours_of_the_clock_stand_side_by_side",
        ),
    ),
)

CONNECTORS: tuple[Rule, ...] = (
    Rule(  # the step back in the order of rows tells nothing
        "T4",
        "connectors/_stamps.py",
        "second[i] = place >= back",
        "second[i] = False",
        (f"{_STAMPS}test_t04_a_missing_row_is_told_by_the_step_back",),
    ),
    Rule(  # both rows of one stamp are the first hour's
        "T4",
        "connectors/_stamps.py",
        "second[i] = i == same[1]",
        "second[i] = False",
        (
            f"{_STAMPS}test_t04_the_october_hour_is_told_by_the_order_of_rows",
            f"{_STAMPS}test_t04_sorted_by_clock_each_stamp_comes_twice",
        ),
    ),
    Rule(  # a label of the end is taken for the start
        "T5",
        "connectors/_enedis_curve.py",
        "return (ts - seconds if label.end else ts), seconds",
        "return ts, seconds",
        (f"{_ENEDIS}test_t05_a_day_of_end_labels_stays_in_its_local_day",),
    ),
    Rule(  # watts are added up as watt-hours
        "T7",
        "connectors/_enedis_curve.py",
        "amount = value * seconds // 3600 if power else value",
        "amount = value",
        (f"{_ENEDIS}test_t07_mean_power_is_energy_by_its_own_step",),
    ),
    Rule(
        "T7",
        "connectors/senml.py",
        'unit = Unit("energy", unit.times * seconds, unit.over * 3600)',
        'unit = Unit("energy", unit.times, unit.over)',
        (f"{_SENML}test_t07_mean_power_over_a_duration_is_its_energy",),
    ),
    Rule(  # ten-minute curves are labelled like those of a Linky
        "F1",
        "connectors/_enedis_steps.py",
        "_STARTING = (300, 600)",
        "_STARTING = ()",
        (f"{_ENEDIS}test_f01_a_piece_of_a_day_has_the_usual_label_of_its_step",),
    ),
    Rule(  # what the ends of a file say is not looked at
        "F1",
        "connectors/_enedis_steps.py",
        "if votes[not usual] == 2 and votes[usual] == 0:",
        "if len(votes) < 0:",
        (f"{_ENEDIS}test_f01_both_ends_of_the_file_speak_louder_than_the_usual_label",),
    ),
    Rule(  # a hole is a longer step
        "F2",
        "connectors/_enedis_steps.py",
        "steps_of_runs.append(0 if hole else step)",
        "steps_of_runs.append(step)",
        (f"{_ENEDIS}test_f02_a_missing_row_is_a_hole_and_not_a_longer_step",),
    ),
    Rule(  # a step that cannot be known is half an hour
        "F2",
        "connectors/_enedis_curve.py",
        """rows.refuse(said & (seconds == 0), "unknown_step", ends)""",
        "seconds[seconds == 0] = 1800",
        (
            f"{_ENEDIS}test_f02_a_file_of_one_row_is_rejected_unless_the_header_tells_the_step",
            f"{_ENEDIS}test_f02_a_row_alone_takes_the_step_of_the_file_only_if_there_is_one",
        ),
    ),
    Rule(  # a register is the date's that its label shows
        "F3",
        "connectors/_enedis_registers.py",
        "ts = rows.times(0, zone)",
        "ts = rows.times(0, zone) // 86_400 * 86_400",
        (f"{_ENEDIS}test_f03_registers_are_instants_whatever_date_their_label_shows",),
    ),
    Rule(  # labels are encoded once
        "F4",
        "connectors/_text.py",
        """if re.search("[ÃÂï]", text):""",
        """if re.search("[ÃÂï]", ""):""",
        ("tests/connectors/test_text.py::test_f04_mojibake_labels_fold_to_one",),
    ),
    Rule(  # the total is a part among its parts
        "F5",
        "connectors/_enedis_registers.py",
        "(part or TOTAL).upper()",
        """(part or "F1").upper()""",
        (f"{_ENEDIS}test_f05_parts_and_total_are_kept_apart",),
    ),
    Rule(
        "F5",
        "connectors/_tic.py",
        """"EAST": ("consumption", TOTAL),""",
        """"EAST": ("consumption", "F1"),""",
        (f"{_TASMOTA}test_f05_the_meters_total_stands_beside_its_parts",),
    ),
    Rule(  # sets that each hold the whole are added up
        "F5",
        "hub/rollup/counting.py",
        "add_up = together * 1000 <= length * 1001",
        "add_up = together * 1000 <= length * 10_000",
        (f"{_HOMES}test_f05_register_sets_that_each_hold_the_whole_are_not_added_up",),
    ),
    Rule(  # a register that is told no more is missed for ever
        "F5",
        "hub/rollup/counting.py",
        "missed &= (day < first) | (last < day)",
        "_ = (first, last)",
        (
            f"{_PARTS}test_f05_registers_that_vanish_end_and_the_others_go_on",
            f"{_EVENTS}test_f05_a_contract_of_one_price_ends_the_other_registers_of_both_grids",
        ),
    ),
    Rule(  # a new register has counted nothing before its first reading
        "F5",
        "hub/rollup/parts.py",
        "return calendar.day_at(first if before is None else min(before + _LITTLE, first))",
        "return calendar.day_at(first)",
        (f"{_PARTS}test_f05_a_register_that_appears_is_missed_the_day_before_its_first_reading",),
    ),
    Rule(  # of a day on which a register left, its end is not known
        "F5",
        "hub/rollup/registers.py",
        "if events.of_set.any():",
        "if False:",
        (
            f"{_TRAPS}test_f05_a_register_that_leaves_the_set_counts_nothing_more_that_day",
            f"{_TRAPS}test_f05_a_register_that_joins_the_set_has_counted_nothing_before",
        ),
    ),
    Rule(  # a register that one side cannot tell left the set, or joined it
        "F5",
        "connectors/enedis_flux_c15.py",
        "return {key for key in here.keys() - there.keys() if _grid(key) in told}",
        "return set() if told else set()",
        (f"{_FLUX}test_f05_a_change_of_contract_ends_registers_and_begins_others",),
    ),
    Rule(  # what cannot be decided is guessed
        "F6",
        "connectors/_stamps.py",
        "states[i] = AMBIGUOUS",
        "states[i] = OK",
        (
            f"{_STAMPS}test_f06_what_the_order_does_not_decide_is_ambiguous",
            f"{_ENEDIS}test_f06_naive_october_rows_are_resolved_or_named",
        ),
    ),
    Rule(  # a message of October's hour is always the first one's
        "F6",
        "connectors/_time.py",
        "return min((int(m.timestamp()) for m in (first, second)), key=lambda ts: abs(ts - near))",
        "return int(first.timestamp())",
        (
            f"{_TIME}test_f06_the_october_hour_is_the_one_nearer_to_the_arrival",
            f"{_TASMOTA}test_f06_time_is_local_and_the_october_hour_the_nearer_one",
        ),
    ),
    Rule(  # the gas day begins at midnight
        "F7",
        "connectors/_grdf.py",
        "DAY_START = 6 * 3600",
        "DAY_START = 0",
        (f"{_GRDF}test_f07_the_gas_day_is_six_to_six_local",),
    ),
    Rule(  # the portal's offset is believed
        "F7",
        "connectors/_grdf_stamps.py",
        "as_written = found.naive | (found.wall % DAY == DAY_START)",
        "as_written = found.naive",
        (f"{_GRDF}test_f07_a_period_s_bounds_are_local_whatever_their_offset_says",),
    ),
    Rule(  # energy is read where volume is meant
        "F8",
        "connectors/grdf_portal_json.py",
        """_grdf.cm3(record.get("volumeBrutConsomme"), "volumeBrutConsomme")""",
        """_grdf.cm3(record.get("energieConsomme"), "volumeBrutConsomme")""",
        (f"{_GRDF}test_f08_volume_and_index_are_kept_apart_and_energy_is_not_read",),
    ),
    Rule(  # the coefficient has no date
        "F8",
        "connectors/_grdf.py",
        """{device}", p.ts, p.coefficient, None, device, "gas")""",
        """{device}", good[0].ts, p.coefficient, None, device, "gas")""",
        (f"{_GRDF}test_f08_the_coefficient_is_a_dated_series",),
    ),
    Rule(  # a volume of 0 beside "Absence de Données" is a zero
        "F9",
        "connectors/grdf_portal_json.py",
        "if not _grdf.absent(told):",
        "if True:",
        (f"{_GRDF}test_f09_absence_is_a_gap_even_with_a_volume_of_zero",),
    ),
    Rule(  # ND and mq are numbers that cannot be read
        "F9",
        "connectors/_text.py",
        "if text.casefold() in NOTHING:",
        "if not text:",
        (
            "tests/connectors/test_text.py::test_f09_nothing_is_no_number_and_no_zero",
            f"{_ENEDIS}test_f09_no_value_is_a_gap_with_its_bounds",
        ),
    ),
    Rule(  # 65535 is a power
        "F9",
        "connectors/zigbee2mqtt_zlinky.py",
        "_NO_POWER = (*ABSENT, 65535)",
        "_NO_POWER = ABSENT",
        (f"{_ZLINKY}test_f09_sentinels_are_gaps_and_not_zero",),
    ),
    Rule(  # null is 0
        "F9",
        "connectors/_message.py",
        """if raw is None or raw == "":""",
        """if raw is None or raw == "" and (raw := 0):""",
        (f"{_TASMOTA}test_f09_nothing_is_not_zero",),
    ),
    Rule(  # every ZLinky speaks kWh
        "F10",
        "connectors/zigbee2mqtt_zlinky.py",
        "if any(v > _MOST_KWH for v in numbers):",
        "if not numbers:",
        (
            f"{_ZLINKY}test_f10_the_unit_is_told_by_names_decimals_and_range",
            f"{_ZLINKY}test_f10_one_large_register_tells_the_unit_of_all",
        ),
    ),
    Rule(
        "F10",
        "connectors/opendtu.py",
        """message.register(field, text, KWH, TOTAL, "production")""",
        """message.register(field, text, WATT, TOTAL, "production")""",
        (f"{_OPENDTU}test_f10_yieldtotal_is_kwh_and_yieldday_is_not_read",),
    ),
    Rule(  # the register of today is one like any other
        "F10",
        "connectors/opendtu.py",
        """field not in ("power", "yieldtotal")""",
        """field not in ("power", "yieldtotal", "yieldday")""",
        (f"{_OPENDTU}test_f10_yieldtotal_is_kwh_and_yieldday_is_not_read",),
    ),
    Rule(  # all energies are kWh
        "F10",
        "connectors/_wmbus_fields.py",
        "unit = _SUFFIXES.get(suffix)",
        """unit = _SUFFIXES.get({"gj": "kwh", "mj": "kwh"}.get(suffix, suffix))""",
        (f"{_WMBUS}test_f10_the_suffix_is_the_unit",),
    ),
    Rule(  # volt-amperes are watts
        "F11",
        "connectors/_tic.py",
        """Reading(flow, VOLT_AMPERE, TOTAL, "power")""",
        """Reading(flow, Unit("power", 1000), TOTAL, "power")""",
        (f"{_TASMOTA}test_f11_papp_sinsts_and_meter_p_are_volt_amperes",),
    ),
    Rule(
        "F11",
        "connectors/tasmota_teleinfo.py",
        """"P": (VOLT_AMPERE, "consumption"),""",
        """"P": (WATT, "consumption"),""",
        (f"{_TASMOTA}test_f11_papp_sinsts_and_meter_p_are_volt_amperes",),
    ),
    Rule(
        "F11",
        "connectors/zigbee2mqtt_zlinky.py",
        "message.power(name, said[name], VOLT_AMPERE, flow)",
        """message.power(name, said[name], Unit("power", 1000), flow)""",
        (f"{_ZLINKY}test_f11_apparent_power_is_not_power_and_ccasn_is_not_read",),
    ),
    Rule(  # the 0 of an inverter that nobody has heard is a register
        "F12",
        "connectors/opendtu.py",
        "and not (reachable and heard):",
        "and not (reachable or heard or True):",
        (f"{_OPENDTU}test_f12_zero_is_a_reading_only_where_the_inverter_said_it",),
    ),
    Rule(
        "F12",
        "connectors/_linky_tiers.py",
        """no_zero = total or (historique and not tier) or (flow == "consumption" and not drawn)""",
        "no_zero = False",
        (f"{_ZLINKY}test_f12_zero_before_the_first_reception_is_no_reading",),
    ),
    Rule(  # a gateway's own sum stands in for the meter's register
        "F12",
        "connectors/tasmota_teleinfo.py",
        """if "Total" in energy and not number:""",
        """if "Total" in energy:""",
        (f"{_TASMOTA}test_f12_tasmotas_own_total_does_not_stand_in_for_the_meters",),
    ),
    Rule(  # everything in a message is of now
        "F13",
        "connectors/senml.py",
        ".append((record.ts, value, seconds, out.rows, quality))",
        ".append((ctx.received_at, value, seconds, out.rows, quality))",
        (
            f"{_SENML}test_f13_late_history_in_one_pack_keeps_every_record_s_own_time",
            f"{_SENML}test_f13_intervals_of_the_past_begin_when_their_record_says",
        ),
    ),
    Rule(
        "F13",
        "connectors/wmbusmeters.py",
        """ts = utc_seconds(said["timestamp"])""",
        "ts = ctx.received_at",
        (f"{_WMBUS}test_f13_telegrams_of_one_file_keep_their_own_times_in_any_order",),
    ),
    Rule(  # a week is the arrival's year's
        "F14",
        "connectors/_veolia_labels.py",
        "years = [told] if told else range(arrival.year - _YEARS + 1, arrival.year + 1)",
        "years = [told or arrival.year]",
        (f"{_VEOLIA}test_f14_weeks_find_their_years_by_their_mondays",),
    ),
    Rule(  # no row helps its neighbour
        "F14",
        "connectors/_veolia_labels.py",
        "known[i] = next((monday for monday in weeks if _says(label, monday)), None)",
        "known[i] = None",
        (f"{_VEOLIA}test_f14_a_week_takes_its_year_from_a_neighbour",),
    ),
    Rule(  # a year off is not noticed
        "F14",
        "connectors/_veolia_labels.py",
        "far = all(abs((here - m).days) >= _FAR for m in beside)",
        "far = len(beside) < 0",
        (f"{_VEOLIA}test_f14_a_week_that_no_year_fits_is_rejected_and_so_is_one_a_year_off",),
    ),
    Rule(  # readings come at midnight
        "F14",
        "connectors/_veolia_labels.py",
        "wall, ok = found.wall, found.ok.tolist()",
        "wall, ok = found.wall // 86_400 * 86_400, found.ok.tolist()",
        (f"{_VEOLIA}test_f14_irregular_hours_are_instants_like_any_others",),
    ),
    Rule(  # the index of a day is of its beginning
        "F4",
        "connectors/enedis_flux_r151.py",
        "readings.done(ctx.zone, shift=_DAY)",
        "readings.done(ctx.zone)",
        ("tests/connectors/test_enedis_flux.py::test_f04_t05_r151_labels_the_end_of_the_day",),
    ),
    Rule(  # the colour of a day begins at midnight
        "F15",
        "connectors/tempo.py",
        "ts = at_local(local_day(said.day, zone), _BEGINS, zone)",
        "ts = at_local(local_day(said.day, zone), 0, zone)",
        (f"{_TEMPO}test_f15_a_colour_holds_from_six_to_six_on_the_nights_of_the_clocks_too",),
    ),
)

RULES = (*ROLLUP, *PAGES, *CONNECTORS)
