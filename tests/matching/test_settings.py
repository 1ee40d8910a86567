"""The rules from settings, with redaction: it runs only when needed, without changing results."""

from __future__ import annotations

import pytest

from llmcassette.matching import Index
from llmcassette.recorder.settings import Settings
from tests.matching.requests import answered, post


def positions(index, *requests):
    matches = [index.take(request) for request in requests]
    return [match and match.position for match in matches]


def test_a_header_that_is_compared_is_redacted_first():
    rules = Settings(match_headers=("X-Callback",)).rules
    recorded = post('{"a": 1}', x_callback="https://me.example/?token=old")
    index = Index(answered(recorded), rules)

    match = index.take(post('{"a":1}', x_callback="https://me.example/?token=new"))

    assert (match.position, match.how) == (0, "exact")


def test_a_filter_that_asks_for_a_secret_is_asked_of_what_is_redacted():
    rules = Settings(ignore=("$[?@.password=='s']",)).rules
    index = Index(answered(post('{"x":{"password":"[REDACTED]"},"n":1}')), rules)

    assert positions(index, post('{"x":{"password":"s"},"n":1}')) == [0]


def test_what_is_ignored_may_be_a_secret():
    rules = Settings(ignore=("$.user",)).rules
    index = Index(answered(post('{"user":{"password":"[REDACTED]"},"n":1}')), rules)

    assert positions(index, post('{"n":1, "user":{"password":"s"}}')) == [0]


@pytest.mark.parametrize("name", ["content-type", "Content-Type"])
def test_a_content_type_that_is_to_be_equal_must_be(name):
    index = Index(answered(post("{}", "application/json")), Settings(match_headers=(name,)).rules)

    assert index.take(post("{}", "text/plain")) is None


def test_a_request_whose_secret_was_redacted_is_found_by_bytes_that_differ():
    rules = Settings().rules
    index = Index(answered(post('{"api_key":"[REDACTED]","n":1}')), rules)

    assert positions(index, post('{"api_key":"k-1","n":1}')) == [0]
