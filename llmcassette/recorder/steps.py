"""What an exchange asks the driver of a client library to do.

Two more steps have no class of their own: a ``Playback`` is an answer to hand over, and ``bytes``
are the next piece of its body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmcassette.recorder.recorded_interaction import Recording

__all__ = [
    "Await",
    "Caller",
    "Discard",
    "Failure",
    "GoLive",
    "PassOn",
    "ReadOut",
    "Wait",
]


class Caller:
    """What an exchange needs to know of who sends the request.

    Args:
        is_async: whether the driver can await.
        clock: returns seconds, by the clock that the driver waits by.
        read_timeout: seconds after which the client gives up if nothing arrives; ``None`` for
            never, and for libraries that watch over this themselves. A driver may change it
            between two steps.
    """

    __slots__ = ("clock", "is_async", "read_timeout")

    def __init__(
        self, is_async: bool, clock: Callable[[], float], read_timeout: float | None = None
    ) -> None:
        self.is_async = is_async
        self.clock = clock
        self.read_timeout = read_timeout


class Wait(NamedTuple):
    """Wait for this many seconds, then go on. Throw in what interrupts the wait."""

    seconds: float


class Await(NamedTuple):
    """Await this, then go on. Only for callers that are asynchronous."""

    awaitable: Awaitable[Any]


class GoLive(NamedTuple):
    """Send the request to the network; go on as soon as the head of the live answer is there.

    If there is no answer, call ``recording.finish`` with the kind of ``Failure`` that stands for
    the error (or its class name), and throw the error in. An error that isn't about the network,
    such as one of a user's own transport, is only thrown in: then nothing is recorded.

    While a read of the body is pending, ``recording.reading`` is true.

    Attributes:
        recording: takes what arrives, at once: the head (``began``), the pieces (``arrived``) and
            the end (``finish``). They don't go through the exchange: pieces may arrive together
            with the head, and one thread may read a body while another closes it, but a generator
            can't be entered twice.
    """

    recording: Recording


class Discard(NamedTuple):
    """Close the live answer unread, then go on."""


class ReadOut(NamedTuple):
    """Read the live answer to its end and close it, then go on."""


class PassOn(NamedTuple):
    """Hand the live answer to the caller. This is the last step."""


class Failure(NamedTuple):
    """Raise this error of the client library. This is the last step.

    Attributes:
        kind: ``connect`` (refused or unreachable), ``dns``, ``tls``, ``connect-timeout``,
            ``read-timeout``, ``read``, ``write`` or ``protocol`` (the server broke HTTP's rules);
            or the class name of the error that was recorded, which is a ``read`` error to libraries
            that lack the class.
        message: the error's message.
    """

    kind: str
    message: str
