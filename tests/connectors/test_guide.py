"""The guide "connect a meter" works as it is written: its CSV, its topics, its SenML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import connectors
from hub.model import Context
from hub.registry.importing import import_tables, read_bytes
from hub.store.connection import connect
from tests.connectors.messages import NOW
from tests.stack import Stack

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "resident" / "connect-a-meter.md"
TEXT = GUIDE.read_text("utf-8")
FILES = dict(re.findall(r"^cat > (\S+\.csv) <<FIN\n(.*?)^FIN$", TEXT, re.MULTILINE | re.DOTALL))
PACKS = re.findall(r"'(\[\{.*?\}\])'", TEXT)


def test_its_registry_can_be_imported(stack: Stack) -> None:
    assert len(FILES) == 7
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        told = import_tables(
            conn, [read_bytes(n, text.encode(), "Europe/Paris") for n, text in FILES.items()]
        )
        assert told.problems == []
        rows = conn.execute("SELECT connector, pulse FROM device ORDER BY connector").fetchall()
    assert rows == [
        ("lorawan", "10 l"), ("opendtu", None), ("senml", "0.25 l"), ("tasmota_teleinfo", None),
        ("wmbusmeters", None),
    ]  # fmt: skip
    named = re.search(r"hub import registry (.*)", TEXT)
    assert named
    assert [*named[1].split(), "impulsions.csv"] == list(FILES)


@pytest.mark.parametrize("pack", PACKS)
def test_its_senml_is_read(pack: str) -> None:
    payload = pack.replace("'$(date +%s)'", str(NOW)).encode()
    told = connectors.load("senml").decode(payload, Context(NOW, topic="hub/v1/cave/readings"))
    assert (told.rejects, len(told.series)) == ([], 1)
    assert list(told.series[0].value) == [123_529_000]


def test_it_has_both_languages_and_every_message_connector() -> None:
    assert len(PACKS) == 4
    french, english = TEXT.split("\n# Connect a first meter\n")
    by_topic = [name for name in connectors.names() if connectors.load(name).TOPICS]
    assert len(by_topic) >= 5
    for name in by_topic:
        assert f"`{name}`" in french, name
        assert f"`{name}`" in english, name
