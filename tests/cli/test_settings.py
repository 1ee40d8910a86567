"""``llmcassette settings``: explains settings, and shows their values and where these come from."""

from __future__ import annotations

import json

import pytest

from llmcassette.recorder.settings import Settings
from tests.cli.commands import Commands


@pytest.fixture
def llmcassette(tmp_path, monkeypatch):
    for name in ("CI", "LLMCASSETTE_MODE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.other]\n"
        "ordered = 1\n"
        "[ tool.llmcassette ] # ours\n"
        'ignore = ["$.seed"]\n'
        "\n"
        "ordered = true\n",
        encoding="utf-8",
    )
    return Commands(tmp_path, monkeypatch)


def rows(llmcassette, *args):
    return {
        row["name"]: row
        for row in json.loads(llmcassette("settings", *args, "--json").out)["settings"]
    }


def test_the_table_shows_name_value_and_source_in_80_columns(llmcassette):
    ran = llmcassette("settings")

    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert lines[:2] == [
        'mode               "none"                                 default',
        'ignore             ["$.seed"]                             pyproject.toml:4',
    ]
    assert "ordered            true                                   pyproject.toml:6" in lines
    assert lines[-2:] == ["", "Explain one: llmcassette settings NAME"]
    assert max(map(len, lines)) <= 80


def test_one_is_explained(llmcassette):
    assert llmcassette("settings", "ignore").out == (
        "ignore\n"
        "  Body values that do not count in matching.\n"
        "\n"
        '  value       ["$.seed"] (pyproject.toml:4)\n'
        "  takes       list of JSONPaths (RFC 9535)\n"
        "  default     []\n"
        "  example     [tool.llmcassette]\n"
        '              ignore = ["$.seed"]\n'
        "  more        page matching of the documentation\n"
    )


def test_one_that_is_a_function_says_where_it_can_be(llmcassette):
    assert "only in Python: on the marker" in llmcassette("settings", "matcher").out


def test_the_json_document_has_all(llmcassette):
    found = rows(llmcassette)

    assert list(found) == list(Settings.__dataclass_fields__)
    assert found["ordered"] == {
        "name": "ordered",
        "value": True,
        "source": "pyproject.toml:6",
        "takes": "true, false",
        "default": "false",
        "description": "Requests must come in the recorded order",
        "example": True,
        "page": "matching",
    }
    assert list(rows(llmcassette, "pace")) == ["pace"]


@pytest.mark.parametrize(
    ("variables", "value", "source"),
    [
        ({"LLMCASSETTE_MODE": "once"}, "once", "LLMCASSETTE_MODE"),
        ({"LLMCASSETTE_MODE": "once", "CI": "true"}, "none", "CI"),
        ({"CI": "false"}, None, "default"),
    ],
)
def test_the_mode_may_come_from_the_environment(llmcassette, variables, value, source):
    for name, text in variables.items():
        llmcassette.patch.setenv(name, text)

    row = rows(llmcassette)["mode"]

    assert (row["value"], row["source"]) == (value, source)


def test_a_setting_written_in_another_way_is_still_found(llmcassette):
    (llmcassette.folder / "pyproject.toml").write_text(
        "tool.llmcassette.ordered = true\n", encoding="utf-8"
    )

    row = rows(llmcassette)["ordered"]

    assert (row["value"], row["source"]) == (True, "pyproject.toml")


def test_an_unknown_name_suggests_the_nearest(llmcassette):
    ran = llmcassette("settings", "ignroe")

    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "llmcassette: there is no setting 'ignroe' (command line). Did you mean 'ignore'?\n",
    )
