"""Every connector turns each of its golden inputs into exactly the expected readings."""

import os

import pytest

import connectors
from tests.connectors import golden

CASES = golden.cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden(case: golden.Case) -> None:
    got = golden.outcome(case)
    if os.environ.get("REGENERATE_GOLDEN"):
        case.expected.write_text(got, "utf-8")
    assert case.expected.exists(), f"{case.expected} is missing: run with REGENERATE_GOLDEN=1"
    assert got.splitlines() == case.expected.read_text("utf-8").splitlines()


def test_every_connector_has_a_case_and_every_case_a_connector() -> None:
    assert CASES, "no golden case was found"
    assert {case.connector for case in CASES} == set(connectors.names())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_has_nothing_unused(case: golden.Case) -> None:
    names = {path.name for path in case.folder.iterdir()}
    assert names - {case.input.name, "context.json"} == {"expected.csv"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_shows_something(case: golden.Case) -> None:
    lines = case.expected.read_text("utf-8").splitlines()[1:]
    assert any(not line.startswith("# rows 0") for line in lines)
