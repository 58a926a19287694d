"""Each rule is taken out of a copy of the tree, and a test with its number in its name fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.rules.table import RULES, Rule

ROOT = Path(__file__).parents[2]
PARTS = ("hub", "ingest", "connectors", "dashboard")
COPIED = (*PARTS, "tests", "deploy", "docs", "pyproject.toml")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which all tests of the table pass."""
    copy = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    assert imported_from(copy) == [str(copy / part / "__init__.py") for part in PARTS]
    told = run(copy, sorted({test for rule in RULES for test in rule.tests}))
    assert told.returncode == 0, told.stdout
    return copy


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_without_its_rule_a_test_of_its_number_fails(tree: Path, rule: Rule) -> None:
    file = tree / rule.file
    whole = file.read_text(encoding="utf-8")
    try:
        write(file, whole.replace(rule.text, rule.instead))
        told = run(tree, rule.tests)
    finally:
        write(file, whole)
    assert told.returncode == pytest.ExitCode.TESTS_FAILED, told.stdout
    failed = [line for line in told.stdout.splitlines() if line.startswith("FAILED ")]
    assert any(f"_{rule.marker}" in line for line in failed), told.stdout


def write(file: Path, text: str) -> None:
    """Replace a module; what Python compiled of it may look just as old and as long."""
    file.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


def run(tree: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """These tests of the copy, without the search for the smallest example."""
    options = ("-q", "-p", "no:cacheprovider", "--tb=line", "--hypothesis-profile=unshrunk")
    return python(tree, "-m", "pytest", *options, *tests)


def imported_from(tree: Path) -> list[str]:
    """Where the parts come from: not from what is installed."""
    code = f"import {', '.join(PARTS)}\nfor part in ({', '.join(PARTS)}): print(part.__file__)"
    return python(tree, "-c", code).stdout.split()


def python(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "HUB_EXAMPLES"))}
    env["PYTHONPATH"] = str(tree)
    return subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=env, capture_output=True, text=True, check=False
    )
