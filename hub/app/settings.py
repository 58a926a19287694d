"""Settings from the environment, and where the database and the broker are.

`HUB_DATABASE_URL` and `HUB_MQTT_URL` win; else the running hub of a data folder tells, by its
`run.json`.
"""

import shlex
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.app.errors import CommandError
from hub.app.runfile import Address, RunFile


class Settings(BaseSettings):
    """Environment variables with the prefix `HUB_`.

    `host` and `port` are where the web process listens; `public_url` is where people reach it,
    where a proxy stands before it. `demo` marks every page as simulated.
    """

    model_config = SettingsConfigDict(env_prefix="HUB_")

    data: Path = Path(".hub")
    database_url: str | None = None
    database_read_url: str | None = None
    mqtt_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8050
    public_url: str | None = None
    demo: bool = False
    debug: bool = False


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
_ADDRESSES: dict[str, tuple[dict[str, int], str]] = {
    "HUB_DATABASE_URL": (
        {"postgresql": 5432, "postgres": 5432},
        "postgresql://user:password@host:5432/hub",
    ),
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
        if variable == "HUB_DATABASE_URL":
            conninfo_to_dict(url)
    except (KeyError, ValueError, psycopg.Error):
        raise CommandError(
            f"{variable} is not an address; it looks like {example}",
            f"{variable} n'est pas une adresse ; elle a la forme {example}",
        ) from None
    return Address(host=parts.hostname or "localhost", port=port, url=url)
