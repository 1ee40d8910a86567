"""What every library gets from a recording: the same bytes in the same pieces, in time."""

from __future__ import annotations

import gzip
import threading

import pytest

from llmcassette import ReplayError, UnmatchedRequestError, faults, load, use_cassette
from llmcassette.recorder.run import current_run
from tests.cases import case
from tests.libraries.callers import OF_HTTPX, PATH, ask
from tests.recording import wires
from tests.recording.provider_server import Answer

SERVED = {"serve_hosts": ["127.0.0.1"], "ignore_query": ["x-id"]}
PIECES = wires.openai_chat_stream()


def record(library, url, provider, path, *answers, **reading):
    """One request, recorded from the provider, which is gone afterwards."""
    provider.will_answer(*(answers or (Answer.sse(PIECES),)))
    with use_cassette(path, mode="rewrite", **SERVED):
        got = ask(library, url, **reading)
    provider.gone()
    return got


def replay(library, url, path, *, reading=None, **settings):
    with use_cassette(path, mode="none", **SERVED, **settings):
        return ask(library, url, **(reading or {}))


def one_by_one(pieces):
    """An answer whose server sends a piece once the client has read the one before."""
    received = [threading.Event() for _ in pieces]
    script = [part for pair in zip(pieces, received, strict=True) for part in pair]
    return Answer.sse(script), lambda count: received[count - 1].set()


@pytest.fixture
def recorded(url, provider, path):
    """A stream whose pieces came one by one, recorded with httpx, in the file at ``path``."""
    answer, on_piece = one_by_one(PIECES)
    assert record("httpx", url, provider, path, answer, on_piece=on_piece).pieces == PIECES
    return path


def test_the_same_pieces_come_as_they_came_live(library, url, provider, path):
    answer, on_piece = one_by_one(PIECES)
    live = record(library, url, provider, path, answer, on_piece=on_piece)
    assert (live.status, live.pieces, live.error) == (200, PIECES, None)
    replayed = replay(library, url, path)
    assert (replayed.status, replayed.pieces, replayed.error) == (200, PIECES, None)
    assert replayed.headers.items() <= live.headers.items()
    (interaction,) = load(path).interactions
    assert [chunk.size for chunk in interaction.response.chunks] == [len(each) for each in PIECES]
    assert interaction.response.ended == ""


def test_what_one_library_recorded_the_others_replay(library, url, recorded):
    assert replay(library, url, recorded).pieces == PIECES


def test_the_file_is_the_same_whichever_library_recorded_it(library, url, provider, path):
    answer = Answer.json({"answer": 42}, x_request_id="r1")
    record(library, url, provider, path, answer)
    (interaction,) = load(path).interactions
    response = interaction.response
    assert (response.code, response.status, response.proto) == (200, "200 OK", "HTTP/1.1")
    assert response.body == b'{"answer": 42}'
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Request-Id"] == "r1"
    assert (response.content_length, response.chunks, response.ended) == (14, None, "")
    assert interaction.request.url.split("?")[0] == url
    assert not {"authorization", "x-amz-date", "host"} & set(interaction.request.headers)


def test_a_compressed_body_is_recorded_and_replayed_decoded(library, url, provider, path):
    text = b"sunny " * 100
    answer = Answer([gzip.compress(text)], headers={"content-encoding": "gzip"})
    record(library, url, provider, path, answer)
    (interaction,) = load(path).interactions
    assert (interaction.response.body, interaction.response.uncompressed) == (text, True)
    assert replay(library, url, path).body == text


def test_an_error_status_is_an_answer(library, url, provider, path):
    live = record(library, url, provider, path, Answer.json({"message": "no"}, status=418))
    replayed = replay(library, url, path)
    assert (replayed.status, replayed.body, replayed.kinds) == (live.status, live.body, live.kinds)


def test_the_recorded_pace_is_kept(library, url, recorded):
    waits = []
    got = replay(library, url, recorded, ttft=0.5, gap=0.25, sleep=waits.append)
    assert got.pieces == PIECES
    assert waits == [0.5, *[0.25] * (len(PIECES) - 1)]


def test_a_piece_arrives_before_the_wait_for_the_next(library, url, recorded):
    order = []
    got = replay(
        library, url, recorded, gap=0.25, sleep=lambda _: order.append("wait"),
        reading={"on_piece": order.append},
    )  # fmt: skip
    assert got.pieces == PIECES
    assert order == [1, *(step for at in range(2, len(PIECES) + 1) for step in ("wait", at))]


def test_a_client_gives_up_on_a_pace_that_is_too_slow_for_it(library, url, recorded):
    waits = []
    got = replay(library, url, recorded, ttft=61, sleep=waits.append)
    assert waits == [60]
    assert got.error is not None
    assert got.pieces == []


def test_chunking_cuts_the_body_alike(library, url, recorded):
    body = b"".join(PIECES)
    got = replay(library, url, recorded, chunking="bytes:7")
    assert got.pieces == [body[start : start + 7] for start in range(0, len(body), 7)]


HTTPX = ("ConnectError", "ConnectTimeout", "ReadTimeout", "ReadError", "ReadTimeout")
PLAIN = ("ConnectionRefusedError", "TimeoutError", "TimeoutError", "ConnectionResetError")
ERRORS = {
    **dict.fromkeys(OF_HTTPX, HTTPX),
    "aiohttp": (
        "ClientConnectorError", "ServerTimeoutError", "ServerTimeoutError",
        "ClientPayloadError", "ServerTimeoutError",
    ),
    "requests": (
        "ConnectionError", "ConnectTimeout", "ReadTimeout", "ChunkedEncodingError",
        "ConnectionError",
    ),
    "urllib3": (
        "NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProtocolError",
        "ReadTimeoutError",
    ),
    "urllib": ("URLError", "URLError", "TimeoutError", "ConnectionResetError", "TimeoutError"),
    "http.client": (*PLAIN, "TimeoutError"),
    "boto3": (
        "EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProtocolError",
        "ReadTimeoutError",
    ),
    "aiobotocore": (
        "EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError",
        "ClientPayloadError", "AioReadTimeoutError",
    ),
}  # fmt: skip
FAULTS = (
    (faults.connect_error(), 0),
    (faults.connect_timeout(), 0),
    (faults.read_timeout(), 0),
    (faults.drop(after_events=2), 2),
    (faults.stall(after_events=2), 2),
)


def test_faults_are_the_librarys_own_errors(library, url, recorded):
    for (fault, pieces), error in zip(FAULTS, ERRORS[library], strict=True):
        with case(fault):
            got = replay(library, url, recorded, faults=[fault])
            assert error in [known.__name__ for known in type(got.error).__mro__]
            assert got.pieces == PIECES[:pieces]


def test_a_miss_is_neither_wrapped_nor_retried(library, url, recorded):
    with use_cassette(recorded, **SERVED) as recorder:
        with pytest.raises(UnmatchedRequestError) as caught:
            ask(library, f"https://other.example.com{PATH}")
        assert recorder.errors == (caught.value,)


def test_reading_past_where_the_recording_was_closed_is_an_error(library, url, provider, path):
    answer, on_piece = one_by_one(PIECES)
    record(library, url, provider, path, answer, on_piece=on_piece, stop_after=2)
    (interaction,) = load(path).interactions
    assert interaction.response.ended == "closed"
    replayed = replay(library, url, path, reading={"stop_after": 2})
    assert (replayed.pieces, replayed.error) == (PIECES[:2], None)
    with pytest.raises(ReplayError, match="the caller closed the stream before it was over"):
        replay(library, url, path)


def test_pass_hosts_are_reached_and_not_recorded(library, url, provider, path):
    provider.will_answer(Answer.json({"live": True}))
    settings = {**SERVED, "pass_hosts": ["127.0.0.1"]}
    with use_cassette(path, mode="rewrite", **settings) as recorder:
        assert ask(library, url).body == b'{"live": true}'
    assert (recorder.recorded, recorder.errors) == ((), ())
    assert len(provider.asked) == 1


def test_ignore_hosts_cannot_be_reached(library, recorded):
    with use_cassette(recorded, ignore_hosts=["*.telemetry.test"]) as recorder:
        got = ask(library, f"https://eu.telemetry.test{PATH}")
    assert got.error is not None
    assert recorder.errors == ()


def test_loopback_is_served_only_where_that_is_wanted(library, url, provider, recorded):
    """The test process listens there itself; clients of httpx are served all the same."""
    provider.reset()
    provider.will_answer(Answer.json({"live": True}))
    with use_cassette(recorded, ignore_query=["x-id"]) as recorder:
        got = ask(library, url)
    if library in OF_HTTPX:
        assert got.pieces == PIECES
    else:
        assert got.body == b'{"live": true}'
        assert recorder.played == ()


def test_a_live_answer_verifies_the_recorded_one(library, url, provider, recorded, monkeypatch):
    provider.reset()
    provider.will_answer(Answer.json({"changed": True}))
    seen = []
    verify = lambda verification, _: seen.append(verification)  # noqa: E731
    monkeypatch.setattr(current_run, "verifiers", [verify])
    got = replay(library, url, recorded)
    assert got.pieces == PIECES
    (verification,) = seen
    live = verification.recording.interaction(0).response
    assert (live.code, live.body, verification.failure) == (200, b'{"changed": true}', "")


def test_where_the_provider_is_gone_verification_says_so(library, recorded, url, monkeypatch):
    seen = []
    monkeypatch.setattr(current_run, "verifiers", [lambda one, _: seen.append(one.failure)])
    elsewhere = "http://127.0.0.1:9"
    text = recorded.read_text().replace(url.removesuffix(PATH), elsewhere)
    recorded.write_text(text.replace(url.removesuffix(PATH).removeprefix("http://"), "127.0.0.1:9"))
    got = replay(library, f"{elsewhere}{PATH}", recorded)
    assert got.pieces == PIECES
    assert len(seen) == 1
    assert seen[0]


def test_under_drift_a_miss_gets_the_nearest_answer(library, recorded, monkeypatch):
    monkeypatch.setattr(current_run, "continues_after_miss", True)
    with use_cassette(recorded, **SERVED) as recorder:
        got = ask(library, f"https://other.example.com{PATH}")
    assert got.pieces == PIECES
    assert len(recorder.errors) == 1
