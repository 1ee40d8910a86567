"""The server of a pytest run: one for all tests, each with its own cassette and base URL."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from llmcassette.recorder.recorder import Recorder
from llmcassette.server.app import Listener
from llmcassette.server.background import LOOPBACK, Background, listening
from llmcassette.server.environment import environment, own_origins
from llmcassette.server.mounted import Mounted
from llmcassette.server.runs import Run
from llmcassette.server.upstreams import PROVIDERS, Upstreams, check_origin, upstreams_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from llmcassette.recorder.engine import Engine

__all__ = ["CassetteServer", "ServerOfRun"]


class CassetteServer(NamedTuple):
    """A test's cassette over HTTP; what the fixture ``llm_cassette_server`` gives.

    Attributes:
        base_url: the URL of the server, without a slash at its end.
        env: the environment of a subprocess whose SDKs are to be answered: that of this process,
            with base URLs, and placeholders for keys where nothing goes live.
        recorder: what was played, recorded and missed so far.
    """

    base_url: str
    env: dict[str, str]
    recorder: Recorder

    def __repr__(self) -> str:
        """Without the environment: reports of failed tests show fixtures, and it has keys."""
        return f"<CassetteServer {self.base_url}>"


class ServerOfRun:
    """Serves the cassettes of tests until it is stopped."""

    def __init__(self) -> None:
        self._mounted = Mounted()
        self._background = Background(self._mounted, listening(LOOPBACK, 0), Listener()).start()

    def stop(self) -> None:
        """End the server."""
        self._background.stop()

    @contextlib.contextmanager
    def serve(self, cassette: Engine) -> Generator[CassetteServer]:
        """Serve an open cassette; in a record mode, pass on to the providers.

        Raises:
            SettingsError: the setting ``upstream`` names no origin.
        """
        upstreams = _upstreams(cassette)
        # Clients in this process reach the server, and are not answered by the cassette themselves.
        cassette.let_pass(urlsplit(self._background.url).netloc)
        path = self._mounted.mount(Run(cassette, upstreams))
        base = self._background.url + path
        is_live = cassette.contents.records or cassette.mode == "live"
        variables = environment(base, upstreams, os.environ, placeholders=not is_live)
        try:
            yield CassetteServer(base, {**os.environ, **variables}, Recorder(cassette))
        finally:
            self._mounted.unmount(path)


def _upstreams(cassette: Engine) -> Upstreams:
    recorded = cassette.contents.played
    if recorded and not cassette.contents.records:
        return upstreams_of(recorded)
    named = cassette.settings.upstream
    if named:
        return Upstreams(check_origin(url, "upstream") for url in named)
    return Upstreams(own_origins(os.environ), known=PROVIDERS)
