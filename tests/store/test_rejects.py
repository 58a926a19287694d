"""What is kept of refused payloads, whatever they hold."""

from __future__ import annotations

from hub.store.connection import connect
from hub.store.rejects import Rejected, store_rejected


def test_text_that_the_database_cannot_hold_never_keeps_a_refusal_out(database_url: str) -> None:
    rows = [{"value": "a\0b", "more": ["\ud800", {"k\0": "x" * 900}], "row": 3}]
    one = Rejected(0, "mqtt", "topic\0", "not_json", detail={"error": "a\0b", "rows": rows})
    with connect(database_url, application="test") as conn:
        store_rejected(conn, [one])
        kept = conn.execute("SELECT origin, detail FROM rejected").fetchone()
    assert kept == (
        "topic\ufffd",
        {
            "error": "a\ufffdb",
            "rows": [{"value": "a\ufffdb", "more": ["?", {"k\ufffd": "x" * 500}], "row": 3}],
        },
    )
