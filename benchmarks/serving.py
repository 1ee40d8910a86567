"""``llmcassette serve`` under load: whole answers, a thousand streams at recorded pace, memory.

What counts is processor time of the server, since clients share the machine; Linux only. The rows
about pace need an idle machine. aimock's row needs ``npm install @copilotkit/aimock`` in the folder
that the variable ``AIMOCK`` names.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from benchmarks.measure import Row
from llmcassette import Cassette, Chunk, Headers, Interaction, Request, Response, dump

__all__ = ["rows"]

PATH = "/v1/chat/completions"
URL = f"https://api.openai.com{PATH}"
CLIENTS = 20
STREAMS = 1_000
GAPS = (0.12, 0.2, 0.15, 0.1, 0.25, 0.18, 0.14, 0.16, 0.11, 0.19) * 5
STARTS = 250  # streams that begin, a second
ALLOWED_SECONDS, ALLOWED_SHARE = 0.005, 0.05
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
ANSWER = json.dumps(
    {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "word " * 300},
                "finish_reason": "stop",
            }
        ],
    }
).encode()
BARE = f"""
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def answer(request):
    await request.body()
    return Response({ANSWER!r}, media_type="application/json")

sock = socket.socket(proto=socket.IPPROTO_TCP)
sock.bind(("127.0.0.1", 0))
sock.listen(2048)
print("at http://127.0.0.1:%d" % sock.getsockname()[1], flush=True)
app = Starlette(routes=[Route("/{{path:path}}", answer, methods=["POST"])])
config = uvicorn.Config(app, log_config=None, access_log=False)
uvicorn.Server(config).run(sockets=[sock])
"""


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    if not Path("/proc/self/stat").exists():
        return
    with tempfile.TemporaryDirectory() as name:
        yield from whole_answers(Path(name), rounds=2 if quick else 6, count=100 if quick else 300)
        yield from streams(Path(name), count=100 if quick else STREAMS)


def whole_answers(folder: Path, *, rounds: int, count: int) -> Iterator[Row]:
    """Requests in recorded order, each client in a run of its own; beside bare starlette."""
    path = folder / "plain.yaml"
    requests = [body(number) for number in range(count)]
    dump(Cassette(interactions=tuple(map(plain, range(count), requests))), path)
    seconds: dict[str, list[float]] = {"ours": [], "bare": [], "aimock": []}
    sizes = []
    with serving(path) as ours, started([sys.executable, "-c", BARE]) as bare, aimock() as peer:
        for round_ in range(rounds + 1):
            for name, server in (("ours", ours), ("bare", bare), ("aimock", peer)):
                if server is None:
                    continue
                process, url = server
                before = cpu(process.pid)
                asyncio.run(load(url, requests, f"{round_}-" if name == "ours" else ""))
                if round_:  # the first one imports and compiles
                    spent = cpu(process.pid) - before
                    seconds[name].append(spent / (CLIENTS * count))
            sizes.append(resident(ours[0].pid))
    rate = 1 / median(seconds["ours"])
    yield Row(
        "serving", "replays over HTTP, a second of one core", rate, "/s", 2_000, at_most=False
    )
    for name, peer_name in (("bare", "a bare starlette app"), ("aimock", "aimock")):
        if seconds[name]:
            ratio = median(seconds["ours"]) / median(seconds[name])
            yield Row("serving", f"a replay over HTTP, beside {peer_name}", ratio, f"x {peer_name}")
    grown = (sizes[-1] - sizes[1]) / ((rounds - 1) * CLIENTS) / 1000
    yield Row("serving", f"memory of a finished run of {count} requests", grown, "kB")


def streams(folder: Path, *, count: int) -> Iterator[Row]:
    """Streams at recorded pace, all at once; the differences of their gaps from the recorded."""
    piece = b'data: {"choices": [{"delta": {"content": "word "}}]}\n\n'
    response = Response(
        code=200,
        status="200 OK",
        headers=Headers({"Content-Type": "text/event-stream"}),
        body=piece * len(GAPS),
        chunks=tuple(Chunk(len(piece), gap) for gap in GAPS),
    )
    request = Request(method="POST", url=URL, body=body(0))
    path = folder / "streamed.yaml"
    dump(Cassette(interactions=(Interaction(0, request, response),)), path)
    with serving(path, "--pace", "recorded", "--allow-repeats") as (process, url):
        asyncio.run(all_streams(url, 10))
        before = cpu(process.pid)
        arrivals = asyncio.run(all_streams(url, count))
        spent = cpu(process.pid) - before
    assert {len(times) for times in arrivals} == {len(GAPS)}, "something was lost"
    shares = [
        abs(now - earlier - gap) / max(ALLOWED_SECONDS, ALLOWED_SHARE * gap)
        for times in arrivals
        for (earlier, now), gap in zip(pairwise(times), GAPS[1:], strict=True)
    ]
    what = f"{count:,} streams at recorded pace: distance of a gap, of the 5 ms or 5% allowed"
    yield Row("serving", f"{what}, median", median(shares), "x the allowed", 1.0)
    yield Row("serving", f"{what}, 99 of 100", quantiles(shares, n=100)[98], "x the allowed", 1.0)
    load_of_core = spent / sum(GAPS)
    yield Row("serving", f"{count:,} streams at recorded pace: load", load_of_core, "cores")


def body(number: int) -> bytes:
    messages = [{"role": "user", "content": f"Question {number}"}]
    return json.dumps({"model": "gpt-4o-mini", "messages": messages}).encode()


def plain(number: int, asked: bytes) -> Interaction:
    headers = Headers({"Content-Type": "application/json"})
    request = Request(method="POST", url=URL, headers=headers, body=asked)
    return Interaction(
        number, request, Response(code=200, status="200 OK", headers=headers, body=ANSWER)
    )


@contextlib.contextmanager
def serving(path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "llmcassette", "serve", str(path), *options]
    with started(command) as server:
        yield server


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server that prints its URL first."""
    environment = {**os.environ, "COLUMNS": "400"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found, command
            yield process, found[0]
        finally:
            process.terminate()


@contextlib.contextmanager
def aimock() -> Iterator[tuple[subprocess.Popen[str], str] | None]:
    """aimock with one fixture that answers every request; ``None`` where it isn't installed."""
    folder = os.environ.get("AIMOCK")
    if not folder:
        yield None
        return
    content = json.loads(ANSWER)["choices"][0]["message"]["content"]
    script = (
        'const { LLMock } = await import("@copilotkit/aimock");'
        "const mock = new LLMock({ port: 0, logLevel: 'silent' });"
        f"mock.onMessage(/./, {{ content: {json.dumps(content)} }});"
        "await mock.start(); console.log(mock.url);"
    )
    command = ["node", "--input-type=module", "-e", script]
    with contextlib.chdir(folder), started(command) as server:
        yield server


async def load(url: str, requests: list[bytes], run: str) -> None:
    """Send the requests over each of ``CLIENTS`` connections."""
    await asyncio.gather(
        *(client(f"{url}/run/{run}{number}" if run else url, requests) for number in range(CLIENTS))
    )


async def client(url: str, requests: list[bytes]) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for asked in requests:
        writer.write(head(parts.path, parts.netloc, len(asked)) + asked)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert b" 200 " in answer[:20], answer
        if b"content-length:" in answer:
            await reader.readexactly(int(answer.split(b"content-length:")[1].split()[0]))
        else:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
    writer.close()


def head(path: str, host: str, length: int) -> bytes:
    return (
        f"POST {path}{PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


class Arrivals(asyncio.Protocol):
    """Notes when each chunk comes; does nothing else, to be in time."""

    def __init__(self, over: asyncio.Future[None]) -> None:
        self.times: list[float] = []
        self._over = over

    def data_received(self, data: bytes) -> None:
        self.times += [time.perf_counter()] * data.count(b"data: ")
        if data.endswith(b"0\r\n\r\n"):
            self._over.set_result(None)


async def all_streams(url: str, count: int) -> list[list[float]]:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    protocols, over = [], []
    for number in range(count):
        over.append(loop.create_future())
        transport, protocol = await loop.create_connection(
            lambda: Arrivals(over[-1]), parts.hostname, parts.port
        )
        protocols.append((transport, protocol))
        if number % 50 == 0:
            await asyncio.sleep(0.01)
    asked = body(0)
    for number, (transport, _) in enumerate(protocols):
        transport.write(head("", parts.netloc, len(asked)) + asked)
        if number % 10 == 0:
            await asyncio.sleep(10 / STARTS)
    await asyncio.gather(*over)
    for transport, _ in protocols:
        transport.close()
    return [protocol.times for _, protocol in protocols]


def cpu(pid: int) -> float:
    """Seconds of processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> int:
    """Bytes of a process in memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024
