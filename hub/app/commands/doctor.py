"""`hub doctor`: what is wrong and what to do."""

from __future__ import annotations

import typer

from hub.app.options import DEFAULT_DATA, AsJson, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(data: DataFolder = DEFAULT_DATA, as_json: AsJson = False) -> None:
        """Say what is wrong, where, and what to do. Exit 1 with findings."""
        from hub.app.doctor import examine, find_hub, finding
        from hub.app.language import language, show, show_json

        spoken = language()
        report = examine(find_hub(data))
        if as_json:
            found = [finding.as_json(*one, spoken) for one in report.findings]
            show_json({"checks": report.checks, "findings": found})
        else:
            for one in report.findings:
                show(finding.line(*one, spoken))
            show(_end(len(report.checks), len(report.findings), spoken))
        if report.findings:
            raise typer.Exit(1)


def _end(checks: int, findings: int, spoken: str) -> str:
    if spoken == "fr":
        result = f"{findings} à regarder" if findings else "tout va bien"
        return f"{checks} vérifications : {result}"
    return f"{checks} checks: {f'{findings} to look at' if findings else 'all is well'}"
