"""Unmodified SDKs under faults: their documented exceptions, their retries, their silences."""

from __future__ import annotations

import anthropic
import anyio
import groq
import httpx
import httpx2
import openai
import pytest
from google.genai import errors as genai_errors

from llmcassette import faults, use_cassette
from tests.control.sdks import SDKS, openai_client
from tests.control.table import ask, committed, table, untouched
from tests.control.wires import ARGUMENTS, WORDS, cassette, interaction

each_sdk = pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: sdk.name)
BY_NAME = {sdk.name: sdk for sdk in SDKS}
OPENAI, RESPONSES, ANTHROPIC, GENAI, GROQ = (sdk.name for sdk in SDKS)

# As the SDKs' own documentation has them (README of openai-python, anthropic-sdk-python and
# groq-python: "Handling errors"; google-genai: "Error handling").
DOCUMENTED = [
    *(
        (name, fault, error)
        for name, module in ((OPENAI, openai), (ANTHROPIC, anthropic), (GROQ, groq))
        for fault, error in (
            (faults.connect_error(), module.APIConnectionError),
            (faults.connect_timeout(), module.APITimeoutError),
            (faults.read_timeout(), module.APITimeoutError),
            (faults.status(401), module.AuthenticationError),
            (faults.status(429), module.RateLimitError),
            (faults.status(500), module.InternalServerError),
            (faults.status(502), module.InternalServerError),
            (faults.status(503), module.APIStatusError),
            (faults.status(529), module.APIStatusError),
            (faults.error_event(after_events=3), module.APIError),
        )
    ),
    (GENAI, faults.connect_error(), httpx2.ConnectError),
    (GENAI, faults.read_timeout(), httpx2.ReadTimeout),
    (GENAI, faults.status(401), genai_errors.ClientError),
    (GENAI, faults.status(429), genai_errors.ClientError),
    (GENAI, faults.status(503), genai_errors.ServerError),
    (GENAI, faults.error_event(after_events=3), genai_errors.APIError),
    (ANTHROPIC, faults.drop(after_events=3), httpx2.ReadError),
    (GROQ, faults.drop(after_events=3), httpx.ReadError),
    (GROQ, faults.stall(after_events=3), httpx.ReadTimeout),
]


@pytest.mark.parametrize(
    ("name", "fault", "error"), DOCUMENTED, ids=[f"{n}-{f}" for n, f, _ in DOCUMENTED]
)
def test_a_fault_is_the_exception_that_the_sdk_documents(name, fault, error):
    seen, _ = ask(BY_NAME[name], fault)
    assert isinstance(seen, error)


@pytest.mark.parametrize("name", [OPENAI, ANTHROPIC, GROQ])
def test_the_typed_error_carries_what_the_fault_says(name):
    seen, _ = ask(BY_NAME[name], faults.status(429, message="Slow down, please"))
    assert seen.status_code == 429
    assert "Slow down, please" in str(seen)


@each_sdk
def test_untouched_the_whole_answer_comes(sdk):
    seen = untouched(sdk)
    assert (seen.text, seen.arguments) == ("".join(WORDS), "".join(ARGUMENTS))


@each_sdk
def test_429_twice_and_the_sdk_itself_retries_until_the_answer_comes(sdk, tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    path = cassette(tmp_path / "answer.yaml", interaction(sdk.wire))

    with use_cassette(
        path, match_on=["method", "url"], faults=[faults.status(429, retry_after=20, times=2)]
    ) as recorder:
        seen = sdk.ask(2, [])

    assert seen == untouched(sdk)
    assert len(recorder.played) == 1
    assert [it.response.code for it in recorder._cassette.player.answers] == [429, 429, 200]
    if sdk.name != GENAI:  # waits by its own plan, whatever the answer tells
        assert len(slept) == 2
        assert sum(slept) < 0.1


async def test_an_async_client_retries_as_fast(tmp_path, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(anyio, "sleep", sleep)
    path = cassette(tmp_path / "answer.yaml", interaction("openai_chat"))
    client = openai.AsyncOpenAI(api_key="none")
    with use_cassette(
        path, match_on=["method", "url"], faults=[faults.status(503, times=2)]
    ) as recorder:
        stream = await client.chat.completions.create(model="m", messages=[], stream=True)
        assert len([chunk async for chunk in stream]) == 9
    assert len(recorder.played) == 1
    assert len(slept) == 2
    assert sum(slept) < 0.1  # 1.3 without the header


def test_told_the_recorded_time_the_sdk_sleeps_it(tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    path = cassette(tmp_path / "answer.yaml", interaction("openai_chat"))
    with use_cassette(
        path,
        match_on=["method", "url"],
        faults=[faults.status(429, retry_after=7)],
        retry_after="recorded",
    ):
        openai_client(2).chat.completions.create(model="m", messages=[], stream=True).close()
    assert slept == [7]


@each_sdk
def test_a_cut_stream_is_a_short_answer_and_no_error(sdk):
    """FACTS of every SDK: nobody checks that the terminal event came."""
    seen, pieces = ask(sdk, faults.cut(after_events=4))
    assert "".join(WORDS).startswith(seen.text)
    assert (seen.arguments, seen.finish) == ("", "")
    assert len(pieces) == 4


def test_the_table_in_the_docs_is_what_this_run_gives():
    assert committed() == table(), "to write it: python -m tests.control.table"
