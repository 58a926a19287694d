"""The badge under every page."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from dashboard.proof import proof
from dashboard.tongue import tongue
from hub.store.verdicts import Verdict

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 28, 8, 0, tzinfo=dt.UTC)


def verdict(ago: dt.timedelta, **wrong: int) -> Verdict:
    return Verdict(NOW - ago, 1000, wrong, 0)


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
