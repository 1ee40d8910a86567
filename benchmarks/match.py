"""Matching alone, which must not depend on the size of the cassette or the order of requests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

from benchmarks import generate
from benchmarks.measure import Row, cpu_seconds, medians, paired
from llmcassette import Interaction, Request
from llmcassette.matching import Index, Rules

__all__ = ["rows"]


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    many = 1_000 if quick else 10_000
    interactions = generate.whole(many, 2_000)
    for name, change in (("as recorded", bytes), ("other key order", generate.reordered)):
        times = medians(
            {
                str(size): partial(_each, interactions, size, change, shuffled=False)
                for size in (1, 100, many)
            }
            | {"shuffled": partial(_each, interactions, many, change, shuffled=True)},
            3 if quick else 5,
        )
        for size in (100, many):
            yield Row(
                "match", f"match, {name}, cassette of {size:,}",
                paired(times, str(size), "1"), "x a cassette of 1", 1.2,
            )  # fmt: skip
        yield Row(
            "match", f"match, {name}, cassette of {many:,}, shuffled",
            paired(times, "shuffled", "1"), "x a cassette of 1",
        )  # fmt: skip


def _each(interactions: list[Interaction], size: int, change: object, *, shuffled: bool) -> float:
    """Seconds for each request, in as many cassettes of ``size`` as needed."""
    assert callable(change)
    sent = [_copy(one.request, change(one.request.body)) for one in interactions]
    indexes = [
        Index(interactions[at : at + size], Rules()) for at in range(0, len(interactions), size)
    ]
    pairs = [(indexes[at // size], request) for at, request in enumerate(sent)]
    if shuffled:
        random.Random(1).shuffle(pairs)

    def match() -> None:
        for index, request in pairs:
            assert index.take(request) is not None

    return cpu_seconds(match) / len(sent)


def _copy(request: Request, body: bytes) -> Request:
    return Request(
        method="POST", url=request.url, headers=request.headers, body=bytes(bytearray(body))
    )
