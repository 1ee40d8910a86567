"""Real cassettes: hardly anything is redacted; the exceptions are listed with the reason."""

from __future__ import annotations

import functools
from fnmatch import fnmatchcase

import pytest
import yaml

from llmcassette.model import Headers, Interaction, Request, Response
from llmcassette.redaction import Redaction, redact_interaction, seal
from llmcassette.redaction.headers import DROPPED, REQUEST_HEADERS
from tests.corpus import SAMPLE_FILES, corpus_files, corpus_id, needs_corpus
from tests.redaction.texts import NO_SECRETS

REDACTED_BY_NAME = {
    # httpbin answers with the headers it was sent: "Authorization": "Bearer foo"
    "go-vcr-v2/go-vcr/examples/fixtures/json-content-type.yaml",
    # "secret_key": "[SANITIZED]": their marker, replaced by ours
    "go-vcr-v1/linodego/test/integration/fixtures/TestObjectStorageKey_Update.yaml",
    # "root_pass": "thisIsYourRootPassword", the password of a new server
    "go-vcr-v1/linodego/test/integration/fixtures/ExampleCreateNodeBalancerNode.yaml",
    "go-vcr-v1/linodego/test/integration/fixtures/TestInstance_CreateWithNonReservedAddress.yaml",
    # "access_key": "SCWXXXXXXXXXXXXXXXXX": their marker
    "go-vcr-v1/scaleway-cli/internal/namespaces/init/testdata/test-init-autocomplete-darwin-zsh.cassette.yaml",
    # PostHog's public key in telemetry: "api_key": "phc_..."
    "vcrpy-v1/openllmetry/packages/opentelemetry-instrumentation-haystack/tests/cassettes/test_simple_pipeline/test_haystack.yaml",
}
FOUND_BY_THE_GATE = {
    # a link to the image that was made, signed for an hour
    "go-vcr-v2/genai/providers/bfl/testdata/TestClient/Scoreboard/flux-dev/GenDoc-Image.yaml:"
    " interaction 20, response.body, line 1 (byte 274): the signature of a URL"
}
"""No id, hash, signature or encrypted reasoning in the corpus looks like a provider's key."""


class Loader(yaml.CSafeLoader):
    """Reads vcrpy's old Python tags as plain values."""


def construct_python(loader, _suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node)


Loader.add_multi_constructor("tag:yaml.org,2002:python/", construct_python)


def bytes_of(body):
    if isinstance(body, dict):
        body = body.get("string")
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else b""


def headers_of(headers):
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Headers(
        (name, [str(item) for item in value] if isinstance(value, list) else str(value))
        for name, value in pairs
    )


@functools.cache
def interactions_of(path):
    loaded = yaml.load(path.read_bytes(), Loader)
    return [
        Interaction(
            number,
            Request(
                method=recorded["request"]["method"],
                url=recorded["request"].get("url") or recorded["request"]["uri"],
                headers=headers_of(recorded["request"].get("headers") or {}),
                body=bytes_of(recorded["request"].get("body")),
            ),
            Response(
                code=200,
                headers=headers_of(recorded["response"].get("headers") or {}),
                body=bytes_of(recorded["response"].get("body")),
            ),
        )
        for number, recorded in enumerate(loaded["interactions"] or [])
    ]


FILES = [
    *corpus_files("go-vcr-v2"),
    *corpus_files("go-vcr-v1"),
    *corpus_files("vcrpy-v1"),
    *SAMPLE_FILES,
]


@needs_corpus
def test_bodies_are_redacted_in_the_listed_cassettes_only():
    redacted = {
        corpus_id(path)
        for path in FILES
        for interaction in interactions_of(path)
        for sides in [redact_interaction(interaction, Redaction())]
        if sides.request.body != interaction.request.body
        or sides.response.body != interaction.response.body
    }
    assert redacted == REDACTED_BY_NAME


@needs_corpus
def test_the_gate_finds_nothing_but_what_is_listed():
    found = {
        f"{corpus_id(path)}: {finding}"
        for path in FILES
        for interaction in interactions_of(path)
        for finding in seal(redact_interaction(interaction, Redaction()), NO_SECRETS).findings
    }
    assert found == FOUND_BY_THE_GATE


@needs_corpus
def test_headers_of_the_list_are_gone_and_a_second_time_changes_nothing():
    for path in FILES:
        for interaction in interactions_of(path):
            once = redact_interaction(interaction, Redaction())
            assert redact_interaction(once, Redaction()) is once
            assert set(once.request.headers) <= set(REQUEST_HEADERS)
            assert not [
                name
                for name in once.response.headers
                if any(fnmatchcase(name, glob) for glob in DROPPED)
            ]


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=corpus_id)
def test_the_sample_cassettes_hold_no_secret(path):
    for interaction in interactions_of(path):
        assert seal(interaction, NO_SECRETS).findings == ()
