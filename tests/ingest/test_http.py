"""The intake by HTTP: tokens, outcomes, idempotency, files."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio.to_thread
import psycopg
import pytest
from fastapi import FastAPI

from hub.accounts import tokens
from hub.routes import problems
from hub.store.connection import Connection, connect
from ingest.decoder import Decoders, Result, Task
from ingest.files import LARGEST_FILE
from ingest.http import router
from ingest.storing import store_reads
from ingest.turns import UPLOADS, Turns, _later
from tests.accounts.former import club_token
from tests.ingest.broker import register_pack, wait_for
from tests.stack import Stack
from tests.store.district import bring, stored
from tests.web import TestClient

READINGS, FILES = "/api/v1/readings", "/api/v1/files"
PROBLEM = "application/problem+json"


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        yield connection


@pytest.fixture
def client(url: str, conn: Connection) -> Iterator[TestClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(router(url))
    app.add_api_route("/healthz", lambda: "ok")  # answered in a thread, as the hub's
    with TestClient(app) as running:
        yield running


def bearer(conn: Connection, kind: str, subject: str, *points: str) -> dict[str, str]:
    token = tokens.create(conn, kind, subject)
    tokens.limit_gateway(conn, tokens.Subject(kind, subject), points)
    conn.commit()
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def gateway(conn: Connection) -> dict[str, str]:
    return bearer(conn, "gateway", "gw1")


def count(conn: Connection, table: str) -> int:
    row = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    conn.commit()
    assert row is not None
    return int(row[0])


def test_a_pack_is_stored_and_answered_row_by_row(
    client: TestClient, conn: Connection, gateway: dict[str, str]
) -> None:
    now = int(time.time())
    name = "electricity/consumption/TOTAL"
    pack = [
        {"n": f"e1/{name}", "u": "Wh", "t": now, "v": 12},
        {"n": f"e1/{name}", "u": "parsec", "t": now, "v": 1},
        {"n": f"nobody/{name}", "u": "Wh", "t": now, "v": 1},
    ]
    answer = client.post(READINGS, content=json.dumps(pack), headers=gateway)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["rows"], body["accepted"], body["rejected"]) == (3, 1, 2)
    assert [(r["row"], r["reason"]) for r in body["rejects"]] == [
        (2, "bad_unit"), (3, "unknown_device"),
    ]  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"
    again = client.post(READINGS, content=json.dumps(pack), headers=gateway).json()
    assert (again["accepted"], again["unchanged"]) == (0, 1)
    assert len(stored(conn)) == 1


def test_of_two_values_for_one_second_one_is_stored_and_one_told_as_accepted(
    client: TestClient, conn: Connection, gateway: dict[str, str]
) -> None:
    name, now = "e1/electricity/consumption/TOTAL", int(time.time())
    pack = [
        {"n": name, "u": "Wh", "t": now, "v": 12},
        {"n": name, "u": "Wh", "t": now + 0.5, "v": 13},
        {"n": name, "u": "Wh", "t": now, "v": 13},
    ]
    body = client.post(READINGS, content=json.dumps(pack), headers=gateway).json()
    told = {name: body[name] for name in ("rows", "accepted", "unchanged", "ignored", "rejected")}
    assert told == {"rows": 3, "accepted": 1, "unchanged": 1, "ignored": 1, "rejected": 0}
    assert [row[2] for row in stored(conn)] == [13_000]


def test_a_device_of_another_and_one_that_is_unknown_get_the_same_answer(
    client: TestClient, conn: Connection
) -> None:
    household = bearer(conn, "household", "h1")
    said = []
    for device in ("e2", "zz"):  # e2 is registered at h2's
        pack = register_pack(device, int(time.time()), 1)
        answer = client.post(READINGS, content=pack, headers=household)
        assert answer.status_code == 422
        said.append(answer.json()["rejects"][0]["text"].replace(device, "X"))
    assert said[0] == said[1]
    assert "déclarez-le sur un point de livraison" in said[0]


def test_a_request_sent_again_is_answered_as_the_first_time(
    client: TestClient, conn: Connection, gateway: dict[str, str]
) -> None:
    headers = gateway | {"Idempotency-Key": "k1"}
    pack = register_pack("e1", int(time.time()), 1)
    first = client.post(READINGS, content=pack, headers=headers)
    second = client.post(READINGS, content=pack, headers=headers)
    assert first.json() == second.json()
    assert first.json()["accepted"] == 1
    assert second.headers["idempotency-replayed"] == "true"
    other = client.post(READINGS, content=pack + b" ", headers=headers)
    assert (other.status_code, other.headers["content-type"]) == (422, PROBLEM)
    stranger = bearer(conn, "gateway", "gw2") | {"Idempotency-Key": "k1"}
    assert client.post(READINGS, content=pack, headers=stranger).json()["unchanged"] == 1


@pytest.mark.parametrize(
    ("payload", "status", "reason"),
    [
        (b'[{"n":', 422, "not_json"),
        (bytes(range(256)), 422, "not_json"),
        (b"[" + b" " * (2 << 20) + b"]", 413, None),
        (register_pack("nobody", 1_700_000_000, 1), 422, "unknown_device"),
        (register_pack("e1", 300_000_000, 1), 422, "too_early"),
        (register_pack("e1", 4_070_908_800, 1), 422, "too_late"),
        ('[{"n":"é"}]'.encode("utf-16"), 422, "not_json"),
        (b'{"n":1}', 422, None),
    ],
)
def test_bad_input_is_a_problem_and_stops_nothing(
    client: TestClient, conn: Connection, gateway: dict[str, str],
    payload: bytes, status: int, reason: str | None,
) -> None:  # fmt: skip
    answer = client.post(READINGS, content=payload, headers=gateway)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    body = answer.json()
    assert body["detail"]
    if reason is not None:
        assert reason in (body.get("reason"), *(r["reason"] for r in body.get("rejects", ())))
        assert count(conn, "rejected WHERE transport = 'http' AND origin = 'gateway:gw1'") == 1
    good = client.post(READINGS, content=register_pack("e1", int(time.time()), 1), headers=gateway)
    assert good.status_code == 200


@pytest.mark.parametrize("path", [READINGS, FILES])
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer hub_nope"}, {"Authorization": "Basic x"}]
)
def test_without_a_token_nothing_is_taken(
    client: TestClient, conn: Connection, path: str, headers: dict[str, str]
) -> None:
    if path == FILES:
        answer = client.post(path, files={"file": b"x"}, headers=headers)
    else:
        answer = client.post(path, content=register_pack("e1", 1_700_000_000, 1), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert count(conn, "rejected") == 0


def test_a_club_does_not_write(client: TestClient, conn: Connection) -> None:
    headers = {"Authorization": f"Bearer {club_token(conn, 'velo')}"}
    conn.commit()
    assert client.post(READINGS, content=b"[]", headers=headers).status_code == 403


def test_a_sender_writes_for_its_own_and_learns_nothing_of_others(
    client: TestClient, conn: Connection
) -> None:
    def outcomes(headers: dict[str, str]) -> list[str]:
        found = []
        for device in ("e1", "e2", "nobody"):
            pack = register_pack(device, int(time.time()), 1)
            body = client.post(READINGS, content=pack, headers=headers).json()
            found.append(body["rejects"][0]["reason"] if body.get("rejects") else "ok")
        return found

    assert outcomes(bearer(conn, "household", "h1")) == ["ok", "not_allowed", "not_allowed"]
    assert outcomes(bearer(conn, "gateway", "gw", "PRM2")) == ["not_allowed", "ok", "not_allowed"]
    assert outcomes(bearer(conn, "operator", "ops")) == ["ok", "ok", "unknown_device"]


def test_a_household_writes_nothing_from_before_it_moved_in(
    client: TestClient, conn: Connection
) -> None:
    move = "household,dwelling,valid_from,action\nh1,d1,,remove\nh1,d1,2026-11-10,\n"
    bring(conn, {"stay.csv": move})
    moved_in = 1_794_351_600  # 2026-11-11 00:00 in Paris: the day after
    headers = bearer(conn, "household", "h1")
    before = client.post(READINGS, content=register_pack("e1", moved_in - 1, 1), headers=headers)
    after = client.post(READINGS, content=register_pack("e1", moved_in, 1), headers=headers)
    assert (before.status_code, after.status_code) == (422, 200)


ENEDIS = b"Horodate;Valeur\r\n" + b"".join(
    b"2026-11-%02dT%02d:00:00+01:00;%d\r\n" % (day, hour, 100 + hour)
    for day in (2, 3)
    for hour in range(1, 24)
)


def upload(client: TestClient, headers: dict[str, str], data: bytes, **form: str) -> Any:
    files = {"file": ("Mes données.csv", data, "text/csv")}
    return client.post(FILES, files=files, data=form, headers=headers)


def test_a_file_is_loaded_like_any_other(client: TestClient, conn: Connection) -> None:
    headers = bearer(conn, "household", "h1")
    answer = upload(client, headers, ENEDIS, usage_point="PRM1")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["connector"], body["file"]) == ("enedis_portal_csv", "Mes données.csv")
    total = sum(body[n] for n in ("accepted", "unchanged", "revised", "rejected", "gap", "ignored"))
    assert total == body["rows"]
    assert body["accepted"] >= 44
    assert upload(client, headers, ENEDIS, usage_point="PRM1").json()["accepted"] == 0
    assert conn.execute("SELECT DISTINCT actor FROM load").fetchall() == [("household:h1",)]


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def test_a_file_can_be_tried_before_it_is_loaded(client: TestClient, conn: Connection) -> None:
    headers = bearer(conn, "household", "h1")
    tried = upload(client, headers, ENEDIS, usage_point="PRM1", dry_run="1")
    assert tried.status_code == 200
    assert (count(conn, "reading"), count(conn, "load")) == (0, 0)
    body = tried.json()
    assert body["load"] is None
    assert body["channels"][0]["missing"]["count"] == 1
    done = upload(client, headers, ENEDIS, usage_point="PRM1", dry_run="0").json()
    told = ("rows", "accepted", "channels", "notes", "gaps", "counting", "digest")
    assert {n: done[n] for n in told} == {n: body[n] for n in told}


def test_an_archive_is_answered_file_by_file(client: TestClient, conn: Connection) -> None:
    headers = bearer(conn, "household", "h1")
    packed = zipped(("gas.json", grdf("2026-11-02")), ("page.html", b"<html>"), ("e.csv", ENEDIS))
    answer = upload(client, headers, packed, usage_point="PRM1")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [f["file"] for f in body["files"]] == [
        "Mes données.csv/gas.json", "Mes données.csv/page.html", "Mes données.csv/e.csv",
    ]  # fmt: skip
    assert body["files"][1]["problem"]["reason"] == "is_web_page"
    for name in ("rows", "accepted", "rejected", "gap"):
        assert body[name] == sum(f[name] for f in body["files"])
    assert count(conn, "load") == 2
    bad = upload(client, headers, zipped(("page.html", b"<html>")))
    assert (bad.status_code, bad.headers["content-type"]) == (422, PROBLEM)
    assert bad.json()["detail"].startswith("Mes données.csv/page.html: c'est une page web")
    bomb = upload(client, headers, zipped(("a.csv", bytes(5 << 20))))
    assert bomb.status_code == 422  # no bomb, for it is not packed: no format


def grdf(*days: str) -> bytes:
    """Gas days of PCE1 with a coefficient each; its meter is replaced between them."""
    records = [
        {
            "journeeGaziere": day,
            "volumeBrutConsomme": 1,
            "indexDebut": 100 - 10 * n,
            "indexFin": 101 - 10 * n,
            "coeffConversion": 11.1,
            "qualificationReleve": "Mesuré",
        }
        for n, day in enumerate(days)
    ]
    return json.dumps({"PCE1": {"idPce": "PCE1", "releves": records}}).encode()


def told(conn: Connection) -> dict[str, int]:
    """What is stored, by table."""
    return {name: count(conn, name) for name in ("reading", "meter_event", "context_series")}


def test_of_anothers_meter_no_event_and_no_coefficient_is_taken(
    client: TestClient, conn: Connection
) -> None:
    data = grdf("2026-11-02", "2026-11-03")
    answer = upload(client, bearer(conn, "household", "h2"), data)
    assert answer.status_code == 422
    assert told(conn) == {"reading": 0, "meter_event": 0, "context_series": 0}
    assert upload(client, bearer(conn, "household", "h1"), data).status_code == 200
    assert told(conn) == {"reading": 4, "meter_event": 1, "context_series": 2}


def test_of_the_time_before_moving_in_no_event_and_no_coefficient_is_taken(
    client: TestClient, conn: Connection
) -> None:
    move = "household,dwelling,valid_from,action\nh1,d1,,remove\nh1,d1,2026-11-10,\n"
    bring(conn, {"stay.csv": move})
    headers = bearer(conn, "household", "h1")
    assert upload(client, headers, grdf("2026-11-08", "2026-11-09")).status_code == 422
    assert told(conn) == {"reading": 0, "meter_event": 0, "context_series": 0}
    assert upload(client, headers, grdf("2026-11-11", "2026-11-12")).status_code == 200
    assert told(conn) == {"reading": 4, "meter_event": 1, "context_series": 2}


@pytest.mark.parametrize(
    ("data", "form", "status"),
    [
        (ENEDIS, {"usage_point": "PRM2"}, 422),  # another's
        (ENEDIS, {}, 422),
        (b"\x00\x01\x02", {}, 422),
        (ENEDIS, {"format": "nope"}, 422),
        (ENEDIS, {"format": "grdf_portal_json"}, 422),
        ("a;b\né;1".encode("utf-16"), {}, 422),
    ],
)
def test_a_file_that_cannot_be_taken_is_a_problem(
    client: TestClient, conn: Connection, data: bytes, form: dict[str, str], status: int
) -> None:
    answer = upload(client, bearer(conn, "household", "h1"), data, **form)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["detail"]
    assert count(conn, "reading") == 0


def test_an_upload_has_its_limits(client: TestClient, gateway: dict[str, str]) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    length = {"Content-Length": str(LARGEST_FILE + 1)}
    large = client.post(FILES, content=b"", headers=gateway | kind | length)
    assert large.status_code == 413
    assert client.post(FILES, content=b"x", headers=gateway).status_code == 415
    assert client.post(READINGS, files={"file": b"x"}, headers=gateway).status_code == 415
    assert client.post(FILES, files={"other": b"x"}, headers=gateway).status_code == 422


def test_answers_speak_the_readers_language(client: TestClient, gateway: dict[str, str]) -> None:
    said = [
        client.post(READINGS, content=b"x", headers=gateway | {"Accept-Language": language})
        for language in ("fr-FR,fr", "en-GB")
    ]
    assert "n'est pas" in said[0].json()["detail"]
    assert "not valid JSON" in said[1].json()["detail"]


def test_files_that_are_slow_to_decode_keep_nobody_waiting(
    client: TestClient, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither messages, nor the other routes; beyond so many, files are to be sent later."""
    begun, slow, real = threading.Event(), threading.Event(), Decoders._run

    def run(self: Decoders, task: Task) -> Result:
        begun.set()
        slow.wait()
        return real(self, task)

    monkeypatch.setattr(Decoders, "_run", run)
    portal = client.portal
    assert portal is not None
    portal.call(lambda: setattr(_threads(), "total_tokens", 2))  # those of the other routes
    headers, gateway = bearer(conn, "household", "h1"), bearer(conn, "gateway", "gw1")
    with ThreadPoolExecutor(UPLOADS + 2) as senders:
        try:
            sent = [
                senders.submit(upload, client, headers, ENEDIS, usage_point="PRM1")
                for _ in range(UPLOADS + 2)
            ]
            assert begun.wait(10)
            wait_for(lambda: sum(s.done() for s in sent) == 2, "two files are sent away")
            since = time.monotonic()
            pack = register_pack("e1", int(time.time()), 1)
            assert client.post(READINGS, content=pack, headers=gateway).status_code == 200
            assert client.get("/healthz").json() == "ok"
            assert time.monotonic() - since < 5
        finally:
            slow.set()
    answers = [s.result() for s in sent]
    assert sorted(a.status_code for a in answers) == [200] * UPLOADS + [503] * 2
    for late in (a for a in answers if a.status_code == 503):
        assert late.headers["content-type"] == PROBLEM
        assert int(late.headers["retry-after"]) > 0
    assert upload(client, headers, ENEDIS, usage_point="PRM1").json()["rejected"] == 0


def test_what_is_stored_is_told_where_a_later_file_gets_no_turn(
    client: TestClient, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(conn, "household", "h1")
    packed = zipped(("e.csv", ENEDIS), ("gas.json", grdf("2026-11-02")), ("page.html", b"<html>"))
    busy_after(monkeypatch, 1)
    answer = upload(client, headers, packed, usage_point="PRM1")
    assert answer.status_code == 200, answer.text
    first, *others = answer.json()["files"]
    assert first["accepted"] >= 44
    assert conn.execute("SELECT load_id FROM load").fetchall() == [(first["load"],)]
    conn.commit()
    assert [(f["file"], f["load"], f["problem"]["reason"]) for f in others] == [
        ("Mes données.csv/gas.json", None, "busy"), ("Mes données.csv/page.html", None, "busy"),
    ]  # fmt: skip
    assert "renvoyez ce fichier" in others[0]["problem"]["text"]


def test_a_pack_that_clashes_with_another_writer_is_stored_all_the_same(
    client: TestClient, conn: Connection, gateway: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clashes = iter([psycopg.errors.DeadlockDetected("with another writer")])

    def store(*told: Any, **more: Any) -> Any:
        stored = store_reads(*told, **more)
        for error in clashes:
            raise error
        return stored

    monkeypatch.setattr("ingest.http.store_reads", store)
    pack = register_pack("e1", int(time.time()), 1)
    answer = client.post(READINGS, content=pack, headers=gateway)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


def test_a_file_without_a_turn_is_a_problem_where_nothing_is_stored(
    client: TestClient, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(conn, "household", "h1")
    packed = zipped(("e.csv", ENEDIS), ("gas.json", grdf("2026-11-02")))
    for allowed, form in ((0, {}), (1, {"dry_run": "1"})):
        busy_after(monkeypatch, allowed)
        answer = upload(client, headers, packed, usage_point="PRM1", **form)
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert int(answer.headers["retry-after"]) > 0
        assert count(conn, "load") == 0


def busy_after(monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    """So many files are stored; those that follow get no turn."""
    turns = iter(range(files))

    async def store(self: Turns, work: Callable[[Connection], Any]) -> Any:
        if next(turns, None) is None:
            raise _later("The hub is busy; send it again later.")
        return await self.connected(work)

    monkeypatch.setattr(Turns, "store", store)


def _threads() -> anyio.CapacityLimiter:
    return anyio.to_thread.current_default_thread_limiter()
