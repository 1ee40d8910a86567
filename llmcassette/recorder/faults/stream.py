"""What goes wrong in the stream. Events are counted from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette import streams
from llmcassette.providers import ended, error_event
from llmcassette.recorder.faults.documents import with_cut_json
from llmcassette.recorder.faults.laid import (
    Laid,
    NotHereError,
    edited,
    event_spans,
    shortened,
)
from llmcassette.recorder.steps import Failure
from llmcassette.redaction.edits import Edit

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.model import Response
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.recorder.faults.laid import Target

__all__ = ["STREAM"]


def cut(target: Target) -> Laid:
    """A clean end too early."""
    spans = event_spans(target.response)
    inside = target.fault.options["inside_event"]
    if inside is None:
        return Laid(response=shortened(target.response, position_after(target.fault, spans)))
    start, end = spans[numbered(inside, spans)]
    # Half of what is in the event: half of its bytes may be a comment before it.
    data = target.response.body[start:end].rstrip()
    return Laid(response=shortened(target.response, start + len(data) - len(data) // 2))


def drop(target: Target) -> Laid:
    """The connection is lost."""
    position = position_after(target.fault, event_spans(target.response))
    return Laid(
        response=shortened(target.response, position),
        failure=Failure("read", f"{target.fault!r}"),
    )


def stall(target: Target) -> Laid:
    """The stream stands still, for a while or for ever."""
    position = position_after(target.fault, event_spans(target.response))
    seconds = target.fault.options["seconds"]
    if seconds is None:
        return Laid(
            response=shortened(target.response, position),
            failure=Failure("read-timeout", f"{target.fault!r}"),
        )
    assert isinstance(seconds, int | float)
    return Laid(response=target.response, stalls=((position, seconds),))


def failed(target: Target) -> Laid:
    """An error event, and the end."""
    position = position_after(target.fault, event_spans(target.response))
    status, message = target.fault.options["status"], target.fault.options["message"]
    assert isinstance(status, int)
    provider, spoken = target.provider, target.format
    if kind_of(target.response) == "eventstream":
        provider = "bedrock"
    event = error_event(provider, status, str(message or f"{target.fault!r}"), format=spoken)
    return Laid(
        response=edited(target.response, [Edit(position, len(target.response.body), event)])
    )


def duplicate(target: Target) -> Laid:
    """An event that comes twice."""
    spans = event_spans(target.response)
    start, end = spans[numbered(target.fault.options["event"], spans)]
    return Laid(response=edited(target.response, [Edit(end, end, target.response.body[start:end])]))


def malformed(target: Target) -> Laid:
    """An event whose JSON is cut."""
    kind = kind_of(target.response)
    if kind == "json" and target.fault.options["event"] is None:
        start, end = 0, len(target.response.body)
    else:
        spans = event_spans(target.response)
        start, end = spans[numbered(target.fault.options["event"], spans)]
    new = with_cut_json(target.response.body[start:end], kind)
    if new is None:
        raise NotHereError("has no JSON in that event")
    return Laid(response=edited(target.response, [Edit(start, end, new)]))


def empty(target: Target) -> Laid:
    """No body at all."""
    event_spans(target.response)
    return Laid(response=shortened(target.response, 0))


def endless(target: Target) -> Laid:
    """A stream without its last event."""
    for start, end in reversed(event_spans(target.response)):
        if ended(target.request, target.response.headers, target.response.body[start:end]):
            return Laid(response=edited(target.response, [Edit(start, end, b"")]))
    raise NotHereError("has no event that ends it")


STREAM: Final[dict[str, Callable[[Target], Laid]]] = {
    "cut": cut,
    "drop": drop,
    "stall": stall,
    "error_event": failed,
    "duplicate": duplicate,
    "malformed_json": malformed,
    "empty_stream": empty,
    "missing_done": endless,
}


def kind_of(response: Response) -> streams.Kind:
    return streams.kind(response.body, response.headers.get("content-type"))


def position_after(fault: Fault, spans: list[tuple[int, int]]) -> int:
    """The byte after so many events, of which at least one more must follow."""
    events = fault.options["after_events"]
    assert isinstance(events, int)
    if events >= len(spans):
        raise NotHereError(f"has {len(spans)} events")
    return spans[events][0]


def numbered(event: object, spans: list[tuple[int, int]]) -> int:
    """The index of an event; of the one in the middle, where none is named."""
    if event is None:
        if not spans:
            raise NotHereError("has no events")
        return len(spans) // 2
    assert isinstance(event, int)
    if event > len(spans):
        raise NotHereError(f"has {len(spans)} events")
    return event - 1
