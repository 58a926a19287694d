"""What gateways may write, as lines of `deploy/mosquitto/acl`: made of the topics that are read.

For who develops: `python -m ingest.acl` writes them anew after a change of a connector's topics or
of `deploy/hub.toml`; a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ingest.config import read

FILE = Path(__file__).parents[1] / "deploy" / "mosquitto" / "acl"
_SETTINGS = FILE.parents[1] / "hub.toml"
_MADE = re.compile(r"(# What is read of them.*\n)(?:.*\n)*?(# What they write besides)")


def rights(filters: Iterable[str]) -> str:
    """A line for each topic filter: the gateway's name stands where the first wildcard was.

    A filter without a wildcard is nobody's own, and none may write there.
    """
    named = {f.replace("+", "%u", 1) if "+" in f else f.replace("#", "%u/#", 1) for f in filters}
    return "".join(f"pattern write {topic}\n" for topic in sorted(named) if "%u" in topic)


def with_rights(text: str) -> str:
    """The access list with its generated lines as the topics that a server reads make them."""
    made = rights(read(_SETTINGS).routing.subscriptions)
    return _MADE.sub(lambda found: found[1] + made + found[2], text)


def main() -> None:
    """Write the file."""
    FILE.write_text(with_rights(FILE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
