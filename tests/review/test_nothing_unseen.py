"""Differences that a reading of a conversation alone would miss."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmcassette.cli.output.inspect.transcript import stable_text
from llmcassette.model import Cassette, Interaction, Request, Response
from llmcassette.review.diff.compare import compare
from llmcassette.review.diff.results import Kind
from llmcassette.review.diff.runs import as_text
from llmcassette.review.parsed import parse_interactions
from tests.cli.cassettes import JSON

RESPONSES = "https://api.openai.com/v1/responses"
ANTHROPIC = "https://api.anthropic.com/v1/messages"
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent"

Exchange = tuple[Request, Response]


def post(url: str, body: dict[str, Any]) -> Request:
    return Request(method="POST", url=url, headers=JSON, body=json.dumps(body).encode())


def answer(body: dict[str, Any]) -> Response:
    return Response(code=200, headers=JSON, body=json.dumps(body).encode())


def cassette(*exchanges: Exchange) -> Cassette:
    return Cassette(
        interactions=tuple(Interaction(at, *exchange) for at, exchange in enumerate(exchanges))
    )


def differences(
    old: Cassette, new: Cassette
) -> list[tuple[int, Kind, str, str | None, str | None]]:
    return [
        (at, each.kind, each.place, as_text(each.old), as_text(each.new))
        for at, pair in enumerate(compare(old, new).interactions)
        for each in pair.differences
    ]


def texts(of: Cassette) -> list[str]:
    """What ``textconv`` prints."""
    return list(stable_text(parse_interactions(of.interactions)))


def responses(*output: dict[str, Any]) -> Exchange:
    body = {"id": "r", "object": "response", "model": "gpt-x", "status": "completed"}
    return (
        post(RESPONSES, {"model": "gpt-x", "input": "Hi"}),
        answer(body | {"output": list(output)}),
    )


def anthropic(*content: dict[str, Any], messages: tuple[dict[str, Any], ...] = ()) -> Exchange:
    body = {"type": "message", "role": "assistant", "model": "claude-x", "stop_reason": "end_turn"}
    asked = {"model": "claude-x", "messages": messages or ({"role": "user", "content": "Hi"},)}
    return post(ANTHROPIC, asked), answer(body | {"content": list(content)})


def gemini(*parts: dict[str, Any], contents: tuple[dict[str, Any], ...] = ()) -> Exchange:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": "STOP"}
    asked = {"contents": contents or ({"role": "user", "parts": [{"text": "Hi"}]},)}
    return post(GEMINI, asked), answer({"candidates": [candidate], "modelVersion": "gemini-x"})


def message(text: str, *annotations: dict[str, Any]) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": list(annotations)}
    return {"type": "message", "role": "assistant", "content": [part]}


def search_call(query: str) -> dict[str, Any]:
    return {"type": "web_search_call", "action": {"type": "search", "query": query}}


def shell_call(*command: str) -> dict[str, Any]:
    return {"type": "local_shell_call", "action": {"type": "exec", "command": list(command)}}


def interpreter_call(code: str) -> dict[str, Any]:
    return {"type": "code_interpreter_call", "code": code, "outputs": []}


def citation(url: str) -> dict[str, Any]:
    return {"type": "url_citation", "url": url}


def searched(title: str) -> dict[str, Any]:
    found = [{"type": "web_search_result", "title": title}]
    return {"type": "web_search_tool_result", "tool_use_id": "s1", "content": found}


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        (responses(search_call("cats")), responses(search_call("dogs")), "dogs"),
        (responses(shell_call("ls")), responses(shell_call("rm", "-rf", "/")), "-rf"),
        (responses(interpreter_call("1 + 1")), responses(interpreter_call("1 + 2")), "1 + 2"),
        (
            responses(message("Hi", citation("https://a.example"))),
            responses(message("Hi", citation("https://b.example"))),
            "https://b.example",
        ),
        (anthropic(searched("Cats")), anthropic(searched("Dogs")), "Dogs"),
        (
            gemini({"executableCode": {"language": "PYTHON", "code": "print(1)"}}),
            gemini({"executableCode": {"language": "PYTHON", "code": "print(2)"}}),
            "print(2)",
        ),
        (
            gemini({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}),
            gemini({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}),
            "2",
        ),
        (
            gemini({"brandNewPart": {"answer": "yes"}}),
            gemini({"brandNewPart": {"answer": "no"}}),
            "no",
        ),
    ],
)  # fmt: skip
def test_parts_that_only_one_provider_has_are_compared_and_shown(old, new, value):
    sides = cassette(old), cassette(new)

    assert any(value in (after or "") for *_, after in differences(*sides))
    shown = [texts(side) for side in sides]
    assert shown[0] != shown[1]
    assert any(value in line for line in shown[1])


def test_the_order_of_texts_and_calls_counts():
    before, after = ({"type": "text", "text": text} for text in ("before.", "After."))
    call = {"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Rome"}}

    assert differences(
        cassette(anthropic(before, call, after)), cassette(anthropic(before, after, call))
    )


def test_other_thinking_in_the_next_request_is_a_changed_request():
    def session(repeated: str) -> Cassette:
        thought = {"type": "thinking", "thinking": "Rome it is.", "signature": "a"}
        call = {"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Rome"}}
        first = anthropic(thought, call)
        turn = {"role": "assistant", "content": [thought | {"thinking": repeated}, call]}
        result = {"type": "tool_result", "tool_use_id": "t", "content": "40 C"}
        asked = ({"role": "user", "content": "Hi"}, turn, {"role": "user", "content": [result]})
        return cassette(first, anthropic({"type": "text", "text": "Hot."}, messages=asked))

    old, new = session("Rome it is."), session("Milan it is.")

    assert [(at, kind) for at, kind, *_ in differences(old, new)] == [(1, Kind.REQUEST)]
    assert "  as before   1 message and the answer" in texts(old)
    assert any("Milan it is." in line for line in texts(new))


@pytest.mark.parametrize(
    ("url", "name"),
    [(GEMINI, "avgLogprobs"), (GEMINI, "avg_logprobs"), (GEMINI, "generationId")],
)
def test_volatile_names_are_compared_without_case_and_separators(url, name):
    def side(value: object) -> Cassette:
        body = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, name: value}]}
        return cassette((post(url, {"contents": [{"parts": [{"text": "Hi"}]}]}), answer(body)))

    assert differences(side(-0.25), side(-0.5)) == []
    assert texts(side(-0.25)) == texts(side(-0.5))


def test_an_argument_with_the_name_of_a_volatile_field_counts():
    def side(date: str) -> Cassette:
        call = {"type": "tool_use", "id": "t", "name": "weather", "input": {"date": date}}
        return cassette(anthropic(call))

    assert len(differences(side("2025-01-01"), side("2025-01-02"))) == 1


def test_a_call_whose_arguments_come_in_another_order_is_the_same_in_later_requests():
    def session(arguments: dict[str, Any], signature: str) -> Cassette:
        call = {"functionCall": {"name": "weather", "args": arguments}}
        part = call | {"thoughtSignature": signature}
        result = {"functionResponse": {"name": "weather", "response": {"celsius": 40}}}
        contents = (
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [part]},
            {"role": "user", "parts": [result]},
        )
        return cassette(gemini(part), gemini({"text": "Hot."}, contents=contents))

    old = session({"city": "Rome", "unit": "C"}, "c2lnbmF0dXJl")
    new = session({"unit": "C", "city": "Rome"}, "b3RoZXI=")

    assert differences(old, new) == []


def test_streams_cut_into_other_events_are_equal():
    def stream(*pieces: str) -> Cassette:
        events = [
            {"object": "chat.completion.chunk", "model": "gpt-x",
             "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            for piece in pieces
        ]  # fmt: skip
        body = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)
        url = "https://api.openai.com/v1/chat/completions"
        asked = post(url, {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}]})
        return cassette((asked, Response(code=200, body=body + b"data: [DONE]\n\n")))

    assert differences(stream("Once ", "upon"), stream("On", "ce", " upon")) == []
    assert [kind for _, kind, *_ in differences(stream("1", "0", "0"), stream("1", "1", "0"))] == [
        Kind.REWORDED
    ]
