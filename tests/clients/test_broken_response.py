"""A response that is broken in the file is an error when it is played, and not before."""

from __future__ import annotations

import pytest

from llmcassette import CassetteError, CassetteTransport, ReplayError, load, use_cassette
from tests.clients.support import URL, ask, open_client

TEXT = f"""\
---
version: 2
interactions:
- id: 0
  request:
    url: {URL}
    method: GET
  response:
    body: fine
    status: 200 OK
    code: 200
    duration: 1ms
- id: 1
  request:
    url: {URL}
    method: GET
  response:
    body: broken
    status: 200 OK
    code: 200
    duration: soon
"""
PLACE = "broken.yaml:21: interaction 1, response.duration"


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(TEXT)
    return path


def test_loading_the_whole_file_finds_it(broken):
    with pytest.raises(CassetteError) as caught:
        load(broken)
    assert str(caught.value).startswith(PLACE)


def test_what_is_whole_is_played(broken, make):
    with open_client(make) as client, use_cassette(broken) as recorder:
        assert ask(client).text == "fine"
    assert recorder.errors == ()


def test_the_broken_one_is_an_error_at_its_play_and_kept(broken, make):
    with open_client(make) as client, use_cassette(broken) as recorder:
        ask(client)
        with pytest.raises(ReplayError) as caught:
            ask(client)
    assert str(caught.value).startswith(PLACE)
    assert isinstance(caught.value.__cause__, CassetteError)
    assert caught.value.path == broken
    assert (recorder.errors, recorder.misses) == ((caught.value,), ())


def test_a_transport_does_the_same(broken, make):
    transport = CassetteTransport(broken)
    with open_client(make, transport=transport) as client:
        ask(client)
        with pytest.raises(ReplayError) as caught:
            ask(client)
    assert transport.recorder.errors == (caught.value,)
