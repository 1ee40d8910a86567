"""When each piece of a recorded body arrived."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from llmcassette.streams.cuts import recorded

if TYPE_CHECKING:
    from llmcassette.model import Response

__all__ = ["Arrival", "arrivals"]


class Arrival(NamedTuple):
    """One piece of a body.

    Attributes:
        end: offset of its end in the body, in bytes.
        seconds: since the request.
    """

    end: int
    seconds: float


def arrivals(response: Response) -> list[Arrival]:
    """The pieces of a body in order; none if they were not recorded, or no longer fit the body."""
    if not response.chunks or recorded(response) is None:
        return []
    ends = accumulate(chunk.size for chunk in response.chunks)
    _, *times = accumulate((chunk.gap for chunk in response.chunks), initial=response.duration)
    return [Arrival(*pair) for pair in zip(ends, times, strict=True)]
