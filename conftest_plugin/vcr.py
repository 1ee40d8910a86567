"""For projects that come from vcrpy: the fixture ``vcr``, and how their cassettes are named.

The fixture is for tests that read it. It is there where a ``conftest.py`` says
``from conftest_plugin.vcr import vcr``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from conftest_plugin.options import MARKER
from conftest_plugin.paths import cassette_path

if TYPE_CHECKING:
    from llmcassette.model import Headers, Interaction
    from llmcassette.recorder.recorder import Recorder

__all__ = ["VcrCassette", "VcrRequest", "vcr", "vcr_cassette"]

NAMES: Final = "LLMCASSETTE_NAMES"
"""Variable with a file, to which the names of cassettes are written when tests are collected."""


@dataclass(frozen=True, slots=True)
class VcrRequest:
    """A recorded request with vcrpy's names of its parts."""

    method: str
    uri: str
    body: bytes | None
    headers: dict[str, str]

    @property
    def url(self) -> str:
        """The URL."""
        return self.uri

    @property
    def scheme(self) -> str:
        """``https``, for example."""
        return urlsplit(self.uri).scheme

    @property
    def host(self) -> str | None:
        """The host in lower case, without the port."""
        return urlsplit(self.uri).hostname

    @property
    def path(self) -> str:
        """The path of the URL."""
        return urlsplit(self.uri).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query, sorted."""
        return sorted(parse_qsl(urlsplit(self.uri).query))


class VcrCassette:
    """An open cassette with vcrpy's names, for tests that read the fixture ``vcr``."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    @property
    def requests(self) -> list[VcrRequest]:
        """What the file holds and what was recorded since, in order."""
        return [
            VcrRequest(
                each.request.method,
                each.request.url,
                each.request.body or None,
                {name: ", ".join(values) for name, values in lists(each.request.headers).items()},
            )
            for each in self._interactions
        ]

    @property
    def responses(self) -> list[dict[str, object]]:
        """Their answers, as dicts of vcrpy's shape."""
        return [
            {
                "status": {
                    "code": each.response.code,
                    "message": each.response.status.partition(" ")[2],
                },
                "headers": lists(each.response.headers),
                "body": {"string": each.response.body},
            }
            for each in self._interactions
        ]

    @property
    def record_mode(self) -> str:
        """The record mode: ``none``, ``once`` ..."""
        return self.recorder.mode

    @property
    def play_count(self) -> int:
        """How many recorded interactions were played so far."""
        return len(self.recorder.played)

    @property
    def all_played(self) -> bool:
        """Whether every recorded interaction was played."""
        return not self.recorder.unplayed

    @property
    def dirty(self) -> bool:
        """Whether something was recorded."""
        return bool(self.recorder.recorded)

    def __len__(self) -> int:
        return len(self._interactions)

    @property
    def _interactions(self) -> tuple[Interaction, ...]:
        return (*self.recorder.interactions, *self.recorder.recorded)


def lists(headers: Headers) -> dict[str, list[str]]:
    """Every field with its values."""
    return {name: list(headers.get_list(name)) for name, _ in headers.fields}


@pytest.fixture
def vcr(request: pytest.FixtureRequest) -> VcrCassette | None:
    """The test's cassette with vcrpy's names; ``None`` where the test has no marker."""
    if request.node.get_closest_marker(MARKER) is None:
        return None
    return VcrCassette(request.getfixturevalue("llm_cassette"))


@pytest.fixture
def vcr_cassette(vcr: VcrCassette | None) -> VcrCassette | None:
    """The same, by the name that pytest-vcr gives it."""
    return vcr


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write names for ``llmcassette migrate``, which registers this module as a plugin."""
    target = os.environ.get(NAMES)
    if target is None:
        return
    names = []
    for item in session.items:
        if item.get_closest_marker("vcr") is not None:
            owner = getattr(item, "cls", None)
            old = item.name if owner is None else f"{owner.__name__}.{item.name}"
            names.append((str(item.path), old, cassette_path(item).stem))
    Path(target).write_text(json.dumps(names))
