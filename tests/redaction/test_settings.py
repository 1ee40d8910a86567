"""Errors of wrong settings name the setting, the reason and the fix."""

import pytest

from llmcassette.errors import SettingsError
from llmcassette.redaction import Redaction


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fields": "api_key"}, "fields: 'api_key' is a str; it must be a list"),
        ({"fields": [7]}, "fields: 7 must be a non-empty string"),
        ({"secret_env": ["!"]}, "secret_env: '!' must be a non-empty string"),
        (
            {"functions": ["scrub"]},
            "functions: 'scrub' cannot be called; it must be a function that takes a Request or"
            " Response and returns one",
        ),
        (
            {"keep_headers": ["X-Api-Key"]},
            "keep_headers: 'X-Api-Key' carries credentials and is never written to a cassette;"
            " remove it",
        ),
        (
            {"secret_patterns": ["acme_[a-z"]},
            "secret_patterns: 'acme_[a-z' is not a regular expression of Python: unterminated"
            " character set at position 5",
        ),
        (
            {"secret_patterns": ["(acme)?"]},
            "secret_patterns: '(acme)?' matches the empty text, and so every place; let it match"
            " one character or more",
        ),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_it(settings, message):
    with pytest.raises(SettingsError) as caught:
        Redaction(**settings)
    assert str(caught.value) == message


def test_a_jsonpath_that_cannot_be_read_is_an_error():
    with pytest.raises(SettingsError) as caught:
        Redaction(jsonpaths=["$.messages["])
    assert str(caught.value).startswith("jsonpaths: '$.messages[' is not a JSONPath (RFC 9535): ")


def test_lists_are_taken_and_kept_as_tuples():
    assert Redaction(fields=["pin"]) == Redaction(fields=("pin",))


def test_names_are_compared_without_case_and_separators():
    names = Redaction(fields=["Door-Code"], keep_fields=["Secret"]).field_names
    assert "doorcode" in names
    assert "secret" not in names
    assert "apikey" in names
