"""Messages and logs contain no known secret, no key and no credential in a URL."""

import pytest

from llmcassette.redaction import scrub_text
from tests.redaction.texts import KEY, NO_SECRETS, PROVIDER_KEYS, SECRETS


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"401: key {KEY} is wrong", "401: key [REDACTED] is wrong"),
        ("GET https://me:pw@a.test/?key=1&b=2 failed", None),
        (f"it is {PROVIDER_KEYS['a Groq key']}.", "it is [REDACTED]."),
        ("nothing é \ud800 to hide", "nothing é \ud800 to hide"),
        ("", ""),
    ],
)
def test_scrub_text(text, scrubbed):
    expected = scrubbed
    if expected is None:
        expected = "GET https://%5BREDACTED%5D@a.test/?key=[REDACTED]&b=2 failed"
    assert scrub_text(text, SECRETS) == expected
    assert scrub_text(expected, SECRETS) == expected


def test_values_are_only_known_to_those_who_know_them():
    assert scrub_text(f"key {KEY}", NO_SECRETS) == f"key {KEY}"
