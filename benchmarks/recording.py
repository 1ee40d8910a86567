"""Recording over loopback compared with a plain client: the first chunk, and a long body."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import httpx

import llmcassette
from benchmarks.measure import Row, medians, paired

__all__ = ["rows"]

MEGABYTES = 16
SERVER = r"""
import socket, threading
threading.excepthook = lambda args: None  # the client has closed
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b"data: " + b"x" * 992 + b"\n\n"
CHUNK = b"%x\r\n" % len(EVENT) + EVENT + b"\r\n"
def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while head := connection.recv(65536):
        while not head.endswith(b"{}"):  # the body may arrive separately
            head += connection.recv(65536)
        connection.sendall(HEAD + CHUNK)
        for _ in range(%d * 16 if b"/long" in head else 0):
            connection.sendall(CHUNK * 62)
        connection.sendall(b"0\r\n\r\n")
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
""".replace("%d *", f"{MEGABYTES} *")


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield from _rows(f"http://127.0.0.1:{int(server.stdout.readline())}", quick=quick)
    finally:
        server.kill()
        server.wait()


def _rows(url: str, *, quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, httpx.Client() as client:

        def recorded(action: Callable[[], float]) -> float:
            recorder = llmcassette.use_cassette(Path(folder, "new.yaml"), mode="rewrite")
            with recorder as opened:
                took = action()
                opened._cassette.close(save=False)
            return took

        def first() -> float:
            took = []
            for _ in range(50):
                start = time.perf_counter()
                with client.stream("POST", f"{url}/short", content=b"{}") as response:
                    next(pieces := response.iter_bytes())
                    took.append(time.perf_counter() - start)
                    list(pieces)
            return median(took)

        def through() -> float:
            start = time.perf_counter()
            with client.stream("POST", f"{url}/long", content=b"{}") as response:
                size = sum(map(len, response.iter_bytes()))
            assert size > MEGABYTES * 900_000
            return time.perf_counter() - start

        times = medians(
            {
                "first, plain": first,
                "first, recorded": lambda: recorded(first),
                "all, plain": through,
                "all, recorded": lambda: recorded(through),
            },
            3 if quick else 11,
        )
    later = [a - b for a, b in zip(times["first, recorded"], times["first, plain"], strict=True)]
    yield Row("record", "recording: the first chunk", 1e3 * median(later), "ms later", 1)
    yield Row(
        "record", "recording: throughput", 100 * paired(times, "all, plain", "all, recorded"),
        "% of the plain client's", 95, at_most=False,
    )  # fmt: skip
