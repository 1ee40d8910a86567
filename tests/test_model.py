"""Values are equal after copying and pickling."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import httpx
import pytest

import llmcassette
from llmcassette import CassetteError, Headers, Interaction, Request, Response
from llmcassette import UnmatchedRequestError as Miss
from tests.corpus import SAMPLES

TOOL = SAMPLES / "tool.yaml"


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_a_cassette_and_its_parts_can_be_copied_and_pickled(again):
    cassette = llmcassette.load(TOOL)
    interaction = cassette.interactions[0]

    assert again(cassette) == cassette
    assert again(interaction) == interaction
    assert again(interaction.request.headers) == interaction.request.headers


def test_a_cassette_that_was_pickled_is_written_as_it_was(tmp_path):
    cassette = pickle.loads(pickle.dumps(llmcassette.load(TOOL)))

    llmcassette.dump(cassette, tmp_path / "again.yaml")

    assert (tmp_path / "again.yaml").read_bytes() == TOOL.read_bytes()


def test_an_answer_that_was_left_unread_is_read_to_be_pickled():
    def broken() -> Response:
        raise CassetteError("is broken")

    request = Request(method="GET", url="https://example.com", headers=Headers({"A": "b"}))
    answer = Response(code=200)

    read = pickle.loads(pickle.dumps(Interaction(0, request, answer)))
    assert read == Interaction(0, request, lambda: answer)
    with pytest.raises(CassetteError, match=r"^is broken$"):
        pickle.dumps(Interaction(0, request, broken))


def test_a_miss_in_a_process_pool_comes_home_with_its_report():
    with (
        llmcassette.use_cassette(TOOL) as recorder,
        ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool,
        pytest.raises(Miss) as caught,
    ):
        pool.submit(ask).result()

    assert str(caught.value) == caught.value.report.text()
    assert caught.value.path == recorder.path
    assert caught.value.request.url == "https://example.com/nowhere"


def ask() -> int:
    return httpx.get("https://example.com/nowhere").status_code
