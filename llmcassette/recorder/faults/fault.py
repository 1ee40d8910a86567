"""What can go wrong, and when. These are the constructors of ``llmcassette.faults``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypedDict

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from llmcassette.model import Request


__all__ = [
    "Fault",
    "When",
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


class When(TypedDict, total=False):
    """Which requests a fault hits; all that is said must hold.

    Attributes:
        interaction: number of the interaction that would answer, from 0.
        model: the model that is asked; ``*`` and ``?`` are wildcards.
        when: a function that takes the ``Request`` and tells whether it is meant.
        times: how many requests it hits, at least 1, which is the default.
    """

    interaction: int
    model: str
    when: Callable[[Request], bool]
    times: int


POSITIONAL: Final = ("code", "reason", "text")
SELECTORS: Final = ("interaction", "model", "when", "times")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fault:
    """One thing that goes wrong. Immutable: how often it did is counted for each cassette anew.

    Attributes:
        name: of the constructor.
        options: its own arguments.
        interaction: see ``When``; ``None`` for any.
        model: see ``When``; empty for any.
        when: see ``When``; ``None`` for any.
        times: how many requests it hits.
    """

    name: str
    options: Mapping[str, object] = field(default_factory=dict)
    interaction: int | None = None
    model: str = ""
    when: Callable[[Request], bool] | None = None
    times: int = 1

    def __repr__(self) -> str:
        said: dict[str, object] = {k: v for k, v in self.options.items() if v is not None}
        if self.interaction is not None:
            said["interaction"] = self.interaction
        if self.model:
            said["model"] = self.model
        words = [
            f"{value!r}" if name in POSITIONAL else f"{name}={value!r}"
            for name, value in said.items()
        ]
        if self.when is not None:
            words.append(f"when={getattr(self.when, '__name__', repr(self.when))}")
        if self.times != 1:
            words.append(f"times={self.times}")
        return f"faults.{self.name}({', '.join(words)})"


# Before the answer. The interaction is not played: what is asked again is answered by it.


def connect_error(**when: Unpack[When]) -> Fault:
    """The host cannot be reached: the client's ``ConnectError``."""
    return make("connect_error", when)


def connect_timeout(**when: Unpack[When]) -> Fault:
    """The host does not accept the connection in time: the client's ``ConnectTimeout``, at once."""
    return make("connect_timeout", when)


def read_timeout(**when: Unpack[When]) -> Fault:
    """No answer comes in time: the client's ``ReadTimeout``, at once."""
    return make("read_timeout", when)


def status(
    code: int,
    *,
    retry_after: float | None = None,
    message: str | None = None,
    **when: Unpack[When],
) -> Fault:
    """An answer that is an error, with a body in the shape that the provider's SDK reads.

    Args:
        code: HTTP status, from 400 to 599. 502 and 504 have an HTML page for a body, as gateways
            write them.
        retry_after: seconds that the header ``retry-after`` tells. At pace ``instant`` the answer
            tells 0.001 all the same, unless ``retry_after="recorded"`` is set.
        message: what the error says.
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
        after_events: how many events come whole.
        inside_event: which event comes half, and is the last; one of the two is needed.
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
    """The stream tells of an error, in the provider's shape, and ends.

    Args:
        after_events: how many events come before it.
        status: the HTTP status that such an error would have had before the stream.
        message: what it says.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("error_event", 0, after_events=after_events)
    counts("error_event", 400, status=status)
    texts("error_event", message=message)
    return make("error_event", when, after_events=after_events, status=status, message=message)


def stall(*, after_events: int, seconds: float | None = None, **when: Unpack[When]) -> Fault:
    """The stream stands still.

    Args:
        after_events: how many events come before it does.
        seconds: how long, at any pace; where the request's read timeout is shorter, the client's
            ``ReadTimeout`` comes after that. ``None``: longer than any timeout, and nobody waits:
            ``ReadTimeout`` comes at once.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("stall", 0, after_events=after_events)
    if seconds is not None and not is_seconds(seconds):
        raise SettingsError(f"faults.stall: seconds must be a number of seconds, not {seconds!r}")
    return make("stall", when, after_events=after_events, seconds=seconds)


def duplicate(*, event: int | None = None, **when: Unpack[When]) -> Fault:
    """An event comes twice; the one in the middle, where none is named.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("duplicate", 1, event=event)
    return make("duplicate", when, event=event)


def malformed_json(*, event: int | None = None, **when: Unpack[When]) -> Fault:
    """The JSON of an event is cut, its frame is whole; the one in the middle, where none is named.

    Raises:
        SettingsError: a value cannot be used.
    """
    counts("malformed_json", 1, event=event)
    return make("malformed_json", when, event=event)


def empty_stream(**when: Unpack[When]) -> Fault:
    """The stream ends before it begins: status 200 and no body."""
    return make("empty_stream", when)


def missing_done(**when: Unpack[When]) -> Fault:
    """The event that ends the stream is missing: ``[DONE]``, ``message_stop`` or what it may be."""
    return make("missing_done", when)


# In the content.


def finish_reason(reason: str = "length", **when: Unpack[When]) -> Fault:
    """The model stopped for another reason.

    Args:
        reason: ``stop``, ``length``, ``tool_calls`` or ``content_filter``, for which the provider's
            own word is put; any other is put as it is.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    texts("finish_reason", reason=reason)
    return make("finish_reason", when, reason=reason)


def cut_arguments(**when: Unpack[When]) -> Fault:
    """The arguments of the last tool call are cut in the middle of their JSON.

    It hits answers that carry arguments as text: OpenAI's and Cohere's always, Anthropic's and
    Bedrock's streams. Gemini never passes such a call on, and tells ``MALFORMED_FUNCTION_CALL``
    instead. The others send an object, which cannot be cut.
    """
    return make("cut_arguments", when)


def refusal(text: str = "I can't help with that.", **when: Unpack[When]) -> Fault:
    """The model refuses, as its provider tells it: in a field of its own, or by the reason to stop.

    Args:
        text: what it says, where the provider has a place for it.
        **when: see ``When``.

    Raises:
        SettingsError: a value cannot be used.
    """
    texts("refusal", text=text)
    return make("refusal", when, text=text)


def empty_answer(**when: Unpack[When]) -> Fault:
    """The model says nothing, calls nothing, and stops as if that were all."""
    return make("empty_answer", when)


def make(name: str, when: When, **options: object) -> Fault:
    unknown = [key for key in when if key not in SELECTORS]
    if unknown:
        raise SettingsError(
            f"faults.{name} takes no {unknown[0]!r}; which requests it hits is said by "
            f"{', '.join(SELECTORS)}"
        )
    place = f"faults.{name}"
    interaction, model = when.get("interaction"), when.get("model")
    function, times = when.get("when"), when.get("times", 1)
    if interaction is not None and (not is_whole(interaction) or interaction < 0):
        raise SettingsError(
            f"{place}: interaction must be a number of the cassette, from 0, not {interaction!r}"
        )
    texts(name, model=model)
    if function is not None and not callable(function):
        raise SettingsError(f"{place}: when must be a function of a request, not {function!r}")
    if not is_whole(times) or times < 1:
        raise SettingsError(f"{place}: times must be a whole number from 1, not {times!r}")
    return Fault(name, options, interaction, model or "", function, times)


def counts(name: str, least: int, **given: object) -> None:
    for key, value in given.items():
        if value is not None and (not is_whole(value) or value < least):  # type: ignore[operator]
            raise SettingsError(
                f"faults.{name}: {key} must be a whole number from {least}, not {value!r}"
            )


def texts(name: str, **given: object) -> None:
    for key, value in given.items():
        if value is not None and (not isinstance(value, str) or not value):
            raise SettingsError(f"faults.{name}: {key} must be a text, not {value!r}")


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
