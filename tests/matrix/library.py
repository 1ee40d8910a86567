"""What the matrix knows of a library: how it is called, and what its provider answers."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing
from contextvars import copy_context
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from tests.recording.provider_server import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator

KEY = "sk-test-Q8zWv3xN5bT1yHc7LmR2"
PROMPT = "Wie ist das Wetter in Köln?"
WAYS = ("sync", "stream", "async", "async stream")


@dataclass(frozen=True)
class Wire:
    """A provider's answers. ``whole`` and ``stream`` take ``tools``; ``error`` a message."""

    whole: Callable[..., Any]
    stream: Callable[..., list[bytes]]
    stream_type: str
    error: Callable[[str], Any]

    def answer(self, *, streamed: bool, tools: bool = False) -> Answer:
        if streamed:
            return Answer(self.stream(tools=tools), headers={"content-type": self.stream_type})
        return Answer.json(self.whole(tools=tools))

    def failure(self, status: int) -> Answer:
        return Answer.json(self.error("no such luck"), status, retry_after_ms="1", retry_after="0")


@dataclass(frozen=True)
class Library:
    """A row of the table.

    ``ways`` maps names of ``WAYS`` to functions of URL, prompt, and whether to offer a tool. They
    return a value, an iterator, a coroutine and an asynchronous iterator. ``hides_misses`` names
    the ways in which the library raises an error of its own in place of a miss.
    """

    name: str
    package: str
    wire: Wire
    ways: dict[str, Callable[[str, str, bool], Any]]
    streams_always: bool = False
    has_tools: bool = True
    hides_misses: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        """The columns of the table that apply."""
        kinds = {
            "tools": self.has_tools,
            "early close": any(map(self.is_streamed, self.ways)),
            "cancel": any(way.startswith("async") for way in self.ways),
        }
        return {*self.ways, "errors", "miss", *(name for name, applies in kinds.items() if applies)}

    def is_streamed(self, way: str) -> bool:
        return self.streams_always or way.endswith("stream")

    def call(
        self, way: str, url: str, *, prompt: str = PROMPT, tools: bool = False,
        pieces: int | None = None,
    ) -> Any:  # fmt: skip
        """The answer as plain values. ``pieces``: how many are read before a stream is closed."""
        given = self.ways[way](url, prompt, tools)
        match way:
            case "sync":
                return plain(given)
            case "async":
                return plain(in_loop(given))
            case "stream":
                with closing(given):
                    return [plain(piece) for piece in islice(given, pieces)]
            case _:
                return in_loop(read(given, pieces))


_RUNNER = asyncio.Runner()


def in_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Run in one event loop for all: LangChain keeps its clients for the whole process."""
    return _RUNNER.run(work, context=copy_context())


async def read(
    stream: AsyncGenerator[Any], pieces: int | None = None, *, seen: list[Any] | None = None
) -> list[Any]:
    """``pieces``: how many; ``seen`` gets each as it comes."""
    seen = [] if seen is None else seen
    async with aclosing(stream):
        async for piece in stream:
            seen.append(plain(piece))
            if len(seen) == pieces:
                break
    return seen


def plain(value: Any) -> Any:
    """What can be compared, without headers: not all of them are recorded."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    elif hasattr(value, "__dataclass_fields__"):
        value = vars(value)
    if isinstance(value, dict):
        hidden = ("sdk_http_response", "ResponseMetadata")
        return {name: plain(item) for name, item in value.items() if name not in hidden}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def iterated(make: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    """A function that returns a context manager over an iterable, as a generator function."""

    def stream(*arguments: Any) -> Iterator[Any]:
        with make(*arguments) as pieces:
            yield from pieces

    return stream
