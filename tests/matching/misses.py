"""Misses in one line each."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmcassette.matching import Index, Rules
from llmcassette.matching.miss.explain import explain_miss
from llmcassette.storage import load
from tests.corpus import SAMPLES
from tests.matching.requests import answered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmcassette.matching.miss.report import MissReport
    from llmcassette.model import Request

RECORD = "pytest --llm-mode=rewrite tests/test_agent.py::test_weather"


def miss(
    sent: Request, *recorded: Request, played: tuple[Request, ...] = (), **rules: Any
) -> MissReport:
    """The report of a request that a cassette with other requests does not answer."""
    index = Index(answered(*recorded), Rules(**rules))
    for request in played:
        assert index.take(request) is not None
    assert index.take(sent) is None, "this is a hit"
    return explain_miss(sent, index, path="weather.yaml", record=RECORD)


def text(report: MissReport) -> str:
    """The report between line ends, so that a test can show it as a block."""
    return f"\n{report.text()}\n"


def requests_of(file: str | Path) -> list[Request]:
    """The requests of a cassette; a bare name is one of the samples."""
    return [interaction.request for interaction in load(SAMPLES / file).interactions]


def edited(request: Request, edit: Callable[[Any], object]) -> Request:
    """The request with its JSON body changed in place by a function."""
    body = json.loads(request.body)
    edit(body)
    return replace(request, body=json.dumps(body).encode())
