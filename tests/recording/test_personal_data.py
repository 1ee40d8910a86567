"""``personal_data``: no value reaches the file, and the recording replays with the real ones."""

import json

import httpx
import pytest

from llmcassette import ReplayError, load, use_cassette
from tests.recording.plants import openai_delta
from tests.recording.provider_server import Answer

ALICE = "alice@corp.com"
BOB = "bob@corp.com"


def turns(provider, person, user):
    """A chat of two turns: the second sends the streamed answer to the first back."""
    url = provider.url + "/v1/chat/completions"
    messages = [{"role": "user", "content": f"I am {person}.\nWho am I?"}]
    with httpx.Client() as client:
        with client.stream("POST", url, json={"user": user, "messages": messages}) as answer:
            events = [line[6:] for line in answer.iter_lines() if line.startswith("data: {")]
        said = "".join(json.loads(e)["choices"][0]["delta"]["content"] for e in events)
        messages += [
            {"role": "assistant", "content": said},
            {"role": "user", "content": f"And {person}?"},
        ]
        second = client.post(url, json={"user": user, "messages": messages})
    return said, second.json()


@pytest.fixture
def answers(provider):
    pieces = [openai_delta(text) for text in ("You are ali", "ce@corp", ".com")]
    streamed = Answer.sse([*pieces, b"data: [DONE]\n\n"])
    provider.will_answer(streamed, Answer.json({"a": f"Hi {ALICE}"}))
    return provider


def test_a_conversation_replays_with_the_real_values_and_with_others(answers, path):
    with use_cassette(path, mode="once", personal_data=True):
        assert turns(answers, ALICE, "alice-77") == (f"You are {ALICE}", {"a": f"Hi {ALICE}"})

    text = path.read_text()
    assert "alice" not in text
    assert text.count("user-1@example.com") >= 4
    first, second = load(path).interactions
    assert json.loads(first.request.body)["user"] == "user-1"
    assert json.loads(second.response.body) == {"a": "Hi user-1@example.com"}

    for person, user in ((ALICE, "alice-77"), (BOB, "bob")):
        with use_cassette(path, personal_data=True):
            assert turns(answers, person, user) == (
                "You are user-1@example.com",
                {"a": "Hi user-1@example.com"},
            )


def test_without_the_setting_the_recording_answers_nobody(answers, path):
    with use_cassette(path, mode="once", personal_data=True):
        turns(answers, ALICE, "alice-77")
    with pytest.raises(ReplayError), use_cassette(path):
        turns(answers, ALICE, "alice-77")


def record(provider, path, person, number, mode):
    with use_cassette(path, mode=mode, personal_data=True):
        body = {"text": f"I am {person}", "user_id": number}
        httpx.post(provider.url + "/v1/chat", json=body)


def texts(path):
    bodies = [json.loads(one.request.body) for one in load(path).interactions]
    return [(body["text"], body["user_id"]) for body in bodies]


def test_what_is_added_later_gets_no_stand_in_that_is_in_the_file(provider, path):
    record(provider, path, ALICE, 1234567, "once")
    with use_cassette(path, mode="new_episodes", personal_data=True):
        httpx.post(provider.url + "/v1/models", json={"text": f"I am {BOB}", "user_id": 7654321})
    assert texts(path) == [("I am user-1@example.com", 1), ("I am user-2@example.com", 2)]


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_what_replaces_the_file_is_numbered_as_before(provider, path, mode):
    record(provider, path, ALICE, 1234567, "once")
    record(provider, path, ALICE, 1234567, mode)
    assert texts(path) == [("I am user-1@example.com", 1)]
