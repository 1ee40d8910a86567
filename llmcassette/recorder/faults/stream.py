"""Faults in the stream. Events are counted from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette import providers, streams
from llmcassette.providers import ended
from llmcassette.recorder.faults.answer import (
    Faulty,
    NotApplicableError,
    edited,
    event_spans,
    shortened,
)
from llmcassette.recorder.faults.documents import with_cut_json
from llmcassette.recorder.steps import Failure
from llmcassette.redaction.edits import Edit

if TYPE_CHECKING:
    from llmcassette.model import Response
    from llmcassette.recorder.faults.answer import Target
    from llmcassette.recorder.faults.fault import Fault

__all__ = [
    "cut",
    "drop",
    "duplicate",
    "empty_stream",
    "error_event",
    "malformed_json",
    "missing_done",
    "stall",
]


def cut(target: Target) -> Faulty:
    """A clean end too early."""
    spans = event_spans(target.response)
    inside = target.fault.options["inside_event"]
    if inside is None:
        return Faulty(response=shortened(target.response, position_after(target.fault, spans)))
    start, end = spans[numbered(inside, spans)]
    # Half of what is in the event: half of its bytes may be a comment before it.
    data = target.response.body[start:end].rstrip()
    return Faulty(response=shortened(target.response, start + len(data) - len(data) // 2))


def drop(target: Target) -> Faulty:
    """The connection is lost."""
    position = position_after(target.fault, event_spans(target.response))
    return Faulty(
        response=shortened(target.response, position),
        failure=Failure("read", f"{target.fault!r}"),
    )


def stall(target: Target) -> Faulty:
    """The stream stalls, for a while or forever."""
    position = position_after(target.fault, event_spans(target.response))
    seconds = target.fault.options["seconds"]
    if seconds is None:
        return Faulty(
            response=shortened(target.response, position),
            failure=Failure("read-timeout", f"{target.fault!r}"),
        )
    assert isinstance(seconds, int | float)
    return Faulty(response=target.response, stalls=((position, seconds),))


def error_event(target: Target) -> Faulty:
    """An error event, and the end."""
    position = position_after(target.fault, event_spans(target.response))
    status, message = target.fault.options["status"], target.fault.options["message"]
    assert isinstance(status, int)
    provider, spoken = target.provider, target.format
    if kind_of(target.response) == "eventstream":
        provider = "bedrock"
    event = providers.error_event(
        provider, status, str(message or f"{target.fault!r}"), format=spoken
    )
    return Faulty(
        response=edited(target.response, [Edit(position, len(target.response.body), event)])
    )


def duplicate(target: Target) -> Faulty:
    """An event that arrives twice."""
    spans = event_spans(target.response)
    start, end = spans[numbered(target.fault.options["event"], spans)]
    return Faulty(
        response=edited(target.response, [Edit(end, end, target.response.body[start:end])])
    )


def malformed_json(target: Target) -> Faulty:
    """An event whose JSON is cut."""
    kind = kind_of(target.response)
    if kind == "json" and target.fault.options["event"] is None:
        start, end = 0, len(target.response.body)
    else:
        spans = event_spans(target.response)
        start, end = spans[numbered(target.fault.options["event"], spans)]
    new = with_cut_json(target.response.body[start:end], kind)
    if new is None:
        raise NotApplicableError("has no JSON in that event")
    return Faulty(response=edited(target.response, [Edit(start, end, new)]))


def empty_stream(target: Target) -> Faulty:
    """No body at all."""
    event_spans(target.response)
    return Faulty(response=shortened(target.response, 0))


def missing_done(target: Target) -> Faulty:
    """A stream without its last event."""
    for start, end in reversed(event_spans(target.response)):
        if ended(target.request, target.response.headers, target.response.body[start:end]):
            return Faulty(response=edited(target.response, [Edit(start, end, b"")]))
    raise NotApplicableError("has no event that ends it")


def kind_of(response: Response) -> streams.Kind:
    return streams.kind(response.body, response.headers.get("content-type"))


def position_after(fault: Fault, spans: list[tuple[int, int]]) -> int:
    """The byte after so many events, of which at least one more must follow."""
    events = fault.options["after_events"]
    assert isinstance(events, int)
    if events >= len(spans):
        raise NotApplicableError(f"has {len(spans)} events")
    return spans[events][0]


def numbered(event: object, spans: list[tuple[int, int]]) -> int:
    """The index of an event; of the one in the middle, where none is named."""
    if event is None:
        if not spans:
            raise NotApplicableError("has no events")
        return len(spans) // 2
    assert isinstance(event, int)
    if event > len(spans):
        raise NotApplicableError(f"has {len(spans)} events")
    return event - 1
