"""Recorded pace compared with the recording: each gap may differ by 5 ms or 5%.

Needs an idle machine. The rows are the worst and the median difference, as shares of the allowed
one; ``python -m benchmarks.pace`` prints them, too.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx

from llmcassette import Cassette, Chunk, Interaction, Request, Response, dump, use_cassette

if TYPE_CHECKING:
    from benchmarks.measure import Row

__all__ = ["rows"]

URL = "https://api.example.com/v1/chat"
DURATION = 0.1
GAPS = (0.03, 0.004, 0.12, 0.0, 0.05, 0.02, 0.2, 0.015, 0.08, 0.04)
ALLOWED_SECONDS, ALLOWED_SHARE = 0.005, 0.05


def rows(*, quick: bool = False) -> list[Row]:
    """Measure and return the rows of this file."""
    from benchmarks.measure import Row

    rounds = 2 if quick else 6
    found = []
    for name, shares in distances(rounds).items():
        what = f"recorded pace, {name}: distance of a gap, of the 5 ms or 5% allowed"
        found.append(Row("pace", f"{what}, median", median(shares), "x the allowed", 1.0))
        found.append(Row("pace", f"{what}, worst", max(shares), "x the allowed", 1.0))
    return found


def distances(rounds: int) -> dict[str, list[float]]:
    """For each kind of client, the difference of each wait, as a share of the allowed one."""
    piece = b"x" * 8
    response = Response(
        code=200,
        status="200 OK",
        body=piece * len(GAPS),
        duration=DURATION,
        chunks=tuple(Chunk(len(piece), gap) for gap in GAPS),
    )
    interaction = Interaction(0, Request(method="GET", url=URL), response)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paced.yaml"
        dump(Cassette(interactions=(interaction,)), path)
        asyncio.run(in_async(path))  # imports
        gc.collect()  # a collection of everything imported takes longer than 5 ms
        gc.freeze()
        return {
            "httpx.Client": [each for _ in range(rounds) for each in shares(in_sync(path))],
            "httpx.AsyncClient": [
                each for _ in range(rounds) for each in shares(asyncio.run(in_async(path)))
            ],
        }


def in_sync(path: Path) -> list[float]:
    """The times when the request is sent, and when headers and each chunk arrive."""
    with httpx.Client(verify=False) as client, use_cassette(path, pace="recorded"):
        times = [time.perf_counter()]
        with client.stream("GET", URL) as response:
            times.append(time.perf_counter())
            for _ in response.iter_raw():
                times.append(time.perf_counter())  # noqa: PERF401 - each at its moment
    return times


async def in_async(path: Path) -> list[float]:
    """As ``in_sync``, in an event loop."""
    async with httpx.AsyncClient(verify=False) as client:
        with use_cassette(path, pace="recorded"):
            times = [time.perf_counter()]
            async with client.stream("GET", URL) as response:
                times.append(time.perf_counter())
                async for _ in response.aiter_raw():
                    times.append(time.perf_counter())  # noqa: PERF401
    return times


def shares(times: list[float]) -> list[float]:
    """Differences from the recorded waits, as shares of the allowed ones."""
    waited = [later - earlier for earlier, later in pairwise(times)]
    return [
        abs(wait - recorded) / max(ALLOWED_SECONDS, recorded * ALLOWED_SHARE)
        for wait, recorded in zip(waited, (DURATION, *GAPS), strict=True)
    ]


if __name__ == "__main__":
    for name, found in distances(3).items():
        print(
            f"{name}: median {median(found):.2f}, worst {max(found):.2f} of the allowed difference"
        )
