"""The intake's commands, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.connection import Connection, connect
from hub.store.events import PlacedEvent, record_event
from hub.store.loads import NewLoad, add_loads
from tests.ingest.broker import ROOT, register_pack
from tests.stack import Stack
from tests.store.district import FILES, bring, stored

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        yield connection


def hub(url: str, *arguments: str | Path, lang: str = "C.UTF-8") -> Run:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "HUB_"))}
    env |= {"HUB_DATABASE_URL": url, "LANG": lang} if url else {"LANG": lang}
    return subprocess.run(
        [sys.executable, "-m", "hub.app.cli", *map(str, arguments)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def registry(folder: Path) -> list[Path]:
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return [folder / name for name in FILES]


def test_import_registry(conn: Connection, url: str, tmp_path: Path) -> None:
    files = registry(tmp_path)
    tried = hub(url, "import", "registry", "--dry-run", *files)
    assert tried.returncode == 0, tried.stderr
    assert "Dry run" in tried.stdout
    done = hub(url, "import", "registry", "--json", *files)
    assert (done.returncode, json.loads(done.stdout)["rejected"]) == (0, [])
    assert json.loads(done.stdout)["tables"]["usage_point"]["added"] == 5
    twin = tmp_path / "twin.csv"
    twin.write_text("connector,ref,usage_point\nsenml,w2,W1\n")
    warned = hub(url, "import", "registry", "--dry-run", twin, lang="fr_FR.UTF-8")
    assert warned.returncode == 0
    assert "senml/w1 + senml/w2 (W1) : deux appareils sur une même entrée" in warned.stdout
    bad = tmp_path / "bad.csv"
    bad.write_text("ref,area\nd9,nowhere\n")
    some = hub(url, "import", "registry", bad, lang="en_GB.UTF-8")
    assert some.returncode == 1
    assert "bad.csv:2 [area]: 'nowhere' is not in table area" in some.stdout
    bad.write_text("a,b\n1,2\n")
    assert hub(url, "import", "registry", bad).returncode == 2
    assert hub(url, "import", "registry", bad, files[0]).returncode == 1


def test_load_and_undo(conn: Connection, url: str, tmp_path: Path) -> None:
    bring(conn)
    good, bad = tmp_path / "good.json", tmp_path / "bad.csv"
    good.write_bytes(register_pack("e1", 1_794_000_000, 1))
    bad.write_bytes(b"\x00\x01")
    done = hub(url, "load", good)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 row read: 1 accepted" in done.stdout
    told = json.loads(hub(url, "load", "--json", good).stdout)
    assert (told[0]["unchanged"], told[0]["load"]) == (1, 2)
    assert hub(url, "load", bad).returncode == 2
    both = hub(url, "load", bad, good, "--lang", "en")
    assert both.returncode == 1
    assert "format not known" in both.stdout
    assert hub(url, "load", "--format", "nope", good).returncode == 2
    assert hub(url, "load").returncode == 2
    undone = hub(url, "load", "--undo", "1")
    assert undone.returncode == 0
    assert "undone: 1 reading removed.\n" in undone.stdout
    assert "Load 2 (good.json)" in undone.stdout
    assert stored(conn) == []
    assert hub(url, "load", "--undo", "1").returncode == 2


def test_a_row_refused_is_exit_1(conn: Connection, url: str, tmp_path: Path) -> None:
    bring(conn)
    path = tmp_path / "a.json"
    path.write_bytes(register_pack("nobody", 1_794_000_000, 1))
    done = hub(url, "load", path)
    assert done.returncode == 1
    assert "row 1: unknown device senml/nobody" in done.stdout


def test_an_archive_is_one_file_for_the_exit_code(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    bring(conn)
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    for path, files in (
        (good, {"a.json": register_pack("e1", 1_794_000_000, 1), "b.pdf": b"%PDF-"}),
        (bad, {"b.pdf": b"%PDF-", "c.png": b"\x89PNG\r\n"}),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    tried = hub(url, "load", "--dry-run", good)
    assert (tried.returncode, stored(conn)) == (1, [])
    conn.rollback()
    done = hub(url, "load", "--json", good)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [(r["file"], r["accepted"]) for r in told] == [
        ("good.zip/a.json", 1),
        ("good.zip/b.pdf", 0),
    ]
    assert told[1]["problem"]["en"].startswith("this is a PDF")
    assert told[1]["problem"]["fr"].startswith("c'est un PDF")
    assert len(stored(conn)) == 1
    assert hub(url, "load", bad).returncode == 2
    assert hub(url, "load", bad, bad).returncode == 1


def test_counts_and_words_agree_in_both_languages(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    areas = tmp_path / "areas.csv"
    areas.write_text("code,name,kind\n693830101,Part-Dieu,iris\n")
    told = hub(url, "import", "registry", areas, lang="fr_FR.UTF-8").stdout
    assert told == "area : 1 ajoutée\n"
    areas.write_text(areas.read_text() + "693830102,Villette,iris\n693830103,Sans-Souci,iris\n")
    told = hub(url, "import", "registry", areas, "--lang", "fr").stdout
    assert told == "area : 2 ajoutées, 1 inchangée\n"
    bring(conn)
    pack = tmp_path / "good.json"
    pack.write_bytes(register_pack("e1", 1_794_000_000, 1))
    told = hub(url, "load", pack, "--lang", "fr").stdout
    first, *more = told.splitlines()
    assert first == "good.json : senml, chargement 1. 1 ligne lue : 1 acceptée"
    assert any("electricity/consumption/TOTAL e1 : 1 index le 2026-11-06" in m for m in more)
    told = hub(url, "load", "--undo", "1", "--lang", "fr").stdout
    assert "annulé : 1 relevé retiré." in told


def test_what_a_file_holds_does_nothing_to_a_terminal(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    bring(conn)
    export = tmp_path / "veolia\x1b[31m.csv"
    export.write_text(
        "Date de relevé;Index relevé (litres);Consommation du jour (litres);Index Mesuré/Estimé\n"
        "\x1b[31m\x9b2J;1198636;476;Mesuré\n"
    )
    areas = tmp_path / "areas.csv"
    areas.write_text("code,name,kind\n69\x1b]0;x\x07,Part-Dieu,iris\n7,x,\x1b[2J\n")
    for done in (
        hub(url, "load", "--usage-point", "W1", export),
        hub(url, "load", "--usage-point", "W1", "--json", export),
        hub(url, "import", "registry", areas),
        hub(url, "load", "--undo", "1"),
    ):
        assert done.stdout
        assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))
    assert "\\x1b[31m\\x9b2J" in hub(url, "load", "--usage-point", "W1", export).stdout


def test_meter_replace(conn: Connection, url: str) -> None:
    bring(conn)
    command = ("meter", "replace", "PRM1", "--at", "2026-11-02T10:00", "--closing", "12345.6")
    first = hub(url, *command, "--opening", "0")
    assert (first.returncode, first.stderr) == (0, "")
    assert "known already" in hub(url, *command, "--opening", "0").stdout
    row = conn.execute(
        "SELECT extract(epoch FROM at)::int8, kind, closing, opening, source FROM meter_event"
    ).fetchall()
    assert row == [(1_793_610_000, "replacement", 12_345_600_000, 0, "operator")]
    future = [*command[3:4], "2099-01-01", *command[5:]]
    early = hub(url, "meter", "replace", "PRM1", *future, "--opening", "0")
    assert early.returncode == 2
    assert "--at" in early.stderr
    assert "2099-01-01" in early.stderr
    wrong = hub(url, "meter", "replace", "NOPE", *command[3:], "--opening", "0")
    assert wrong.returncode == 2
    assert "USAGE_POINT" in wrong.stderr
    assert "NOPE" in wrong.stderr


def test_a_wrong_meter_event_is_corrected_or_taken_back(conn: Connection, url: str) -> None:
    bring(conn)
    at = ("--at", "2026-11-02T10:00")
    hub(url, "meter", "replace", "PRM1", *at, "--closing", "12345.6", "--opening", "0")
    done = hub(url, "meter", "replace", "PRM1", *at, "--closing", "12354.6", "--opening", "0.5")
    assert "corrected" in done.stdout
    done = hub(url, "meter", "replace", "PRM1", "--at", "2026-11-03", "--register", "HP")
    assert "Not known: the closing register (--closing) and the opening" in done.stdout
    listed = hub(url, "meter", "events", "PRM1")
    assert (listed.returncode, listed.stderr) == (0, "")
    first, second = listed.stdout.splitlines()
    number = first.split()[0]
    assert first.endswith(
        "2026-11-02 10:00:00+0100  replacement  electricity consumption"
        "  12354.6 kWh -> 0.5 kWh  operator"
    )
    assert second.endswith("electricity consumption HP  unknown -> unknown  operator")
    french = hub(url, "meter", "events", "PRM1", "--lang", "fr").stdout.splitlines()[0]
    assert "remplacement  électricité consommation  12354.6 kWh" in french
    assert french.endswith("opérateur")
    told = json.loads(hub(url, "meter", "events", "PRM1", "--json").stdout)[0]
    assert [told[name] for name in ("number", "closing", "opening", "unit", "load")] == [
        int(number), "12354.6", "0.5", "kWh", None,
    ]  # fmt: skip
    gone = hub(url, "meter", "remove", number, "--lang", "fr")
    assert (gone.returncode, gone.stdout.startswith("Retiré : ")) == (0, True)
    assert "vigueur" not in gone.stdout  # not the value that had been corrected
    assert len(hub(url, "meter", "events", "PRM1").stdout.splitlines()) == 1
    again = hub(url, "meter", "remove", number)
    assert (again.returncode, "was taken back or replaced" in again.stderr) == (2, True)
    assert hub(url, "meter", "remove", "999").returncode == 2
    assert "NOPE" in hub(url, "meter", "events", "NOPE").stderr
    assert hub(url, "meter", "events", "W1").stdout == "No meter event.\n"


def test_taking_a_persons_event_back_brings_back_what_a_file_told(
    conn: Connection, url: str
) -> None:
    bring(conn)
    (load,) = add_loads(conn, [NewLoad("c15.xml", "d", "enedis_flux_c15", None, "operator")])
    point = conn.execute("SELECT usage_point_id FROM usage_point WHERE ref = 'PRM1'").fetchone()
    assert point is not None
    at = 1_793_610_000  # 2026-11-02 10:00 in Paris
    event = PlacedEvent(point[0], at, "replacement", register="F1", closing=7_000_000, opening=0)
    record_event(conn, event, "enedis_flux_c15", load)
    conn.execute(
        "INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source)"
        " SELECT %s, 'electricity', 'consumption', 'energy', unnest(ARRAY['F1', 'D1', 'TOTAL']),"
        " 'register', 'r151'",
        point,
    )
    conn.commit()
    told = hub(url, "meter", "events", "PRM1").stdout
    assert told.rstrip().endswith(f"7 kWh -> 0 kWh  enedis_flux_c15, c15.xml ({load})")
    replace = ("meter", "replace", "PRM1", "--at", "2026-11-02T10:00", "--closing", "8")
    wrong = hub(url, *replace, "--opening", "1", "--register", "F1")
    assert "corrected" in wrong.stdout
    whole = hub(url, *replace, "--opening", "1")
    assert "Those of D1, F1 need --register" in whole.stdout
    nowhere = hub(url, *replace, "--opening", "1", "--register", "F7")
    assert "No source tells the register F7; known: D1, F1, TOTAL" in nowhere.stdout
    rows = json.loads(hub(url, "meter", "events", "PRM1", "--json").stdout)
    (mine,) = [row["number"] for row in rows if row["register"] == "F1"]
    gone = hub(url, "meter", "remove", str(mine)).stdout
    assert f"In force again: {mine + 3}  " in gone
    assert gone.rstrip().endswith(f"7 kWh -> 0 kWh  enedis_flux_c15, c15.xml ({load})")


def test_rebuild_of_no_day_at_all_is_refused(url: str) -> None:
    done = hub(url, "rebuild", "--from", "2026-11-22", "--to", "2026-11-20")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--from 2026-11-22 lies after --to 2026-11-20" in done.stderr


def test_replay_with_nothing_to_do(conn: Connection, url: str) -> None:
    done = hub(url, "replay")
    assert (done.returncode, done.stdout) == (0, "0 payloads stored, 0 refused again.\n")


def test_without_a_hub_the_command_says_how_to_start_one(tmp_path: Path) -> None:
    done = hub("", "load", "--data", tmp_path, tmp_path / "x")
    assert done.returncode == 2
    assert "hub up" in done.stderr


def test_replay_says_why_a_message_waits_on(conn: Connection, url: str) -> None:
    """Its device is registered, and the household has not consented."""
    bring(conn)
    conn.execute(
        "INSERT INTO rejected (transport, origin, connector, device_ref, reason, payload,"
        " payload_bytes) VALUES ('mqtt', 'hub/v1/gw/readings', 'senml', 'e1', 'unknown_device',"
        " %(payload)s, octet_length(%(payload)s))",
        {"payload": register_pack("e1", 1_794_000_000, 1)},
    )
    conn.execute(
        "INSERT INTO rejected (transport, origin, reason, detail, payload, payload_bytes)"
        """ VALUES ('mqtt', 'tele/x', 'no_connector', '{}', 'x', 1)"""
    )
    conn.execute("UPDATE rejected SET received_at = to_timestamp(1794000000)")
    conn.commit()
    done = hub(url, "replay", lang="fr_FR.UTF-8")
    assert done.returncode == 1
    first, *why = done.stdout.splitlines()
    assert first == "0 message enregistré, 2 encore refusés."
    assert any("table `consent`" in line and line.startswith("  1 × d'avant") for line in why)
    assert "  1 × aucun connecteur ne lit ce sujet ; ajoutez-le à hub.toml." in why
    assert "before_usage_point" not in done.stdout
    assert "the household's consent" in hub(url, "replay").stdout


def test_what_was_refused_is_listed_by_reason(conn: Connection, url: str, tmp_path: Path) -> None:
    assert hub(url, "rejected").stdout == "Nothing was refused.\n"
    bring(conn)
    conn.execute(
        "INSERT INTO rejected (received_at, transport, origin, connector, device_ref, reason,"
        " detail, payload, payload_bytes) SELECT '2026-11-02 10:00+01', 'mqtt', 'tele/x', 'senml',"
        """ 'e1', 'bad_unit', '{"value": "ell"}', '\\x1b5b334a' || %s::bytea, 304"""
        " FROM generate_series(1, 7)",
        [b"x" * 300],
    )
    conn.commit()
    path = tmp_path / "a.json"
    path.write_bytes(register_pack("nobody", 1_794_000_000, 1))
    assert hub(url, "load", path).returncode == 1
    done = hub(url, "rejected", "--limit", "2")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "7 × bad_unit"  # of those that are not shown the unit may be another
    assert lines[1] == ("  2026-11-02 10:00:00+0100  mqtt  tele/x  senml/e1  unexpected unit 'ell'")
    assert lines[2] == f"    \\x1b[3J{'x' * 156} ..."
    assert lines[5] == "  and 5 more (--limit)"
    assert lines[6].startswith("1 × unknown device senml/nobody")
    assert lines[7].endswith("file  a.json  senml/nobody  load 1  row 1")
    french = hub(url, "rejected", "--reason", "unknown_device", lang="fr_FR.UTF-8").stdout
    assert french.startswith("1 × appareil inconnu senml/nobody")
    other = hub(url, "rejected", "--reason", "zzz").stdout
    assert other == "Nothing was refused for that; there are: bad_unit, unknown_device\n"
    told = json.loads(hub(url, "rejected", "--json", "--limit", "1").stdout)
    assert [(one["reason"], one["alike"], one["load"]) for one in told] == [
        ("bad_unit", 7, None),
        ("unknown_device", 1, 1),
    ]
    assert told[0]["payload_bytes"] == 304
    conn.execute("UPDATE rejected SET replayed_at = now()")
    conn.commit()
    assert hub(url, "rejected").stdout == "Nothing was refused.\n"
