"""`hub simulate`: the demo district."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.app.options import DEFAULT_DATA, DataFolder
from hub.app.signals import stop_on_signals


def register(app: typer.Typer) -> None:
    """Add the command `simulate`."""

    @app.command()
    def simulate(
        households: Annotated[
            int, typer.Option(min=1, max=100_000, help="Homes of a district made now.")
        ] = 600,
        seed: Annotated[int, typer.Option(help="Another seed is another district.")] = 1,
        rate: Annotated[
            float, typer.Option(min=0.05, max=60, help="Messages of each device a minute.")
        ] = 1.0,
        once: Annotated[
            bool, typer.Option("--once", help="Fill the past up to now, then end.")
        ] = False,
        data: DataFolder = DEFAULT_DATA,
    ) -> None:
        """Simulate a district: its past by files, its present by MQTT (a service)."""
        stop = stop_on_signals()
        from hub.app.logs import log_to_stderr
        from hub.app.settings import Settings, database_url, mqtt_url
        from ingest.simulate.service import Options
        from ingest.simulate.service import simulate as run

        log_to_stderr("simulate")
        run(
            Options(
                database_url=database_url(data),
                mqtt_url=mqtt_url(data),
                folder=data / "demo",
                households=households,
                seed=seed,
                rate=rate,
                once=once,
                mqtt_ca=Settings().mqtt_ca,
            ),
            stop,
        )
