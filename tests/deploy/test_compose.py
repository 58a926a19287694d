"""What the files of `deploy/` say, against the program and the manual they belong to."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml  # type: ignore[import-untyped]

from hub.app.cli import application
from hub.app.embedded import broker as embedded
from hub.app.settings import Settings, configuration_folders
from ingest.config import defaults, read
from ingest.mqtt import BATCH, Broker
from ingest.storing import LARGEST_MESSAGE
from tests.deploy.broker import DEPLOY, ROOT

MANUAL = (ROOT / "docs" / "operator" / "server.md").read_text()
HUBS = ("migrate", "ingest", "ingest-2", "collect", "rollup", "web")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert set(HUBS) <= set(found)
    return found


def commands() -> set[str]:
    return set(typer.main.get_group(application()).commands)


def test_the_services_are_commands_and_their_settings_are_read(services: dict[str, Any]) -> None:
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    for name in HUBS:
        assert services[name]["command"][0] in commands(), name
        assert {"HUB_DATABASE_URL", "HUB_MQTT_CA"} <= set(services[name]["environment"]) <= known


def test_the_certificate_and_hub_toml_are_mounted_where_they_are_looked_for(
    services: dict[str, Any],
) -> None:
    for name in HUBS:
        inside = {volume.split(":")[1] for volume in services[name]["volumes"]}
        assert services[name]["environment"]["HUB_MQTT_CA"] in inside
        looked_for = {str(folder / "hub.toml") for folder in configuration_folders(Path("/data"))}
        assert inside & looked_for


def test_what_is_mounted_is_in_the_repository_or_the_manual_makes_it(
    services: dict[str, Any],
) -> None:
    mounted = {
        volume.split(":")[0].removeprefix("./")
        for service in services.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    made = {"mosquitto/passwords", "mosquitto/certificates", "mosquitto/certificates/ca.crt"}
    assert made < mounted
    for source in mounted - made:
        assert (DEPLOY / source).is_file(), source
    never_committed = (ROOT / ".gitignore").read_text().splitlines()
    for secret in (".env", "mosquitto/passwords", "mosquitto/certificates"):
        assert f"deploy/{secret}" in MANUAL
        assert f"/deploy/{secret}" in never_committed


def test_each_worker_has_a_name_at_the_broker_and_a_spool_of_its_own(
    services: dict[str, Any],
) -> None:
    workers = [services[name]["environment"] for name in ("ingest", "ingest-2")]
    users = [Broker.of(re.sub(r"\$\{.*?\}", "x", w["HUB_MQTT_URL"])).user for w in workers]
    assert len(set(users)) == len(workers)
    assert len({worker.get("HUB_DATA") for worker in workers}) == len(workers)
    acl = (DEPLOY / "mosquitto" / "acl").read_text()
    for user in users:
        assert f"user {user}\n" in acl


def test_hub_toml_leaves_out_what_names_no_household() -> None:
    settings = read(DEPLOY / "hub.toml")
    assert settings == replace(read(None), routing=settings.routing)
    left_out = {pattern for pattern, name in settings.routing.filters.items() if not name}
    assert left_out == {f for f in defaults() if re.match("homeassistant/(sensor|device)/", f)}
    assert len(left_out) == 10
    others = {p: name for p, name in settings.routing.filters.items() if name}
    assert others == {p: name for p, name in defaults().items() if p not in left_out}


def test_the_brokers_limits_are_those_of_the_embedded_one() -> None:
    deployed = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    for key in ("message_size_limit", "max_inflight_messages", "autosave_interval"):
        assert limit(deployed, key) == limit(embedded._CONFIGURATION, key), key
    assert limit(deployed, "message_size_limit") > LARGEST_MESSAGE
    assert limit(deployed, "max_inflight_messages") >= BATCH


def test_the_units_of_the_manual_are_commands() -> None:
    units = set(
        re.findall(r"hub@([a-z-]+)", MANUAL + (DEPLOY / "systemd/hub@.service").read_text())
    )
    assert {"ingest", "rollup", "serve"} <= units <= commands()


def test_the_manuals_folders_of_debian_are_all_of_them() -> None:
    """Its sed leaves none of the image's own folders in the broker's configuration."""
    script = re.search(r"sed '([^']+)' \\\n *deploy/mosquitto/mosquitto.conf", MANUAL)
    assert script
    file = DEPLOY / "mosquitto" / "mosquitto.conf"
    told = subprocess.run(["sed", script[1], file], capture_output=True, text=True, check=True)
    assert not re.search(r" /mosquitto/", told.stdout)
    assert "password_file /etc/mosquitto/passwords\n" in told.stdout


def limit(text: str, key: str) -> int:
    found = re.search(rf"^{key} (\d+)$", text, re.MULTILINE)
    assert found, key
    return int(found[1])


def test_the_nightly_backup_is_a_command_that_may_write_where_it_does() -> None:
    unit = (DEPLOY / "systemd/hub-backup.service").read_text()
    command, folder = re.search(r"^ExecStart=\S+/hub (\S+) (\S+)$", unit, re.MULTILINE).groups()  # type: ignore[union-attr]
    assert command in commands()
    assert f"ReadWritePaths={folder}\n" in unit
    assert f"find {folder} " in unit
    manual = (ROOT / "docs" / "operator" / "backup.md").read_text()
    assert f"install -d -o hub -g hub -m 700 {folder}\n" in manual


def test_the_image_has_the_client_of_the_databases_version(services: dict[str, Any]) -> None:
    major = re.search(r"-pg(\d+)", services["database"]["image"])
    assert major
    assert f"postgresql-client-{major[1]}" in (DEPLOY / "Dockerfile").read_text()
