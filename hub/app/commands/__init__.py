"""One module per command, found by the folder's listing.

A module has `register(app: typer.Typer) -> None`. It imports what it needs inside the command, so
that `hub --help` stays quick.
"""
