"""Loading: the time to the first replay, and to replay all, compared with cassetter."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx

import llmcassette
from benchmarks import generate, peers
from benchmarks.measure import Row, cpu_seconds, medians, paired
from llmcassette import Interaction

__all__ = ["rows"]


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        interactions = generate.streamed(1_000, 27, 2_000)
        rounds = 3 if quick else 9
        files = {
            "llmcassette": generate.write(interactions, folder / "ours.yaml"),
            "cassetter": peers.write_cassetter(interactions, folder / "cassetter.yaml"),
        }
        yield from _row(
            files, interactions[:1], rounds, "load", "load 1,000 (6.6 MB) until the first replay", 1
        )
        yield from _row(
            files, interactions, rounds, "load all", "load and replay all 1,000, in order", 3
        )
        mixed = random.Random(1).sample(interactions, len(interactions))
        yield from _row(files, mixed, rounds, "load all", "load and replay all 1,000, shuffled", 3)
        two = list(llmcassette.load(generate.typical()).interactions)
        files = {
            "llmcassette": generate.typical(),
            "cassetter": peers.write_cassetter(two, folder / "two.yaml"),
        }
        yield from _row(
            files, two, 20 * rounds, "load typical", "load and replay a typical cassette", 1
        )


def _row(
    files: dict[str, Path], sent: list[Interaction], rounds: int, group: str, what: str, goal: float
) -> Iterator[Row]:
    client = httpx.Client()
    floor = peers.floor_client(httpx, sent[0].response)

    def run(tool: str) -> None:
        if tool == "floor":
            send(floor)
            return
        with peers.OPENERS[tool](files[tool]):
            send(client)

    def send(by: httpx.Client) -> None:
        for one in sent:
            request = one.request
            headers = dict(request.headers)
            by.post(request.url, content=request.body, headers=headers).read()

    tools = (*files, "floor") if len(sent) > 100 else (*files,)
    times = medians({tool: partial(cpu_seconds, partial(run, tool)) for tool in tools}, rounds)
    yield Row(
        group, what, paired(times, "cassetter", "llmcassette"), "x faster than cassetter", goal,
        at_most=False,
    )  # fmt: skip
    if "floor" in times:
        yield Row(
            group, f"{what}: the floor, which loads nothing", paired(times, "cassetter", "floor"),
            "x faster than cassetter",
        )  # fmt: skip
