"""The server as an ASGI application: reads a request, and finds what answers it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmcassette.errors import CassetteError, ReplayError
from llmcassette.model import Headers, Request
from llmcassette.server.connection import Connection, LeftError, TooLargeError
from llmcassette.server.driver import Driver, is_plain, play
from llmcassette.server.live import Live
from llmcassette.server.problems import problem, status_of

if TYPE_CHECKING:
    from llmcassette.recorder.engine import Engine
    from llmcassette.server.hosts import HostNames
    from llmcassette.server.runs import Run, Runs

__all__ = ["RUN_HEADER", "Answered", "App", "Listener"]

CONTROL: Final = b"/__llmcassette__"
RUN_PREFIX: Final = b"/run/"
RUN_HEADER: Final = b"x-llmcassette-run"
_OF_THE_SERVER: Final = frozenset({RUN_HEADER, b"host"})


class Answered(NamedTuple):
    """A request that is over.

    Attributes:
        run: the run.
        request: as sent, with the provider's URL, but without its body.
        code: HTTP status of the answer; 0 if there was none.
        seconds: from the request to the answer's end.
        note: why the answer is one of the server itself; else empty.
    """

    run: Run
    request: Request
    code: int
    seconds: float
    note: str


class Listener:
    """Is called with what happens; does nothing itself."""

    wants_answers = False
    """Whether ``answered`` is to be called."""

    def answered(self, answered: Answered) -> None:
        """A request was answered, or its client has left."""

    def failed(self, error: ReplayError | CassetteError) -> None:
        """A client got an error because of a cassette."""


class App:
    """Answers from the runs of a server.

    Args:
        runs: what answers.
        hosts: the names of the server.
        listener: is called with what happens.
    """

    def __init__(self, runs: Runs, hosts: HostNames, listener: Listener) -> None:
        self._runs = runs
        self._hosts = hosts
        self._listener = listener
        self._live = Live()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        """Answer a request."""
        connection = Connection(scope, receive, send)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(connection)
        except LeftError:
            pass
        except asyncio.CancelledError:  # by ``stop``
            await connection.drop()
        finally:
            self._tasks.discard(task)

    async def stop(self) -> None:
        """Break off what is under way, and close the connections to providers."""
        under_way = tuple(self._tasks)
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)
        await self._live.close()

    async def _serve(self, connection: Connection) -> None:
        scope = connection.scope
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if not self._hosts.accepts(host):
            await _refuse(
                connection, f"{host.decode('latin-1')!r} is no name of this server: use 127.0.0.1\n"
            )
            return
        path: bytes = scope["raw_path"]
        name = ""
        if path.startswith(RUN_PREFIX):
            raw, slash, rest = path[len(RUN_PREFIX) :].partition(b"/")
            name, path = raw.decode("latin-1"), slash + rest or b"/"
        if path.startswith(CONTROL):
            from llmcassette.server.control import control  # starlette is imported with it

            await control(self._runs, name, path[len(CONTROL) :], connection)
            return
        name = name or connection.header(RUN_HEADER)
        target = path + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        await self._ask(name, target.decode("latin-1"), connection)

    async def _ask(self, name: str, target: str, connection: Connection) -> None:
        method = connection.scope["method"]
        try:
            run = self._runs.get(name)
        except CassetteError as error:
            self._listener.failed(error)
            await _report(connection, Request(method=method, url=target), error)
            return
        pairs = [pair for pair in connection.scope["headers"] if pair[0] not in _OF_THE_SERVER]
        url = run.upstreams.url(target) or ""
        request = _request(method, url or target, pairs)
        started = time.perf_counter()
        try:
            if not url:
                raise run.cassette.keep(_nowhere(target, run))
            try:
                body = await connection.body(run.cassette.settings.max_decoded_size)
            except TooLargeError:
                raise run.cassette.keep(_too_large(run.cassette)) from None
            same = run.cassette.replay(method, url, pairs, body)
            if same is None or not is_plain(same):
                driver = Driver(run.cassette, connection, self._live)
                await driver.run(replace(request, body=body, content_length=len(body)), same)
            else:
                await play(same, connection)
        except ReplayError as error:
            self._listener.failed(error)
            if connection.code:
                await connection.drop()
            else:
                await _report(connection, request, error)
        finally:
            if self._listener.wants_answers:
                seconds = time.perf_counter() - started
                self._listener.answered(
                    Answered(run, request, connection.code, seconds, connection.note)
                )


def _request(method: str, url: str, pairs: list[tuple[bytes, bytes]]) -> Request:
    return Request(
        method=method,
        url=url,
        headers=Headers(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]
        ),
        host=url.partition("://")[2].partition("/")[0],
    )


def _nowhere(target: str, run: Run) -> ReplayError:
    path = target.partition("?")[0]
    prefixes = run.upstreams.prefixes
    if prefixes:
        known = ", ".join(f"/{name}/..." for name in prefixes)
        fix = f"Put one of these in front of it, in the client's base URL: {known}"
    else:
        fix = (
            "Nothing is recorded yet. Name the provider in pyproject.toml:\n"
            '  [tool.llmcassette]\n  upstream = ["https://api.example.com"]\n'
            "or in front of the path, in the client's base URL: /openai/..."
        )
    return ReplayError(
        f"no provider is known for the path {path}.\n{fix}",
        path=run.cassette.path,
    )


def _too_large(cassette: Engine) -> ReplayError:
    return ReplayError(
        f"a request's body has more than {cassette.settings.max_decoded_size:,} bytes.\n"
        "If that is intended, raise the setting max_decoded_size.",
        path=cassette.path,
    )


async def _refuse(connection: Connection, message: str) -> None:
    await connection.head(HTTPStatus.FORBIDDEN, [(b"content-type", b"text/plain; charset=utf-8")])
    await connection.end(message.encode())


async def _report(connection: Connection, request: Request, error: BaseException) -> None:
    answer = problem(request, status_of(error), f"llmcassette: {error}")
    await connection.head(answer.code, answer.headers)
    await connection.end(answer.body)
