"""The contracts of import-linter speak of every part there is."""

from __future__ import annotations

import pkgutil
import tomllib
from pathlib import Path
from typing import Any

import hub

ROOT = Path(__file__).parents[1]
OURS = {"ingest", "dashboard", "connectors"}


def contract(words: str) -> dict[str, Any]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found = [c for c in told["tool"]["importlinter"]["contracts"] if words in c["name"]]
    assert len(found) == 1, words
    contract: dict[str, Any] = found[0]
    return contract


def parts() -> set[str]:
    found = {f"hub.{module.name}" for module in pkgutil.iter_modules(hub.__path__)}
    assert {"hub.app", "hub.store", "hub.model"} <= found
    return found


def test_nothing_at_all_imports_the_composition_root() -> None:
    named = contract("nothing imports the composition root")["source_modules"]
    assert set(named) == OURS | parts() - {"hub.app"}


def test_connectors_know_the_model_only() -> None:
    named = contract("connectors are pure")["forbidden_modules"]
    assert set(named) == OURS - {"connectors"} | parts() - {"hub.model"}
