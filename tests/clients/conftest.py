from __future__ import annotations

import gc

import pytest

from llmcassette.recorder.run import current_run
from tests.clients.support import CLIENTS, Server

SEAMS = {make: make._transport_for_url for make in CLIENTS.values()}


@pytest.fixture(params=CLIENTS, ids=str)
def make(request):
    """Each of the four client classes."""
    return CLIENTS[request.param]


@pytest.fixture
def server():
    running = Server()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _errors_are_the_tests_own(monkeypatch):
    """The plugin fails a test whose cassette could not answer; here that is what is tested."""
    monkeypatch.setattr(current_run, "watchers", [])
    monkeypatch.setattr(current_run, "listeners", [])


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    """No pyproject.toml but a test's own, and short paths in messages."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def assert_everything_is_as_it_was():
    gc.collect()  # contexts in the tracebacks of earlier tests

    def check():
        assert {make: make._transport_for_url for make in SEAMS} == SEAMS

    check()
    return check
