"""`hub doctor`: what is wrong and what to do."""

from __future__ import annotations

import json

import typer

from hub.app.commands.load import Language
from hub.app.options import DEFAULT_DATA, AsJson, DataFolder


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        data: DataFolder = DEFAULT_DATA, lang: Language = None, as_json: AsJson = False
    ) -> None:
        """Say what is wrong, where, and what to do. Exit 1 with findings."""
        from hub.app.doctor import examine, find_hub, finding
        from hub.app.language import language

        spoken = language(lang)
        report = examine(find_hub(data))
        if as_json:
            found = [finding.as_json(*one, spoken) for one in report.findings]
            told = {"checks": report.checks, "findings": found}
            print(json.dumps(told, ensure_ascii=False, indent=1))
        else:
            for one in report.findings:
                print(finding.line(*one, spoken))
            print(_end(len(report.checks), len(report.findings), spoken))
        if report.findings:
            raise typer.Exit(1)


def _end(checks: int, findings: int, spoken: str) -> str:
    if spoken == "fr":
        result = f"{findings} à regarder" if findings else "tout va bien"
        return f"{checks} vérifications : {result}"
    return f"{checks} checks: {f'{findings} to look at' if findings else 'all is well'}"
