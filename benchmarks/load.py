"""From nothing to the first replay, and through a whole cassette, beside cassetter."""

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
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = generate.streamed(1_000, 27, 2_000)
        rounds = 3 if quick else 9
        files = {
            "llmcassette": generate.write(held, folder / "ours.yaml"),
            "cassetter": peers.write_cassetter(held, folder / "cassetter.yaml"),
        }
        yield _row(files, held[:1], rounds, "load", "load 1,000 (6.6 MB) until the first replay", 1)
        yield _row(files, held, rounds, "load all", "load and replay all 1,000, in order", 3)
        mixed = random.Random(1).sample(held, len(held))
        yield _row(files, mixed, rounds, "load all", "load and replay all 1,000, shuffled", 3)
        two = list(llmcassette.load(generate.typical()).interactions)
        files = {
            "llmcassette": generate.typical(),
            "cassetter": peers.write_cassetter(two, folder / "two.yaml"),
        }
        yield _row(files, two, 20 * rounds, "load typical", "load and replay a typical cassette", 1)


def _row(
    files: dict[str, Path], sent: list[Interaction], rounds: int, group: str, what: str, goal: float
) -> Row:
    client = httpx.Client()

    def run(tool: str) -> None:
        with peers.OPENERS[tool](files[tool]):
            for one in sent:
                request = one.request
                headers = dict(request.headers)
                client.post(request.url, content=request.body, headers=headers).read()

    times = medians({tool: partial(cpu_seconds, partial(run, tool)) for tool in files}, rounds)
    return Row(
        group, what, paired(times, "cassetter", "llmcassette"), "x faster than cassetter", goal,
        at_most=False,
    )  # fmt: skip
