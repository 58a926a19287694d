"""Problems of the API: one title a status, French or English as the reader prefers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from hub.routes import problems
from hub.routes.french import TEXTS, french
from hub.routes.language import language
from hub.routes.problems import ProblemError
from tests.web import TestClient

ROOT = Path(__file__).parents[2]
RAISERS = {"ProblemError", "invalid", "_unauthorised", "_later"}


def details() -> Iterator[tuple[str, str]]:
    """(where, text) of every problem in the source; its values are 'x'."""
    for path in [*(ROOT / "hub" / "routes").glob("*.py"), *(ROOT / "ingest").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISERS:
                for text in filter(None, map(_text, node.args)):
                    if " " in text and text != "x: x":  # the framework's own words
                        yield f"{path.name}:{node.lineno}", text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _text(part) if isinstance(part, ast.Constant) else "x" for part in node.values
        )
    return ""


def test_every_problem_has_a_french_text() -> None:
    found = list(details())
    assert len(found) > 30
    missing = [where for where, text in found if french(text) == text]
    assert missing == []


def test_the_french_keeps_every_value() -> None:
    names = re.compile(r"\{(\w+)\}")
    for key, told in TEXTS.items():
        assert set(names.findall(told)) == set(names.findall(key)), key
        filled = french(names.sub("7", key))
        assert filled == names.sub("7", told), key
    told = french("period 'a' is shorter than step {b}")
    assert told == "la période 'a' est plus courte que le pas {b}"
    assert french("not one of ours") == "not one of ours"


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        (None, "fr"),
        ("", "fr"),
        ("de", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr;q=0.5, en", "en"),
        ("fr, en;q=0.5", "fr"),
        ("en;q=x", "fr"),
    ],
)
def test_the_reader_s_language(accepted: str | None, spoken: str) -> None:
    headers = [] if accepted is None else [(b"accept-language", accepted.encode())]
    assert language(Request({"type": "http", "headers": headers})) == spoken


@pytest.mark.parametrize(
    ("status", "title"),
    [(413, "Content Too Large"), (422, "Unprocessable Content"), (404, "Not Found")],
)
def test_a_status_has_one_title(status: int, title: str) -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/api/x")
    def fail() -> None:
        raise ProblemError(status, "There is no part named 'file'.")

    client = TestClient(app)
    french_one = client.get("/api/x").json()
    english = client.get("/api/x", headers={"Accept-Language": "en"}).json()
    assert french_one["title"] == english["title"] == title
    assert french_one["detail"] == "Il manque la partie nommée « file »."
    assert english["detail"] == "There is no part named 'file'."
