"""Runs a supervisor with stand-in services, as a process of its own: DATA PORT [broken]."""

import sys
from pathlib import Path

from hub.app.cli import report
from hub.app.settings import Settings
from hub.app.supervisor import Supervisor

if __name__ == "__main__":
    data, port, *rest = sys.argv[1:]
    script = [sys.executable, str(Path(__file__).with_name("fake_service.py"))]
    services = {
        "ingest": [*script, "wait"],
        "serve": [*script, "broken" if rest else "web"],
    }
    settings = Settings().model_copy(update={"port": int(port)})
    try:
        Supervisor(
            Path(data), settings, False, lambda line: print(line, flush=True), services
        ).run()
    except Exception as error:  # noqa: BLE001 - as the command line does
        sys.exit(report(error))
