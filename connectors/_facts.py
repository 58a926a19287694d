"""What each connector says of itself in its docstring: one source for command and documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass

import connectors
from hub.model import HubError

#: The lines that every connector's docstring has, in the order in which they are shown.
NAMES = ("Source", "Device", "Units", "Label", "Zone", "Cadence", "Traps")
_LINE = re.compile(rf"^({'|'.join(NAMES)}): +(.*)$")


@dataclass(frozen=True, slots=True)
class Facts:
    """A connector's name, title, topics, and its docstring's lines by name."""

    name: str
    title: str
    topics: tuple[str, ...]
    lines: dict[str, str]


def facts(name: str) -> Facts:
    """The facts of connector ``name``. Raises HubError naming the lines its docstring lacks."""
    module = connectors.load(name)
    title, _, rest = (module.__doc__ or "").strip().partition("\n")
    lines: dict[str, str] = {}
    current = ""
    for line in rest.splitlines():
        if match := _LINE.match(line):
            current = match[1]
            lines[current] = match[2]
        elif current and line.startswith("    "):
            lines[current] += f" {line.strip()}"
        else:
            current = ""
    missing = [wanted for wanted in NAMES if not lines.get(wanted)]
    if missing:
        raise HubError(f"the docstring of connectors/{name}.py lacks {', '.join(missing)}")
    return Facts(name, title.rstrip("."), tuple(module.TOPICS), lines)


def every() -> list[Facts]:
    """The facts of all connectors, by name."""
    return [facts(name) for name in connectors.names()]
