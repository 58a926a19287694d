"""The whole application's manners: problems, headers, unknown paths, readiness, metrics."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.types import Message

from hub.app.embedded.process import free_port, is_listening
from hub.app.headers import content_policy
from hub.app.settings import Settings
from hub.app.web import create_app
from hub.disclosure.publish import publish_due
from hub.store.collecting import SourceState, keep_source
from hub.store.connection import Connection, connect
from hub.store.publication import keep_state, read_state
from hub.store.service_state import store_state
from tests.routes.conftest import Seeded
from tests.stack import Stack
from tests.web import TestClient

HASH = "'sha256-abc='"


def greedy_pages(app: FastAPI, _url: str, _settings: Settings) -> Sequence[str]:
    """Pages that answer everything, as Dash does."""

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> HTMLResponse:
        if path == "boom":
            raise RuntimeError("boom")
        return HTMLResponse(f"page {path}" + " " * 2000)

    return [HASH]


@pytest.fixture(scope="module")
def whole(seeded: Seeded) -> TestClient:
    app = create_app(seeded.url, Settings(), more_routes=(), more_pages=(greedy_pages,))
    return TestClient(app, client=("127.0.0.1", 5000), raise_server_exceptions=False)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/nope",
        "/api/v1/households",
        "/api/v1/households/",
        "/api/v1/areas/69383",
        "/api/v2/areas",
        "/open/nope",
        "/open/datasets",
        "/open/datasets/",
        "/open/datasets/day-totals.csv/more",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_api_paths_are_problems_not_pages(
    whole: TestClient, path: str, method: str
) -> None:
    answer = whole.request(method, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["/", "/kiosque", "/open/", "/apiary", "/opening"])
def test_pages_stay_pages(whole: TestClient, path: str) -> None:
    answer = whole.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/areas"),
        ("DELETE", "/api/v1/households/H1/consumption"),
        ("PUT", "/open/catalog.jsonld"),
    ],
)
def test_a_wrong_method_is_405(whole: TestClient, method: str, path: str) -> None:
    answer = whole.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unexpected_error_is_a_problem_that_tells_no_secret(
    seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.store import published

    def fail(_conn: Connection) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(published, "areas", fail)
    app = create_app(seeded.url, Settings(), more_routes=(), more_pages=(greedy_pages,))
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get("/api/v1/areas")
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert "hunter2" not in answer.text
    assert client.get("/boom").status_code == 500
    app.state.web.pool.close()


def test_every_answer_is_guarded(whole: TestClient) -> None:
    for path in ("/", "/api/v1/areas", "/api/v1/nope", "/healthz"):
        headers = whole.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
        assert "camera=()" in headers["permissions-policy"]
        policy = headers["content-security-policy"]
        assert f"script-src 'self' {HASH}" in policy
        assert "frame-ancestors 'none'" in policy


def test_no_page_may_reach_another_host() -> None:
    for directive in content_policy().split("; "):
        sources = directive.split()[1:]
        assert not [s for s in sources if "://" in s or s == "*"], directive
        if directive.startswith("script-src"):
            assert sources == ["'self'"]


def test_the_api_describes_itself_without_other_hosts(whole: TestClient) -> None:
    body = whole.get("/api/v1/openapi.json").json()
    assert "/api/v1/households/{ref}/consumption" in body["paths"]
    assert "/api/v1/areas/{code}/consumption" in body["paths"]
    names = {
        p["name"]
        for p in body["paths"]["/api/v1/households/{ref}/consumption"]["get"]["parameters"]
    }
    assert names >= {"commodity", "flow", "register", "from", "to", "step", "unit", "as_of"}
    assert whole.get("/docs").text.startswith("page")  # FastAPI's own page loads a CDN: off


def test_large_answers_are_packed(whole: TestClient) -> None:
    answer = whole.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


def test_health_needs_no_database() -> None:
    app = create_app(
        "postgresql://nobody@127.0.0.1:1/none", Settings(), more_routes=(), more_pages=()
    )
    client = TestClient(app, raise_server_exceptions=False)
    assert client.get("/healthz").text == "ok\n"
    app.state.web.pool.close(timeout=0)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "injoignable" in answer.json()["progress"]


def ready(client: TestClient) -> tuple[int, str | None]:
    answer = client.get("/readyz")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["progress"]


def set_demo(conn: Connection, value: str) -> None:
    conn.execute(
        "INSERT INTO setting (name, value) VALUES ('demo', %s) ON CONFLICT (name) DO UPDATE"
        " SET value = excluded.value, changed_at = clock_timestamp()",
        [value],
    )
    conn.commit()


@pytest.mark.parametrize(
    ("demo", "caller", "headers", "told"),
    [
        (True, "127.0.0.1", {}, True),
        (True, "::1", {}, True),
        (True, "192.0.2.7", {}, False),
        (True, "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, False),
        (True, "127.0.0.1", {"Forwarded": "for=192.0.2.7"}, False),
        (False, "127.0.0.1", {}, False),
    ],
)
def test_a_demo_s_private_link_is_told_on_this_machine_only(
    stack: Stack, demo: bool, caller: str, headers: dict[str, str], told: bool
) -> None:
    kiosk, home = ["kiosque", "/kiosque"], ["foyer", "/lien/secret"]
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        value = json.dumps({"state": "ready", "open": [home, kiosk]})
        set_demo(conn, value)
        publish_due(conn, datetime.now(UTC))
        app = create_app(url, Settings(demo=demo), more_routes=(), more_pages=())
        with TestClient(app, client=(caller, 5000)) as client:
            answer = client.get("/readyz", headers=headers)
        assert answer.status_code == 200
        assert answer.json()["open"] == ([home, kiosk] if told else [kiosk])
        assert ("secret" in answer.text) is told


def test_ready_when_the_demo_is_filled_computed_and_published(stack: Stack) -> None:
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        app = create_app(url, Settings(), more_routes=(), more_pages=())
        with TestClient(app) as client:
            assert ready(client) == (200, None)
            set_demo(conn, '{"state": "filling", "progress": "eau : 40 %"}')
            publish_due(conn, datetime.now(UTC))
            assert ready(client) == (503, "eau : 40 %")
            conn.execute(
                "INSERT INTO dirty (channel_id, from_ts, to_ts, priority, marked_at)"
                " VALUES (1, now(), now(), 2, now() - interval '1 min'),"
                " (1, now(), now(), 0, now())"
            )
            set_demo(conn, '{"state": "ready", "open": [["Kiosque", "/kiosque"]]}')
            assert ready(client)[1] == "calcul / computing: 1 séries à traiter / ranges left"
            conn.execute("DELETE FROM dirty WHERE priority = 2")
            conn.commit()
            assert ready(client)[1] == "publication des totaux / publishing totals"
            publish_due(conn, datetime.now(UTC))
            assert ready(client) == (200, None)
            assert client.get("/readyz").json()["open"] == [["Kiosque", "/kiosque"]]
            # a file loaded later holds days back for a while: nobody is turned away for that
            keep_state(conn, {**read_state(conn), "waiting_days": True})
            conn.commit()
            assert ready(client) == (200, None)


def test_not_ready_without_the_schema(stack: Stack) -> None:
    with stack.fresh_database(migrated=False) as url:
        app = create_app(url, Settings(), more_routes=(), more_pages=())
        with TestClient(app) as client:
            status, progress = ready(client)
            assert status == 503
            assert progress is not None
            assert "0001_registry.sql" in progress


def _values(text: str) -> str:
    """The lines of /metrics without their comments."""
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("#"))


def test_metrics_are_for_this_machine(whole: TestClient, seeded: Seeded, conn: Connection) -> None:
    conn.execute(
        "INSERT INTO rejected (transport, origin, reason) VALUES ('mqtt', 'x', 'not_json')"
    )
    conn.execute(
        "INSERT INTO dirty_area (area_id, measure_id, from_day, to_day, failure)"
        " VALUES (1, 1, '2026-07-14', '2026-07-14', NULL), (1, 1, '2026-07-15', '2026-07-15', 'x')"
    )
    conn.commit()
    answer = whole.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'hub_rejected{reason="not_json"} 1\n' in answer.text
    assert "hub_dirty_pending 0\n" in answer.text
    assert "hub_areas_pending 1\nhub_areas_set_aside 1\n" in _values(answer.text)
    conn.execute("DELETE FROM dirty_area")
    conn.commit()
    assert whole.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 404
    outside = TestClient(whole.app, client=("192.0.2.7", 5000))
    assert outside.get("/metrics").status_code == 404
    assert outside.get("/healthz").status_code == 200


def test_metrics_of_what_the_broker_dropped(
    whole: TestClient, seeded: Seeded, conn: Connection
) -> None:
    assert "hub_broker_dropped_total" not in _values(whole.get("/metrics").text)
    store_state(conn, "ingest", {"overflow": {"count": 1_234_567, "at": 1}})
    text = whole.get("/metrics").text
    assert "# TYPE hub_broker_dropped_total counter\nhub_broker_dropped_total 1234567\n" in text
    conn.execute("DELETE FROM setting WHERE name = 'service:ingest'")
    conn.commit()


def test_metrics_of_what_is_polled(whole: TestClient, seeded: Seeded, conn: Connection) -> None:
    now = datetime.now(UTC)
    well = SourceState(
        "em", "shelly_gen1", "ok", now, now + timedelta(minutes=1), now - timedelta(seconds=50)
    )
    never = SourceState(
        "linky", "enedis_data_connect", "failed", now, now - timedelta(hours=1), failures=3
    )
    for state in (well, never):
        keep_source(conn, state)
    told = dict(
        line.rsplit(" ", 1)
        for line in _values(whole.get("/metrics").text).splitlines()
        if line.startswith("hub_collect_")
    )
    em, linky = 'source="em",kind="shelly_gen1"', 'source="linky",kind="enedis_data_connect"'
    assert 50 <= float(told.pop(f"hub_collect_age_seconds{{{em}}}")) < 300
    assert 3600 <= float(told.pop(f"hub_collect_overdue_seconds{{{linky}}}")) < 4000
    assert told == {
        f"hub_collect_up{{{em}}}": "1",
        f"hub_collect_up{{{linky}}}": "0",
        f"hub_collect_stopped{{{em}}}": "0",
        f"hub_collect_stopped{{{linky}}}": "0",
        f"hub_collect_failures{{{em}}}": "0",
        f"hub_collect_failures{{{linky}}}": "3",
        f"hub_collect_overdue_seconds{{{em}}}": "0",
    }
    conn.execute("DELETE FROM collected_source")
    conn.commit()


def test_the_application_as_it_is_served(seeded: Seeded) -> None:
    """With intake and pages: each answers its own, and Dash never answers for the API."""
    app = create_app(seeded.url, Settings())
    with TestClient(app, follow_redirects=False) as client:
        for path in ("/", "/kiosque", "/quartier"):
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert answer.headers["content-type"].startswith("text/html")
            # Dash's own inline script runs, because its hash is in the policy
            assert "'sha256-" in answer.headers["content-security-policy"]
        unknown = client.get("/api/v1/nope")
        assert unknown.status_code == 404
        assert unknown.headers["content-type"] == "application/problem+json"
        for path in ("/api/v1/readings", "/api/v1/files"):
            answer = client.post(path)
            assert answer.status_code in {401, 415}
            assert answer.headers["content-type"] == "application/problem+json"
            assert client.get(path).headers["allow"] == "POST"
        for path in ("/healthz", "/open/", "/open/catalog.jsonld", "/quartier", "/texte/quartier",
                     "/api/v1/areas", "/api/v1/nope", "/nulle-part"):  # fmt: skip
            whole, head = client.get(path), client.head(path)
            assert head.status_code == whole.status_code, path
            assert head.headers.get("content-type") == whole.headers.get("content-type"), path
        for path in ("/healthz", "/quartier", "/open/", "/open/catalog.jsonld"):
            assert client.delete(path).headers["allow"] == "GET, HEAD"


def test_the_answer_to_head_has_no_body(seeded: Seeded) -> None:
    """Asked below any client or server, which would drop it themselves."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "HEAD", "path": "/open/catalog.jsonld", "raw_path": b"",
             "query_string": b"", "headers": [], "http_version": "1.1", "scheme": "http",
             "client": ("127.0.0.1", 1), "server": ("testserver", 80)}  # fmt: skip
    app = create_app(seeded.url, Settings(), more_routes=(), more_pages=())
    asyncio.run(app(scope, receive, send))
    bodies = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert sent[0]["status"] == 200 and b"".join(bodies) == b"" and not sent[-1].get("more_body")


def test_head_opens_no_session(seeded: Seeded) -> None:
    """Those who look whether an address is there, as mail scanners do."""
    app = create_app(seeded.url, Settings(), more_routes=(), more_pages=())
    answer = TestClient(app, follow_redirects=False).head(seeded.link)
    assert answer.status_code == 405 and "set-cookie" not in answer.headers


def test_the_service_stops_on_sigterm(seeded: Seeded, tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "HUB_DATABASE_URL": seeded.url, "HUB_PORT": str(port)}
    command = [sys.executable, "-m", "hub.app.cli", "serve", "--data", str(tmp_path)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not is_listening(port):
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            assert answer.status == 200
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, (tmp_path / "log").read_text()
        assert time.monotonic() - begun < 5
    finally:
        process.kill()
        process.wait()
