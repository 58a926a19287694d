"""`/envoyer`: files tried, loaded and taken back, by their own household only."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from psycopg_pool import PoolTimeout

from dashboard.site import Site
from hub.accounts.secret import digest_of
from hub.accounts.sessions import COOKIE
from hub.app.settings import Settings
from hub.app.web import create_app
from hub.routes.problems import ProblemError
from hub.store.accounts import add_session
from hub.store.connection import Connection
from ingest.turns import Turns
from tests.dashboard.browser import served, visitor
from tests.dashboard.seed import Seeded, seed
from tests.dashboard.test_browser_pages import broken_rules
from tests.stack import Stack
from tests.web import TestClient

OURS = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "fr"}
#: Two mornings of an electricity meter; the hours between them are not there.
CURVE = "Horodate;Valeur\n" + "".join(
    f"2026-11-{day:02}T{hour:02}:{minute:02}:00+01:00;{100 + hour}\n"
    for day in (9, 10)
    for hour in range(1, 12)
    for minute in (0, 30)
)
SPACES = str.maketrans("\u00a0\u202f", "  ")
File = tuple[str, bytes]


@pytest.fixture(scope="module")
def place(stack: Stack) -> Iterator[tuple[str, Seeded]]:
    """A district of this module's own, because files are stored in it."""
    with stack.fresh_database() as url:
        yield url, seed(url, dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def hub(place: tuple[str, Seeded]) -> Iterator[str]:
    with served(place[0]) as address:
        yield address


@pytest.fixture
def conn(place: tuple[str, Seeded]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(place[0]) as connection:
        yield connection


@pytest.fixture
def token(place: tuple[str, Seeded]) -> str:
    return place[1].token


@pytest.fixture(scope="module")
def stranger(place: tuple[str, Seeded]) -> str:
    """The session of another household, which has a meter too."""
    with psycopg.connect(place[0]) as connection:
        area = connection.execute("SELECT area_id FROM area WHERE kind = 'iris'").fetchone()
        assert area is not None
        row = connection.execute(
            "WITH d AS (INSERT INTO dwelling (ref, area_id) VALUES ('D2', %s)"
            "           RETURNING dwelling_id),"
            " h AS (INSERT INTO household (ref) VALUES ('H2') RETURNING household_id),"
            " o AS (INSERT INTO occupancy (household_id, dwelling_id)"
            "       SELECT household_id, dwelling_id FROM h, d),"
            " u AS (INSERT INTO usage_point (ref, dwelling_id, commodity)"
            "       SELECT 'UP-theirs', dwelling_id, 'electricity' FROM d)"
            " SELECT household_id FROM h",
            [area[0]],
        ).fetchone()
        assert row is not None
        add_session(connection, digest_of("another session"), row[0], dt.timedelta(days=1))
    return "another session"


def post(
    hub: str,
    token: str | None,
    *files: File,
    path: str = "/texte/envoyer",
    headers: dict[str, str] | None = None,
    **form: Any,
) -> httpx.Response:
    cookies = {COOKIE: token} if token else {}
    with httpx.Client(base_url=hub, cookies=cookies, timeout=60) as client:
        return client.post(
            path,
            data=form,
            files=[("file", (name, data, "text/csv")) for name, data in files] or None,
            headers=OURS | (headers or {}),
        )


def words(answer: httpx.Response) -> str:
    return answer.text.translate(SPACES).replace("&#39;", "'")


def loads(conn: psycopg.Connection) -> list[tuple[Any, ...]]:
    conn.rollback()
    rows = conn.execute(
        "SELECT load_id, file_name, actor, undone_at IS NOT NULL FROM load ORDER BY load_id"
    ).fetchall()
    conn.rollback()
    return rows


def number_of(answer: httpx.Response) -> int:
    """The load that an undo button of the answer is for."""
    return int(answer.text.partition('name="load" value="')[2].partition('"')[0])


FILE = ("conso.csv", CURVE.encode())
POINT: dict[str, Any] = {"usage_point": "UP-electricity"}


def test_a_file_is_shown_first_and_nothing_is_stored(
    hub: str, conn: psycopg.Connection, token: str
) -> None:
    before = loads(conn)
    answer = post(hub, token, FILE, do="preview", **POINT)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    text = words(answer)
    for said in (
        "Voici ce qui serait enregistré",
        "45 lignes lues : 44 acceptées, 1 ignorée",
        "Format reconnu : espace client Enedis (CSV)",
        "l'horodate est la FIN du pas",
        "1 période, 13 h en tout : du 9 novembre 2026 à 11 h 30 au 10 novembre 2026 à 0 h 30",
        "choisissez de nouveau les fichiers",
        'form="send-form"',
    ):
        assert said in text
    assert "<script" not in answer.text
    assert loads(conn) == before


def test_a_file_is_loaded_listed_and_taken_back(
    hub: str, conn: psycopg.Connection, token: str
) -> None:
    answer = post(hub, token, FILE, do="load", **POINT)
    text = words(answer)
    assert "Enregistré" in text
    number = number_of(answer)
    assert loads(conn)[-1] == (number, "conso.csv", "household:H1", False)
    assert f'href="/texte/envoyer?envoi={number}"' in answer.text
    with httpx.Client(base_url=hub, cookies={COOKIE: token}, headers=OURS) as client:
        stored = words(client.get(f"/texte/envoyer?envoi={number}"))
    assert "45 lignes lues : 44 acceptées" in stored
    again = words(post(hub, token, FILE, do="preview", **POINT))
    assert "45 lignes lues : 44 inchangées" in again
    assert "Tout est déjà connu : rien à enregistrer" in again
    assert 'value="load"' not in again
    twice = words(post(hub, token, FILE, do="load", **POINT))
    assert "Tout est déjà connu : rien à enregistrer" in twice
    assert twice.count('value="undo"') == again.count('value="undo"')
    assert "déjà connu · 45 lignes lues : 44 inchangées" in twice
    undone = post(hub, token, do="undo", load=str(number))
    assert undone.status_code == 200
    assert "44 relevés retirés" in words(undone)
    assert (number, "conso.csv", "household:H1", True) in loads(conn)
    second = post(hub, token, do="undo", load=str(number))
    assert second.status_code == 409
    assert "a été annulé le" in words(second)
    left = conn.execute("SELECT count(*) FROM reading WHERE load_id = %s", [number]).fetchone()
    assert left == (0,)


def test_each_act_leaves_a_line_in_the_access_log(
    hub: str, conn: psycopg.Connection, token: str
) -> None:
    post(hub, token, FILE, do="preview", **POINT)
    number = number_of(post(hub, token, FILE, do="load", **POINT))
    post(hub, token, do="undo", load=str(number))
    rows = conn.execute("SELECT what, actor FROM access_log ORDER BY id DESC LIMIT 3").fetchall()
    assert rows == [
        (f"undo {number}", "resident"), (f"load {number}", "resident"), ("files tried", "resident"),
    ]  # fmt: skip


def test_several_files_archives_and_wrong_ones_each_have_their_report(
    hub: str, conn: psycopg.Connection, token: str
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("dans/conso.csv", CURVE.replace("2026-11", "2026-10").encode())
        archive.writestr("photo.png", b"\x89PNG\r\n\x1a\n")
    answer = post(
        hub, token, FILE, ("tout.zip", packed.getvalue()), ("facture.pdf", b"%PDF-1.4"),
        do="preview", **POINT,
    )  # fmt: skip
    text = words(answer)
    for said in (
        "<h3>conso.csv</h3>", "<h3>tout.zip/dans/conso.csv</h3>", "<h3>tout.zip/photo.png</h3>",
        "c'est une image", "<h3>facture.pdf</h3>", "c'est un PDF",
    ):  # fmt: skip
        assert said in text


@pytest.mark.parametrize("path", ["/texte/envoyer", "/envoyer"])
def test_what_is_stored_is_told_where_the_store_goes_away_before_the_next_file(
    hub: str, conn: psycopg.Connection, token: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    month = "2026-08" if path == "/envoyer" else "2026-09"  # what is known already has no button
    name, data = f"avant-{month}.csv", CURVE.replace("2026-11", month).encode()
    away, real_store, real_read = threading.Event(), Turns.store, Site.read

    async def store(self: Turns, work: Callable[[Connection], Any]) -> Any:
        if away.is_set():
            raise ProblemError(503, "The database is away; send it again later.")
        done = await real_store(self, work)
        away.set()
        return done

    async def read(self: Site, work: Callable[[Connection], Any], **other: Any) -> Any:
        if away.is_set():
            raise PoolTimeout("no connection")
        return await real_read(self, work, **other)

    monkeypatch.setattr(Turns, "store", store)
    monkeypatch.setattr(Site, "read", read)
    answer = post(hub, token, (name, data), ("après.csv", data), path=path, do="load", **POINT)
    assert answer.status_code == 200
    text = words(answer)
    said = text.encode().decode("unicode_escape") if path == "/envoyer" else text
    assert "Rien n'a été fait" not in said
    assert "le hub était occupé ou sa base de données absente" in said
    assert "Aucun envoi" not in said
    number, file_name, *_ = loads(conn)[-1]
    assert file_name == name
    assert f'"{number}"' in text  # of the button that takes it back


def test_a_file_that_does_not_tell_its_usage_point_asks_for_it(hub: str, token: str) -> None:
    text = words(post(hub, token, FILE, do="preview"))
    assert "le fichier ne dit pas son point de livraison ; choisissez-le ci-dessus" in text
    assert "Rien à enregistrer" in text
    assert "usage-point" not in text
    assert 'value="load"' not in text


def test_two_formats_are_named_with_where_to_choose(hub: str, token: str) -> None:
    both = "Date de relevé;Index relevé (litres);Horodate;Valeur\n".encode()
    text = words(post(hub, token, ("both.csv", both), do="preview", **POINT))
    assert "plusieurs formats conviennent (enedis_portal_csv, veolia_csv)" in text
    chosen = post(hub, token, FILE, do="preview", format="enedis_portal_csv", **POINT)
    assert "44 acceptées" in words(chosen)
    wrong = post(hub, token, FILE, do="preview", format="nope", **POINT)
    assert wrong.status_code == 422
    assert "format : l'un de" in words(wrong)


def test_nothing_is_written_for_another_household(
    hub: str, conn: psycopg.Connection, token: str, stranger: str
) -> None:
    before = conn.execute("SELECT count(*) FROM reading").fetchone()
    conn.rollback()
    text = words(post(hub, token, FILE, do="load", usage_point="UP-theirs"))
    assert "UP-theirs n'est pas un compteur de votre foyer" in text
    assert "Rien n'a été enregistré" in text
    assert conn.execute("SELECT count(*) FROM reading").fetchone() == before


def test_another_s_loads_are_neither_seen_nor_taken_back(
    hub: str, conn: psycopg.Connection, token: str, stranger: str
) -> None:
    number = number_of(post(hub, token, FILE, do="load", **POINT))
    with httpx.Client(base_url=hub, cookies={COOKIE: stranger}, headers=OURS) as client:
        page = client.get(f"/texte/envoyer?envoi={number}")
    assert "conso.csv" not in page.text
    assert "UP-electricity" not in page.text
    refused = post(hub, stranger, do="undo", load=str(number))
    nothing = post(hub, stranger, do="undo", load="999999")
    assert refused.status_code == nothing.status_code == 404
    assert words(refused) == words(nothing)
    assert not loads(conn)[-1][3]
    post(hub, token, do="undo", load=str(number))


@pytest.mark.parametrize("path", ["/envoyer", "/texte/envoyer"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_forms_of_other_sites_do_nothing(
    hub: str, conn: psycopg.Connection, token: str, path: str, headers: dict[str, str]
) -> None:
    before = loads(conn)
    answer = post(hub, token, FILE, path=path, headers=headers, do="load", **POINT)
    assert answer.status_code == 403
    assert loads(conn) == before


@pytest.mark.parametrize("path", ["/envoyer", "/texte/envoyer"])
@pytest.mark.parametrize("session", [None, "made up"])
def test_without_a_session_nothing_is_taken(
    hub: str, conn: psycopg.Connection, path: str, session: str | None
) -> None:
    before = loads(conn)
    answer = post(hub, session, FILE, path=path, do="load", **POINT)
    assert answer.status_code == 403
    assert "lien personnel" in words(answer)
    assert "UP-electricity" not in answer.text
    assert loads(conn) == before


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"do": "preview"}, 422, "Choisissez un fichier"),
        ({"do": "undo"}, 404, "n'existe pas"),
        ({"do": "undo", "load": "²"}, 404, "n'existe pas"),
        ({"do": "undo", "load": "9" * 40}, 404, "n'existe pas"),
        ({f"more{n}": "x" for n in range(20)}, 400, "incomplet"),
    ],
)
def test_a_form_that_makes_no_sense_says_so(
    hub: str, token: str, form: dict[str, Any], status: int, said: str
) -> None:
    answer = post(hub, token, **form)
    assert (answer.status_code, said in words(answer)) == (status, True)


def test_too_many_files_are_refused(hub: str, token: str) -> None:
    many = post(hub, token, *((f"{n}.csv", b"x") for n in range(21)), do="preview")
    assert many.status_code == 400


def test_a_form_that_is_too_long_is_refused_unread(place: tuple[str, Seeded]) -> None:
    app = create_app(place[0], Settings(demo=True))
    long = {"Content-Length": str(70 << 20), "Content-Type": "multipart/form-data; boundary=x"}
    with TestClient(app, cookies={COOKIE: place[1].token}, headers=OURS) as client:
        answer = client.post("/texte/envoyer", content=b"", headers=long)
    assert answer.status_code == 413
    assert "64 Mio au plus" in answer.text.translate(SPACES)


def test_a_hub_without_an_intake_says_so(place: tuple[str, Seeded]) -> None:
    app = create_app(place[0], Settings(demo=True), more_routes=())
    with TestClient(app, cookies={COOKIE: place[1].token}, headers=OURS) as client:
        answer = client.post("/texte/envoyer", files={"file": FILE}, data={"do": "preview"})
    assert answer.status_code == 503
    assert "ne prend pas de fichiers" in answer.text.translate(SPACES)


def test_the_script_gets_components_of_the_same_words(hub: str, token: str) -> None:
    answer = post(hub, token, FILE, path="/envoyer", do="preview", **POINT)
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["result"][0]["props"]["id"] == "send-head"
    assert "44 acceptées" in json.dumps(body["result"], ensure_ascii=False)
    english = post(
        hub, token, FILE, path="/envoyer", headers={"Accept-Language": "en"}, do="preview", **POINT
    )
    assert "This is what would be stored" in english.text
    assert "45 rows read: 44 accepted, 1 ignored" in english.text


def test_what_a_file_says_stays_text(hub: str, token: str) -> None:
    odd = "<script>alert(1)</script>.csv"
    evil = CURVE.replace(";101\n", ";<b>x</b>\n", 1).encode()
    answer = post(hub, token, (odd, evil), do="preview", **POINT)
    assert "<script" not in answer.text
    assert "<b>x" not in answer.text
    assert "&lt;b&gt;x" in answer.text


def test_a_reopened_page_is_drawn_for_its_household(hub: str, token: str, stranger: str) -> None:
    """By Dash's own callback, as the other pages are."""
    from tests.dashboard.test_web import drawn

    own, other = (drawn(hub, "/envoyer", session).text for session in (token, stranger))
    assert "UP-electricity" in own
    assert "UP-theirs" not in own
    assert "UP-theirs" in other
    view = drawn(hub, "/envoyer", token).json()["response"]["view"]["data"]
    again = drawn(hub, "/envoyer", token, changed="refresh.data", view=view).json()
    assert "response" not in again or "page" not in again["response"]
    assert "sideUpdate" not in again
    gone = drawn(hub, "/envoyer", "ended", changed="refresh.data", view=view)
    assert "lien personnel" in json.dumps(gone.json(), ensure_ascii=False)


# in a browser


def opened(browser: Browser, hub: str, token: str, **how: Any) -> Page:
    page = visitor(browser, hub, token, **how).new_page()
    page.goto(f"{hub}/envoyer")
    expect(page.locator("#send-files")).to_be_visible(timeout=10_000)
    return page


def choose(page: Page, *files: File) -> None:
    page.set_input_files(
        "#send-files",
        [FilePayload(name=name, mimeType="text/csv", buffer=data) for name, data in files],
    )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 320])
def test_a_resident_sends_a_file_and_takes_it_back(
    browser: Browser, hub: str, token: str, conn: psycopg.Connection, width: int
) -> None:
    page = opened(browser, hub, token, width=width)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None,
    )
    before = loads(conn)
    choose(page, ("un.csv", CURVE.encode()), ("facture.pdf", b"%PDF-1.4"))
    page.get_by_label("Point de livraison").select_option("UP-electricity")
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("#send-head")).to_have_text("Voici ce qui serait enregistré")
    expect(page.locator("#send-head")).to_be_focused()
    expect(page.locator(".rows-read")).to_contain_text("44 acceptées")
    assert loads(conn) == before
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("window.hub.refresh()")  # what happens elsewhere redraws nothing here
    page.wait_for_timeout(500)
    expect(page.locator("#send-head")).to_have_text("Voici ce qui serait enregistré")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#send-head")).to_have_text("Enregistré")
    assert len(loads(conn)) == len(before) + 1
    assert broken_rules(page) == []
    page.locator(".loads").get_by_role("link", name="un.csv").first.click()
    expect(page.locator("#send-head")).to_contain_text("Envoi du")
    page.locator("#send-result").get_by_role("button", name="Annuler").click()
    expect(page.locator("#send-head")).to_have_text("Annulé")
    expect(page.locator(".loads li").first).to_contain_text("annulé le")
    assert loads(conn)[-1][3]
    assert complaints == []
    page.context.close()


@pytest.mark.browser
def test_other_files_make_what_was_said_go(browser: Browser, hub: str, token: str) -> None:
    page = opened(browser, hub, token)
    choose(page, ("photo.png", b"\x89PNG\r\n\x1a\n"))
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("#send-result")).to_contain_text("c'est une image")
    expect(page.get_by_role("button", name="Enregistrer")).to_have_count(0)
    choose(page, FILE)
    expect(page.locator("#send-result")).to_be_empty()
    page.context.close()


@pytest.mark.browser
def test_the_form_works_without_a_script(browser: Browser, hub: str, token: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies([{"name": COOKIE, "value": token, "url": hub}])
    page = context.new_page()
    page.goto(f"{hub}/texte/envoyer")
    choose(page, FILE)
    page.get_by_label("Point de livraison").select_option("UP-electricity")
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("#send-head")).to_have_text("Voici ce qui serait enregistré")
    choose(page, FILE)
    page.get_by_label("Point de livraison").select_option("UP-electricity")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#send-head")).to_have_text("Enregistré")
    page.locator(".loads").get_by_role("button", name="Annuler").first.click()
    expect(page.locator("#send-head")).to_have_text("Annulé")
    context.close()


@pytest.mark.browser
def test_without_a_script_no_choice_names_no_usage_point(
    browser: Browser, hub: str, token: str
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies([{"name": COOKIE, "value": token, "url": hub}])
    page = context.new_page()
    page.goto(f"{hub}/texte/envoyer")
    choose(page, FILE)
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("#send-result")).to_contain_text("ne dit pas son point de livraison")
    context.close()


@pytest.mark.browser
def test_what_an_undo_says_of_a_long_name_fits_a_phone(
    browser: Browser, hub: str, token: str
) -> None:
    page = opened(browser, hub, token, width=375)
    choose(page, ("Enedis_Conso_Heure_" + "0123456789_" * 8 + ".csv", CURVE.encode()))
    page.get_by_label("Point de livraison").select_option("UP-electricity")
    page.get_by_role("button", name="Vérifier").click()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#send-head")).to_have_text("Enregistré")
    page.locator("#send-result").get_by_role("button", name="Annuler").click()
    expect(page.locator("#send-head")).to_have_text("Annulé")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.context.close()
