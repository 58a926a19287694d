"""Every connector keeps the contract of ``connectors/__init__.py``; each test can fail."""

from __future__ import annotations

import ast
import inspect
import io
import json
import os
import re
import tokenize
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

import connectors
from connectors import _facts
from connectors._encoding import readable
from hub.app.cli import application
from hub.app.commands.formats import as_markdown
from hub.intake.summary import summarise
from hub.model import Context, Decoded, DecodeError, HubError
from ingest.labels import SAYINGS, labels_of, note_reading
from tests.connectors import golden

NAMES = connectors.names()
FOLDER = Path(connectors.__file__).parent
PAGE = FOLDER.parent / "docs" / "connectors.md"
#: The notes on stamps and steps of every case that is a file.
LABELS = Path(__file__).parent / "labels.csv"
LONGEST = 120
#: Cases that are a file; a message is known by its topic.
FILES = [case for case in golden.cases() if case.input.suffix != ".tsv"]
_MADE = re.compile(r"(<!-- formats: .*? -->\n).*?(<!-- /formats -->\n)", re.DOTALL)


def code_lines(source: str) -> int:
    """Lines of ``source`` that are neither blank, comment nor docstring."""
    lines: set[int] = set()
    ignored = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in ignored and token.type != tokenize.ENDMARKER:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def test_the_connectors_of_the_first_issue_are_there() -> None:
    assert {"enedis_portal_csv", "grdf_portal_json", "grdf_portal_xlsx", "veolia_csv"} <= set(NAMES)


def test_code_lines_counts_code_only() -> None:
    assert code_lines('"""Doc.\n\nMore."""\n\n# why\nx = (\n    1\n)\n') == 3


@pytest.mark.parametrize("name", NAMES)
def test_docstring_says_everything(name: str) -> None:
    facts = _facts.facts(name)
    assert facts.title
    assert "\n" not in facts.title
    assert set(facts.lines) == set(_facts.NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_functions_have_the_contract_s_shape(name: str) -> None:
    module = connectors.load(name)
    decode, sniff = (inspect.signature(f, eval_str=True) for f in (module.decode, module.sniff))
    assert [p.annotation for p in decode.parameters.values()] == [bytes, Context]
    assert list(decode.parameters) == ["payload", "ctx"]
    assert decode.return_annotation is Decoded
    assert [p.annotation for p in sniff.parameters.values()] == [bytes]
    assert sniff.return_annotation is float
    assert isinstance(module.TOPICS, tuple)
    assert all(isinstance(topic, str) and topic for topic in module.TOPICS)


#: What the docstring's line has to say for a word of ``LABELS``.
_WORDS = {
    "start": r"START",
    "end": r"END",
    "instant": r"\binstant\b",
    "both": r"(?i:start and end)|\[\w+, \w+\)",
    "length": r"START",
    "bound": r"(?i:start and end)",
    "day": r"\bday\b",
    "month": r"\bmonth\b",
}
_PERIODS = {"sub-daily", "day", "week", "month"}
#: What ``LABELS`` may have a word for; beside these the first part of a context series' name.
_DATED = {"interval", "day", "week", "month", "register", "context"}


@cache
def told(case: golden.Case) -> list[Decoded]:
    """What the connector makes of each payload of a case that can be read."""
    found = []
    for payload, ctx in golden.messages(case):
        with suppress(DecodeError):
            found.append(connectors.load(case.connector).decode(payload, ctx))
    return found


def held(case: golden.Case) -> set[str]:
    """What readings of a case are looked up by in ``LABELS``."""
    module = connectors.load(case.connector)
    found: set[str] = set()
    for decoded in told(case):
        channels = summarise(decoded, golden.context(case).received_at + 86_400).channels
        for key in (channel.key for channel in channels if channel.key.kind != "power"):
            is_own = key.kind != "interval" or key.period in module.LABELS
            found.add((key.period or key.kind) if is_own else "interval")
        series = {point.series.partition("/")[0] for point in decoded.context}
        found |= {name if name in module.LABELS else "context" for name in series}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_a_stamp_is_stands_in_the_docstring_and_is_seen_in_a_case(name: str) -> None:
    labels, line = connectors.load(name).LABELS, _facts.facts(name).lines["Label"]
    assert labels
    for word in labels.values():
        assert re.search(_WORDS[word], line), (word, line)
    seen = {each for case in golden.cases() if case.connector == name for each in held(case)}
    assert seen == set(labels)
    series = {
        point.series.partition("/")[0]
        for case in golden.cases()
        if case.connector == name
        for decoded in told(case)
        for point in decoded.context
    }
    assert set(labels) - _DATED <= series


def test_the_words_for_stamps_are_those_that_the_report_knows() -> None:
    assert set(_WORDS) == set(SAYINGS)
    used = {word for name in NAMES for word in connectors.load(name).LABELS.values()}
    assert used == set(_WORDS)


def test_every_file_says_how_its_stamps_and_steps_were_read() -> None:
    """The notes of each case's load report are those of ``labels.csv``; each of its kinds has one.

    ``REGENERATE_GOLDEN=1`` writes the table; read the difference before you commit it.
    """
    lines = ["case,note,text"]
    for case in FILES:
        for decoded in told(case):
            summary = summarise(decoded, golden.context(case).received_at)
            own = [note for note in decoded.notes if note.code in ("label", "step")]
            copy = replace(decoded, notes=list(own))
            note_reading(copy, summary, case.connector)
            named = labels_of(decoded, summary, case.connector)
            kinds = {channel.key.kind for channel in summary.channels}
            assert kinds <= {n if n in ("register", "power") else "interval" for n in named}
            assert bool(decoded.context) <= any(n not in _PERIODS | kinds for n in named)
            codes = [note.code for note in copy.notes]
            assert ("label" in codes) is bool(named), case
            assert ("step" in codes) is bool(kinds & {"interval"}), case
            lines += [f'{case},{note.code},"{note.en}"' for note in copy.notes]
    assert len(lines) > len(FILES)
    text = "".join(f"{line}\n" for line in lines)
    if os.environ.get("REGENERATE_GOLDEN"):
        LABELS.write_text(text, "utf-8")
    assert text.splitlines() == LABELS.read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_what_a_device_id_is_stands_in_the_docstring_and_is_seen_in_a_case(name: str) -> None:
    kind, line = connectors.load(name).DEVICE, _facts.facts(name).lines["Device"]
    seen = {  # of files: a message that tells no usage point has the name of its topic
        series.key.device
        for case in FILES
        if case.connector == name
        for decoded in told(case)
        for series in decoded.series
        if series.key.device != golden.context(case).device
    }
    if kind == "none":
        assert line.startswith("none:")
        assert not seen
    elif kind == "usage_point":
        assert re.search(r"PRM|PCE|usage point", line)
        assert all(re.fullmatch(r"[0-9]{14}|GI[0-9]{6}", device) for device in seen)
    else:
        assert kind == "meter"
        assert not line.startswith("none:")
        assert "usage point must be given" not in line


def test_what_connectors_hear_beside_a_message() -> None:
    """The filters are topics that they read; a description's answer is what the contract says."""
    found = [name for name in NAMES if connectors.companions(name)]
    assert {"opendtu", "homeassistant_statestream"} <= set(found)
    for name in found:
        assert set(connectors.companions(name)) <= set(connectors.load(name).TOPICS), name
    describing = [name for name in NAMES if connectors.explainer(name) is not None]
    assert describing
    for name in describing:
        explain = connectors.explainer(name)
        assert explain is not None
        assert connectors.retained(name)
        heard = [
            m for case in golden.cases() if case.connector == name for m in golden.messages(case)
        ]
        told = [one for raw, ctx in heard for one in explain(raw, ctx.topic) or ()]
        assert told, f"no description in the golden inputs of {name}"
        assert all(topic and payload for topic, payload in told)
        for topic in connectors.retained(name):
            assert explain(b"{", topic.replace("+", "x")) == []
        assert explain(b"{}", "zigbee2mqtt/x") is None


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_is_short(name: str) -> None:
    assert 0 < code_lines((FOLDER / f"{name}.py").read_text("utf-8")) <= LONGEST


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_imports_the_model_and_its_helpers_only(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))
    imported = {
        module
        for node in ast.walk(tree)
        for module in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    ours = {m for m in imported if m.split(".")[0] in {"hub", "ingest", "dashboard", "connectors"}}
    assert "hub.model" in ours
    assert all(m in {"hub.model", "connectors"} or m.startswith("connectors._") for m in ours)


@pytest.mark.parametrize("case", FILES, ids=str)
def test_a_file_is_known_by_its_first_bytes(case: golden.Case) -> None:
    head = readable(case.input.read_bytes()).payload[: 64 << 10]
    sure = {name: connectors.load(name).sniff(head) for name in NAMES}
    assert all(0 <= value <= 1 for value in sure.values())
    best = max(sure.values())
    assert best > 0
    assert [name for name, value in sure.items() if value == best] == [case.connector]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "noise", [b"", b"\0", b"\xff\xfe\xfa", b"PK\x03\x04", b"{}", b"a;b\n1;2\n"]
)
def test_sniff_takes_any_bytes(name: str, noise: bytes) -> None:
    assert 0 <= connectors.load(name).sniff(noise) <= 0.6


def test_the_page_lists_every_connector_as_its_docstring_says() -> None:
    page = PAGE.read_text("utf-8")
    made = as_markdown(_facts.every())
    assert _MADE.search(page), f"{PAGE} has lost its markers"
    wanted = _MADE.sub(lambda match: f"{match[1]}\n{made}\n{match[2]}", page)
    if os.environ.get("REGENERATE_GOLDEN"):
        PAGE.write_text(wanted, "utf-8")
    assert page == wanted or os.environ.get("REGENERATE_GOLDEN"), "REGENERATE_GOLDEN=1 writes it"
    for name in NAMES:
        assert f"\n### {name}\n" in wanted


def test_hub_formats_tells_every_connector() -> None:
    told = CliRunner().invoke(application(), ["formats", "--json"])
    assert told.exit_code == 0
    assert [each["name"] for each in json.loads(told.stdout)] == NAMES
    text = CliRunner().invoke(application(), ["formats"]).stdout
    for name in NAMES:
        assert f"{name}: {_facts.facts(name).title}" in text.replace("\n           ", " ")
    assert "Traps:" in text


def test_an_unknown_connector_is_named_with_those_there_are() -> None:
    with pytest.raises(HubError, match=r"nope.*veolia_csv"):
        connectors.load("nope")


def test_a_docstring_that_lacks_a_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors.load("veolia_csv"), "__doc__", "Water.\n\nSource: x\n")
    with pytest.raises(HubError, match=r"veolia_csv\.py lacks Device, Units"):
        _facts.facts("veolia_csv")
