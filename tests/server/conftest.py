"""One server for all tests of this folder; each test mounts cassettes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmcassette import storage
from llmcassette.model import Cassette, Interaction
from llmcassette.recorder.opening import open_cassette
from llmcassette.recorder.run import current_run
from llmcassette.recorder.settings import Layer, merge
from llmcassette.server.app import Listener
from llmcassette.server.background import LOOPBACK, Background, listening
from llmcassette.server.mounted import Mounted
from llmcassette.server.runs import Run
from llmcassette.server.upstreams import upstreams_of

if TYPE_CHECKING:
    from llmcassette.recorder.engine import Engine


@dataclass
class Played:
    url: str
    cassette: Engine

    @property
    def errors(self) -> list[str]:
        return [str(error) for error in self.cassette.errors]


@pytest.fixture(autouse=True)
def _errors_are_of_no_concern_to_this_run(monkeypatch):
    for name in ("watchers", "listeners"):
        monkeypatch.setattr(current_run, name, [])
    monkeypatch.setattr(current_run, "started", None)  # before any file of a test was made


@pytest.fixture(scope="session")
def mounted():
    return Mounted()


@pytest.fixture(scope="session")
def server(mounted):
    with Background(mounted, listening(LOOPBACK, 0), Listener()) as server:
        yield server


@pytest.fixture
def play(server, mounted, tmp_path):
    """Serve a file, or interactions; returns the base URL, and the open cassette."""
    opened: list[Engine] = []

    def play(*what: Path | Interaction, **settings: Any) -> Played:
        path = what[0] if isinstance(what[0], Path) else tmp_path / f"{len(opened)}.yaml"
        if path is not what[0]:
            storage.dump(Cassette(interactions=what), path)  # type: ignore[arg-type]
        layers = [Layer("the test", settings)]
        cassette = open_cassette(path, mode="none", settings=merge(layers), remedy="record it")
        opened.append(cassette)
        run = Run(cassette, upstreams_of(cassette.contents.played))
        return Played(server.url + mounted.mount(run), cassette)

    yield play
    for cassette in opened:
        cassette.close()
