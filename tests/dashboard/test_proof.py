"""The badge under every page."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from dashboard.proof import proof
from dashboard.tongue import tongue
from hub.store.verdicts import Checked, Verdict

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 28, 8, 0, tzinfo=dt.UTC)


def verdict(ago: dt.timedelta, set_aside: int = 0, **wrong: int) -> Verdict:
    found = [Checked(name, 500, {}, differences) for name, differences in wrong.items()]
    return Verdict(NOW - ago, (Checked("first", 1000, {}, 0), *found), 2 * set_aside, set_aside)


def test_it_says_when_and_that_all_is_well() -> None:
    told = proof(tongue("fr"), verdict(dt.timedelta(hours=6)), NOW, PARIS)
    assert told.good
    assert told.text.replace("\u00a0", " ") == (
        "Totaux contrôlés aujourd'hui à 3 h : ils tombent juste."
    )
    english = proof(tongue("en"), verdict(dt.timedelta(hours=30)), NOW, PARIS)
    assert english.text == "Totals checked yesterday at 3:00: they add up."


def test_it_gives_its_reason_where_it_is_not_good() -> None:
    told = proof(tongue("en"), verdict(dt.timedelta(hours=6), days=2, months=1), NOW, PARIS)
    assert not told.good and "3 differences found" in told.text
    one = proof(tongue("fr"), verdict(dt.timedelta(hours=6), days=1), NOW, PARIS)
    assert "1 écart trouvé" in one.text.replace("\u00a0", " ")
    old = proof(tongue("en"), verdict(dt.timedelta(days=3)), NOW, PARIS)
    assert not old.good and "last checked" in old.text


def test_what_could_not_be_counted_is_a_reason_too() -> None:
    told = proof(tongue("fr"), verdict(dt.timedelta(hours=6), set_aside=2), NOW, PARIS)
    assert not told.good and "2 changements n'ont pas pu" in told.text.replace("\u00a0", " ")
    assert "2 changements tout récents" in told.extent.replace("\u00a0", " ")  # the other two
    only = Verdict(NOW, (Checked("first", 1000, {}, 0),), 2, 2)
    assert "récent" not in proof(tongue("fr"), only, NOW, PARIS).extent


def test_it_tells_how_much_was_compared_and_what_was_not() -> None:
    checks = (
        Checked("the slots of a day add up to the day", 1200, {"pending": 3, "club": 1}, 0),
        Checked("the households present add up to their area", 41, {}, 2),
        Checked("the days of intervals add up to the intervals", 0, {}, 0),
    )
    found = Verdict(NOW, checks, 12, 0)
    told = proof(tongue("fr"), found, NOW, PARIS)
    assert "1 241 lignes comparées" in told.extent.replace("\u00a0", " ")
    assert "12 changements tout récents" in told.extent.replace("\u00a0", " ")
    assert [result.replace("\u00a0", " ") for _, result in told.checks] == [
        (
            "1 200 lignes, aucun écart ; de côté : 3 près d'un changement en attente,"
            " 1 propres aux clubs"
        ),
        "41 lignes, 2 écarts",
        "rien à comparer",
    ]
    assert told.checks[0][0] == "Les demi-heures d'un jour font le jour"
    english = proof(tongue("en"), found, NOW, PARIS)
    assert "1,241 rows" in english.extent and english.checks[0] == (
        "The half-hours of a day make the day",
        "1,200 rows, no difference; left out: 3 near a change that is waiting, 1 of clubs alone",
    )
    assert "récent" not in proof(tongue("fr"), Verdict(NOW, checks, 0, 0), NOW, PARIS).extent
