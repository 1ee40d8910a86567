"""The cost of a replayed request compared with a MockTransport that returns the same chunks."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2

from benchmarks import generate, peers
from benchmarks.measure import Row, cpu_seconds, medians, paired, per_item
from llmcassette import Interaction

HEADERS = dict(generate.SENT)


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder, rounds = Path(name), 7 if quick else 21
        for size, count in ((2_000, 100), (50_000, 30)):
            yield from _whole(folder, size, count, rounds)
        for has_chunks in (False, True):
            yield from _stream(folder, rounds, has_chunks=has_chunks)


def _whole(folder: Path, size: int, count: int, rounds: int) -> Iterator[Row]:
    """Whole bodies, in the recorded order and in any other."""
    interactions = generate.whole(count, size)
    path = generate.write(interactions, folder / f"{size}.yaml")
    bodies = [one.request.body for one in interactions]
    mixed = random.Random(1).sample(bodies, count)
    for module in (httpx, httpx2):
        for is_async in (False, True):
            real, floor = _clients(module, interactions[0], is_async)
            send = _send_async if is_async else _send
            cases: dict[str, Callable[[], float]] = {
                "floor": lambda send=send, floor=floor: per_item(
                    lambda: send(floor, bodies), count
                ),
                "in order": lambda send=send, real=real: _served(
                    path, lambda: send(real, bodies), count
                ),
                "mixed": lambda send=send, real=real: _out_of_order(path, send, real, mixed),
            }
            name = f"{size // 1000} KB request, {module.__name__} {_kind(is_async)}"
            if module is httpx and not is_async:
                cases["respx"] = lambda: _respx(interactions[:1])
            times = medians(cases, rounds)
            group = f"replay {size // 1000} KB"
            unit = "x the floor"
            yield Row(group, name, paired(times, "in order", "floor"), unit, 1.2)
            yield Row(group, f"{name}, any order", paired(times, "mixed", "floor"), unit, 1.3)
            if "respx" in cases:
                yield Row(group, f"{name}: respx, one route", paired(times, "respx", "floor"), unit)
    if size > 10_000:
        yield _other_order(path, interactions, rounds)


def _kind(is_async: bool) -> str:
    return "async" if is_async else "sync"


def _out_of_order(path: Path, send: Any, client: Any, bodies: list[bytes]) -> float:
    """All but the first request, which makes the index: see the rows of ``match``."""
    with peers.open_ours(path):
        send(client, bodies[:1])
        return per_item(lambda: send(client, bodies[1:]), len(bodies) - 1)


def _other_order(path: Path, interactions: list[Interaction], rounds: int) -> Row:
    """Requests with reversed keys; the floor adds a JSON parse and a sorted dump."""
    real, floor = _clients(httpx, interactions[0], is_async=False)
    others = [generate.reordered(one.request.body) for one in interactions]

    def floor_and_json() -> None:
        _send(floor, others)
        for body in others:
            json.dumps(json.loads(body), sort_keys=True)

    times = medians(
        {
            "floor": lambda: cpu_seconds(floor_and_json),
            "ours": lambda: _served(path, lambda: _send(real, others), 1),
        },
        rounds,
    )
    return Row(
        "replay 50 KB, other key order", "50 KB request, other key order, httpx sync",
        paired(times, "ours", "floor"), "x floor + JSON parse and sort", 1.0,
    )  # fmt: skip


def _stream(folder: Path, rounds: int, *, has_chunks: bool) -> Iterator[Row]:
    """Streams read chunk by chunk; with recorded chunks, as ours have, or cut by event."""
    interactions = generate.streamed(10, 500)
    if has_chunks:
        interactions = [generate.with_chunks(one) for one in interactions]
    path = generate.write(interactions, folder / "stream.yaml")
    bodies = [one.request.body for one in interactions]
    for module in (httpx, httpx2):
        for is_async in (False, True):
            real, floor = _clients(module, interactions[0], is_async)
            read = _stream_async if is_async else _stream_sync
            times = medians(
                {
                    "floor": lambda read=read, floor=floor: cpu_seconds(
                        lambda: read(floor, bodies)
                    ),
                    "ours": lambda read=read, real=real: _served(
                        path, lambda: read(real, bodies), 1
                    ),
                },
                rounds,
            )
            yield Row(
                "stream", f"stream of 500 {'recorded chunks' if has_chunks else 'events'}, "
                f"{module.__name__} {_kind(is_async)}",
                paired(times, "ours", "floor"), "x the floor", 1.2,
            )  # fmt: skip


def _clients(module: Any, one: Interaction, is_async: bool) -> tuple[Any, Any]:
    real = module.AsyncClient() if is_async else module.Client()
    return real, peers.floor_client(module, one.response, is_async=is_async)


def _served(path: Path, action: Callable[[], object], count: int) -> float:
    with peers.open_ours(path):
        return per_item(action, count)


def _respx(interactions: list[Interaction]) -> float:
    with peers.respx_routes(interactions), httpx.Client() as client:
        return per_item(lambda: _send(client, [interactions[0].request.body] * 50), 50)


def _send(client: Any, bodies: list[bytes]) -> None:
    for body in bodies:
        client.post(generate.URL, content=body, headers=HEADERS).content  # noqa: B018


def _send_async(client: Any, bodies: list[bytes]) -> None:
    async def run() -> None:
        for body in bodies:
            (await client.post(generate.URL, content=body, headers=HEADERS)).content  # noqa: B018

    asyncio.run(run())


def _stream_sync(client: Any, bodies: list[bytes]) -> None:
    for body in bodies:
        with client.stream("POST", generate.URL, content=body, headers=HEADERS) as response:
            count = sum(1 for _ in response.iter_bytes())
        assert count == 501, count


def _stream_async(client: Any, bodies: list[bytes]) -> None:
    async def run() -> None:
        for body in bodies:
            async with client.stream(
                "POST", generate.URL, content=body, headers=HEADERS
            ) as response:
                count = 0
                async for _ in response.aiter_bytes():
                    count += 1
            assert count == 501, count

    asyncio.run(run())
