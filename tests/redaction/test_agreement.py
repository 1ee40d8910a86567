"""What recording would not write, ``check`` names: one scanner for both."""

import hashlib
import json

import pytest

from llmcassette.model import Headers, Interaction
from llmcassette.redaction import (
    Redaction,
    collect_secrets,
    find_secrets,
    redact_interaction,
    seal,
)
from tests.cases import case
from tests.corpus import SAMPLE_FILES, corpus_files, needs_corpus
from tests.redaction.test_corpus import interactions_of
from tests.redaction.texts import JSON, NO_SECRETS, interaction

PASSWORD = "".join(("c0rrect", "-H0rse-", "battery"))
SIGNED = (
    "https://b.s3.amazonaws.com/f?X-Amz-Date=1&X-Amz-Signature=" + hashlib.sha256(b"s").hexdigest()
)
AZURE = (
    "https://a.blob.core.windows.net/f?sv=1&sig=" + "Zq9aB3dE5fG7hJ9kL1mNpQ4rS6tU8vW0%2Bx%2Fy%3D"
)

FIELDS = (
    "secret",
    "token",
    "api_key",
    "root_pass",
    "admin_password",
    "access_key",
    "refresh_token",
    "apiToken",
)


def kinds(recorded):
    return [(one.field, one.kind) for one in find_secrets(recorded, NO_SECRETS, Redaction())]


def recorded_as(recorded):
    return seal(redact_interaction(recorded, Redaction()), NO_SECRETS).interaction


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_an_answer(name):
    recorded = interaction(response=json.dumps({"id": 1, name: PASSWORD}).encode())
    assert kinds(recorded) == [("response.body", f"the value of the field {name}")]
    written = recorded_as(recorded)
    assert json.loads(written.response.body) == {"id": 1, name: "[REDACTED]"}
    assert kinds(written) == []


@pytest.mark.parametrize("url", [SIGNED, AZURE])
@pytest.mark.parametrize("write", [str, lambda url: url.replace("&", "\\u0026")])
def test_a_signed_url_of_an_answer(url, write):
    recorded = interaction(response=f'{{"url": "{write(url)}"}}'.encode())
    assert kinds(recorded) == [("response.body", "the signature of a URL")]
    written = recorded_as(recorded)
    assert json.loads(written.response.body)["url"] == f"{url.rpartition('=')[0]}=[REDACTED]"
    assert kinds(written) == []


def test_a_cookie_and_a_url_in_the_headers_of_an_answer():
    headers = {**JSON, "Set-Cookie": f"session={PASSWORD}; Path=/", "Location": SIGNED}
    recorded = interaction(response=b"{}", response_headers=Headers(headers))
    found = kinds(recorded)
    assert ("response.headers.set-cookie", "a credential") in found
    assert ("response.headers.location", "the signature of a URL") in found
    assert kinds(recorded_as(recorded)) == []


def test_credentials_of_a_request():
    recorded = interaction(
        url=f"https://a.test/?key={PASSWORD}", request_headers={**JSON, "X-Api-Key": PASSWORD}
    )
    assert kinds(recorded) == [
        ("request.url", "a credential (parameter key)"),
        ("request.headers.X-Api-Key", "a credential"),
    ]


def test_a_path_of_the_settings():
    recorded = interaction(response=b'{"a":\n{"b": "c"}}')
    (found,) = find_secrets(recorded, NO_SECRETS, Redaction(jsonpaths=("$.a.b",)))
    assert str(found) == (
        "interaction 0, response.body, line 2 (byte 12): a value that redact_paths selects"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"token": "Hello"},
        {"token": "internationalization"},
        {"token": "<|endoftext|>"},
        {"next_page_token": "a1b2c3d4e5f6a7b8c9"},
        {"logprobs": {"content": [{"token": "a1b2c3d4e5f6a7b8c9"}]}},
        {"url": "https://a.test/?signature=none&sig=1"},
        {"properties": {"root_pass": {"type": "string"}}},
    ],
)
def test_harmless_fields_stay(body):
    recorded = interaction(response=json.dumps(body).encode())
    assert recorded_as(recorded) is recorded
    assert kinds(recorded) == []


@pytest.mark.parametrize(
    ("headers", "side"),
    [
        ({"Access-Control-Allow-Credentials": "true"}, "response_headers"),
        ({"Set-Cookie": "theme=dark; Max-Age=60"}, "response_headers"),
        ({"x-time-per-token": "0.0123"}, "response_headers"),
        ({"Authorization": "Bearer test"}, "request_headers"),
    ],
)
def test_headers_that_carry_no_credential_are_not_named(headers, side):
    assert kinds(interaction(**{side: {**JSON, **headers}})) == []


@needs_corpus
def test_nothing_is_left_to_name_in_what_recording_would_write():
    for path in [*corpus_files("go-vcr-v2"), *corpus_files("vcrpy-v1"), *SAMPLE_FILES]:
        for one in interactions_of(path):
            secrets = collect_secrets({}, one.request, Redaction())
            written = seal(redact_interaction(one, Redaction()), secrets).interaction
            with case(path):
                assert isinstance(written, Interaction)
                assert find_secrets(written, secrets, Redaction()) == ()
