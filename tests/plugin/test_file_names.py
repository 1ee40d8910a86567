"""A test's name as a file's name."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, strategies

from conftest_plugin.paths import file_name

NAMES = strategies.text(min_size=1, max_size=300) | strategies.sampled_from(
    ["con", "CON.x", "nul", "com1", "LPT9.txt", "a.", "a ", "..", "a/b", "x" * 300, "é" * 200]
)


@pytest.mark.parametrize("name", ["test_x", "TestA.test_x[Paris]", "test_x[gpt-4.1 mini]", "é"])
def test_a_harmless_name_stays(name):
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a/b", "a_b-c14cddc0"),
        ("con", "_con-e6ec3ef5"),
        ("a.", "a-3ffdbfd4"),
        ("x" * 200, "x" * 180 + "-"),
        ("é" * 200, "é" * 90 + "-"),
    ],
)
def test_any_other_is_made_harmless_and_gets_a_digest(name, file):
    stem, _, digest = file_name(name).rpartition("-")

    assert stem == file.rpartition("-")[0]
    assert re.fullmatch("[0-9a-f]{8}", digest)


def test_the_name_is_always_the_same():
    assert file_name("test_x[a/b]") == "test_x[a_b]-804c3669"


@given(NAMES)
def test_every_file_system_takes_the_name(name):
    safe = file_name(name)

    assert safe
    assert not set(safe) & set('<>:"/\\|?*')
    assert all(character >= " " for character in safe)
    assert not safe.endswith((".", " "))
    assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", safe, re.IGNORECASE)
    assert len(safe.encode()) <= 200
    assert unicodedata.is_normalized("NFC", safe)


@given(NAMES, NAMES)
def test_two_names_make_two_files(one, other):
    assert (file_name(one) == file_name(other)) == (one == other)
