"""The fixtures that people use."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from conftest_plugin.session import session_of
from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager
    from typing import Unpack

    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.typed_settings import CassetteConfig

__all__ = [
    "OpenCassette",
    "_llm_cassette_guard",
    "llm_cassette",
    "llm_cassette_config",
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
def _llm_cassette_guard(
    request: pytest.FixtureRequest, llm_cassette_config: CassetteConfig
) -> None:
    """Set up before all fixtures of a test with a cassette, as these obey its ``pass_hosts``."""
    with contextlib.suppress(SettingsError):  # the test fails by it when its cassette opens
        session_of(request.config).activate().guard.begin(request.node, llm_cassette_config)


@pytest.fixture
def llm_cassette(
    request: pytest.FixtureRequest, llm_cassette_config: CassetteConfig
) -> Generator[Recorder]:
    """The test's open cassette, which answers every client.

    The marker ``llm_cassette`` names the file and the settings; without it the file is
    ``cassettes/<module>/<Class.>test_name[param].yaml`` beside the test file.
    """
    from llmcassette.recorder.recorder import Recorder  # not at the start of every run

    cassettes = session_of(request.config).activate().cassettes
    yield Recorder(cassettes.open_for(request.node, llm_cassette_config))
    cassettes.close_for(request.node)


@pytest.fixture(scope="session")
def llm_cassettes(request: pytest.FixtureRequest) -> OpenCassette:
    """Open cassettes by hand, for the traffic of fixtures that live longer than one test.

    ``llm_cassettes("index.yaml", **settings)`` is a context manager that gives the recorder; the
    path is relative to ``cassettes/`` beside the file that calls it.
    """
    from conftest_plugin.paths import folder_of_cassettes, naming_of

    cassettes = session_of(request.config).activate().cassettes

    def open_cassette(
        path: str, **settings: Unpack[CassetteConfig]
    ) -> AbstractContextManager[Recorder]:
        beside = Path(sys._getframe(1).f_code.co_filename).parent
        folder = folder_of_cassettes(beside, naming_of(request.node))
        return cassettes.block(folder / path, settings)

    return open_cassette
