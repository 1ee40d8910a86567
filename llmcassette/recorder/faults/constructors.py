"""All faults there are, as ``llmcassette.faults`` offers them; ``applying`` has what each does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.errors import SettingsError
from llmcassette.recorder.faults.fault import (
    Fault,
    When,
    counts,
    is_seconds,
    is_whole,
    make,
    texts,
)

if TYPE_CHECKING:
    from typing import Unpack

__all__ = [
    "connect_error",
    "connect_timeout",
    "cut",
    "cut_arguments",
    "drop",
    "duplicate",
    "empty_answer",
    "empty_stream",
    "error_event",
    "finish_reason",
    "malformed_json",
    "missing_done",
    "read_timeout",
    "refusal",
    "stall",
    "status",
]


# Before the answer. The interaction is not played: it answers the retry.


def connect_error(**when: Unpack[When]) -> Fault:
    """The host cannot be reached: the client's ``ConnectError``."""
    return make("connect_error", when)


def connect_timeout(**when: Unpack[When]) -> Fault:
    """The host does not accept the connection in time: the client's ``ConnectTimeout``, at once."""
    return make("connect_timeout", when)


def read_timeout(**when: Unpack[When]) -> Fault:
    """No answer arrives in time: the client's ``ReadTimeout``, at once."""
    return make("read_timeout", when)


def status(
    code: int,
    *,
    retry_after: float | None = None,
    message: str | None = None,
    **when: Unpack[When],
) -> Fault:
    """An error answer, with a body in the shape that the provider's SDK reads.

    Args:
        code: HTTP status, from 400 to 599. 502 and 504 have an HTML page for a body, as gateways
            write them.
        retry_after: seconds in the header ``retry-after``. At pace ``instant`` the header has
            0.001 all the same, unless ``retry_after="recorded"`` is set.
        message: the error's message.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    if not is_whole(code) or not 400 <= code <= 599:
        raise SettingsError(f"faults.status: code must be from 400 to 599, not {code!r}")
    if retry_after is not None and not is_seconds(retry_after):
        raise SettingsError(
            f"faults.status: retry_after must be a number of seconds, not {retry_after!r}"
        )
    texts("status", message=message)
    return make("status", when, code=code, retry_after=retry_after, message=message)


# In the stream. Events are counted from 1, as ``llmcassette.streams.split`` cuts them.


def cut(
    *,
    after_events: int | None = None,
    inside_event: int | None = None,
    **when: Unpack[When],
) -> Fault:
    """The stream ends too early, and cleanly: the client sees no error.

    Args:
        after_events: how many events arrive whole.
        inside_event: the event that arrives half, and is the last; one of the two is needed.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    if (after_events is None) == (inside_event is None):
        raise SettingsError("faults.cut takes either after_events or inside_event")
    counts("cut", 0, after_events=after_events)
    counts("cut", 1, inside_event=inside_event)
    return make("cut", when, after_events=after_events, inside_event=inside_event)


def drop(*, after_events: int, **when: Unpack[When]) -> Fault:
    """The connection is lost in the stream: the client's ``ReadError``.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("drop", 0, after_events=after_events)
    return make("drop", when, after_events=after_events)


def error_event(
    *,
    after_events: int,
    status: int = 500,
    message: str | None = None,
    **when: Unpack[When],
) -> Fault:
    """The stream ends with an error event, in the provider's shape.

    Args:
        after_events: how many events arrive before it.
        status: the HTTP status of such an error if it came before the stream.
        message: the error's message.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("error_event", 0, after_events=after_events)
    counts("error_event", 400, status=status)
    texts("error_event", message=message)
    return make("error_event", when, after_events=after_events, status=status, message=message)


def stall(*, after_events: int, seconds: float | None = None, **when: Unpack[When]) -> Fault:
    """The stream stalls.

    Args:
        after_events: how many events arrive before it does.
        seconds: how long, at any pace; where the request's read timeout is shorter, the client's
            ``ReadTimeout`` is raised after that. ``None``: longer than any timeout; nothing
            waits, and ``ReadTimeout`` is raised at once.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("stall", 0, after_events=after_events)
    if seconds is not None and not is_seconds(seconds):
        raise SettingsError(f"faults.stall: seconds must be a number of seconds, not {seconds!r}")
    return make("stall", when, after_events=after_events, seconds=seconds)


def duplicate(*, event: int | None = None, **when: Unpack[When]) -> Fault:
    """An event arrives twice; the one in the middle, if none is named.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("duplicate", 1, event=event)
    return make("duplicate", when, event=event)


def malformed_json(*, event: int | None = None, **when: Unpack[When]) -> Fault:
    """The JSON of an event is cut, its frame is whole; the one in the middle, if none is named.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("malformed_json", 1, event=event)
    return make("malformed_json", when, event=event)


def empty_stream(**when: Unpack[When]) -> Fault:
    """The stream ends before it begins: status 200 and no body."""
    return make("empty_stream", when)


def missing_done(**when: Unpack[When]) -> Fault:
    """The event that ends the stream is missing: ``[DONE]``, ``message_stop`` or the like."""
    return make("missing_done", when)


# In the content.


def finish_reason(reason: str = "length", **when: Unpack[When]) -> Fault:
    """The model stopped for another reason.

    Args:
        reason: ``stop``, ``length``, ``tool_calls`` or ``content_filter``, which become the
            provider's own word; any other is used as it is.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    texts("finish_reason", reason=reason)
    return make("finish_reason", when, reason=reason)


def cut_arguments(**when: Unpack[When]) -> Fault:
    """The arguments of the last tool call are cut in the middle of their JSON.

    It hits answers that carry arguments as text: OpenAI's and Cohere's always, Anthropic's and
    Bedrock's streams. Gemini never passes such a call on, and answers ``MALFORMED_FUNCTION_CALL``
    instead. The others send an object, which can't be cut.
    """
    return make("cut_arguments", when)


def refusal(text: str = "I can't help with that.", **when: Unpack[When]) -> Fault:
    """The model refuses, as its provider writes it: in a field, or by the reason to stop.

    Args:
        text: the words of the refusal, where the provider has a place for them.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    texts("refusal", text=text)
    return make("refusal", when, text=text)


def empty_answer(**when: Unpack[When]) -> Fault:
    """The model gives no text and calls no tool, and stops normally."""
    return make("empty_answer", when)
