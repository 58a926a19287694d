"""OpenDTU: one plain decimal a topic, `solar/<serial>/...`; `last_update` tells the time of all."""

from __future__ import annotations


def messages(serial: str, ts: int, total_wh: int, watts: float | None) -> list[tuple[str, bytes]]:
    """Topics and payloads of what the inverter told at `ts`.

    Without `watts` the inverter is out of reach: the total is the one it had at `ts`.
    """
    base = f"solar/{serial}"
    reachable = b"0" if watts is None else b"1"
    told = [
        (f"{base}/status/reachable", reachable),
        (f"{base}/status/last_update", str(ts).encode()),
        (f"{base}/0/yieldtotal", f"{total_wh / 1000:.3f}".encode()),
    ]
    if watts is not None:
        told.append((f"{base}/0/power", f"{watts:.1f}".encode()))
    return told
