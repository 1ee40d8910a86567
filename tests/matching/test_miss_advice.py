"""A setting is suggested only for a value that looks volatile, and then it cures the miss."""

from __future__ import annotations

import ast

import pytest

from llmcassette.matching import Index, Rules
from llmcassette.matching.miss.explain import explain_miss
from tests.matching.pairs import multipart
from tests.matching.requests import CHAT, answered, get, post

EXAMPLE = "https://api.example.com/v1/jobs"
UUIDS = "0b9d2b1c-6a40-4f0e-9d5c-2f2b8b5a7c11", "7f1f3c52-1c3e-4f60-8a54-9f2f0d4f8b02"
VOLATILE = {
    "request_id": UUIDS,
    "document": UUIDS,
    "trace": ("4bf92f3577b34da6", "00f067aa0ba902b7"),
    "runId": ("run-17", "run-18"),
    "sent_at": ("2026-11-30T10:00:00Z", "2026-11-30T10:00:01.5+01:00"),
    "timestamp": (1764496800, 1764496801.5),
    "seed": (7, 8),
    "path": ("/tmp/pytest-of-me/pytest-1/a.txt", "/tmp/pytest-of-me/pytest-2/a.txt"),
    "callback": ("http://localhost:49152/done", "http://localhost:49153/done"),
    "port": (49152, 49153),
}
STABLE = {
    "question": ("What?", "Why?"),
    "q": ("a1", "a2"),
    "id": (1, 2),
    "user": ("alice", "bob"),
    "prompt_id": ("v2", "v3"),
    "temperature": (0.1, 0.2),
    "max_tokens": (100, 200),
    "stream": (True, False),
    "message": ("message 1", "message 2"),
    "url": ("https://a.example.com", "https://b.example.com"),
}


def advice(recorded, sent):
    index = Index(answered(recorded), Rules())
    assert index.take(sent) is None
    return explain_miss(sent, index).accept


def assert_cures(accept, recorded, sent):
    name, _, items = accept.partition("=")
    index = Index(answered(recorded), Rules(**{name: ast.literal_eval(items)}))
    assert index.take(sent) is not None


@pytest.mark.parametrize("name", VOLATILE)
def test_a_volatile_value_may_be_ignored(name):
    recorded, sent = (post({name: value, "a": 1}, url=EXAMPLE) for value in VOLATILE[name])
    accept = advice(recorded, sent)
    assert accept == f'ignore=["$.{name}"]'
    assert_cures(accept, recorded, sent)


@pytest.mark.parametrize("name", STABLE)
def test_another_value_may_not(name):
    assert advice(*(post({name: value, "a": 1}, url=EXAMPLE) for value in STABLE[name])) == ""


def chat(**changes):
    body = {
        "model": "gpt-5",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d"}}],
    }
    return post({**body, **changes}, url=CHAT)


@pytest.mark.parametrize("value", UUIDS)
def test_nothing_that_a_model_reads_may_be_ignored(value):
    for changes in (
        {"model": value},
        {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": value}]},
        {"messages": [{"role": "system", "content": value}, {"role": "user", "content": "u"}]},
        {"tools": [{"type": "function", "function": {"name": "f", "description": value}}]},
    ):
        assert advice(chat(), chat(**changes)) == ""
    assert advice(chat(request_id="r-0000"), chat(request_id=value)) == 'ignore=["$.request_id"]'


def test_query_parameters():
    recorded, sent = (get(f"{EXAMPLE}?page=1&session={value}") for value in UUIDS)
    accept = advice(recorded, sent)
    assert accept == 'ignore_query=["session"]'
    assert_cures(accept, recorded, sent)
    assert advice(get(f"{EXAMPLE}?page=1"), get(f"{EXAMPLE}?page=2")) == ""
    versions = "2024-10-21", "2025-01-01"
    assert advice(*(get(f"{EXAMPLE}?api-version={each}") for each in versions)) == ""


def test_another_deployment_or_version_is_no_other_place_of_service():
    azure = "https://mine.openai.azure.com/openai/deployments/{}/chat/completions"
    assert advice(*(post({"a": 1}, url=azure.format(each)) for each in ("gpt-4", "gpt-5"))) == ""
    bedrock = "https://bedrock-runtime.{}.amazonaws.com/model/m/converse"
    regions = [post({"a": 1}, url=bedrock.format(each)) for each in ("us-east-1", "eu-west-1")]
    assert advice(*regions) == 'normalize_url=["region"]'


def upload(file_name, content="hello"):
    head = f'Content-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
    purpose = 'Content-Disposition: form-data; name="purpose"\r\n\r\nbatch'
    return multipart("x", f"{head}Content-Type: text/plain\r\n\r\n{content}", purpose)


def test_the_name_of_a_temporary_file():
    recorded, sent = upload("tmpab1_cd23.txt"), upload("tmpzzzzzzzz.txt")
    accept = advice(recorded, sent)
    assert accept == 'ignore_parts=["file.filename"]'
    assert_cures(accept, recorded, sent)
    ignoring = Index(answered(recorded), Rules(ignore_parts=("file.filename",)))
    assert ignoring.take(upload("tmpzzzzzzzz.txt", content="bye")) is None


def test_a_file_of_another_name_or_content_is_another_file():
    assert advice(upload("a.txt"), upload("b.txt")) == ""
    assert advice(upload("a.txt"), upload("a.txt", content="bye")) == ""


def test_a_part_may_be_ignored_as_a_whole():
    rules = Rules(ignore_parts=("file",))
    assert Index(answered(upload("a.txt")), rules).take(upload("b.txt", content="bye"))
    other = multipart("x", 'Content-Disposition: form-data; name="purpose"\r\n\r\nother')
    assert Index(answered(upload("a.txt")), rules).take(other) is None
