"""Matching skips redaction for requests that it would not change, which most are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette import load
from llmcassette.json.value import value_and_names
from llmcassette.model import Headers, Request
from llmcassette.redaction import Redaction, leaves_untouched, redact_request
from tests.corpus import each_real_file

URL = "https://api.example.com/v1/chat"
NAMES = st.sampled_from(["api_key", "apiKey", "token", "model", "p\u0061ssword", "secret", "a"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3).map(json.dumps)
    ),
    max_leaves=8,
)


def request(value, *, url=URL, content_type="application/json", body=None):
    return Request(
        method="POST",
        url=url,
        headers=Headers({"Content-Type": content_type} if content_type else {}),
        body=json.dumps(value).encode() if body is None else body,
    )


def is_untouched(sent, redaction=None):
    _, members = value_and_names(sent.body)
    return leaves_untouched(sent, members, redaction or Redaction())


def is_changed(sent, redaction):
    redacted = redact_request(sent, redaction)
    return (redacted.url, redacted.body) != (sent.url, sent.body)


@settings(max_examples=300)
@given(
    st.dictionaries(NAMES, VALUES) | st.lists(VALUES),
    st.sampled_from([URL, URL + "?key=abc", "https://me:pw@a.example/", URL + "?q=1"]),
    st.sampled_from(["application/json", "", "application/x-www-form-urlencoded", "text/plain"]),
    st.booleans(),
)
def test_what_is_called_untouched_is_not_changed_by_redaction(value, url, content_type, escaped):
    body = json.dumps(value).encode()
    if escaped:
        body = body.replace(b"ssword", b"\\u0073sword")
    sent = request(value, url=url, content_type=content_type, body=body)

    if is_untouched(sent):
        assert not is_changed(sent, Redaction())


@each_real_file
def test_real_requests_in_json_are_told_as_redaction_tells_them(path):
    for interaction in load(path).interactions:
        sent = interaction.request
        try:
            value = json.loads(sent.body)
        except ValueError:
            continue
        if isinstance(value, (dict, list)) and is_untouched(sent):
            assert not is_changed(sent, Redaction())


@pytest.mark.parametrize(
    "sent",
    [request({"model": "m"}), request([]), request({"max_tokens": 1}, content_type="")],
    ids=["an object", "an array", "no content type"],
)
def test_a_request_without_secrets_is_untouched(sent):
    assert is_untouched(sent)


@pytest.mark.parametrize(
    ("sent", "redaction"),
    [
        (request({"a": [{"api_key": 1}]}), Redaction()),
        (request({"a": 1}), Redaction(fields=("A",))),
        (request({"a": 1}), Redaction(jsonpaths=("$.a",))),
        (request({"a": 1}), Redaction(functions=(lambda message: message,))),
        (request({}, url=URL + "?api_key=k"), Redaction()),
        (request({}, content_type="multipart/form-data; boundary=a"), Redaction()),
    ],
    ids=["a default name", "a name of the user's", "a path", "a function", "the URL", "a form"],
)
def test_where_there_may_be_something_redaction_decides(sent, redaction):
    assert not is_untouched(sent, redaction)
