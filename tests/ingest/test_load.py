"""Loading files: groups, refusals, undo."""

from __future__ import annotations

import atexit
import hashlib
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.intake.report import LoadReport
from hub.store.channels import Directory
from hub.store.connection import Connection, connect
from hub.store.loads import LoadError, finish_loads, undo_load
from hub.store.placing import Rules
from hub.store.readings import write_batch
from ingest.decoder import Decoders
from ingest.load import Loader, Options, SourceFile, load_files
from tests.connectors import golden
from tests.ingest.broker import wait_for
from tests.stack import Stack
from tests.store.district import batch, bring, registers

DAY = 1_793_746_800  # 2026-11-04 00:00 in Paris


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        bring(connection)
        yield connection


def senml(folder: Path, name: str, *pairs: tuple[int, int], device: str = "e1") -> SourceFile:
    """A file of register readings: (hours after DAY, Wh)."""
    records = ",".join(
        f'{{"n":"{device}/electricity/consumption/TOTAL","u":"Wh","t":{DAY + 3600 * h},"v":{v}}}'
        for h, v in pairs
    )
    path = folder / name
    path.write_text(f"[{records}]")
    return SourceFile(path)


@cache
def decoders() -> Decoders:
    """One for all tests: a process takes longer to start than to decode."""
    shared = Decoders(2)
    atexit.register(shared.close)
    return shared


def load(url: str, *files: SourceFile, options: Options | None = None) -> list[LoadReport]:
    with connect(url, application="test-load") as conn:
        reports = list(Loader(conn, decoders(), options or Options()).load(files))
    for report in reports:
        assert sum(report.counts.values()) == report.rows_read
    return reports


def number(report: LoadReport) -> int:
    assert report.load_id is not None
    return report.load_id


def values(conn: Connection) -> dict[int, int]:
    """Hour -> Wh of what is stored."""
    conn.rollback()
    rows = conn.execute("SELECT extract(epoch FROM ts)::int8, value FROM reading").fetchall()
    conn.rollback()
    return {(ts - DAY) // 3600: value // 1000 for ts, value in rows}


def undo(conn: Connection, load_id: int) -> dict[str, object]:
    done = undo_load(conn, load_id)
    conn.commit()
    return {
        "removed": done.removed,
        "restored": done.restored,
        "left": done.replaced_since,
        "repeated": done.repeated,
    }


def live(conn: Connection, *pairs: tuple[int, int]) -> None:
    readings = [(DAY + 3600 * h, v * 1000) for h, v in pairs]
    write_batch(conn, Directory(), batch(registers(*readings), received_at=int(time.time())))
    conn.commit()


def test_files_of_one_series_keep_their_order(conn: Connection, url: str, tmp_path: Path) -> None:
    """The last received counts, whether or not files are written together."""
    reports = load(
        url,
        senml(tmp_path, "a.json", (0, 1), (1, 2)),
        senml(tmp_path, "b.json", (0, 7), device="e2"),
        senml(tmp_path, "c.json", (1, 3), (2, 4)),
    )
    assert [(r.counts["accepted"], r.counts["revised"]) for r in reports] == [
        (2, 0),
        (1, 0),
        (1, 1),
    ]
    assert len({r.load_id for r in reports}) == 3


@pytest.mark.parametrize(
    "clash", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure]
)
def test_a_group_that_clashes_with_another_writer_is_stored_again(
    conn: Connection,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clash: type[Exception],
) -> None:
    clashes = iter([clash("with another writer")])

    def finish(*told: Any) -> None:
        for error in clashes:
            raise error
        finish_loads(*told)

    monkeypatch.setattr("ingest.load.finish_loads", finish)
    reports = load(
        url, senml(tmp_path, "a.json", (0, 1)), senml(tmp_path, "b.json", (0, 7), device="e2")
    )
    assert [(r.problem, r.counts["accepted"]) for r in reports] == [(None, 1)] * 2
    rows = conn.execute("SELECT load_id FROM load ORDER BY load_id").fetchall()
    assert rows == [(r.load_id,) for r in reports]


def test_two_devices_of_one_channel_in_one_group(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    bring(conn, {"d.csv": "connector,ref,usage_point\nsenml,twin,PRM1\n"})
    reports = load(
        url, senml(tmp_path, "a.json", (0, 1)), senml(tmp_path, "b.json", (0, 2), device="twin")
    )
    assert [r.counts["accepted"] + r.counts["revised"] for r in reports] == [1, 1]
    assert values(conn) == {0: 2}
    assert undo(conn, number(reports[1]))["restored"] == 1
    assert values(conn) == {0: 1}


def test_undo_restores_what_was_there(conn: Connection, url: str, tmp_path: Path) -> None:
    live(conn, (0, 10), (1, 11))
    conn.execute("DELETE FROM dirty")
    conn.commit()
    (report,) = load(url, senml(tmp_path, "a.json", (1, 21), (2, 22), (3, 23)))
    assert values(conn) == {0: 10, 1: 21, 2: 22, 3: 23}
    live(conn, (3, 33))  # replaced since: stays
    assert undo(conn, number(report)) == {"removed": 1, "restored": 1, "left": 1, "repeated": {}}
    assert values(conn) == {0: 10, 1: 11, 3: 33}
    latest = conn.execute("SELECT value FROM latest").fetchall()
    assert latest == [(33_000,)]
    marked = conn.execute(
        "SELECT extract(epoch FROM from_ts)::int8 FROM dirty WHERE priority = 1"
    ).fetchall()
    assert marked == [(DAY + 3600,)]


def test_a_file_never_tells_the_power_of_this_moment(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    """However fresh: what is shown live is of messages, and undo has nothing to take back."""
    path, now = tmp_path / "power.json", int(time.time())
    path.write_text(
        f'[{{"n":"e1/electricity/consumption/TOTAL","u":"W","t":{now - 5},"v":700}},'
        f'{{"n":"e1/electricity/consumption/TOTAL","u":"Wh","t":{now - 5},"v":1}}]'
    )
    (report,) = load(url, SourceFile(path))
    assert (report.counts["ignored"], report.counts["accepted"]) == (1, 1)
    undo(conn, number(report))
    for table in ("power", "latest", "reading"):
        assert conn.execute(f"SELECT * FROM {table}".encode()).fetchall() == []


def test_undo_moves_latest_back(conn: Connection, url: str, tmp_path: Path) -> None:
    live(conn, (0, 10))
    (report,) = load(url, senml(tmp_path, "a.json", (5, 50)))
    undo(conn, number(report))
    assert conn.execute("SELECT value FROM latest").fetchall() == [(10_000,)]


def test_undo_names_later_loads_of_the_same_rows(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    file = senml(tmp_path, "a.json", (0, 1), (1, 2))
    (first,), (second,) = load(url, file), load(url, file)
    done = undo(conn, number(first))
    assert done["repeated"] == {second.load_id: "a.json"}
    assert values(conn) == {}
    assert load(url, file)[0].counts["accepted"] == 2


def test_a_file_of_titles_without_rows_says_that_it_holds_no_data(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    file = portal(tmp_path, "csv", "99999999990001")
    titles = file.path.read_text().splitlines(keepends=True)[:3]
    file.path.write_text("".join(titles))
    (report,) = load(url, file)
    assert report.problem is not None
    assert (report.problem.reason, report.is_refused) == ("no_rows", True)
    assert "ne contient aucune donnée" in "".join(report.lines("fr"))


def test_a_source_whose_loads_were_taken_back_competes_no_more(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    live(conn, (0, 1))
    conn.execute("UPDATE channel SET source = 'wmbusmeters'")
    conn.commit()
    file = senml(tmp_path, "a.json", (1, 2))

    def sources() -> list[str]:
        (report,) = load(url, file, options=Options(dry_run=True))
        return [feed.source for counted in report.countings for feed in counted.feeds]

    assert sources() == ["wmbusmeters", "senml"]
    conn.execute("DELETE FROM reading")
    conn.commit()
    assert sources() == ["senml"]


def test_undoing_a_load_of_what_was_known_names_no_other(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    """It added nothing, so nothing of the later ones is gone."""
    file = senml(tmp_path, "a.json", (0, 1), (1, 2))
    (_,), (second,), (_,) = load(url, file), load(url, file), load(url, file)
    assert second.counts["unchanged"] == 2
    done = undo_load(conn, number(second))
    conn.commit()
    assert (done.removed, done.repeated) == (0, {})
    assert done.lines("fr")[0].endswith("annulé : aucun relevé ne change.")
    assert values(conn) == {0: 1, 1: 2}


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
)
def test_loads_can_be_undone_in_any_order(
    conn: Connection, url: str, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """Three loads of the same moments over a live value: what counts is what was not undone."""
    live(conn, (0, 100), (1, 101))
    rows = [{0: 1, 2: 1}, {0: 2, 1: 2, 2: 2}, {1: 3, 2: 3, 3: 3}]
    numbers = [
        number(load(url, senml(tmp_path, f"{i}.json", *r.items()))[0]) for i, r in enumerate(rows)
    ]
    left = dict(enumerate(rows))
    for i in order:
        undo(conn, numbers[i])
        del left[i]
        expected = {0: 100, 1: 101}
        for told in left.values():
            expected |= told
        assert values(conn) == expected


def blocked(conn: Connection) -> bool:
    """Whether a connection to this database waits for another's rows."""
    row = conn.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
    ).fetchone()
    conn.rollback()
    return row is not None and row[0] > 0


@pytest.mark.parametrize("before", [(), ((1, 10),)])
def test_undo_leaves_what_comes_while_it_works(
    conn: Connection, url: str, tmp_path: Path, before: tuple[tuple[int, int], ...]
) -> None:
    """A correction, not committed when undo looks and committed before it writes, stays."""
    if before:
        live(conn, *before)
    (report,) = load(url, senml(tmp_path, "a.json", (1, 21), (2, 22)))
    done: list[dict[str, object]] = []

    def take_back() -> None:
        with connect(url, application="test-undo") as own:
            done.append(undo(own, number(report)))

    with connect(url, application="test-live") as other:
        readings = registers((DAY + 3600, 31_000))
        write_batch(other, Directory(), batch(readings, received_at=int(time.time())))
        undoing = threading.Thread(target=take_back)
        undoing.start()
        wait_for(lambda: blocked(conn), "undo waits for the correction")
        other.commit()
        undoing.join()
    assert values(conn) == {1: 31}
    assert done == [{"removed": 1, "restored": 0, "left": 1, "repeated": {}}]


def test_two_loads_undone_at_once(conn: Connection, url: str, tmp_path: Path) -> None:
    """Neither brings back what the other takes away."""
    first, second = (number(load(url, senml(tmp_path, f"{v}.json", (1, v)))[0]) for v in (21, 22))

    def take_back_second() -> None:
        with connect(url, application="test-undo") as own:
            undo(own, second)

    undo_load(conn, first)
    undoing = threading.Thread(target=take_back_second)
    undoing.start()
    undoing.join(0.5)
    conn.commit()
    undoing.join()
    assert values(conn) == {}


def test_a_load_is_undone_once(conn: Connection, url: str, tmp_path: Path) -> None:
    (report,) = load(url, senml(tmp_path, "a.json", (0, 1)))
    undo(conn, number(report))
    with pytest.raises(LoadError, match="taken back"):
        undo_load(conn, number(report))
    conn.rollback()
    with pytest.raises(LoadError, match="no load 999"):
        undo_load(conn, 999)


def test_a_dry_run_tells_the_same_and_writes_nothing(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    file = senml(tmp_path, "a.json", (0, 1), (1, 2))
    (tried,) = load(url, file, options=Options(dry_run=True))
    assert values(conn) == {}
    assert conn.execute("SELECT count(*) FROM load").fetchone() == (0,)
    assert tried.load_id is None
    (done,) = load(url, file)
    assert done.counts == tried.counts


def test_an_unreadable_file_does_not_stop_the_others(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.bin"
    noise.write_bytes(bytes(range(256)))
    latin = tmp_path / "latin.csv"
    latin.write_bytes("Relevé;é\n1;2".encode("utf-16"))
    reports = load(
        url,
        SourceFile(tmp_path / "absent.csv"),
        senml(tmp_path, "a.json", (0, 1)),
        SourceFile(noise),
        SourceFile(latin),
        SourceFile(senml(tmp_path, "b.json", (1, 2)).path, "grdf_portal_json"),
    )
    assert [r.problem.reason if r.problem else "" for r in reports] == [
        "no_file", "", "unknown_format", "unrecognised", "not_this_format",
    ]  # fmt: skip
    assert values(conn) == {0: 1}
    for report in reports:
        for language in ("fr", "en"):
            assert next(iter(report.lines(language))).startswith(report.file)


def archive(folder: Path, name: str, *files: tuple[str, bytes]) -> SourceFile:
    """A ZIP of these files."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for inside, data in files:
            packed.writestr(inside, data)
    return SourceFile(path)


def test_each_file_of_an_archive_has_a_load_and_a_report_of_its_own(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    one, two, three = (
        senml(tmp_path, f"{n}.json", (n, n), device=d).path.read_bytes()
        for n, d in enumerate(("e1", "e2", "e1"))
    )
    inner = archive(tmp_path, "inner.zip", ("three.json", three)).path.read_bytes()
    packed = archive(
        tmp_path, "all.zip", ("one.json", one), ("page.html", b"<html>"), ("in.zip", inner),
        ("sub/two.json", two),
    )  # fmt: skip
    reports = load(url, senml(tmp_path, "before.json", (7, 7)), packed)
    assert [r.file for r in reports] == [
        "before.json", "all.zip/one.json", "all.zip/page.html", "all.zip/in.zip/three.json",
        "all.zip/sub/two.json",
    ]  # fmt: skip
    assert [r.problem.reason if r.problem else "" for r in reports] == [
        "",
        "",
        "is_web_page",
        "",
        "",
    ]
    assert values(conn) == {0: 0, 1: 1, 2: 2, 7: 7}
    numbers = [number(r) for r in reports if not r.problem]
    assert len(set(numbers)) == 4
    assert undo(conn, numbers[2])["removed"] == 1
    assert values(conn) == {0: 0, 1: 1, 7: 7}
    rows = conn.execute("SELECT file_name, digest FROM load ORDER BY load_id").fetchall()
    assert rows[1] == ("all.zip/one.json", hashlib.sha256(one).hexdigest())


def test_an_archive_that_is_refused_is_one_report(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    bomb = archive(tmp_path, "bomb.zip", ("zeros.csv", bytes(8 << 20)))
    empty = archive(tmp_path, "empty.zip")
    good = senml(tmp_path, "good.json", (1, 1))
    reports = load(url, bomb, empty, good)
    assert [r.file for r in reports] == ["bomb.zip", "empty.zip", "good.json"]
    assert [r.problem.reason if r.problem else "" for r in reports] == [
        "unpacks_too_far", "empty_archive", "",
    ]  # fmt: skip


def curve(folder: Path) -> SourceFile:
    """Three half-hours of an electricity meter, of a portal's file that names none."""
    path = folder / "curve.csv"
    rows = [f"2026-11-10T{at}:00+01:00;218\n" for at in ("00:30", "01:00", "01:30")]
    path.write_text("Horodate;Valeur\n" + "".join(rows))
    return SourceFile(path, usage_point="PRM1")


def test_a_report_tells_what_counts_beside_what_was_there(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    """Parts of a total, and another source of the same usage point."""
    live(conn, (0, 10))  # senml's total
    file = curve(tmp_path)
    (report,) = load(url, file)
    (stream,) = report.countings
    assert stream.usage_point == "PRM1"
    assert [(f.source, f.is_own) for f in stream.feeds] == [
        ("senml", False),
        ("enedis_portal_csv", True),
    ]
    (channel,) = report.summary.channels
    assert (channel.readings, channel.step) == (3, 1800)
    conn.rollback()
    (kept,) = conn.execute(
        "SELECT report FROM load WHERE load_id = %s", [report.load_id]
    ).fetchall()
    assert kept[0] == report.stored()
    (tried,) = load(url, file, options=Options(dry_run=True))
    assert [f.source for f in tried.countings[0].feeds] == ["senml", "enedis_portal_csv"]


def test_the_report_of_a_file_in_another_encoding_says_so(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    path = curve(tmp_path).path
    path.write_bytes(path.read_text().encode("utf-16"))
    (report,) = load(url, SourceFile(path, usage_point="PRM1"))
    assert report.counts["accepted"] == 3
    assert "le texte est codé en UTF-16" in "\n".join(report.lines("fr"))
    assert report.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_refused_rows_are_named_and_kept(conn: Connection, url: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    name = "electricity/consumption/TOTAL"
    path.write_text(
        f'[{{"n":"e1/{name}","u":"Wh","t":{DAY},"v":1}},'
        f'{{"n":"e1/{name}","u":"parsec","t":{DAY},"v":1}},'
        f'{{"n":"nobody/{name}","u":"Wh","t":{DAY},"v":1}},'
        f'{{"n":"e1/{name}","u":"Wh","t":4070908800,"v":1}}]'
    )
    (report,) = load(url, SourceFile(path))
    assert [(r.row, r.reason) for r in report.rejects] == [
        (2, "bad_unit"), (3, "unknown_device"), (4, "too_late"),
    ]  # fmt: skip
    told = "\n".join(report.lines("fr"))
    assert "ligne 2" in told
    assert "parsec" in told
    assert "appareil inconnu senml/nobody" in told
    kept = conn.execute("SELECT reason, load_id, payload FROM rejected ORDER BY id").fetchall()
    assert kept == [(r.reason, report.load_id, None) for r in report.rejects]
    assert conn.execute("SELECT connector, ref, origin FROM unknown_device").fetchall() == [
        ("senml", "nobody", "a.json")
    ]


def test_files_can_be_loaded_by_an_address_alone(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    files = [senml(tmp_path, f"{n}.json", (n, n)) for n in range(5)]
    reports = list(load_files(files, url, Options(workers=2, actor="demo")))
    assert [r.file for r in reports] == [f.path.name for f in files]
    assert values(conn) == {n: n for n in range(5)}


def test_a_load_is_told_in_its_row(conn: Connection, url: str, tmp_path: Path) -> None:
    (report,) = load(url, senml(tmp_path, "a.json", (0, 1), (1, 2)))
    row = conn.execute(
        "SELECT file_name, digest, connector, actor, rows_read, accepted, finished_at IS NOT NULL"
        " FROM load WHERE load_id = %s",
        [report.load_id],
    ).fetchone()
    assert row == ("a.json", report.digest, "senml", "operator", 2, 2, True)
    channel = conn.execute(
        "SELECT extract(epoch FROM from_ts)::int8, extract(epoch FROM to_ts)::int8, accepted"
        " FROM load_channel"
    ).fetchall()
    assert channel == [(DAY, DAY + 3600, 2)]


def portal(folder: Path, kind: str, device: str) -> SourceFile:
    """A portal's file of one day that names ``device`` as its usage point."""
    if kind == "json":
        record = {"journeeGaziere": "2026-11-10", "volumeBrutConsomme": 3}
        path = folder / "grdf.json"
        path.write_text(json.dumps({device: {"idPce": device, "releves": [record]}}))
    else:
        path = folder / "enedis.csv"
        path.write_text(
            "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
            "Grandeur metier;Etape metier;Unite;Pas en minutes\n"
            f"{device};Courbe de charge;;;Energie active;Consommation;Comptage Brut;W;30\n"
            "Horodate;Valeur\n2026-11-10T00:30:00+01:00;218\n2026-11-10T01:00:00+01:00;220\n"
        )
    return SourceFile(path, usage_point="GIVEN")


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_file_of_another_usage_point_than_the_one_given_says_so(
    conn: Connection, url: str, tmp_path: Path, kind: str
) -> None:
    device, commodity = "99999999990001", "gas" if kind == "json" else "electricity"
    file = portal(tmp_path, kind, device)
    (report,) = load(url, file)
    assert {r.reason for r in report.rejects} == {"other_usage_point"}
    for language, words in (("fr", "et non de GIVEN"), ("en", "and not of GIVEN:")):
        told = "\n".join(report.lines(language))
        assert words in told
        assert "--usage-point" not in told
    assert [n.en for n in report.notes if n.code == "usage_point"] == [
        f"the file says {device}, not GIVEN"
    ]
    conn.rollback()
    rows = conn.execute("SELECT DISTINCT reason, detail->>'given' FROM rejected").fetchall()
    assert rows == [("other_usage_point", "GIVEN")]
    alone = load(url, SourceFile(file.path))[0]
    assert {r.reason for r in alone.rejects} == {"unknown_usage_point"}
    bring(conn, {"p.csv": f"ref,commodity,dwelling\n{device},{commodity},d1\n"})
    (report,) = load(url, file)
    assert report.counts["accepted"] > 0
    assert [n.code for n in report.notes if n.code == "usage_point"] == ["usage_point"]


def test_an_unknown_inverter_is_a_device_and_no_usage_point(conn: Connection, url: str) -> None:
    """Answers of inverters come as files only; their numbers are the meters' own all the same."""
    (answer,) = (case for case in golden.cases() if str(case) == "fronius/meters")
    (report,) = load(url, SourceFile(answer.input, usage_point="GIVEN"))
    assert report.connector == "fronius"
    assert {r.reason for r in report.rejects} == {"unknown_device"}
    assert not [note for note in report.notes if note.code == "usage_point"]
    conn.rollback()
    unknown = conn.execute("SELECT connector, ref FROM unknown_device").fetchall()
    assert ("fronius", "99160001") in unknown


def test_every_refused_row_of_a_file_with_lines_names_its_line(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    file = portal(tmp_path, "csv", "99999999990001")
    (report,) = load(url, file)
    assert [r.line for r in report.rejects] == [4, 5]
    (report,) = load(url, file, options=Options(rules=Rules(usage_points=set())))
    assert [(r.reason, r.line) for r in report.rejects] == [("not_allowed", 4), ("not_allowed", 5)]
    telegrams = tmp_path / "radio.jsonl"
    line = '{"_":"telegram","media":"water","meter":"x","id":"%s","total_m3":1,"timestamp":"%s"}\n'
    at = "2026-11-10T00:00:00Z"
    telegrams.write_text("\n" + line % ("12345678", at) + "\n" + line % ("nobody", at))
    (report,) = load(url, SourceFile(telegrams))
    assert [(r.row, r.line, r.reason) for r in report.rejects] == [(2, 4, "unknown_device")]


def test_only_a_reason_of_time_has_a_limit(conn: Connection, url: str, tmp_path: Path) -> None:
    bring(conn, {"d.csv": "connector,ref,usage_point\nsenml,solar,S1\n"})
    files = [
        senml(tmp_path, "unknown.json", (0, 1), device="nobody"),
        senml(tmp_path, "other.json", (0, 1), device="solar"),
        senml(tmp_path, "late.json", (24 * 900, 1)),
    ]
    reports = load(url, *files)
    assert [("limit" in r.detail, r.reason) for p in reports for r in p.rejects] == [
        (False, "unknown_device"),
        (False, "wrong_commodity"),
        (True, "too_late"),
    ]
    assert "solar is neither a usage point of electricity nor a device of one" in "".join(
        reports[1].lines("en")
    )
    conn.rollback()
    (worst,) = conn.execute("SELECT min(detail->>'limit') FROM rejected").fetchall()
    assert str(worst[0]).startswith("202")


def tempo(folder: Path, name: str, **colours: str) -> SourceFile:
    """A file of the colours of days of November 2026, "d4" being the 4th."""
    path = folder / name
    path.write_text(json.dumps({f"2026-11-{d[1:]:0>2}": c for d, c in colours.items()}))
    return SourceFile(path)


def test_rows_of_a_context_series_have_outcomes_and_can_be_undone(
    conn: Connection, url: str, tmp_path: Path
) -> None:
    def held() -> dict[int, str]:
        conn.rollback()
        rows = conn.execute("SELECT extract(day FROM ts)::int, label FROM context_series")
        return dict(rows.fetchall())

    first = tempo(tmp_path, "first.json", d4="blue", d5="white", d6="")
    second = tempo(tmp_path, "second.json", d4="blue", d5="red", d7="red")
    one, two = load(url, first, second)  # of one series: not written together
    assert (one.counts["accepted"], one.counts["gap"], one.rows_read) == (2, 1, 3)
    assert [two.counts[n] for n in ("unchanged", "revised", "accepted")] == [1, 1, 1]
    assert held() == {4: "BLUE", 5: "RED", 7: "RED"}
    undo_load(conn, number(two))
    conn.commit()
    assert held() == {4: "BLUE", 5: "WHITE"}
