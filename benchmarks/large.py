"""Large input: the first miss in a large cassette, long streams, and large bodies at the gate."""

from __future__ import annotations

import base64
import random
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import httpx

from benchmarks import generate, peers
from benchmarks.measure import Measured, Row, cpu_seconds, medians, paired
from llmcassette import Headers, Interaction, Request, Response, UnmatchedRequestError
from llmcassette.recorder.saving import fit_to_write
from llmcassette.redaction import Redaction
from llmcassette.review.statistics import Statistics
from llmcassette.storage import load

__all__ = ["rows"]


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        yield _miss(Path(name), 1_000 if quick else 10_000, 3 if quick else 7)
        yield _events(Path(name), 20_000 if quick else 200_000, 3)
    size = 2_000_000 if quick else 20_000_000
    yield from _gate(size, 3)


def _miss(folder: Path, many: int, rounds: int) -> Row:
    """The first request that nothing answers, with its report."""
    interactions = generate.whole(many, 2_000)
    path = generate.write(interactions, folder / "miss.yaml")
    body = interactions[many // 2].request.body.replace(b"quick", b"slow", 1)

    def miss() -> Measured:
        with peers.open_ours(path), httpx.Client() as client:
            return cpu_seconds(partial(_post, client, body))

    times = medians({"miss": miss}, rounds)
    cpu = median(map(float, times["miss"]))
    return Row("load", f"the first miss in {many:,} interactions", 1e3 * cpu, "ms", 300)


def _post(client: httpx.Client, body: bytes) -> None:
    try:
        client.post(generate.URL, content=body, headers=dict(generate.SENT))
    except UnmatchedRequestError:
        return
    raise AssertionError("something answers")


def _events(folder: Path, count: int, rounds: int) -> Row:
    """``stats`` of one file; linear if ten times the events take ten times as long."""
    paths = {
        name: generate.write(generate.streamed(1, events), folder / f"{name}.yaml")
        for name, events in (("few", count // 10), ("many", count))
    }
    times = medians(
        {name: partial(cpu_seconds, partial(_count, path)) for name, path in paths.items()}, rounds
    )
    return Row(
        "load", f"stats of a stream of {count:,} events", paired(times, "many", "few") / 10,
        "x linear", 1.2,
    )  # fmt: skip


def _count(path: Path) -> None:
    Statistics().add(load(path))


def _gate(size: int, rounds: int) -> Iterator[Row]:
    """Redaction and the search for secrets, as they come before a recording is written."""
    noise = random.Random(1).randbytes(size * 3 // 4)
    image = b'{"b64_json": "' + base64.b64encode(noise) + b'"}'
    words = b"The quick brown fox jumps over the lazy dog, and pays 12.50 for it. "
    text = b'{"text": "' + words * (size // len(words)) + b'"}'
    shown = f"{size // 1_000_000} MB"
    for what, content_type, body, goal in (
        ("an image", "image/png", noise, 0.5),
        ("an image in JSON", "application/json", image, None),
        ("text", "application/json", text, 3.0),
    ):
        headers = Headers({"Content-Type": content_type})
        one = Interaction(
            0,
            Request(method="POST", url=generate.URL, body=b"{}", headers=generate.SENT),
            Response(code=200, status="200 OK", body=body, headers=headers),
        )
        redact = partial(cpu_seconds, partial(fit_to_write, [one], Redaction()))
        cpu = median(map(float, medians({"gate": redact}, rounds)["gate"]))
        yield Row("load", f"{shown} of {what} through the gate", cpu, "s", goal)
