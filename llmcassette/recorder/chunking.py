"""The pieces in which a recorded body is handed over: the setting ``chunking``."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.model import Response

__all__ = ["CHUNKINGS", "EVERY", "check_chunking", "cut"]

CHUNKINGS: Final = (
    "recorded",
    "event",
    "line",
    "whole",
    "bytes:1",
    "bytes:7",
    "random:1",
    "random:2",
    "random:3",
)
"""One of each kind, and several of those that depend on a number: to run a test under each."""

EVERY: Final = "every"
"""The pytest plugin makes one test for each of ``CHUNKINGS`` of it."""

_NUMBERED: Final = r"(bytes|random):([0-9]{1,18})"


def check_chunking(value: object, place: str) -> str:
    """Check the setting.

    Args:
        value: the setting.
        place: its name and where it was set, for the message.

    Raises:
        SettingsError: it is not a chunking.
    """
    if isinstance(value, str):
        if value in ("recorded", "event", "line", "whole"):
            return value
        if value == EVERY:
            raise SettingsError(
                f"{place}: 'every' makes a test for each chunking of one marked with llm_cassette, "
                "and not in a unittest.TestCase; elsewhere go through llmcassette.CHUNKINGS"
            )
        numbered = re.fullmatch(_NUMBERED, value)
        if numbered and (numbered[1] == "random" or int(numbered[2]) > 0):
            return value
    raise SettingsError(
        f"{place} must be 'recorded', 'event', 'line', 'whole', 'bytes:N' with N at least 1, or "
        f"'random:SEED', not {value!r}"
    )


def cut(response: Response, chunking: str) -> list[bytes]:
    """A response's body in pieces; joined, they are the body.

    Args:
        response: as recorded, or as a fault changed it.
        chunking: as ``check_chunking`` returns it.
    """
    # Settings are checked when pytest starts; streams are loaded with the first cassette.
    from llmcassette import streams

    if chunking == "recorded":
        return streams.chunks(response)
    cutters: dict[str, Callable[[bytes], list[bytes]]] = {
        "event": partial(streams.split, content_type=response.headers.get("content-type")),
        "line": streams.by_line,
        "whole": lambda body: [body] if body else [],
    }
    cutter = cutters.get(chunking)
    if cutter is not None:
        return cutter(response.body)
    how, _, number = chunking.partition(":")
    by_number = streams.by_size if how == "bytes" else streams.at_random
    return by_number(response.body, int(number))
