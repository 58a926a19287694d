"""A service that is told to stop while it waits does stop; a command cleans up behind it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from hub.app.signals import sigterm_interrupts

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


def test_a_command_cleans_up_behind_sigterm_and_only_then() -> None:
    former = signal.getsignal(signal.SIGTERM)
    cleaned = False
    with pytest.raises(KeyboardInterrupt), sigterm_interrupts():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            cleaned = True
    assert cleaned
    assert signal.getsignal(signal.SIGTERM) is former
