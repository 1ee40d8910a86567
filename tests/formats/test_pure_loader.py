"""PyYAML's own parser, used if it was built without libyaml, gives the same values and errors."""

from __future__ import annotations

import pytest
import yaml

from llmcassette.errors import CassetteError
from llmcassette.formats import document, read
from tests.corpus import SAMPLE_FILES
from tests.formats.test_bad_input import GOOD, SECOND


@pytest.fixture
def pure(monkeypatch):
    monkeypatch.setattr(document, "EventParser", yaml.SafeLoader)


def test_the_same_values(monkeypatch):
    text = SAMPLE_FILES[2].read_bytes().decode()
    fast = read(text)
    monkeypatch.setattr(document, "EventParser", yaml.SafeLoader)

    assert read(text) == fast


def test_null_is_told_from_an_empty_string(pure):
    assert read(GOOD.replace("headers: {}", "headers:")) == read(GOOD)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file is empty; a cassette without interactions has `interactions: []`"),
        ("a: b\nc: \x07\n", "line 2: not YAML: the character U+0007 is not allowed in YAML text; "
         "write it as an escape in double quotes"),
        (GOOD + SECOND + "  x: [\n", "line 51: not YAML: while parsing a flow node, "
         "expected the node content, but found '<stream end>'"),
        (GOOD.replace("hello", r'"\ud800"'),
         "line 22: interaction 0, response.body: has half a surrogate pair, which is not text"),
    ],
)  # fmt: skip
def test_errors_name_the_place(pure, text, message):
    with pytest.raises(CassetteError) as caught:
        read(text)

    assert str(caught.value) == message
