"""Matching alone, which must not depend on the size of the cassette or the order of requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from statistics import median

import orjson

from benchmarks import generate
from benchmarks.measure import Measured, Row, medians, paired, per_item
from llmcassette import Interaction, Request
from llmcassette.matching import Index, Rules
from llmcassette.recorder.settings import Settings

__all__ = ["rows"]


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    many = 1_000 if quick else 10_000
    interactions = generate.whole(many, 2_000)
    for name, change in (("as recorded", bytes), ("other key order", generate.reordered)):
        times = medians(
            {str(size): partial(_each, interactions, size, change) for size in (1, 100, many)},
            3 if quick else 5,
        )
        for size in (100, many):
            yield Row(
                "match", f"match, {name}, cassette of {size:,}",
                paired(times, str(size), "1"), "x a cassette of 1", 1.2,
            )  # fmt: skip
    yield from _any_order(interactions, 5 if quick else 9)


def _any_order(interactions: list[Interaction], rounds: int) -> Iterator[Row]:
    """What the first request out of order costs, which makes the index, and what the next cost."""
    many, some = len(interactions), len(interactions) // 10
    mixed = random.Random(1).sample(range(1, some - 1), some - 2)

    def first() -> Measured:
        index = Index(interactions, Settings().rules())
        request = _copy(interactions[-1].request, interactions[-1].request.body)
        return per_item(lambda: index.take(request), many)

    def later(count: int, spelled: Callable[[bytes], bytes]) -> Measured:
        index = Index(interactions[:count], Settings().rules())
        sent = [_copy(one.request, spelled(one.request.body)) for one in interactions[:count]]
        index.take(sent[-1])
        order = mixed if count == some else [at * (count // some) for at in mixed]

        def match() -> None:
            for at in order:
                assert index.take(sent[at]) is not None

        return per_item(match, len(order))

    def parse() -> Measured:
        """What the index can't do without: parse, write in order, hash."""
        bodies = [one.request.body for one in interactions]

        def all_of_them() -> None:
            for body in bodies:
                value = orjson.loads(body)
                sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()

        return per_item(all_of_them, many)

    times = medians(
        {
            "index": first,
            "parse": parse,
            "many": lambda: later(many, bytes),
            "some": lambda: later(some, bytes),
            "many, other": lambda: later(many, generate.reordered),
            "some, other": lambda: later(some, generate.reordered),
        },
        rounds,
    )
    yield Row(
        "any order", f"index of {many:,}, at the first request out of order",
        1e6 * median(times["index"]), "µs an interaction", 10,
    )  # fmt: skip
    yield Row(
        "any order", "the same, beside JSON parse, sort and hash of each body",
        paired(times, "index", "parse"), "x",
    )  # fmt: skip
    for name in ("", ", other"):
        keys = ", other key order" if name else ""
        yield Row(
            "any order", f"match in any order{keys}, cassette of {many:,}",
            paired(times, f"many{name}", f"some{name}"), f"x a cassette of {some:,}", 1.1,
        )  # fmt: skip


def _each(interactions: list[Interaction], size: int, change: Callable[[bytes], bytes]) -> Measured:
    """Seconds for each request, in as many cassettes of ``size`` as needed, in recorded order."""
    sent = [_copy(one.request, change(one.request.body)) for one in interactions]
    indexes = [
        Index(interactions[at : at + size], Rules()) for at in range(0, len(interactions), size)
    ]

    def match() -> None:
        for at, request in enumerate(sent):
            assert indexes[at // size].take(request) is not None

    return per_item(match, len(sent))


def _copy(request: Request, body: bytes) -> Request:
    return Request(
        method="POST", url=request.url, headers=request.headers, body=bytes(bytearray(body))
    )
