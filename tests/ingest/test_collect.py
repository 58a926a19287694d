"""Devices that are polled, the whole way: a site that answers, the database, the source's state."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.store.collecting import sources as states_of
from hub.store.connection import Connection, connect
from ingest.collect.devices import Heard
from ingest.collect.fetch import Fetcher
from ingest.collect.sources import Source
from ingest.config import read
from ingest.replay import Replay
from tests.ingest.collecting import (
    AGREED,
    DEVICES,
    PARIS,
    TOKEN,
    Enedis,
    Hand,
    days_ago,
    envoy,
    linky,
    now_in,
    number,
    once,
    put_envoy,
    sample,
    state,
)
from tests.ingest.site import Reply, Site, own_certificate, running, said
from tests.stack import Stack
from tests.store.district import bring, stored


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        bring(connection, {"devices.csv": DEVICES, "consents.csv": AGREED})
        connection.autocommit = True
        yield connection


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as started:
        yield started


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", TOKEN)


def test_an_envoy_with_meters(url: str, conn: Connection, tmp_path: Path, stack: Stack) -> None:
    with running(own_certificate(tmp_path)) as site:
        put_envoy(site)
        (done,) = once(url, envoy(site, verify=False))
        assert (state(done).state, state(done).failures) == ("ok", 0)
        assert site.paths() == ["/ivp/meters", "/ivp/meters/readings"]
        assert {a.headers["authorization"] for a in site.asked} == {f"Bearer {TOKEN}"}
        assert sorted((ref, value) for ref, _, value, _, _ in stored(conn)) == [
            ("PRM1", 1_899_000_500), ("PRM1", 3_100_203_750), ("S1", 5_123_460_125),
        ]  # fmt: skip
        assert number(conn, "SELECT count(*) FROM power") == 3
        once(url, envoy(site, verify=False))  # the same registers again
        assert len(stored(conn)) == 3
        assert number(conn, "SELECT count(*) FROM reading_revision") == 0
        (refused,) = once(url, envoy(site))
        assert "certificate" in str(state(refused).words_en)
        assert state(refused).needs_person


def test_an_envoy_without_meters_is_asked_for_production_at_one_address(
    url: str, conn: Connection, site: Site
) -> None:
    site.answers["/api/v1/production"] = Reply(sample("enphase_envoy", "simple"))
    once(url, envoy(site))
    assert site.paths() == ["/ivp/meters", "/api/v1/production"]
    assert [(ref, value) for ref, _, value, _, _ in stored(conn)] == [("S1", 8_123_456_000)]
    site.answers["/ivp/meters"] = Reply(b'[{"eid": 7046')
    (broken,) = once(url, envoy(site))
    assert "is no JSON" in str(state(broken).words_en)
    assert site.paths()[2:] == ["/ivp/meters"]  # two counters are not mixed


def test_a_fronius(url: str, conn: Connection, site: Site) -> None:
    at = datetime.now(PARIS).replace(microsecond=0).isoformat()
    for what, case in (("Inverter", "system_of_two"), ("Meter", "meters")):
        told = json.loads(sample("fronius", case))
        told["Head"]["Timestamp"] = at
        site.answers[f"/solar_api/v1/Get{what}RealtimeData.cgi"] = said(told)
    source = Source("roof", "fronius", site.url, device="99000000002")
    (done,) = once(url, source)
    assert state(done).state == "ok"
    assert [a.query for a in site.asked] == [{"Scope": "System"}] * 2
    assert Counter(ref for ref, *_ in stored(conn)) == {"PRM1": 2, "S1": 2}
    del site.answers["/solar_api/v1/GetMeterRealtimeData.cgi"]
    (alone,) = once(url, source)
    assert state(alone).state == "ok"
    once(url, source)
    assert len(stored(conn)) == 4
    assert number(conn, "SELECT count(*) FROM reading_revision") == 0


def test_shellys_of_both_generations(url: str, conn: Connection, site: Site) -> None:
    first = sample("shelly_gen1", "status").split(b"\n")[0]
    site.answers["/status"] = Reply(now_in(first, "unixtime"))
    status = {
        "em:0": {"id": 0, "total_act_power": 1413.825},
        "emdata:0": {"id": 0, "total_act": 5415414.19, "total_act_ret": 0.0},
        "sys": {"mac": "99AABBCCDD05", "unixtime": int(time.time())},
    }
    site.answers["/rpc"] = said({"id": 1, "src": "shellypro3em-99aabbccdd05", "result": status})
    one = Source("em", "shelly_gen1", site.url)
    two = Source("pro", "shelly_gen2", site.url)
    done = once(url, one, two)
    assert [state(d).state for d in done] == ["ok", "ok"]
    (rpc,) = [asked for asked in site.asked if asked.path == "/rpc"]  # they are asked together
    assert json.loads(rpc.body)["method"] == "Shelly.GetStatus"
    values = sorted(value for _, _, value, _, _ in stored(conn))
    assert values == [0, 226_923_900, 517_029_300, 5_415_414_190]
    # its other clamps are nobody's
    assert "unknown device shelly_gen1/99AABBCCDD03/1" in str(state(done[0]).words_en)
    assert number(conn, "SELECT count(*) FROM unknown_device") == 1
    kept = conn.execute("SELECT transport, origin, connector FROM rejected").fetchall()
    assert kept == [("collect", "em/status", "shelly_gen1")]


def test_what_cannot_be_read_is_kept_and_told(url: str, conn: Connection, site: Site) -> None:
    site.answers["/status"] = Reply(b'{"emeters": [{"total": 1')
    source = Source("em", "shelly_gen1", site.url)
    (done,) = once(url, source)
    assert (state(done).state, state(done).failures) == ("failed", 1)
    assert "em/status: not valid JSON" in str(state(done).words_en)
    assert "pas du JSON" in str(state(done).words_fr)
    reason, payload = conn.execute("SELECT reason, payload FROM rejected").fetchall()[0]
    assert (reason, bytes(payload)) == ("not_json", b'{"emeters": [{"total": 1')


def test_what_was_heard_of_a_device_is_stored_once_it_is_declared(
    url: str, conn: Connection, site: Site
) -> None:
    """Of a portal nothing is: it is asked again itself, as long as its household agrees."""
    gone = "connector,ref,usage_point,action\nfronius,99000000002,S1,remove\n"
    bring(conn, {"devices.csv": gone})
    told = json.loads(sample("fronius", "system_of_two"))
    told["Head"]["Timestamp"] = datetime.now(PARIS).replace(microsecond=0).isoformat()
    site.answers["/solar_api/v1/GetInverterRealtimeData.cgi"] = said(told)
    site.answers["/v2"] = said(
        {"idPrm": "PRM2", "grandeur": [{"grandeurMetier": "CONS", "unite": "Wh", "points": [
            Enedis.day(days_ago(conn, 1))]}]}
    )  # fmt: skip
    roof = Source("roof", "fronius", site.url, device="99000000002")
    portal = linky(site, parts=("daily_consumption",))
    once(url, roof, portal)
    assert number(conn, "SELECT count(*) FROM rejected") == 2
    assert stored(conn) == []
    bring(conn, {"d.csv": "connector,ref,usage_point\nfronius,99000000002,S1\n"
                          "enedis_data_connect,PRM2,PRM2\n"})  # fmt: skip
    for consent_of in ("h1", "h2"):
        old = f"{consent_of},area-totals,{days_ago(conn, 9)}\n"
        bring(conn, {"c.csv": f"household,purpose,valid_from\n{old}"})
    with connect(url, application="test") as other:
        done = Replay(other, read(None).routing, "Europe/Paris", sources=[roof, portal]).run()
    assert done.payloads == {"stored": 1, "not_allowed": 1}
    assert {ref for ref, *_ in stored(conn)} == {"S1"}


def test_failures_back_off_and_a_success_ends_them(url: str, conn: Connection, site: Site) -> None:
    """By a clock of its own, in one process and after a restart."""
    site.answers["/status"] = Reply(b"", 500)
    source = Source("em", "shelly_gen1", site.url, interval=60)
    hand = Hand(url, [source])
    begun = hand.now
    done = hand.rounds(times=5)
    told = [state(d) for d in done]
    waits = [(s.next_at - s.tried_at).total_seconds() for s in told]
    assert waits == [60, 120, 240, 480, 900]
    assert [s.failures for s in told] == [1, 2, 3, 4, 5]
    assert {s.failing_since for s in told} == {datetime.fromtimestamp(int(begun), UTC)}
    (later,) = hand.rounds()  # another process
    assert (state(later).failures, state(later).succeeded_at) == (6, None)
    site.answers["/status"] = Reply(b"", 429, {"Retry-After": "3600"})
    (left,) = hand.rounds()
    assert left.next_at - hand.now >= 3600
    site.answers["/status"] = said({"mac": "99AABBCCDD03", "emeters": [{"total": 1.5}]})
    (well,) = hand.rounds()
    assert (state(well).state, state(well).failures, state(well).words_en) == ("ok", 0, None)
    assert well.next_at - hand.now == 60
    (kept,) = states_of(conn)
    assert kept == state(well)
    site.answers["/status"] = Reply(b"", 500)
    hand.rounds()
    (kept,) = states_of(conn)
    assert (kept.failures, kept.succeeded_at) == (1, state(well).succeeded_at)
    assert "cannot answer now (500)" in str(kept.words_en)
    assert "ne peut répondre maintenant (500)" in str(kept.words_fr)


def test_a_token_that_cannot_be_had_is_the_source_s_state(
    url: str, conn: Connection, site: Site, tmp_path: Path
) -> None:
    open_to_all = tmp_path / "token"
    open_to_all.write_text(TOKEN)
    open_to_all.chmod(0o644)
    (done,) = once(url, envoy(site, token_env="", token_file=open_to_all))
    assert "is open to others (mode 0644)" in str(state(done).words_en)
    assert state(done).needs_person
    assert site.asked == []


def test_a_mistake_of_ours_costs_one_round(
    url: str, conn: Connection, site: Site, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """The log says where it arose, and nothing of what the round had in hand."""

    async def broken(_: Fetcher) -> list[Heard]:
        raise KeyError(TOKEN)

    monkeypatch.setattr("ingest.collect.rounds.POLLS", {"shelly_gen1": broken})
    (done,) = Hand(url, [Source("em", "shelly_gen1", site.url)]).rounds()
    assert "unexpected KeyError" in str(state(done).words_en)
    assert "em: the round failed: KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert TOKEN not in caplog.text
