"""Drift: whether a provider still answers in the shape that was recorded.

The wording is not compared, only status, sequence of events, keys and their types, finish reason
and names of tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.providers import completion, ended
from llmcassette.review.diff.shape import documents_of, shape, shape_changes
from llmcassette.review.values import event_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Interaction, Response
    from llmcassette.providers import Completion

__all__ = ["Drift", "Tier", "drift"]

Tier = Literal["error", "warn", "info"]
"""``error``: a missing key, another type, status or end of the stream. ``warn``: the model decided
otherwise, or events come in another order. ``info``: a new key."""
TIERS: Final[tuple[Tier, ...]] = ("error", "warn", "info")


@dataclass(frozen=True, slots=True)
class Drift:
    """One way in which a live answer differs from the recorded one.

    Attributes:
        tier: how serious it is.
        place: ``status``, ``events``, ``end of stream``, ``finish reason``, ``tools``, or the path
            of a key, such as ``choices[].delta.content``.
        recorded: what the cassette has, as text; empty for nothing.
        live: what the provider sent, likewise.
    """

    tier: Tier
    place: str
    recorded: str
    live: str


def drift(recorded: Interaction, live: Interaction) -> list[Drift]:
    """How the shape of an answer changed, the most serious first.

    Args:
        recorded: the interaction in the cassette.
        live: the same request with its present answer, redacted like a recording.

    Raises:
        CassetteError: the recorded answer is broken.
    """
    found = list(_changes(recorded, live))
    return sorted(found, key=lambda one: TIERS.index(one.tier))


def _changes(recorded: Interaction, live: Interaction) -> Iterator[Drift]:
    old, new = recorded.response, live.response
    if old.code != new.code:
        # An error's body has another shape anyway.
        yield Drift("error", "status", str(old.code), str(new.code))
        return
    if not old.ended and new.ended:
        yield Drift("error", "end of stream", "whole", f"cut: {new.ended}")
    yield from _shape_changes(old, new)
    yield from _end_changes(recorded, live)
    before, after = completion(recorded.request, old), completion(recorded.request, new)
    if before is not None and after is not None:
        yield from _model_changes(before, after)


def _shape_changes(old: Response, new: Response) -> Iterator[Drift]:
    for change in shape_changes(shape(old), shape(new)):
        if change.place == "framing":
            yield Drift("error", "framing", change.old, change.new)
        elif change.place == "events":
            yield Drift("warn", "events", change.old, change.new)
        else:
            yield Drift("error" if change.old else "info", change.place, change.old, change.new)


def _end_changes(recorded: Interaction, live: Interaction) -> Iterator[Drift]:
    """The event that ends a stream."""
    old, new = recorded.response, live.response
    if not ended(recorded.request, old.headers, old.body):
        return  # a truncated recording doesn't show how the stream ends
    before, after = _last_event(old), _last_event(new)
    if before != after:
        yield Drift("error", "end of stream", before, after)
    elif not ended(recorded.request, new.headers, new.body):
        yield Drift("error", "end of stream", before, f"{after}, incomplete")


def _last_event(response: Response) -> str:
    documents = documents_of(response)
    return event_type(documents[-1]) if documents else ""


def _model_changes(before: Completion, after: Completion) -> Iterator[Drift]:
    if before.finish_reason != after.finish_reason:
        reasons = str(before.finish_reason), str(after.finish_reason)
        yield Drift("warn", "finish reason", *reasons)
    tools = [sorted({call.name for call in one.tool_calls}) for one in (before, after)]
    if tools[0] != tools[1]:
        yield Drift("warn", "tools", ", ".join(tools[0]), ", ".join(tools[1]))
