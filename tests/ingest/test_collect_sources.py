"""`[[collect]]` of hub.toml, secrets, back-off, days: what needs no network and no database."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

import connectors
from hub.model import HubError
from ingest.collect.backoff import delay
from ingest.collect.devices import POLLS
from ingest.collect.errors import CollectError
from ingest.collect.kinds import KINDS
from ingest.collect.portals import ALSO, PARTS, request
from ingest.collect.ranges import Known, wanted
from ingest.collect.secret import Secret, from_file, from_variable
from ingest.collect.sources import Source, read_sources
from ingest.config import read
from tests.ingest.broker import ROOT

ENVOY = 'name = "envoy"\nkind = "enphase_envoy"\nurl = "https://10.0.0.9"\ndevice = "1"\n'
LINKY = 'name = "linky"\nkind = "enedis_data_connect"\nusage_point = "PRM1"\ntoken_env = "T"\n'


def sources(folder: Path, *entries: str) -> list[Source]:
    path = folder / "hub.toml"
    path.write_text("".join(f"[[collect]]\n{entry}" for entry in entries))
    return read_sources(path)


def test_each_kind_is_read_by_a_connector_and_is_asked_one_way() -> None:
    assert set(KINDS) <= set(connectors.names())
    portals = {name for name, kind in KINDS.items() if kind.parts}
    assert set(POLLS) | portals == set(KINDS)
    assert not set(POLLS) & portals
    assert set(ALSO) == portals
    assert {part for name in portals for part in KINDS[name].parts} == set(PARTS)


def test_a_source_as_it_is_declared(tmp_path: Path) -> None:
    more = 'verify = false\ninterval = 30\ntoken_file = "envoy.token"\n'
    envoy, linky = sources(tmp_path, ENVOY + more, LINKY)
    assert (envoy.interval, envoy.verify, envoy.ref) == (30, False, "1")
    assert envoy.token_file == tmp_path / "envoy.token"
    assert linky.url == "https://gw.ext.prod.api.enedis.fr/mesure_synchrone_auto/v2"
    assert linky.parts == ("daily_consumption", "consumption_load_curve")
    assert (linky.interval, linky.api, linky.ref) == (21_600, "mesure_synchrone", "PRM1")
    (old,) = sources(tmp_path, LINKY + 'api = "metering_data"\n')
    assert old.url == "https://gw.ext.prod.api.enedis.fr"


def test_without_a_file_or_a_source_there_is_none(tmp_path: Path) -> None:
    assert read_sources(None) == []
    assert sources(tmp_path) == []


def test_the_intake_of_messages_minds_its_own_sections(tmp_path: Path) -> None:
    """A mistake in [[collect]] stops no message."""
    sources(tmp_path, ENVOY)
    path = tmp_path / "hub.toml"
    path.write_text(path.read_text() + 'kind = "nope"\n'.replace("kind", "colour"))
    assert read(path).routing == read(None).routing
    with pytest.raises(HubError, match="unknown colour"):
        read_sources(path)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('kind = "fronius"\n', "1: name: letters"),
        ('name = "a/b"\nkind = "fronius"\n', "a/b: name: letters"),
        ('name = "x"\n', "x: kind is one of"),
        ('name = "x"\nkind = "nope"\n', "x: kind = 'nope': there are enphase_envoy"),
        (ENVOY.replace('device = "1"\n', ""), "this kind needs device"),
        (ENVOY.replace("https://10.0.0.9", "ftp://10.0.0.9"), "url looks like"),
        (ENVOY.replace("https://10.0.0.9", "https://u:hunter2@10.0.0.9"), "url looks like"),
        (ENVOY.replace("https://10.0.0.9", "https://10.0.0.9/?a=1"), "url looks like"),
        (ENVOY.replace("https://10.0.0.9", "https://10.0.0.9:x"), "url looks like"),
        (ENVOY.replace('url = "https://10.0.0.9"\n', ""), "url looks like"),
        (ENVOY + "interval = 1\n", "interval = 1: from 5 to 604800"),
        (ENVOY + 'interval = "60"\n', "interval is no number"),
        (ENVOY + "interval = true\n", "interval is no number"),
        (ENVOY + 'verify = "no"\n', "verify is true or false"),
        (ENVOY + "device2 = 1\n", "unknown device2"),
        (ENVOY + 'parts = ["energy"]\n', "parts: a list of -"),
        (ENVOY + 'user = "me"\n', "need token_file or token_env"),
        (ENVOY + 'client_id = "me"\ntoken_env = "T"\n', "are for enedis_data_connect"),
        (LINKY.replace('token_env = "T"\n', ""), "this kind needs token_file or token_env"),
        (LINKY + 'token_file = "t"\n', "not both"),
        (LINKY.replace('"T"', '"eyJhbGciOi.x-y"'), "not the token itself"),
        (LINKY + "interval = 60\n", "interval = 60: from 3600"),
        (LINKY + "parts = []\n", "parts: a list of daily_consumption"),
        (LINKY + 'parts = ["energy"]\n', "parts: a list of daily_consumption"),
        (LINKY + 'api = "v9"\n', "api = 'v9': there are mesure_synchrone, metering_data"),
        (LINKY + 'url = "http://portal.example.fr"\n', "write https"),
        (LINKY + 'token_url = "http://8.8.8.8/token"\n', "write https"),
        (ENVOY + "[[collect]]\n" + ENVOY, "the name is taken"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(HubError) as error:
        sources(tmp_path, entry)
    assert str(tmp_path / "hub.toml") in str(error.value)
    assert told in str(error.value)
    assert "hunter2" not in str(error.value)
    assert "eyJ" not in str(error.value)
    assert str(tmp_path / "hub.toml") in error.value.told("fr")


def test_one_table_of_collect_is_told_from_many(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text("[collect]\n" + ENVOY)
    with pytest.raises(HubError, match="with two brackets"):
        read_sources(path)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_secret_is_read_from_a_file_of_its_owner(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(" s3cret-t0ken \n")
    path.chmod(mode)
    secret = from_file(path)
    assert secret.value == "s3cret-t0ken"
    assert "s3cret" not in f"{secret!r} {secret} {[secret]}"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o666, 0o777])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text("s3cret")
    path.chmod(mode)
    with pytest.raises(CollectError, match=rf"{path} is open to others \(mode {mode:04o}\)") as e:
        from_file(path)
    assert e.value.needs_person
    assert "s3cret" not in e.value.told("fr") + e.value.told("en")


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", "jeté".encode(), b"a\0b", b"x" * 20_000])
def test_what_is_no_token_is_not_sent(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CollectError, match="holds no token"):
        from_file(path)


def test_a_secret_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CollectError, match=r"none cannot be read \(No such file"):
        from_file(tmp_path / "none")
    with pytest.raises(CollectError, match="is no file"):
        from_file(Path(os.devnull))
    with pytest.raises(CollectError, match="HUB_TEST_T is not set"):
        from_variable("HUB_TEST_T")
    monkeypatch.setenv("HUB_TEST_T", "abc")
    assert from_variable("HUB_TEST_T").value == "abc"


def test_a_secret_is_hidden_but_no_reading_is_changed() -> None:
    long, short = Secret("0123456789abcdef0123"), Secret("1234")
    assert long.hidden_in_bytes(b'{"t":"0123456789abcdef0123"}') == b'{"t":"***"}'
    assert short.hidden_in_bytes(b'{"total":12345.6}') == b'{"total":12345.6}'
    assert short.hidden_in("wrong password 1234") == "wrong password ***"


def waits(interval: float, failures: int, **other: float) -> list[float]:
    return [delay(n, interval, chance=0.5, **other) for n in range(1, failures + 1)]  # type: ignore[arg-type]


def test_waits_double_up_to_a_limit() -> None:
    assert waits(60, 7) == [60, 120, 240, 480, 900, 900, 900]
    assert waits(21_600, 9) == [300, 600, 1200, 2400, 4800, 9600, 19_200, 21_600, 21_600]
    assert delay(10_000, 60, chance=0.5) == 900


def test_waits_differ_by_chance_but_not_by_much() -> None:
    assert delay(1, 60, chance=0) == pytest.approx(48)
    assert delay(1, 60, chance=0.999999) == pytest.approx(72, abs=0.1)


def test_whoever_asks_to_be_left_alone_is() -> None:
    assert delay(1, 60, chance=0, retry_after=600) == 600
    assert delay(1, 60, chance=0.5, retry_after=600) == 660
    assert delay(1, 21_600, chance=0, retry_after=10) == 240  # no sooner for that
    assert delay(1, 60, chance=0, retry_after=10**9) == 86_400


def test_what_only_a_person_can_mend_is_tried_rarely() -> None:
    assert delay(1, 60, chance=0.5, needs_person=True) == 900
    assert delay(1, 43_200, chance=0.5, needs_person=True) == 43_200


DAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("known", "first"),
    [
        (Known(), date(2026, 1, 1)),  # never asked: all that may be
        (Known(asked=DAY, last=DAY), date(2026, 11, 25)),  # up to date: what may still change
        (Known(asked=date(2026, 11, 20), last=date(2026, 11, 20)), date(2026, 11, 17)),  # outage
        (Known(asked=DAY, last=date(2026, 11, 18)), date(2026, 11, 15)),  # ten days without a value
        (Known(asked=DAY, last=date(2026, 3, 1)), date(2026, 10, 26)),  # for a month only
        (Known(asked=DAY), date(2026, 11, 25)),  # nothing ever came
        (Known(last=date(2026, 9, 1)), date(2026, 8, 29)),  # readings of a file
        (Known(asked=date(2026, 1, 2), last=date(2026, 1, 2)), date(2026, 1, 1)),  # not before
    ],
)
def test_days_that_are_asked_for(known: Known, first: date) -> None:
    assert wanted(date(2026, 1, 1), DAY, known, late=3) == (first, DAY)


def test_the_manual_has_an_example_of_each_kind_and_every_key(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operator" / "collect.md").read_text()
    examples = [b for b in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[collect]]" in b]
    (tmp_path / "hub.toml").write_text("".join(examples))
    found = read_sources(tmp_path / "hub.toml")
    assert {source.kind for source in found} == set(KINDS)
    keys = {key for row in re.findall(r"^\| (`.*?) \| ", page, re.MULTILINE)
            for key in re.findall(r"`(\w+)`", row)}  # fmt: skip
    assert keys == set(Source.__dataclass_fields__)


def test_days_of_an_october_week_are_asked_by_their_dates(tmp_path: Path) -> None:
    (v2,) = sources(tmp_path, LINKY)
    (v5,) = sources(tmp_path, LINKY + 'api = "metering_data"\n')
    days = date(2026, 10, 23), date(2026, 10, 30)
    path, asked = request(v2, "consumption_load_curve", *days)
    assert path == "/courbe_de_charge_consommation"
    assert asked == {"pointId": "PRM1", "dateDebut": "2026-10-23", "dateFin": "2026-10-30"}
    path, asked = request(v5, "production_load_curve", *days)
    assert path == "/metering_data_plc/v5/production_load_curve"
    assert asked == {"usage_point_id": "PRM1", "start": "2026-10-23", "end": "2026-10-30"}
    assert PARTS["consumption_load_curve"].days == PARTS["production_load_curve"].days == 7
