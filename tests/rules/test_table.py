"""The table of rules is true: each text stands once, each test is there, each number has one."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.rules.table import NUMBERS, RULES, Rule

ROOT = Path(__file__).parents[2]


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_stands_where_the_table_says(rule: Rule) -> None:
    assert (ROOT / rule.file).read_text(encoding="utf-8").count(rule.text) == 1
    assert rule.instead != rule.text
    named = [test.partition("::") for test in rule.tests]
    assert all(name in functions_of(file) for file, _, name in named)
    assert any(rule.marker in name for _, _, name in named)


def test_every_number_has_a_rule() -> None:
    assert {rule.number for rule in RULES} == set(NUMBERS)
    assert len({rule.name for rule in RULES}) == len(RULES)
