"""A password in the arguments of a tool call: on no disk, and the conversation replays."""

import json

import httpx
import pytest

from llmcassette import UnmatchedRequestError, load, use_cassette
from tests.recording.provider_server import Answer

PASSWORD = "".join(("c0rrect", "-H0rse-", "battery"))
PIECES = ('{"user":"me",', '"pass', f'word":"{PASSWORD[:9]}', f'{PASSWORD[9:]}"}}')


def event(piece):
    delta = {"tool_calls": [{"index": 0, "id": "call_1", "function": {"arguments": piece}}]}
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode()


def log_in(provider, user="me", password=None):
    """A model calls a tool in a stream; the second request sends the call back, and the result."""
    url = provider.url + "/v1/chat/completions"
    with httpx.Client() as client:
        with client.stream("POST", url, json={"messages": ["log in"]}) as answer:
            events = [line[6:] for line in answer.iter_lines() if line.startswith("data: {")]
        deltas = (json.loads(one)["choices"][0]["delta"]["tool_calls"][0] for one in events)
        arguments = json.loads("".join(one["function"]["arguments"] for one in deltas))
        arguments |= {"user": user, "password": password or arguments["password"]}
        call = {"id": "call_1", "function": {"name": "log_in", "arguments": json.dumps(arguments)}}
        result = {"role": "tool", "tool_call_id": "call_1", "content": json.dumps(arguments)}
        messages = ["log in", {"role": "assistant", "tool_calls": [call]}, result]
        client.post(url, json={"messages": messages}).raise_for_status()
    return arguments["password"]


@pytest.fixture
def recorded(provider, path):
    streamed = Answer.sse([*map(event, PIECES), b"data: [DONE]\n\n"])
    provider.will_answer(streamed, Answer.json({"text": "done"}))
    with use_cassette(path, mode="once"):
        assert log_in(provider) == PASSWORD
    return path


def test_the_file_has_no_piece_of_it(recorded):
    text = recorded.read_text()
    assert not any(PASSWORD[at : at + 6] in text for at in range(len(PASSWORD) - 5))
    assert load(recorded).interactions[1].redacted == (
        "body $.messages[1].tool_calls[0].function.arguments",
        "body $.messages[2].content",
    )


def test_the_tool_gets_the_marker_and_sends_it_back(recorded, provider):
    with use_cassette(recorded) as recorder:
        assert log_in(provider) == "[REDACTED]"
    assert len(recorder.played) == 2


def test_another_argument_is_a_miss(recorded, provider):
    with use_cassette(recorded), pytest.raises(UnmatchedRequestError) as miss:
        log_in(provider, user="somebody else", password=PASSWORD)
    assert "somebody else" in str(miss.value)
    assert PASSWORD not in str(miss.value)
