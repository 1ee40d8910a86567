from __future__ import annotations

from functools import partial
from itertools import count

import httpx
import httpx2
import pytest

from llmcassette.recorder import recordings
from llmcassette.recorder.recorded_interaction import Recording
from llmcassette.recorder.run import current_run
from tests.recording.provider_server import Provider, RawServer

CLIENTS = {
    "httpx": httpx.Client,
    "httpx-async": httpx.AsyncClient,
    "httpx2": httpx2.Client,
    "httpx2-async": httpx2.AsyncClient,
}


@pytest.fixture(autouse=True)
def _outside_a_run(monkeypatch, tmp_path):
    """The pytest run that these tests are part of began before any of their files was made."""
    monkeypatch.setattr(current_run, "started", None)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def _provider():
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def provider(_provider):
    _provider.reset()
    yield _provider
    assert _provider.asked_when_gone == []


@pytest.fixture
def raw_server():
    """``raw_server(*actions)`` starts one."""
    running = []

    def start(*actions):
        running.append(RawServer(*actions))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def counted(monkeypatch):
    """One second passes whenever a recording looks at its clock."""
    recording = partial(Recording, clock=count(0.0).__next__)
    monkeypatch.setattr(recordings, "Recording", recording)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cassette.yaml"


@pytest.fixture(params=CLIENTS, ids=str)
def make(request):
    """Each of the four client classes."""
    return CLIENTS[request.param]
