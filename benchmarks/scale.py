"""One request in a small and in a large cassette, compared with the peers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx

from benchmarks import generate, peers
from benchmarks.measure import Row, cpu_seconds, medians, paired
from llmcassette import Interaction

__all__ = ["rows"]

HEADERS = dict(generate.SENT)
VCRPY_SAMPLE = 20


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _size(folder, 1_000 if quick else 10_000, 3 if quick else 7)
        for count in (1_000,) if quick else (1_000, 3_000):
            yield from _peers(folder, count, 2 if quick else 3)


def _size(folder: Path, many: int, rounds: int) -> Iterator[Row]:
    interactions = generate.whole(many, 2_000)
    large = generate.write(interactions, folder / "large.yaml")
    small = [
        generate.write([one], folder / f"{at}.yaml") for at, one in enumerate(interactions[:200])
    ]
    client = httpx.Client()

    def alone() -> float:
        total = 0.0
        for path, one in zip(small, interactions, strict=False):
            with peers.open_ours(path):
                total += cpu_seconds(partial(_send, client, [one]))
        return total / len(small)

    def among() -> float:
        with peers.open_ours(large):
            return cpu_seconds(partial(_send, client, interactions)) / many

    times = medians({"1": alone, "many": among}, rounds)
    yield Row(
        "scale", f"one request of a cassette of {many:,}", paired(times, "many", "1"),
        "x a cassette of 1", 1.1,
    )  # fmt: skip


def _peers(folder: Path, count: int, rounds: int) -> Iterator[Row]:
    """Every request once, in order; only twenty with vcrpy, which takes minutes for all."""
    interactions = generate.streamed(count, 40)
    files = {
        "llmcassette": generate.write(interactions, folder / f"ours{count}.yaml"),
        "cassetter": peers.write_cassetter(interactions, folder / f"cassetter{count}.yaml"),
    }
    if count <= 1_000:
        files["vcrpy"] = peers.write_vcrpy(interactions, folder / "vcrpy.yaml")

    floor = peers.floor_client(httpx, interactions[0].response)

    def replay(tool: str) -> float:
        if tool == "floor":
            return cpu_seconds(partial(_send, floor, interactions)) / len(interactions)
        sent = interactions[:: count // VCRPY_SAMPLE] if tool == "vcrpy" else interactions
        with peers.OPENERS[tool](files[tool]), httpx.Client() as client:
            _send(client, sent[:1])
            return cpu_seconds(partial(_send, client, sent[1:])) / (len(sent) - 1)

    times = medians({tool: partial(replay, tool) for tool in (*files, "floor")}, rounds)
    goals = {("cassetter", 1_000): 5.0, ("cassetter", 3_000): 20.0, ("vcrpy", 1_000): 500.0}
    for tool in files:
        if tool != "llmcassette":
            yield Row(
                "peers", f"one request of {count:,}, bodies matched: {tool}",
                paired(times, tool, "llmcassette"), "x llmcassette",
                goals.get((tool, count)), at_most=False,
            )  # fmt: skip
    yield Row(
        "peers", f"one request of {count:,}, bodies matched: cassetter, beside no recorder",
        paired(times, "cassetter", "floor"), "x the floor",
    )  # fmt: skip


def _send(client: httpx.Client, interactions: list[Interaction]) -> None:
    for one in interactions:
        client.post(generate.URL, content=one.request.body, headers=HEADERS).read()
