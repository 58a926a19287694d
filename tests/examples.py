"""How many cases a property is tried on: `make test` tries some, `make test-long` many more."""

import os


def examples(number: int) -> int:
    """`number` times HUB_EXAMPLES (default 1)."""
    return number * int(os.environ.get("HUB_EXAMPLES", "1"))
