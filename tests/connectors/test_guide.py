"""The guide "connect a meter" works as it is written: its CSV, its topics, its SenML."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import connectors
from hub.app.runfile import Address
from hub.app.status import Status
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
    assert len(FILES) == 8
    with stack.fresh_database() as url, connect(url, application="test") as conn:
        told = import_tables(
            conn, [read_bytes(n, text.encode(), "Europe/Paris") for n, text in FILES.items()]
        )
        assert (told.problems, told.shared) == ([], [])
        rows = conn.execute("SELECT connector, pulse FROM device ORDER BY 1, 2").fetchall()
        known = {row[0] for row in conn.execute("SELECT ref FROM device WHERE connector = 'senml'")}
    assert rows == [
        ("lorawan", "10 l"), ("opendtu", None), ("senml", "0.25 l"), ("senml", None),
        ("tasmota_teleinfo", None), ("wmbusmeters", None),
    ]  # fmt: skip
    named = re.findall(r"^hub import registry (.*)", TEXT, re.MULTILINE)
    assert " ".join(named).split() == list(FILES)
    assert {pack.split('"')[3].rstrip("/") for pack in PACKS} <= known


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


def test_its_commands_need_nothing_that_it_does_not_name() -> None:
    """A port for each message, what has to be installed, and `hub` where it can be found."""
    for name in ("mosquitto_pub", "mosquitto_sub"):
        told = [line for line in TEXT.splitlines() if f"{name} -" in line]
        assert len(told) >= 2
        assert all(" -p $PORT " in line or " -p PORT " in line for line in told)
    assert TEXT.index("apt install mosquitto-clients curl") < TEXT.index("mosquitto_pub -q")
    assert TEXT.index(". .venv/bin/activate") < TEXT.index("\nhub ")
    assert "uuidgen" not in TEXT
    how = re.compile(r"^PORT=\$\(hub status --json \| python3 -c '(.*)'\)$", re.MULTILINE)
    (read, other) = how.findall(TEXT)
    assert read == other
    assert "broker" in Status.model_fields
    broker = Address(host="127.0.0.1", port=41883, url="mqtt://127.0.0.1:41883")
    status = json.dumps({"broker": broker.model_dump()})
    port = subprocess.run(
        [sys.executable, "-c", read], input=status, capture_output=True, text=True, check=True
    )
    assert port.stdout == "41883\n"
