"""``chunking="every"`` on the marker: one test for each way to cut a body.

A test that records needs to run once only: its answers come as the provider cuts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmcassette.recorder.chunking import CHUNKINGS, EVERY
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

__all__ = ["chosen", "generate", "without_chunking"]

PARAMETER: Final = "_llm_chunking"


def generate(metafunc: pytest.Metafunc, marker: str) -> None:
    """Make the tests of a function whose marker asks for every chunking.

    Raises:
        SettingsError: the environment names a mode that does not exist.
    """
    marks = metafunc.definition.iter_markers(marker)
    said = next((mark.kwargs["chunking"] for mark in marks if "chunking" in mark.kwargs), None)
    if said == EVERY and current_run.mode(None, obey_ci=True) == "none":
        metafunc.fixturenames.append(PARAMETER)
        metafunc.parametrize(PARAMETER, CHUNKINGS, ids=[_id(each) for each in CHUNKINGS])


def chosen(item: pytest.Item, settings: Mapping[str, object]) -> Mapping[str, object]:
    """What a marker says, with the chunking of this one test."""
    if settings.get("chunking") != EVERY:
        return settings
    parameter = _parameter(item)
    if parameter is None and current_run.mode(None, obey_ci=True) != "none":
        parameter = "recorded"
    return settings if parameter is None else {**settings, "chunking": parameter}


def without_chunking(item: pytest.Item, name: str) -> str:
    """A test's name, the same for every chunking: they replay one cassette."""
    parameter = _parameter(item)
    if parameter is None:
        return name
    token = _id(parameter)
    for written, instead in (
        (f"[{token}]", ""),
        (f"[{token}-", "["),
        (f"-{token}]", "]"),
        (f"-{token}-", "-"),
    ):
        name = name.replace(written, instead)
    return name


def _parameter(item: pytest.Item) -> str | None:
    callspec: Any = getattr(item, "callspec", None)
    found: str | None = None if callspec is None else callspec.params.get(PARAMETER)
    return found


def _id(chunking: str) -> str:
    return f"chunking={chunking}"
