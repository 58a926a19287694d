"""A stand-in for a service of the hub: `fake_service.py web` answers /readyz, others only wait.

The web page becomes ready after HUB_TEST_DELAY seconds and tells its progress until then.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_BEGUN = time.monotonic()
_DELAY = float(os.environ.get("HUB_TEST_DELAY", "0"))


class Page(BaseHTTPRequestHandler):
    """Answers every GET as /readyz would."""

    def do_GET(self) -> None:
        """503 with progress, then 200 with an address to open."""
        ready = time.monotonic() - _BEGUN >= _DELAY
        content = {"open": [["Foyer", "/h"]]} if ready else {"progress": "history 40 %"}
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, template: str, *values: object) -> None:
        """Keep the log empty."""


if __name__ == "__main__":
    if sys.argv[1] == "web":
        place = (os.environ["HUB_HOST"], int(os.environ["HUB_PORT"]))
        ThreadingHTTPServer(place, Page).serve_forever()
    elif sys.argv[1] == "broken":
        sys.exit("broken on purpose")
    time.sleep(600)
