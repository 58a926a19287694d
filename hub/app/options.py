"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataFolder = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="HUB_DATA",
        help="The hub's data folder.",
        file_okay=False,
        show_default=True,
    ),
]
"""`--data DIR`, with `DEFAULT_DATA` as its default."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Processes at work; default: one a processor, at most 4."),
]

DEFAULT_DATA = Path(".hub")
