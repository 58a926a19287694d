"""The badge under every page."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from dashboard.proof import proof
from dashboard.tongue import tongue
from hub.app.commands.reconcile import WHY
from hub.rollup import recount
from hub.store import reconcile
from hub.store.verdicts import Checked, Verdict

PARIS = ZoneInfo("Europe/Paris")
NOW = dt.datetime(2026, 11, 28, 8, 0, tzinfo=dt.UTC)


def verdict(ago: dt.timedelta, **wrong: int) -> Verdict:
    found = [Checked(name, 500, {}, differences) for name, differences in wrong.items()]
    return Verdict(NOW - ago, (Checked("first", 1000, {}, 0), *found), 0)


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


def test_it_tells_how_much_was_compared_and_what_was_not() -> None:
    checks = (
        Checked("the slots of a day add up to the day", 1200, {"pending": 3}, 0),
        Checked("the households present add up to their area", 41, {}, 2),
        Checked("the days of intervals add up to the intervals", 0, {}, 0),
    )
    found = Verdict(NOW, checks, 12)
    told = proof(tongue("fr"), found, NOW, PARIS)
    assert "1 241 lignes comparées" in told.extent.replace("\u00a0", " ")
    assert "12 changements" in told.extent.replace("\u00a0", " ")
    assert [result.replace("\u00a0", " ") for _, result in told.checks] == [
        "1 200 lignes, aucun écart ; de côté : 3 pas encore comptées",
        "41 lignes, 2 écarts",
        "rien à comparer",
    ]
    english = proof(tongue("en"), found, NOW, PARIS)
    assert "1,241 rows" in english.extent and english.checks[0] == (
        "The half-hours of a day make the day",
        "1,200 rows, no difference; left out: 3 not counted yet",
    )
    assert "changement" not in proof(tongue("fr"), Verdict(NOW, checks, 0), NOW, PARIS).extent


def test_every_check_is_told_in_the_readers_words() -> None:
    names = [*(check.name for check in reconcile.checks()), recount._NAME]
    verdict = Verdict(NOW, tuple(Checked(name, 1, dict.fromkeys(WHY, 1), 0) for name in names), 0)
    for code in ("fr", "en"):
        checks = proof(tongue(code), verdict, NOW, PARIS).checks
        told = [name for name, _ in checks]
        assert not set(told) & set(names) and len(set(told)) == len(names)
        reasons = checks[0][1].split(": ")[1].split(", ")
        assert len(reasons) == len(WHY) and not {f"1 {why}" for why in WHY} & set(reasons)
