"""The shape of an answer: what is in it, and what is not."""

from __future__ import annotations

import json

import pytest

from llmcassette.model import Headers, Response
from llmcassette.review.diff.shape import ShapeChange, shape, shape_changes
from tests.corpus import SAMPLES, corpus_files, needs_corpus


def got(value, code: int = 200) -> Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Response(code=code, headers=Headers({"Content-Type": "application/json"}), body=body)


def stream(*events: tuple[str, object]) -> Response:
    body = "".join(f"event: {name}\ndata: {json.dumps(value)}\n\n" for name, value in events)
    headers = Headers({"Content-Type": "text/event-stream"})
    return Response(code=200, headers=headers, body=body.encode())


def changes(old, new) -> list[tuple[str, str, str]]:
    found = shape_changes(shape(got(old)), shape(got(new)))
    return [(each.place, each.old, each.new) for each in found]


def test_a_stream_of_anthropic_has_its_events_and_keys_by_type():
    delta = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}}
    found = shape(
        stream(
            (
                "message_start",
                {"type": "message_start", "message": {"id": "m", "usage": {"in": 1}}},
            ),
            ("ping", {"type": "ping"}),
            ("content_block_delta", delta),
            ("content_block_delta", delta),
            ("message_stop", {"type": "message_stop"}),
        )
    )

    assert (found.status, found.framing) == (200, "sse")
    assert found.events == ("message_start", "content_block_delta", "message_stop")
    assert found.keys["content_block_delta: delta<text_delta>.text"] == {"string"}
    assert found.keys["message_start: message.usage.in"] == {"number"}


def test_items_of_a_list_are_distinguished_by_their_type():
    found = shape(
        got({"content": [{"type": "text", "text": "a"}, {"type": "tool_use", "input": {"x": 1}}]})
    )

    assert {path for path in found.keys if "." in path} == {
        "content[text].type",
        "content[text].text",
        "content[tool_use].type",
        "content[tool_use].input",
    }


def test_words_counts_and_lengths_are_no_shape():
    one = {"text": "a", "n": 1, "list": [{"k": True}], "none": None}
    other = {"text": "b", "n": 2.5, "list": [{"k": False}, {"k": True}], "none": None}

    assert changes(one, other) == []


def test_keys_that_come_go_or_change_their_type():
    assert changes({"a": 1, "b": {"c": 1}}, {"a": "1", "d": [1]}) == [
        ("a", "number", "string"),
        ("b", "object", ""),
        ("d", "", "array"),
    ]


def test_null_is_no_change_of_type_nor_is_a_key_that_was_null():
    assert changes({"a": None, "b": 1, "gone": None}, {"a": 1, "b": None}) == []


def test_siblings_of_a_lone_key_whose_names_begin_alike_are_listed_too():
    assert [place for place, _, _ in changes({}, {"ab": {"x": 1}, "abc": 1, "ab-c": 1})] == [
        '["ab-c"]',
        "ab",
        "abc",
    ]


def test_events_in_another_order_or_of_another_kind():
    old = shape(stream(("a", {}), ("b", {}), ("b", {})))

    assert shape_changes(old, shape(stream(("a", {}), ("b", {})))) == []
    assert shape_changes(old, shape(stream(("b", {}), ("a", {})))) == [
        ShapeChange("events", "a b", "b a")
    ]


def test_another_framing_is_all_there_is_to_say():
    assert shape_changes(shape(stream(("a", {}))), shape(got({}))) == [
        ShapeChange("framing", "sse", "json")
    ]


@pytest.mark.parametrize(
    "body", [b"", b"plain", b"[1, 2", b"\xff\x00", b"[" * 100_000, b'"x"', b"null"]
)
def test_any_body_has_a_shape(body):
    assert shape(got(body)).status == 200


def test_an_error_event_and_the_end_of_a_stream_have_names():
    headers = Headers({"Content-Type": "text/event-stream"})
    data = ('{"error": {"message": "no"}}', "[DONE]", '{"object": "chunk"}', "1")
    body = "".join(f"data: {each}\n\n" for each in data).encode()

    assert shape(Response(code=200, headers=headers, body=body)).events == (
        "error",
        "[DONE]",
        "chunk",
        "number",
    )


def test_deep_answers_are_read_to_a_depth():
    value: object = 1
    for _ in range(200):
        value = {"a": [value, True]}

    assert max(path.count("a") for path in shape(got(value)).keys) <= 64


@needs_corpus
def test_every_recorded_answer_has_the_shape_of_itself():
    from llmcassette import load

    for path in (*sorted(SAMPLES.glob("*.yaml")), *corpus_files("go-vcr-v2")):
        for interaction in load(path).interactions:
            found = shape(interaction.response)
            assert shape_changes(found, shape(interaction.response)) == []
            assert bool(found.events) == bool(found.keys) or not found.keys
