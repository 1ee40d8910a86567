"""``settings.schema.json`` agrees with ``Settings``, its checks, and the table in the docs."""

from __future__ import annotations

import json
import re
from dataclasses import fields

import jsonschema
import pytest

from llmcassette.cli.explained import schema_text
from llmcassette.errors import SettingsError
from llmcassette.recorder.settings import Layer, Settings, merge
from tests.corpus import ROOT
from tests.types.every_setting import FIRST, SECOND

SCHEMA = json.loads(schema_text())
IN_PYTHON_ONLY = {"matcher", "redact", "sleep"}
ANY_TEXT = {"max_decoded_size", "cassette_name"}
"""The tool reads these texts; the schema doesn't."""


def is_valid(name: str, value: object) -> bool:
    return jsonschema.Draft7Validator(SCHEMA).is_valid({name: value})


def is_accepted(name: str, value: object) -> bool:
    try:
        _ = merge([Layer("here", {name: value})])
    except SettingsError:
        return False
    return True


def in_toml(value: object) -> object:
    """A value of Python as TOML would have it."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return [in_toml(item) for item in value]
    return value


def test_it_is_a_schema():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_it_has_all_settings():
    assert list(SCHEMA["properties"]) == [field.name for field in fields(Settings)]


def test_what_type_checkers_accept_is_valid():
    refused = [
        (name, value)
        for values in (FIRST, SECOND)
        for name, value in values.items()
        if name not in {*IN_PYTHON_ONLY, "faults"} and value is not None  # TOML has no null
        if not is_valid(name, in_toml(value))
    ]
    assert refused == []


def test_the_examples_are_valid_and_accepted():
    for name, about in SCHEMA["properties"].items():
        for example in about.get("examples", []):
            assert is_valid(name, example), (name, example)
            assert is_accepted(name, example), (name, example)
        assert ("examples" in about) != (name in IN_PYTHON_ONLY), name


def test_misspelt_names_are_found():
    errors = jsonschema.Draft7Validator(SCHEMA).iter_errors({"ignroe": []})
    assert [error.message for error in errors] == [
        "Additional properties are not allowed ('ignroe' was unexpected)"
    ]


def test_values_of_wrong_types_are_found_as_the_tool_finds_them():
    wrong: list[object] = [{"a": 1}, [1], "no such value!", -1, True, 1.5]
    for name in SCHEMA["properties"]:
        for value in wrong:
            if not is_accepted(name, value):
                may_be = isinstance(value, str) and name in ANY_TEXT
                assert may_be or not is_valid(name, value), (name, value)


def test_the_page_of_settings_has_the_same_names_and_defaults():
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### (\w+)\n(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL)
    shown = {
        name: plain(
            re.findall(
                r"^Value: .*? Default: (.*?)(?:; adds up)?(?:\. Place: .*)?\.$", text, re.MULTILINE
            )[0]
        )
        for name, text in sections
    }
    assert shown == {name: about["x-default"] for name, about in SCHEMA["properties"].items()}


def plain(cell: str) -> str:
    return re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", cell).replace("`", "")


@pytest.mark.parametrize("page", sorted({each["x-page"] for each in SCHEMA["properties"].values()}))
def test_the_page_to_read_exists(page):
    assert list((ROOT / "docs").rglob(f"{page}.md"))
