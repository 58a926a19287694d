"""A service that is told to stop while it waits does stop, every time."""

import subprocess
import sys

# Event.wait holds the event's lock for an instant: there the signal strikes.
_SERVICE = """
import os, signal
from hub.app.signals import stop_on_signals
stop = stop_on_signals()
with stop._cond:
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(1000):
        pass
print("stopped" if stop.wait(10) else "still waiting")
"""


def test_a_signal_in_the_middle_of_a_wait() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _SERVICE], capture_output=True, text=True, check=False, timeout=30
    )
    assert told.stdout == "stopped\n", told.stderr
