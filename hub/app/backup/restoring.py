"""A restore: the backup is proven whole, filled in beside, compared, and only then put in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from hub.app.backup import clients
from hub.app.backup import manifest as manifests
from hub.app.backup.manifest import Manifest, major
from hub.app.errors import CommandError
from hub.app.language import either
from hub.app.orphans import end_orphans
from hub.app.runfile import RunFile, only_one
from hub.app.servers import Servers, data_folder
from hub.app.settings import Settings, configured_database, database_url
from hub.store import restoring as store
from hub.store.connection import connect
from hub.store.dumping import row_counts
from hub.store.migrate import migrate, migrations, schema_number
from hub.store.restoring import Place
from hub.store.server import server_versions

Say = Callable[[str], None]

#: Restored before all others and by one process: they refer to each other.
_CATALOGUE = ("_timescaledb_catalog", "_timescaledb_config")


@dataclass(frozen=True, slots=True)
class Restored:
    """``migrated``: files applied since. ``ended``: sessions on the empty database before."""

    database: str
    migrated: list[str]
    ended: int


def read_backup(folder: Path) -> Manifest:
    """The manifest of a whole backup that this program can restore. Raises CommandError."""
    manifest = manifests.read(folder)
    if manifest.schema_number > schema_number(migrations()[-1].name):
        raise manifests.newer(manifest.hub, manifest.schema_number)
    return manifest


@contextmanager
def database_to_fill(data: Path, say: Say) -> Iterator[str]:
    """HUB_DATABASE_URL, or the database of the hub that runs on the data folder.

    Where none runs, the folder's own is started for as long as the block lasts.
    """
    run = RunFile.read(data)
    if configured_database() or (run is not None and run.alive):
        yield database_url(data)
        return
    data = data_folder(data)
    with only_one(data):
        end_orphans(data, say)
        servers = Servers(data, Settings(), say)
        servers.prepare()
        try:
            yield servers.start_database()
        finally:
            servers.stop_database()


def restore(url: str, folder: Path, manifest: Manifest, jobs: int, say: Say) -> Restored:
    """Fill the empty database at ``url`` with a backup that was read.

    Raises CommandError or HubError where it cannot; the database is then as it was.
    """
    with store.place(url) as place:
        if store.sweep(place):
            say(
                either(
                    f"{place.draft} retirée : reste d'une restauration interrompue",
                    f"removed {place.draft}, left by a restore that was interrupted",
                )
            )
        with connect(url, application="restore") as conn:
            store.require_empty(conn)
        program = _program(url, manifest)
        _check_timescaledb(place, manifest)
        try:
            applied = _fill(place, program, folder, manifest, jobs)
            return Restored(place.name, applied, store.put_in_place(place))
        except _DiffersError:
            raise  # the draft is left to be looked at
        except psycopg.Error as error:
            store.drop(place, place.draft)
            raise _stopped(place.name, " ".join(str(error).split())) from error
        except BaseException:
            store.drop(place, place.draft)
            raise


def _fill(place: Place, program: Path, folder: Path, manifest: Manifest, jobs: int) -> list[str]:
    """Fill the draft, compare it, upgrade it; the migrations that this took."""
    store.begin(place, manifest.timescaledb)
    if manifest.edition == "community" and server_versions(place.draft_url).edition == "apache":
        raise CommandError(
            "the backup is of TimescaleDB's Community edition, which may have compressed its "
            "readings; this server has the Apache edition. Restore to a Community server",
            "la sauvegarde vient de l'édition Community de TimescaleDB, qui a pu compresser ses "
            "relevés ; ce serveur a l'édition Apache. Restaurez sur un serveur Community",
        )
    for arguments in _steps(jobs):
        always = ["--exit-on-error", "--no-owner", "--no-privileges", *arguments]
        clients.run(program, place.draft_url, [*always, folder / manifests.DATABASE])
    store.end(place)
    _compare(place, manifest)
    applied = migrate(place.draft_url, manifest.zone)
    store.analyze(place)
    return applied


def _steps(jobs: int) -> list[list[str]]:
    """TimescaleDB's catalogue does not stand several processes; all the rest does."""
    chosen = [f"--schema={name}" for name in _CATALOGUE]
    others = [f"--exclude-schema={name}" for name in _CATALOGUE]
    return [
        ["--section=pre-data"],
        ["--section=data", *chosen],
        ["--section=data", *others, f"--jobs={jobs}"],
        ["--section=post-data", f"--jobs={jobs}"],
    ]


class _DiffersError(CommandError):
    """The rows restored are not those that were counted."""


def _compare(place: Place, manifest: Manifest) -> None:
    with connect(place.draft_url, application="restore") as conn:
        restored = row_counts(conn)
    wrong = [
        f"{name} {restored.get(name, 0)}/{counted}"
        for name, counted in manifest.rows.items()
        if restored.get(name, 0) != counted
    ]
    if wrong:
        told = ", ".join(wrong)
        raise _DiffersError(
            f"not all rows came back (restored/counted): {told}. {place.name} is as it was; what "
            f"was restored is left in {place.draft}, to be looked at until the next restore",
            f"toutes les lignes ne sont pas revenues (restaurées/comptées) : {told}. "
            f"{place.name} est comme avant ; ce qui a été restauré reste dans {place.draft}, à "
            "examiner avant la prochaine restauration",
            exit_code=1,
        )


def _program(url: str, manifest: Manifest) -> Path:
    here = server_versions(url).postgresql
    if major(here) < manifest.server_major:
        raise CommandError(
            f"the backup is of PostgreSQL {manifest.postgresql}, and the server is {here}: a dump "
            "goes into the same or a later one only. Nothing was touched",
            f"la sauvegarde vient de PostgreSQL {manifest.postgresql}, et le serveur est en "
            f"{here} : elle ne va que dans la même version ou une plus récente. Rien n'a été "
            "touché",
        )
    return clients.find("pg_restore", major(here))


def _check_timescaledb(place: Place, manifest: Manifest) -> None:
    if others := store.offers(place, manifest.timescaledb):
        has, needs = ", ".join(others[-6:]), manifest.timescaledb
        raise CommandError(
            f"the backup needs TimescaleDB {needs}, and the server has {has}. Install {needs}, "
            "restore, and update it then (ALTER EXTENSION timescaledb UPDATE). Nothing was touched",
            f"la sauvegarde demande TimescaleDB {needs}, et le serveur a {has}. Installez "
            f"{needs}, restaurez, puis mettez à jour (ALTER EXTENSION timescaledb UPDATE). Rien "
            "n'a été touché",
        )


def _stopped(name: str, why: str) -> CommandError:
    return CommandError(
        f"the restore stopped: {why}. {name} is as it was",
        f"la restauration s'est arrêtée : {why}. {name} est comme avant",
    )
