"""The fixtures that people use."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from conftest_plugin.session import running_session, session_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager
    from typing import Unpack

    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.typed_settings import CassetteConfig
    from llmcassette.server.for_tests import CassetteServer, ServerOfRun

__all__ = [
    "OpenCassette",
    "_llm_server_of_run",
    "llm_cassette",
    "llm_cassette_config",
    "llm_cassette_server",
    "llm_cassettes",
]


class OpenCassette(Protocol):
    """The type of the fixture ``llm_cassettes``, for annotations."""

    def __call__(
        self, path: str, **settings: Unpack[CassetteConfig]
    ) -> AbstractContextManager[Recorder]:
        """See ``llm_cassettes``."""


@pytest.fixture(scope="session")
def llm_cassette_config() -> CassetteConfig:
    """Settings for the cassettes of a module or folder: define it there and return a dict.

    The nearest definition counts, as with every fixture. One that extends the next takes it as a
    parameter and returns ``{**llm_cassette_config, ...}``.
    """
    return {}


@pytest.fixture
def llm_cassette() -> Recorder:
    """The test's open cassette, which answers every client.

    The marker ``llm_cassette`` names the file and the settings; without it the file is
    ``cassettes/<module>/<Class.>test_name[param].yaml`` beside the test file.
    """
    return running_session().open_own()  # without `request`: pytest would make one for each test


@pytest.fixture(scope="session")
def _llm_server_of_run() -> Generator[ServerOfRun]:
    """One server for all tests of the run."""
    from llmcassette.server.for_tests import ServerOfRun

    server = ServerOfRun()
    yield server
    server.stop()


@pytest.fixture
def llm_cassette_server(
    request: pytest.FixtureRequest,
    llm_cassette: Recorder,  # noqa: ARG001 - opened first, closed last
    _llm_server_of_run: ServerOfRun,
) -> Generator[CassetteServer]:
    """The test's cassette over HTTP, for a subprocess or a client in another language.

    It has ``base_url``, ``env`` for the subprocess, and ``recorder``. A miss fails the test. In a
    record mode requests go on to the providers, or to the setting ``upstream``.
    """
    from conftest_plugin.verdict.judge import state_of

    state = state_of(request.node)
    assert state is not None
    assert state.recorder is not None
    with _llm_server_of_run.serve(state.recorder) as server:
        yield server


@pytest.fixture(scope="session")
def llm_cassettes(request: pytest.FixtureRequest) -> OpenCassette:
    """Open cassettes by hand, for the traffic of fixtures that live longer than one test.

    ``llm_cassettes("index.yaml", **settings)`` is a context manager that gives the recorder; the
    path is relative to ``cassettes/`` beside the file that calls it.
    """
    from conftest_plugin.paths import folder_of_cassettes, naming_of

    cassettes = session_of(request.config).activate().parts.cassettes

    def open_cassette(
        path: str, **settings: Unpack[CassetteConfig]
    ) -> AbstractContextManager[Recorder]:
        beside = Path(sys._getframe(1).f_code.co_filename).parent
        folder = folder_of_cassettes(beside, naming_of(request.node))
        return cassettes.block(folder / path, settings)

    return open_cassette
