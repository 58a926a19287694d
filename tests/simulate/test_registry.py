"""The demo's registry, imported like anyone's."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, LiteralString

import pytest

from hub.registry.importing import import_files
from hub.store.connection import Connection, connect
from hub.store.demo import count_households
from ingest.simulate.district import District
from ingest.simulate.registry import tables, write_registry


@pytest.fixture(scope="module")
def conn(
    database_url: str, district: District, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """A database with the whole district's registry."""
    files = write_registry(district, tmp_path_factory.mktemp("registry"))
    with connect(database_url, application="test") as conn:
        report = import_files(conn, files)
        assert report.problems == []
        yield conn


def rows(conn: Connection, query: LiteralString) -> list[tuple[Any, ...]]:
    return conn.execute(query).fetchall()


def test_every_file_is_recognised_and_named_after_its_table(
    district: District, tmp_path: Path
) -> None:
    written = write_registry(district, tmp_path)
    assert [path.stem.partition("-")[2] for path in written] == [t[0] for t in tables(district)]


def test_households_are_marked_as_simulated(conn: Connection) -> None:
    assert count_households(conn) == (603, 0)


def test_the_tree_of_areas(conn: Connection) -> None:
    found = rows(
        conn,
        "SELECT a.kind, count(*), count(DISTINCT p.code) FROM area a"
        " LEFT JOIN area p ON p.area_id = a.parent_id GROUP BY 1 ORDER BY 1",
    )
    assert found == [("arrondissement", 1, 1), ("city", 1, 0), ("iris", 6, 1)]
    assert rows(conn, "SELECT count(*) FROM area WHERE kind = 'iris' AND tile_row IS NULL") == [
        (0,)
    ]


def test_usage_points_by_commodity(conn: Connection) -> None:
    found = rows(conn, "SELECT commodity, count(*) FROM usage_point GROUP BY 1 ORDER BY 1")
    assert found == [("electricity", 600), ("gas", 450), ("solar", 80), ("water", 600)]


def test_every_usage_point_has_its_devices(conn: Connection) -> None:
    found = rows(conn, "SELECT connector, count(*) FROM device GROUP BY 1 ORDER BY 1")
    counts: dict[str, int] = dict(found)
    assert counts["enedis_portal_csv"] == counts["veolia_csv"] == 600
    assert counts["tasmota_teleinfo"] + counts["zigbee2mqtt_zlinky"] == 600
    assert counts["wmbusmeters"] == 660
    assert counts["grdf_portal_json"] == 450 and counts["grdf_portal_xlsx"] == 10
    assert counts["senml"] == counts["opendtu"] == 80


def test_a_move_leaves_the_moving_day_to_nobody(conn: Connection, district: District) -> None:
    found = rows(
        conn,
        "SELECT a.valid_to, b.valid_from FROM occupancy a JOIN occupancy b USING (dwelling_id)"
        " WHERE a.valid_to IS NOT NULL AND b.valid_from IS NOT NULL ORDER BY 1",
    )
    assert found == [(move.left, move.came) for move in district.moves]


def test_all_consent_to_totals_from_the_first_day(conn: Connection, district: District) -> None:
    found = rows(
        conn,
        "SELECT granularity, count(*), min(valid_from) FROM consent"
        " WHERE purpose = 'area-totals' GROUP BY 1",
    )
    assert found == [("half-hour", 603, date(2025, 9, 1))]
    clubs = rows(conn, "SELECT count(*) FROM consent WHERE purpose LIKE 'club:%'")
    assert clubs == [(len(district.club_members),)]
    assert clubs == rows(conn, "SELECT count(*) FROM club_member")


def test_importing_again_changes_nothing(
    conn: Connection, district: District, tmp_path: Path
) -> None:
    report = import_files(conn, write_registry(district, tmp_path))
    assert not report.problems
    assert all(c.added == c.changed == 0 < c.unchanged for c in report.tables.values())
