"""Drift: whether a provider still answers as it did when a cassette was recorded.

Compared is the shape, never the wording: status, the sequence of events with repeats folded, keys
and their types, finish reason, names of tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.providers import completion, ended
from llmcassette.review.diff.shape import documents_of, event_type, shape, shape_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Interaction, Response
    from llmcassette.providers import Completion

__all__ = ["Drift", "Tier", "drift"]

Tier = Literal["error", "warn", "info"]
"""``error``: a key is missing, a type has changed, or a status, or how a stream ends. ``warn``: the
model decided otherwise, or events come in another order. ``info``: there is a new key."""
TIERS: Final[tuple[Tier, ...]] = ("error", "warn", "info")


@dataclass(frozen=True, slots=True)
class Drift:
    """One way in which a live answer differs from the recorded one.

    Attributes:
        tier: how bad it is.
        place: ``status``, ``events``, ``end of stream``, ``finish reason``, ``tools``, or the path
            of a key, such as ``choices[].delta.content``.
        recorded: what is in the cassette, as text; empty for nothing.
        live: what came, likewise.
    """

    tier: Tier
    place: str
    recorded: str
    live: str


def drift(recorded: Interaction, live: Interaction) -> list[Drift]:
    """What has changed in the shape of an answer, the worst first.

    Args:
        recorded: as it is in the cassette.
        live: the same request, as it is answered now, redacted like a recording.

    Raises:
        CassetteError: the recorded answer is broken.
    """
    found = list(_changes(recorded, live))
    return sorted(found, key=lambda one: TIERS.index(one.tier))


def _changes(recorded: Interaction, live: Interaction) -> Iterator[Drift]:
    old, new = recorded.response, live.response
    if old.code != new.code:
        # The body of an error has a shape of its own, and says nothing about the other's.
        yield Drift("error", "status", str(old.code), str(new.code))
        return
    if not old.ended and new.ended:
        yield Drift("error", "end of stream", "whole", f"cut: {new.ended}")
    yield from _shape_changes(old, new)
    yield from _end_changes(recorded, live)
    was, now = completion(recorded.request, old), completion(recorded.request, new)
    if was is not None and now is not None:
        yield from _model_changes(was, now)


def _shape_changes(old: Response, new: Response) -> Iterator[Drift]:
    for change in shape_changes(shape(old), shape(new)):
        if change.place == "framing":
            yield Drift("error", "framing", change.old, change.new)
        elif change.place == "events":
            yield Drift("warn", "events", change.old, change.new)
        else:
            yield Drift("error" if change.old else "info", change.place, change.old, change.new)


def _end_changes(recorded: Interaction, live: Interaction) -> Iterator[Drift]:
    """The event with which a stream says that it is over."""
    old, new = recorded.response, live.response
    if not ended(recorded.request, old.headers, old.body):
        return  # of an answer that was cut nothing is known
    was, now = _last_event(old), _last_event(new)
    if was != now or not ended(recorded.request, new.headers, new.body):
        yield Drift("error", "end of stream", was, now if was != now else f"{now}, incomplete")


def _last_event(response: Response) -> str:
    documents = documents_of(response)
    return event_type(documents[-1]) if documents else ""


def _model_changes(was: Completion, now: Completion) -> Iterator[Drift]:
    if was.finish_reason != now.finish_reason:
        yield Drift("warn", "finish reason", str(was.finish_reason), str(now.finish_reason))
    tools, tools_now = (sorted({call.name for call in one.tool_calls}) for one in (was, now))
    if tools != tools_now:
        yield Drift("warn", "tools", ", ".join(tools), ", ".join(tools_now))
