"""The operator's manual: every setting and every command has a heading, as the program has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.app import manual
from hub.app.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / "operator" / f"{name}.md").read_text(encoding="utf-8")


def headings(name: str) -> list[str]:
    return re.findall(r"^### `(.+)`$", page(name), re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "generated"), [("settings", manual.settings), ("commands", manual.commands)]
)
def test_the_manual_shows_the_program_as_it_is(name: str, generated: object) -> None:
    assert callable(generated)
    made = generated()
    assert page(name).endswith(manual.MARK + made), "run: python -m hub.app.manual"


def test_each_setting_has_a_heading_and_words() -> None:
    names = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    assert len(names) >= 10
    assert names < set(headings("settings"))
    assert all(field.description for field in Settings.model_fields.values())


def test_each_command_has_a_heading_and_each_option_words() -> None:
    found = dict(manual.leaves())
    assert {"hub up", "hub doctor", "hub import registry", "hub meter replace"} <= set(found)
    assert headings("commands") == list(found)
    for name, command in found.items():
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"


def test_no_setting_is_read_that_the_manual_does_not_name() -> None:
    named = set(headings("settings"))
    sources = [p for part in ("hub", "ingest", "dashboard") for p in (ROOT / part).rglob("*.py")]
    assert len(sources) > 100
    for path in sources:
        read = set(re.findall(r"\bHUB_[A-Z][A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
        assert read <= named, path


def test_the_command_is_written_in_one_way_that_a_fresh_clone_has() -> None:
    shown = {page: page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md")}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for text in (readme, shown[DOCS / "resident" / "connect-a-meter.md"]):
        assert text.index("\n. .venv/bin/activate") < text.index("\nhub ")
        assert "`make up" in text or "\nmake up" in text
    for page, text in {**shown, ROOT / "README.md": readme}.items():
        if page != DOCS / "README.md":
            assert not re.findall(r"(?<![\w/])\.venv/bin/hub", text), page


def test_the_list_of_pages_leads_to_each_page_of_the_operator() -> None:
    listed = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = sorted((DOCS / "operator").glob("*.md"))
    assert len(pages) >= 7
    for found in pages:
        assert f"(operator/{found.name})" in listed, found.name
