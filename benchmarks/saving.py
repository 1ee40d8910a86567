"""Writing a cassette, and adding to an open one. Wall time, because a save waits for the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import llmcassette
from benchmarks import generate, peers
from benchmarks.measure import Row, cpu_seconds, medians, paired
from llmcassette.storage.atomic_writing import write_bytes
from llmcassette.storage.locked_saving import save
from llmcassette.storage.reading import load

__all__ = ["rows"]


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    interactions = generate.streamed(1_000, 27, 2_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = generate.write(interactions, folder / "ours.yaml")
        text = path.read_bytes()
        one = generate.write(interactions[:1], folder / "one.yaml")
        new = interactions[1]

        def add_to(target: Path, before: bytes) -> float:
            target.write_bytes(before)
            opened = load(target, lazy=True)
            return _wall(
                lambda: save(
                    target,
                    lambda old: replace(old, interactions=(*old.interactions, new)),
                    known=opened,
                )
            )

        def rewrite() -> float:
            cassette = llmcassette.load(path)
            fresh = llmcassette.Cassette(interactions=cassette.interactions)
            return _wall(lambda: llmcassette.dump(fresh, folder / "again.yaml"))

        def copy() -> float:
            """As an atomic save does it: file and folder are synced."""
            return _wall(lambda: write_bytes(folder / "copy.yaml", path.read_bytes()))

        first = one.read_bytes()
        times = medians(
            {
                "all": rewrite,
                "cassetter": lambda: _wall(
                    lambda: peers.write_cassetter(interactions, folder / "cassetter.yaml")
                ),
                "to 1,000": lambda: add_to(path, text),
                "to 1": lambda: add_to(one, first),
                "copy": copy,
            },
            3 if quick else 9,
        )
    yield Row(
        "save", "save 1,000", paired(times, "cassetter", "all"), "x faster than cassetter", 1,
        at_most=False,
    )  # fmt: skip
    yield Row("add", "add one to 1,000", paired(times, "to 1,000", "copy"), "x a synced copy", 1.5)
    yield Row("add", "add one to 1,000, beside one to one", paired(times, "to 1,000", "to 1"), "x")
    yield Row("add", "add one to 1,000, beside saving all", paired(times, "to 1,000", "all"), "x")


def _wall(action: Callable[[], object]) -> float:
    return cpu_seconds(action).wall
