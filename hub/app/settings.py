"""Settings from the environment, and where the database and the broker are.

`HUB_DATABASE_URL` and `HUB_MQTT_URL` win; else the running hub of a data folder tells, by its
`run.json`.
"""

import shlex
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.app.errors import CommandError
from hub.app.runfile import RunFile

#: Where a server's configuration stands: see deploy/.
_SYSTEM = Path("/etc/hub")


class Settings(BaseSettings):
    """Environment variables with the prefix `HUB_`.

    `database_read_url` is a replica, from which the web process reads public figures.
    `mqtt_ca` is a file with the certificates of the authority that signed the broker's.
    `host` and `port` are where the web process listens; `public_url` is where people reach it,
    where a proxy stands before it. `demo` says that a demo was asked for: it is waited
    for, and everything is marked as simulated before its data are there.
    """

    model_config = SettingsConfigDict(env_prefix="HUB_")

    data: Path = Path(".hub")
    database_url: str | None = None
    database_read_url: str | None = None
    mqtt_url: str | None = None
    mqtt_ca: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8050
    public_url: str | None = None
    demo: bool = False
    debug: bool = False


def running_hub(data: Path) -> RunFile:
    """The hub running on this data folder. Raises `CommandError` (exit 2) when there is none."""
    run = RunFile.read(data)
    if run is None or not run.alive:
        raise CommandError(
            f"no hub is running on {data}. Start it with: hub up --data {shlex.quote(str(data))}\n"
            "     (or set HUB_DATABASE_URL to the database of one that runs elsewhere)"
        )
    return run


def database_url(data: Path) -> str:
    """Connection URL of the hub's database, with its password."""
    if configured := Settings().database_url:
        return configured
    run = running_hub(data)
    if run.database is None:
        raise CommandError(f"the hub on {data} is starting; its database is not up yet")
    return run.database.url


def configuration_folders(data: Path) -> list[Path]:
    """Where `hub.toml` may be; the first one that is there counts."""
    return [data, Path.cwd(), _SYSTEM]


def mqtt_url(data: Path) -> str:
    """Address of the broker, such as mqtt://127.0.0.1:1883."""
    if configured := Settings().mqtt_url:
        return configured
    run = running_hub(data)
    if run.broker is None:
        raise CommandError(f"the hub on {data} is starting; its broker is not up yet")
    return run.broker.url
