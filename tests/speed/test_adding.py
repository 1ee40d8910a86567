"""Adding to a cassette costs what is added, besides copying the file."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

import llmcassette
from llmcassette.formats import encoded, read_fast, source, write
from llmcassette.model import Interaction
from llmcassette.storage.locked_saving import save
from llmcassette.storage.reading import load
from tests.clients.support import Server
from tests.corpus import SAMPLE_FILES
from tests.speed.counting import URL, body, calls_of_ours, cassette


@pytest.fixture
def server():
    running = Server()
    yield running.url
    running.stop()


def added(cassette):
    first = cassette.interactions[0]
    new = Interaction(len(cassette.interactions), first.request, first.response)
    return replace(cassette, interactions=(*cassette.interactions, new))


def test_saving_takes_no_calls_for_each_interaction_that_was_there_when_it_was_opened(tmp_path):
    counts = []
    for size in (20, 120):
        path = cassette(tmp_path / f"{size}.yaml", size)
        opened = load(path, lazy=True)
        with calls_of_ours() as calls:
            save(path, added, known=opened)
        counts.append(calls.total())
        assert len(llmcassette.load(path).interactions) == size + 1

    assert counts[1] - counts[0] < 20


def test_what_was_there_is_neither_decoded_nor_copied(tmp_path):
    opened = load(cassette(tmp_path / "c.yaml", 20), lazy=True)

    old, new = encoded(added(opened))

    assert old is opened.source.content
    assert (old + new).decode() == write(added(opened))


@pytest.mark.parametrize("mode", ["new_episodes", "all"])
def test_a_cassette_that_nobody_else_changes_is_read_once(mode, tmp_path, server):
    path = cassette(tmp_path / "c.yaml", 20)

    with (
        calls_of_ours() as calls,
        llmcassette.use_cassette(path, mode=mode),
        httpx.Client() as client,
    ):
        client.post(server, content=b'{"new": true}')

    assert calls["read_fast"] == 1
    assert len(llmcassette.load(path).interactions) == 21


def test_one_that_another_has_added_to_is_read_again(tmp_path, server):
    path = cassette(tmp_path / "c.yaml", 20)

    with (
        calls_of_ours() as calls,
        llmcassette.use_cassette(path, mode="new_episodes"),
        httpx.Client() as client,
    ):
        client.post(server, content=b'{"new": true}')
        save(path, added)

    assert calls["read_fast"] == 3
    found = llmcassette.load(path).interactions
    assert [one.request.body for one in found[20:]] == [body(0), b'{"new": true}']
    assert found[20].request.url == URL


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_what_was_there_keeps_its_bytes_and_what_is_added_is_in_the_dialect_of_the_file(path):
    data = path.read_bytes()
    lazily = read_fast(data, lazy=True)
    eagerly = llmcassette.load(path)

    assert write(added(lazily)).encode().startswith(data)
    assert write(added(lazily)) == write(added(eagerly))


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_the_beginning_of_a_large_file_shows_its_dialect(path, monkeypatch):
    opened = read_fast(path.read_bytes(), lazy=True)
    from_all = write(added(opened))

    monkeypatch.setattr(source, "_ENOUGH", 1)

    assert write(added(opened)) == from_all


def test_what_a_closed_cassette_recorded_is_redacted_once_for_all_who_ask(tmp_path, server):
    seen = []

    def note(message):
        seen.append(message)
        return message

    with (
        llmcassette.use_cassette(tmp_path / "c.yaml", mode="all", redact=[note]) as recorder,
        httpx.Client() as client,
    ):
        client.post(server, content=b'{"new": true}')
    saved = len(seen)

    assert [len(recorder.recorded) for _ in range(3)] == [1, 1, 1]
    assert recorder._cassette.refused == ()
    assert len(seen) == saved + 2  # request and response
