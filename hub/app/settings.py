"""Settings from the environment, and where the database and the broker are.

`HUB_DATABASE_URL` and `HUB_MQTT_URL` win; else the running hub of a data folder tells, by its
`run.json`.
"""

import shlex
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.app.errors import CommandError
from hub.app.runfile import RunFile

#: Where a server's configuration stands: see deploy/.
_SYSTEM = Path("/etc/hub")


class Settings(BaseSettings):
    """Environment variables with the prefix `HUB_`; docs/operator/settings.md is made of them."""

    model_config = SettingsConfigDict(env_prefix="HUB_")

    data: Path = Field(
        Path(".hub"),
        description="The data folder: `run.json`, logs, the spool, the embedded servers' files.",
    )
    database_url: str | None = Field(
        None,
        description="The database, `postgresql://user:password@host:5432/hub`. Without it `hub up`"
        " starts one, and the other commands ask `run.json` of the data folder.",
    )
    database_read_url: str | None = Field(
        None,
        description="A streaming replica of it, from which the web process reads public figures"
        " (area API, open data). Households' figures are read from the database itself, because"
        " each look is written into the access log.",
    )
    mqtt_url: str | None = Field(
        None,
        description="The broker, `mqtt://host:1883`, or with TLS `mqtts://user:password@host:8883`"
        " (in a password `/` is `%2F`, `@` is `%40`, `:` is `%3A`). Without it `hub up` starts"
        " one.",
    )
    mqtt_ca: Path | None = Field(
        None,
        description="A file with the certificate of the authority that signed the broker's, with"
        " `mqtts://`. Without it the system's authorities are believed.",
    )
    host: str = Field(
        "127.0.0.1",
        description="The address on which pages and API listen: this machine only, unless changed."
        " Put a proxy with TLS before it.",
    )
    port: int = Field(8050, description="Their port.")
    public_url: str | None = Field(
        None,
        description="Where people reach the pages when a proxy stands before them,"
        " `https://energie.example.fr`: for private links, the kiosk's QR code, the catalogue.",
    )
    demo: bool = Field(
        False,
        description="Set by `hub up --demo` for its parts: a demo is waited for, and pages are"
        " marked as simulated before its data are there.",
    )
    debug: bool = Field(
        False,
        description="1 shows where an unexpected error arose (as `hub --debug` does), and more in"
        " the web process's log.",
    )


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
