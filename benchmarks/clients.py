"""Other client libraries, each compared with itself over a connection that answers from memory."""

from __future__ import annotations

import asyncio
import io
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks import generate, peers
from benchmarks.measure import Measured, Row, cpu_seconds, medians, paired, per_item
from llmcassette import Headers, Interaction, Request, Response

__all__ = ["rows"]

HEADERS = dict(generate.SENT)
COUNT = 100
MODEL = "amazon.nova-lite-v1:0"


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file; none of a library that is not installed."""
    rounds = 7 if quick else 21
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for library, measure in (("aiohttp", _aiohttp), ("urllib3", _urllib3), ("boto3", _boto3)):
            if find_spec(library) is None:
                continue
            floor, ours = measure(folder)
            times = medians({"floor": floor, "ours": ours}, rounds)
            yield Row(
                "clients", f"2 KB request, whole body, {library}",
                paired(times, "ours", "floor"), "x the floor", 1.5,
            )  # fmt: skip


def _written(folder: Path) -> tuple[list[Interaction], Path]:
    interactions = [with_length(one) for one in generate.whole(COUNT, 2_000)]
    return interactions, generate.write(interactions, folder / "c.yaml")


def with_length(one: Interaction) -> Interaction:
    """The interaction with a Content-Length, so that its connection is kept for the next."""
    length = str(len(one.response.body))
    headers = Headers([*one.response.headers.multi_items(), ("Content-Length", length)])
    return Interaction(one.id, one.request, replace(one.response, headers=headers))


def _answer(response: Response) -> bytes:
    """Status line, header fields and body."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in response.headers.multi_items())
    head = f"HTTP/1.1 {response.status}\r\n{fields}\r\n"
    return head.encode() + response.body


def _aiohttp(folder: Path) -> tuple[Callable[[], float], Callable[[], float]]:
    import aiohttp
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

    interactions, path = _written(folder)
    answer = _answer(interactions[0].response)

    class Transport(asyncio.Transport):
        def __init__(self, handler: Any, loop: asyncio.AbstractEventLoop) -> None:
            super().__init__()
            self._handler, self._loop = handler, loop

        def write(self, data: Any) -> None:
            # The head and a small body are written in one call.
            self._loop.call_soon(self._handler.data_received, bytes(bytearray(answer)))

        def writelines(self, list_of_data: Any) -> None:
            self.write(b"".join(list_of_data))

        def is_closing(self) -> bool:
            return False

        def close(self) -> None:
            self._loop.call_soon(self._handler.connection_lost, None)

    class Connector(aiohttp.TCPConnector):
        async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109
            handler = ResponseHandler(self._loop)
            handler.connection_made(Transport(handler, self._loop))
            handler.force_close()
            return Connection(self, req.connection_key, handler, self._loop)

    def send(connector: Callable[[], Any]) -> float:
        async def run() -> float:
            async with aiohttp.ClientSession(connector=connector()) as session:

                async def each() -> None:
                    for one in interactions:
                        async with session.post(
                            generate.URL, data=one.request.body, headers=HEADERS
                        ) as response:
                            await response.read()

                start, wall = time.process_time(), time.perf_counter()
                await each()
                took = Measured(time.process_time() - start, time.perf_counter() - wall)
                return took / COUNT

        return asyncio.run(run())

    def ours() -> float:
        with peers.open_ours(path):
            return send(aiohttp.TCPConnector)

    return lambda: send(Connector), ours


class _Socket:
    """A connection that answers each request with a copy of the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._near, self._far = socket.socketpair()

    def sendall(self, data: Any) -> None:
        pass

    def makefile(self, mode: str, *_: Any) -> Any:
        return io.BufferedReader(io.BytesIO(bytes(bytearray(self._answer))))

    def fileno(self) -> int:
        return self._near.fileno()

    def settimeout(self, seconds: float | None) -> None:
        pass

    def close(self) -> None:
        self._near.close()
        self._far.close()


def _answering(answer: bytes) -> Any:
    """Every connection of urllib3 answers with a copy of these bytes."""
    import urllib3.connection

    def connect(connection: Any) -> None:
        connection.sock = _Socket(answer)
        connection.is_verified = True

    return mock.patch.object(urllib3.connection.HTTPSConnection, "connect", connect)


def _urllib3(folder: Path) -> tuple[Callable[[], float], Callable[[], float]]:
    import urllib3

    interactions, path = _written(folder)

    def send() -> float:
        with urllib3.PoolManager() as pool:

            def each() -> None:
                for one in interactions:
                    pool.request("POST", generate.URL, body=one.request.body, headers=HEADERS)

            return per_item(each, COUNT)

    return _both(path, _answer(interactions[0].response), send)


def _boto3(folder: Path) -> tuple[Callable[[], float], Callable[[], float]]:
    import boto3
    from botocore.awsrequest import AWSResponse

    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    answer = generate.BEDROCK_ANSWER
    text = "The quick brown fox jumps over the lazy dog. " * 40
    sent: list[Any] = []

    def capture(request: Any, **_: Any) -> Any:
        sent.append(request)
        response = AWSResponse(request.url, 200, {"Content-Type": "application/json"}, None)
        response._content = answer
        return response

    def converse(number: int) -> None:
        client.converse(
            modelId=MODEL,
            messages=[{"role": "user", "content": [{"text": f"Question {number}: {text}"}]}],
        )

    def send() -> float:
        return cpu_seconds(lambda: [converse(number) for number in range(COUNT)]) / COUNT

    client.meta.events.register("before-send", capture)
    send()
    client.meta.events.unregister("before-send", capture)
    interactions = [
        with_length(Interaction(
            number,
            Request(
                method="POST", url=request.url, body=request.body,
                headers=Headers({"Content-Type": "application/json"}),
            ),
            Response(
                code=200, status="200 OK", body=answer,
                headers=Headers({"Content-Type": "application/json"}),
            ),
        ))
        for number, request in enumerate(sent)
    ]  # fmt: skip
    path = generate.write(interactions, folder / "bedrock.yaml")
    return _both(path, _answer(interactions[0].response), send)


def _both(
    path: Path, answer: bytes, send: Callable[[], float]
) -> tuple[Callable[[], float], Callable[[], float]]:
    def floor() -> float:
        with _answering(answer):
            return send()

    def ours() -> float:
        with peers.open_ours(path):
            return send()

    return floor, ours
