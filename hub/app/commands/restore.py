"""`hub restore`: a backup into an empty database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder, Jobs

if TYPE_CHECKING:
    from hub.app.backup.manifest import Manifest
    from hub.app.backup.restoring import Restored


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def restore(
        folder: Annotated[Path, typer.Argument(help="A backup, or where they are: the newest.")],
        data: DataFolder = DEFAULT_DATA,
        jobs: Jobs = None,
        as_json: AsJson = False,
    ) -> None:
        """Fill an empty database with a backup and prove it. Exit 1 with differences."""
        from hub.app.backup import manifest as manifests
        from hub.app.backup import restoring
        from hub.app.backup.making import jobs_here
        from hub.app.commands.reconcile import as_content, lines
        from hub.app.language import either, show, show_json, tell
        from hub.app.signals import sigterm_interrupts
        from hub.rollup.reconcile import reconcile
        from hub.store.connection import connect
        from hub.store.verdicts import keep_verdict

        say = tell if as_json else show
        found = manifests.find(folder)
        say(either(f"Vérification de {found} ...", f"Checking {found} ..."))
        manifest = restoring.read_backup(found)
        with sigterm_interrupts(), restoring.database_to_fill(data, say) as url:
            say(either("Restauration ...", "Restoring ..."))
            done = restoring.restore(url, found, manifest, jobs or jobs_here(), say)
            say("\n".join(_lines(done, manifest)))
            with connect(url, application="reconcile") as conn:
                conn.autocommit = True
                pending, outcomes = reconcile(conn)
                keep_verdict(conn, pending, outcomes)
        if as_json:
            restored = {
                "backup": str(found),
                "database": done.database,
                "taken_at": manifest.taken_at.isoformat(),
                "migrated": done.migrated,
                "rows": manifest.rows,
            }
            show_json({**restored, **as_content(pending, outcomes)})
        else:
            show("\n".join(lines(pending, outcomes)))
        if any(o.differences for o in outcomes):
            raise typer.Exit(1)


def _lines(done: Restored, manifest: Manifest) -> list[str]:
    """What is there again, what to do now."""
    from hub.app.language import either, number

    rows = number(sum(manifest.rows.values()), ("ligne", "lignes"), ("row", "rows"))
    at = f"{manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    told = [
        either(
            f"{done.database} est comme le {at} : {rows}, toutes celles qui ont été comptées.",
            f"{done.database} is as on {at}: {rows}, all that were counted.",
        )
    ]
    if done.migrated:
        told.append(either("Schéma mis à jour : ", "Schema upgraded: ") + ", ".join(done.migrated))
    if done.ended:
        told.append(
            either(
                "Des services étaient sur la base vide : relancez-les.",
                "Services were on the empty database: start them again.",
            )
        )
    told.append(
        either(
            "Est de nouveau ouvert ce qui a été fermé depuis : liens, sessions, jetons, "
            "consentements, effacements. À refermer : docs/operator/backup.md",
            "What was closed since is open again: links, sessions, tokens, consents, erasures. "
            "To be closed again: docs/operator/backup.md",
        )
    )
    return told
