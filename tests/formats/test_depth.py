"""Nesting has one limit and one wording, whatever PyYAML's own limit is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import llmcassette
from llmcassette.errors import CassetteError
from llmcassette.formats import document, read
from llmcassette.formats.importing import import_text
from tests.cli.commands import Commands
from tests.formats.test_bad_input import GOOD, error_of

TOO_DEEP = "nested more than 100 levels deep, which no cassette needs"
OPENINGS = ["[", "{a: ", "- ", "? ", "!!seq ["]


def noted(value):
    """The good cassette with an unknown key, whose value begins on line 23."""
    return GOOD.replace("body: hello", "notes:\n      " + value)


@pytest.fixture(autouse=True, params=["CSafeLoader", "SafeLoader"])
def loader(request, monkeypatch):
    monkeypatch.setattr(document, "EventParser", getattr(yaml, request.param))


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("depth", [101, 5_000])
def test_an_interaction_nested_too_deep_is_refused(opening, depth):
    assert error_of(noted(opening * depth)) == f"w.yaml:23: interaction 0: {TOO_DEEP}"


@pytest.mark.parametrize("opening", OPENINGS)
def test_200_000_levels_are_refused_at_once(opening):
    assert error_of(noted(opening * 200_000)) == f"w.yaml:23: interaction 0: {TOO_DEEP}"


def test_an_item_that_is_nothing_but_nested():
    assert error_of("version: 2\ninteractions:\n- " + "[" * 5_000) == (
        f"w.yaml:3: interaction 0: {TOO_DEEP}"
    )


@pytest.mark.parametrize("text", ["x: {}", "? {}"])
def test_a_file_nested_too_deep_outside_of_interactions(text):
    assert error_of("version: 2\n" + text.format("[" * 5_000)) == f"w.yaml:2: {TOO_DEEP}"


def test_90_levels_under_an_unknown_key_are_passed_over():
    assert len(read(noted("[" * 90 + "]" * 90)).interactions) == 1


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        ("yaml", "[" * 5_000),
        ("json", '{"x": ' + "[" * 200 + "]" * 200 + "}"),
        ("json", "[" * 100_000),
        ("toml", "x = " + "[" * 100_000),
    ],
)
def test_cassettes_of_other_tools(notation, text):
    if notation == "yaml":
        text = f"interactions: {text}"
    with pytest.raises(CassetteError) as caught:
        import_text(text, path=Path("w"), notation=notation)

    assert str(caught.value) == f"w:1: {TOO_DEEP}"


@pytest.fixture
def deep(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text(noted("[" * 5_000), encoding="utf-8")
    return path


def test_load_and_opening_for_replay(deep):
    message = f"{deep}:23: interaction 0: {TOO_DEEP}"
    with pytest.raises(CassetteError) as loaded:
        llmcassette.load(deep)
    with pytest.raises(CassetteError) as opened, llmcassette.use_cassette(deep):
        pytest.fail("opened")

    assert (str(loaded.value), str(opened.value)) == (message, message)


@pytest.mark.parametrize("command", ["check w.yaml", "inspect w.yaml", "convert w.yaml new.yaml"])
def test_the_command_line(deep, command, monkeypatch):
    ran = Commands(deep.parent, monkeypatch)(*command.split())

    assert ran.code != 0
    assert TOO_DEEP in ran.out + ran.err
