"""Settings from the environment, and where the database and the broker are.

`HUB_DATABASE_URL` and `HUB_MQTT_URL` win; else the running hub of a data folder tells, by its
`run.json`.
"""

import shlex
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.app.errors import CommandError
from hub.app.runfile import Address, RunFile

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
        command = f"hub up --data {shlex.quote(str(data))}"
        raise CommandError(
            f"no hub is running on {data}. Start it with: {command}\n"
            "     (or set HUB_DATABASE_URL to the database of one that runs elsewhere)",
            f"aucun hub ne tourne sur {data}. Démarrez-le par : {command}\n"
            "     (ou donnez dans HUB_DATABASE_URL la base d'un hub qui tourne ailleurs)",
        )
    return run


def serving_hub(data: Path) -> RunFile | None:
    """The hub running on this data folder, if it is on the database that the commands use.

    None: none runs here, or HUB_DATABASE_URL names another database than its own.
    """
    run = RunFile.read(data)
    if run is None or not run.alive:
        return None
    configured = configured_database()
    own = run.database.url if run.database else None
    return run if configured is None or configured == own else None


def configured_database() -> str | None:
    """HUB_DATABASE_URL, if it is set. Raises `CommandError` where it is no address."""
    url = Settings().database_url
    if url:
        address("HUB_DATABASE_URL", url)
    return url or None


def configured_broker() -> str | None:
    """HUB_MQTT_URL, if it is set. Raises `CommandError` where it is no address."""
    url = Settings().mqtt_url
    if url:
        address("HUB_MQTT_URL", url)
    return url or None


def broker_in_use(run: RunFile | None) -> Address | None:
    """The broker that the commands use: HUB_MQTT_URL, else that of the hub running here."""
    if url := configured_broker():
        return address("HUB_MQTT_URL", url)
    return run.broker if run is not None and run.alive else None


def database_url(data: Path) -> str:
    """Connection URL of the hub's database, with its password."""
    if configured := configured_database():
        return configured
    run = running_hub(data)
    if run.database is None:
        raise CommandError(
            f"the hub on {data} is starting; its database is not up yet",
            f"le hub sur {data} démarre ; sa base de données n'est pas encore prête",
        )
    return run.database.url


def configuration_folders(data: Path) -> list[Path]:
    """Where `hub.toml` may be; the first one that is there counts."""
    return [data, Path.cwd(), _SYSTEM]


def mqtt_url(data: Path) -> str:
    """Address of the broker, such as mqtt://127.0.0.1:1883."""
    if configured := configured_broker():
        return configured
    run = running_hub(data)
    if run.broker is None:
        raise CommandError(
            f"the hub on {data} is starting; its broker is not up yet",
            f"le hub sur {data} démarre ; son courtier MQTT n'est pas encore prêt",
        )
    return run.broker.url


#: Variable -> schemes with their usual ports, and an example.
_DATABASE = {"postgresql": 5432, "postgres": 5432}, "postgresql://user:password@host:5432/hub"
_ADDRESSES: dict[str, tuple[dict[str, int], str]] = {
    "HUB_DATABASE_URL": _DATABASE,
    "HUB_DATABASE_READ_URL": _DATABASE,
    "HUB_MQTT_URL": ({"mqtt": 1883, "mqtts": 8883}, "mqtt://user:password@host:1883"),
}


def address(variable: str, url: str) -> Address:
    """Host and port of the URL in ``variable``; the scheme gives the usual port.

    Raises `CommandError` where it is none; the message never repeats it, for its password.
    """
    ports, example = _ADDRESSES[variable]
    try:
        parts = urlsplit(url)
        port = parts.port or ports[parts.scheme]
        if variable != "HUB_MQTT_URL":
            conninfo_to_dict(url)
    except (KeyError, ValueError, psycopg.Error):
        raise CommandError(
            f"{variable} is not an address; it looks like {example}",
            f"{variable} n'est pas une adresse ; elle a la forme {example}",
        ) from None
    return Address(host=parts.hostname or "localhost", port=port, url=url)
