"""What a replayed request costs: look-ups, canonical forms, calls of ours."""

from __future__ import annotations

import random

import httpx
import httpx2
import pytest

import llmcassette
from llmcassette.matching import Index, Rules
from llmcassette.model import Request
from tests.speed.counting import URL, body, calls_of_ours, cassette, respelled

LIBRARIES = [httpx, httpx2]
MOST_CALLS = 48


def sent(content):
    headers = llmcassette.Headers({"Content-Type": "application/json"})
    return Request(method="POST", url=URL, headers=headers, body=content)


def held(tmp_path, count):
    return llmcassette.load(cassette(tmp_path / "c.yaml", count)).interactions


def test_requests_as_recorded_and_in_order_are_never_canonicalised(tmp_path):
    index = Index(held(tmp_path, 100), Rules())

    for number in range(100):
        assert index.take(sent(body(number))).position == number

    assert index.canonicalised == 0


@pytest.mark.parametrize("spelling", [body, respelled])
def test_each_request_is_canonicalised_at_most_once_on_either_side(tmp_path, spelling):
    index = Index(held(tmp_path, 100), Rules())

    for number in random.Random(1).sample(range(100), 100):
        assert index.take(sent(spelling(number))).position == number

    assert index.canonicalised <= 200


def test_requests_of_the_recorded_bytes_in_any_order_are_canonicalised_on_one_side(tmp_path):
    index = Index(held(tmp_path, 100), Rules())

    for number in random.Random(1).sample(range(100), 100):
        assert index.take(sent(body(number))).position == number

    assert index.canonicalised <= 100 + 2


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda module: module.__name__)
def test_a_request_that_means_the_next_is_neither_redacted_nor_hashed(module, tmp_path):
    path = cassette(tmp_path / "c.yaml", 2)
    with llmcassette.use_cassette(path, mode="none"), module.Client() as client:
        with calls_of_ours() as calls:
            client.post(URL, content=respelled(0))
        assert not {"redact_request", "request_key"} & set(calls)
        with calls_of_ours() as calls:
            client.post(URL, content=respelled(1))

    assert not {"redact_request", "request_key"} & set(calls)


def test_equal_polls_are_found_without_a_scan(tmp_path):
    counts = []
    one = held(tmp_path, 1)[0]
    for size in (10, 1_000):
        equal = [llmcassette.Interaction(n, one.request, one.response) for n in range(size)]
        index = Index(equal, Rules())
        index.take(sent(body(0)))
        with calls_of_ours() as calls:
            index.take(sent(body(0)))
        counts.append(calls.total())

    assert counts[0] == counts[1]


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda module: module.__name__)
def test_a_request_costs_the_same_calls_in_a_small_and_in_a_large_cassette(module, tmp_path):
    counts = []
    for size in (3, 300):
        path = cassette(tmp_path / f"{size}.yaml", size)
        with llmcassette.use_cassette(path, mode="none"), module.Client() as client:
            client.post(URL, content=body(0))
            client.post(URL, content=body(1))
            with calls_of_ours() as calls:
                client.post(URL, content=body(2))
        counts.append(calls.total())

    assert counts[0] == counts[1]


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda module: module.__name__)
def test_a_replayed_request_takes_few_calls(module, tmp_path):
    path = cassette(tmp_path / "c.yaml", 3)
    with llmcassette.use_cassette(path, mode="none"), module.Client() as client:
        client.post(URL, content=body(0))
        client.post(URL, content=body(1))
        with calls_of_ours() as calls:
            client.post(URL, content=body(2))

    assert calls.total() <= MOST_CALLS, calls.most_common(60)


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda module: module.__name__)
def test_a_request_out_of_the_recorded_order_takes_few_calls_more(module, tmp_path):
    path = cassette(tmp_path / "c.yaml", 10)
    with llmcassette.use_cassette(path, mode="none"), module.Client() as client:
        client.post(URL, content=body(9))
        client.post(URL, content=body(5))
        with calls_of_ours() as calls:
            client.post(URL, content=body(7))

    assert calls.total() <= MOST_CALLS + 4, calls.most_common(60)


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda module: module.__name__)
def test_no_call_of_ours_comes_between_the_chunks_of_a_stream(module, tmp_path):
    path = cassette(tmp_path / "c.yaml", 1, events=500)
    with (
        llmcassette.use_cassette(path, mode="none"),
        module.Client() as client,
        client.stream("POST", URL, content=body(0)) as response,
        calls_of_ours() as calls,
    ):
        chunks = list(response.iter_bytes())

    assert len(chunks) == 500
    assert calls.total() <= 5, calls


@pytest.mark.parametrize("module", LIBRARIES, ids=lambda module: module.__name__)
async def test_one_call_of_ours_comes_between_the_chunks_of_an_asynchronous_stream(
    module, tmp_path
):
    path = cassette(tmp_path / "c.yaml", 1, events=500)
    with llmcassette.use_cassette(path, mode="none"):
        async with (
            module.AsyncClient() as client,
            client.stream("POST", URL, content=body(0)) as response,
        ):
            with calls_of_ours() as calls:
                chunks = [chunk async for chunk in response.aiter_bytes()]

    assert len(chunks) == 500
    assert calls.total() <= 510, calls
