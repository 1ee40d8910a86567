"""Answers of JSON-RPC get the ids of the request that was sent."""

from __future__ import annotations

import json

import pytest

from llmcassette import Chunk, Headers, Interaction, Request, Response, faults
from llmcassette.recorder.run import current_run
from tests.recorder.asking import opened, steps

URL = "https://tools.example.com/mcp"
JSON = Headers({"Content-Type": "application/json"})
SSE = Headers({"Content-Type": "text/event-stream"})


@pytest.fixture(autouse=True)
def _errors_are_the_tests_own(monkeypatch):
    monkeypatch.setattr(current_run, "listeners", [])
    monkeypatch.setattr(current_run, "verifiers", [])


def request(number, token=None):
    params = {"name": "weather"} | ({"_meta": {"progressToken": token}} if token else {})
    sent = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    return Request(method="POST", url=URL, headers=JSON, body=json.dumps(sent).encode())


def event(value):
    return f"event: message\ndata: {json.dumps(value)}\n\n".encode()


def progress(token):
    return event(
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token}}
    )


def question(number):
    return event({"jsonrpc": "2.0", "id": number, "method": "elicitation/create"})


def answer(number):
    return event({"jsonrpc": "2.0", "id": number, "result": {"id": 7, "progressToken": 7}})


def played(recorded, response, sent, **settings):
    cassette = opened(Interaction(0, recorded, response), **settings)
    first, *pieces = steps(cassette, sent)
    return first.code, [piece for piece in pieces if isinstance(piece, bytes)]


def test_in_json():
    body = b'{"jsonrpc":"2.0","id":7,"result":{"id":7}}'
    response = Response(code=200, headers=JSON, body=body)
    assert played(request(7), response, request(12)) == (
        200, [b'{"jsonrpc":"2.0","id":12,"result":{"id":7}}'],
    )  # fmt: skip


def test_in_each_event_that_answers_the_request_chunk_by_chunk():
    pieces = [progress(7), question(7), answer(8), answer(7)]
    chunks = tuple(Chunk(len(piece), 0.1) for piece in pieces)
    response = Response(code=200, headers=SSE, body=b"".join(pieces), chunks=chunks)
    assert played(request(7, 7), response, request(12, 12)) == (
        200, [progress(12), question(7), answer(8), answer(12)],
    )  # fmt: skip


def test_with_a_fault_over_it_too():
    response = Response(code=200, headers=SSE, body=progress(7) + answer(7))
    _, pieces = played(
        request(7, 7), response, request(12, 12), faults=(faults.stall(after_events=1, seconds=1),)
    )
    assert b"".join(pieces) == progress(12) + answer(12)


def test_two_equal_requests_get_an_answer_each():
    recorded = [
        Interaction(at, request(number), Response(code=200, headers=SSE, body=answer(number)))
        for at, number in enumerate((7, 8))
    ]
    cassette = opened(*recorded)
    for number in (8, 7):
        _, piece = steps(cassette, request(number))
        assert piece == answer(number)
