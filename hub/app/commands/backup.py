"""`hub backup`: everything the database holds, in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder, Jobs

if TYPE_CHECKING:
    from hub.app.backup.manifest import Manifest


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def backup(
        folder: Annotated[
            Path, typer.Argument(help="Where backups are kept; each is a folder in it.")
        ],
        data: DataFolder = DEFAULT_DATA,
        jobs: Jobs = None,
        as_json: AsJson = False,
    ) -> None:
        """Save the whole database, while services run, with a checksum of each file."""
        from hub.app.backup.making import jobs_here, make_backup
        from hub.app.language import either, show, show_json, tell
        from hub.app.settings import database_url
        from hub.app.signals import sigterm_interrupts

        url = database_url(data)
        say = tell if as_json else show
        say(either("Sauvegarde de la base ...", "Saving the database ..."))
        with sigterm_interrupts():
            made, manifest = make_backup(url, folder, jobs or jobs_here(), say)
        if as_json:
            content = manifest.model_dump(mode="json", exclude={"files"})
            show_json({"path": str(made), **content, "files": len(manifest.files)})
        else:
            show("\n".join(_lines(made, manifest)))
        say("\n".join(_notes(data)))


def _lines(made: Path, manifest: Manifest) -> list[str]:
    from hub.app.language import either, number

    readings = number(manifest.rows["reading"], ("relevé", "relevés"), ("reading", "readings"))
    rows = number(sum(manifest.rows.values()), ("ligne", "lignes"), ("row", "rows"))
    files = number(len(manifest.files), ("fichier", "fichiers"), ("file", "files"))
    size = f"{manifest.bytes / 1e6:.1f} {either('Mo', 'MB')}"
    return [
        f"{made}",
        f"  {readings}, {rows}, {size}, {files}, {manifest.seconds:.1f} s",
        f"  PostgreSQL {manifest.postgresql}, TimescaleDB {manifest.timescaledb}, "
        + either("schéma", "schema")
        + f" {manifest.schema_number}",
    ]


def _notes(data: Path) -> list[str]:
    """What it holds, what it does not."""
    from hub.app.language import either
    from ingest.spool import waiting_bytes

    lines = [
        either(
            "Ce sont des données personnelles : lisibles par vous seul ici, à chiffrer ailleurs.",
            "These are personal data: yours alone to read here, to be encrypted elsewhere.",
        ),
        either(
            "Liens, sessions, jetons et journal d'accès en font partie ; hub.toml, les variables "
            "HUB_... et les mots de passe et certificats du courtier MQTT, non.",
            "Links, sessions, tokens and the access log are in it; hub.toml, the HUB_... variables "
            "and the broker's passwords and certificates are not.",
        ),
    ]
    if waiting := waiting_bytes(data / "spool"):
        lines.append(
            either(
                f"{waiting} octets de messages attendent sur le disque ({data / 'spool'}) : ils "
                "ne sont pas encore dans la base, ni donc dans la sauvegarde.",
                f"{waiting} bytes of messages wait on the disk ({data / 'spool'}): they are not in "
                "the database yet, nor in the backup.",
            )
        )
    return lines
