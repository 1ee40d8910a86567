"""Planted secrets, recorded over real sockets: on no disk, in no log, in no message."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import logging
import threading
from dataclasses import replace
from urllib.parse import quote

import httpx
import httpx2
import pytest

from llmcassette import (
    CassetteError,
    ReplayError,
    Response,
    UnmatchedRequestError,
    load,
    use_cassette,
)
from tests.recording.callers import ask
from tests.recording.plants import PLANTS, PROMPT, Plant, bearer, chat, openai_delta, split_openai
from tests.recording.provider_server import DROP, Answer, chunk, chunked_head


def spellings(secret):
    """A secret as it can be read back: itself, escaped, and the middle of it in Base64."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="")
    for lead in range(3):
        whole = base64.b64encode(b"\0" * lead + secret.encode()).decode()
        yield whole[4 * bool(lead) : -4]


def assert_nowhere(secret, text, where):
    for spelling in spellings(secret):
        assert spelling not in text, f"{where}: {spelling}"


def assert_not_in_file(secret, path):
    assert_nowhere(secret, path.read_text(encoding="utf-8"), "the file")
    for interaction in load(path).interactions:
        assert_nowhere(secret, unwrapped(interaction.request.body), "the request's body")
        assert_nowhere(secret, unwrapped(interaction.response.body), "the answer's body")


def unwrapped(body):
    """A body as text, decompressed, with the words of its events joined behind."""
    text = (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode()
    data = [line.removeprefix("data: ") for line in text.splitlines()]
    return text + "".join(_leaf(json.loads(line)) for line in data if line.startswith("{"))


def _leaf(event):
    for step in (
        ("choices", 0, "delta", "content"),
        ("delta", "partial_json"),
        ("message", "content"),
    ):
        found = event
        for key in step:
            try:
                found = found[key]
            except (KeyError, IndexError, TypeError):
                break
        else:
            return found if isinstance(found, str) else ""
    return ""


def send(provider, plant, library=httpx, **changed):
    arguments = {**plant.sent(plant.secret), **changed}
    url = provider.url + arguments.pop("path", "/v1/messages")
    if "userinfo" in arguments:
        url = url.replace("//", f"//{arguments.pop('userinfo')}@")
    if not arguments.keys() & {"json", "data", "files", "content"}:
        arguments |= chat(PROMPT)
    with library.Client(verify=False) as client:
        return client.post(url, **arguments)


def test_there_are_forty_at_least_and_no_two_alike():
    assert len({plant.secret for plant in PLANTS}) == len(PLANTS) >= 40


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_secret(plant: Plant, provider, path, monkeypatch, caplog):
    if plant.known == "environment":
        monkeypatch.setenv("PLANTED_TOKEN", plant.secret)
    caplog.set_level(logging.DEBUG, "llmcassette")
    settings = dict(plant.settings)
    provider.will_answer(plant.answered(plant.secret))
    with use_cassette(path, mode="once", **settings) as recorder:
        live = send(provider, plant)
    provider.gone()
    asked = provider.asked[-1]
    passed = f"{asked.path} {asked.headers} {unwrapped(asked.body)} {live.headers}"
    passed += unwrapped(live.content) + _basic(asked)
    assert any(spelling in passed for spelling in spellings(plant.secret))

    assert_not_in_file(plant.secret, path)
    assert_nowhere(plant.secret, repr(recorder.recorded), "what the recorder tells")
    with use_cassette(path, **settings):
        assert send(provider, plant).status_code == live.status_code  # it still answers
    with use_cassette(path, **settings), pytest.raises(UnmatchedRequestError) as miss:
        send(provider, plant, headers={"x-other": "1"}, params={"page": "2"})
    assert_nowhere(plant.secret, str(miss.value), "the miss")
    assert_nowhere(plant.secret, _ours(caplog), "the log")


def _basic(asked):
    scheme, _, encoded = asked.headers.get("authorization", "").partition(" ")
    return base64.b64decode(encoded).decode() if scheme == "Basic" else ""


def _ours(caplog):
    return "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("llmcassette"))


def test_a_secret_split_over_two_events_at_every_position(provider, path, monkeypatch):
    secret = "Vq8wPz3nLr6tYb1k"
    monkeypatch.setenv("PLANTED_API_KEY", secret)
    with use_cassette(path, mode="once"), httpx.Client() as client:
        for at in range(len(secret) + 1):
            provider.will_answer(split_openai(secret, at))
            client.post(provider.url, json={"at": at})
    interactions = load(path).interactions
    assert len(interactions) == len(secret) + 1
    for interaction in interactions:
        response = interaction.response
        events = response.body.decode().split("\n\n")[:-2]
        joined = "".join(_leaf(json.loads(event.removeprefix("data: "))) for event in events)
        assert joined == "[REDACTED]"
        assert sum(piece.size for piece in response.chunks) == len(response.body)


def test_a_secret_that_the_environment_held_only_during_the_request(provider, path, monkeypatch):
    """A function-scoped monkeypatch is undone before the cassette of its test closes."""
    provider.will_answer(Answer.json({"token": "none"}))
    with use_cassette(path, mode="once"), monkeypatch.context() as patch:
        patch.setenv("SERVICE_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
        httpx.post(provider.url, json={"text": "it is Gd7Kp2Xw9Rm4Vt1z"})
    assert_not_in_file("Gd7Kp2Xw9Rm4Vt1z", path)


def test_a_secret_that_came_into_the_environment_after_the_request(provider, path, monkeypatch):
    provider.will_answer(Answer.json({"text": "your new token is Gd7Kp2Xw9Rm4Vt1z"}))
    with use_cassette(path, mode="once"):
        httpx.post(provider.url, json={})
        monkeypatch.setenv("SERVICE_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    assert_not_in_file("Gd7Kp2Xw9Rm4Vt1z", path)


def test_a_credential_of_one_request_in_the_answer_to_another(provider, path):
    provider.will_answer(Answer.json({}), Answer.json({"last_key": "Gd7Kp2Xw9Rm4Vt1z"}))
    with use_cassette(path, mode="once"):
        httpx.post(provider.url, json={}, **bearer("Gd7Kp2Xw9Rm4Vt1z"))
        httpx.post(provider.url, json={})
    assert_not_in_file("Gd7Kp2Xw9Rm4Vt1z", path)


def test_a_secret_in_a_stream_that_breaks(raw_server, path, monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    pieces = [openai_delta("Gd7Kp2Xw9"), openai_delta("Rm4Vt1z")]
    received = threading.Event()
    server = raw_server(chunked_head(), *map(chunk, pieces), received, DROP)
    with use_cassette(path, mode="once"):
        got = ask(httpx.Client, server.url, on_piece=lambda count: count == 2 and received.set())
    assert got.error is httpx.ReadError
    assert load(path).interactions[0].response.ended == "ReadError"
    assert_not_in_file("Gd7Kp2Xw9Rm4Vt1z", path)


def test_in_a_compressed_request(provider, path, monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    provider.will_answer(Answer.json({}))
    body = gzip.compress(b'{"text": "it is Gd7Kp2Xw9Rm4Vt1z"}')
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    with use_cassette(path, mode="once"):
        httpx.post(provider.url, content=body, headers=headers)
    assert provider.asked[0].body == body
    assert load(path).interactions[0].request.body == b'{"text": "it is [REDACTED]"}'


def test_through_the_asynchronous_client_of_the_other_library(provider, path, monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    provider.will_answer(Answer.sse([openai_delta("it is Gd7Kp2Xw9Rm4Vt1z")]))

    async def call():
        async with httpx2.AsyncClient() as client:
            return (await client.post(provider.url, json={"is it": "Gd7Kp2Xw9Rm4Vt1z"})).text

    with use_cassette(path, mode="once"):
        assert "Gd7Kp2Xw9Rm4Vt1z" in asyncio.run(call())  # the caller is not redacted
    assert_not_in_file("Gd7Kp2Xw9Rm4Vt1z", path)


def test_in_the_output_of_pytest(provider, pytester, monkeypatch):
    """A miss, a failing test and a refused save, with all the logs that pytest shows."""
    monkeypatch.setenv("PLANTED_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    provider.will_answer(Answer.json({"text": "it is Gd7Kp2Xw9Rm4Vt1z"}))
    pytester.makepyfile(
        f"""
        import os

        import httpx
        import pytest

        URL = "{provider.url}/v1/" + os.environ["PLANTED_TOKEN"]

        def ask(**body):
            key = os.environ["PLANTED_TOKEN"]
            return httpx.post(URL, json=body | {{"key": key}}, headers={{"x-api-key": key}})

        @pytest.mark.llm_cassette
        def test_first():
            ask(question=1)

        @pytest.mark.llm_cassette
        def test_second():
            ask(question=os.environ.get("QUESTION", "2"))
        """
    )
    level = ("-o", "log_level=DEBUG", "-p", "no:cacheprovider", "-p", "no:randomly")
    logs = ["-W", "ignore", *level, "--log-disable=httpx", "--log-disable=httpcore", "-rA"]
    recording = pytester.runpytest_subprocess("--llm-record", *logs)
    recording.assert_outcomes(passed=2)
    monkeypatch.setenv("QUESTION", "another")
    replaying = pytester.runpytest_subprocess(*logs)
    replaying.assert_outcomes(passed=1, failed=1)
    for result in (recording, replaying):
        output = result.stdout.str() + result.stderr.str()
        assert "[REDACTED]" in output
        assert_nowhere("Gd7Kp2Xw9Rm4Vt1z", output, "pytest's output")


# What cannot be redacted


def binary(secret):
    return Answer([b"\x89PNG\r\n\x1a\n\0" + secret + b"\0"], headers={"content-type": "image/png"})


def test_a_secret_that_cannot_be_replaced_refuses_the_save_and_says_where(
    provider, path, monkeypatch
):
    monkeypatch.setenv("PLANTED_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    provider.will_answer(binary(b"Gd7Kp2Xw9Rm4Vt1z"))
    with (
        pytest.raises(CassetteError) as refused,
        use_cassette(path, mode="once") as recorder,
    ):
        httpx.get(provider.url)
    assert str(refused.value) == (
        "cassette.yaml: not saved, for what was recorded may not be written as it is:\n"
        "  interaction 0, response.body, line 3 (byte 9): the value of PLANTED_TOKEN; it "
        "cannot be replaced without breaking the body\n"
        "Keep it out of the conversation, or remove it with a redaction function."
    )
    assert list(path.parent.iterdir()) == []
    assert recorder.recorded == ()
    assert len(recorder._cassette.refused) == 1


def test_what_else_was_recorded_is_kept_beside(provider, path, monkeypatch):
    monkeypatch.setenv("PLANTED_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    provider.will_answer(Answer.json("old"))
    with use_cassette(path, mode="once"):
        httpx.post(provider.url, json={"old": True})
    before = path.read_bytes()
    provider.will_answer(Answer.json(1), binary(b"Gd7Kp2Xw9Rm4Vt1z"), Answer.json(2))
    recorder = use_cassette(path, mode="rewrite")
    recorder.__enter__()
    for _ in range(3):
        httpx.get(provider.url)
    with pytest.raises(CassetteError, match=r"saved as cassette\.unsaved-1\.yaml instead"):
        recorder.__exit__(None, None, None)
    assert path.read_bytes() == before
    beside = load(path.with_name("cassette.unsaved-1.yaml"))
    assert [one.response.body for one in beside.interactions] == [b"1", b"2"]


def test_a_redaction_function_that_fails_for_an_answer_refuses_too(provider, path):
    def failing(message):
        if isinstance(message, Response):
            raise ZeroDivisionError
        return message

    provider.will_answer(Answer.json("fine"))
    with (
        pytest.raises(CassetteError, match=r"interaction 0: the redaction function .*failing"),
        use_cassette(path, mode="once", redact=failing),
    ):
        httpx.get(provider.url)
    assert not path.exists()


def test_a_redaction_function_that_fails_for_a_request_is_told_in_the_request(provider, path):
    """No SDK may take it for a connection that broke, and try again."""

    def failing(message):
        raise ZeroDivisionError

    with use_cassette(path, mode="once", redact=failing) as recorder:
        with pytest.raises(ReplayError, match=r"the redaction function .*failing failed"):
            httpx.get(provider.url)
        assert len(recorder.errors) == 1
    assert provider.asked == []


def test_a_redaction_function_takes_out_what_cannot_be_replaced(provider, path, monkeypatch):
    def without_images(message):
        is_image = isinstance(message, Response) and message.body.startswith(b"\x89PNG")
        return replace(message, body=b"") if is_image else message

    monkeypatch.setenv("PLANTED_TOKEN", "Gd7Kp2Xw9Rm4Vt1z")
    provider.will_answer(binary(b"Gd7Kp2Xw9Rm4Vt1z"))
    with use_cassette(path, mode="once", redact=without_images):
        httpx.get(provider.url)
    assert load(path).interactions[0].response.body == b""
