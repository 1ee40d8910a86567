"""Writes recordings in the peers' formats, and opens each tool in the same way.

Every tool matches method, URL and body, and only replays.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import httpx
import yaml

import llmcassette
from llmcassette.streams import chunks

__all__ = [
    "OPENERS",
    "floor_client",
    "open_cassetter",
    "open_ours",
    "open_vcrpy",
    "write_cassetter",
    "write_vcrpy",
]


def write_cassetter(interactions: Iterable[llmcassette.Interaction], path: Path) -> Path:
    """Write cassetter's YAML with its own recorder."""
    from cassetter import Cassette, RecordMode

    path.unlink(missing_ok=True)
    cassette = Cassette(path, record_mode=RecordMode.ALL)
    cassette.load()
    for interaction in interactions:
        request, response = interaction.request, interaction.response
        cassette.record(
            request.method,
            request.url,
            {name: list(values) for name, values in request.headers.fields},
            request.body,
            response.code,
            {name: list(values) for name, values in response.headers.fields},
            response.body,
        )
    cassette.save()
    return path


def write_vcrpy(interactions: Iterable[llmcassette.Interaction], path: Path) -> Path:
    """Write vcrpy's YAML with the layout of its serializer."""
    items = [
        {
            "request": {
                "method": interaction.request.method,
                "uri": interaction.request.url,
                "body": interaction.request.body.decode(),
                "headers": {k: list(v) for k, v in interaction.request.headers.fields},
            },
            "response": {
                "status": {"code": interaction.response.code, "message": "OK"},
                "headers": {k: list(v) for k, v in interaction.response.headers.fields},
                "body": {"string": interaction.response.body.decode()},
            },
        }
        for interaction in interactions
    ]
    path.write_text(yaml.dump({"interactions": items, "version": 1}, Dumper=yaml.CSafeDumper))
    return path


def open_ours(path: Path) -> Any:
    """A context in which llmcassette serves every client."""
    return llmcassette.use_cassette(path, mode="none")


def open_cassetter(path: Path) -> Any:
    """A context in which cassetter serves every client."""
    import cassetter

    return cassetter.use_cassette(path, record_mode="none", match_on=["method", "uri", "body"])


def open_vcrpy(path: Path) -> Any:
    """A context in which vcrpy serves every client."""
    import vcr

    return vcr.use_cassette(
        str(path),
        record_mode="none",
        match_on=["method", "scheme", "host", "port", "path", "query", "body"],
    )


OPENERS: dict[str, Callable[[Path], Any]] = {
    "llmcassette": open_ours,
    "cassetter": open_cassetter,
    "vcrpy": open_vcrpy,
}


def floor_client(module: Any, response: llmcassette.Response, *, is_async: bool = False) -> Any:
    """A client with a MockTransport that returns a copy of the same answer in the same chunks."""
    headers = dict(response.headers)
    body = response.body
    ends = list(accumulate(map(len, chunks(response))))
    cuts = [slice(start, end) for start, end in pairwise([0, *ends])]
    if len(ends) == 1:
        content: Callable[[], Any] = lambda: bytes(memoryview(body))  # noqa: E731
    elif is_async:
        content = lambda: _async(body, cuts)  # noqa: E731
    else:
        content = lambda: (body[cut] for cut in cuts)  # noqa: E731

    def handle(_: Any) -> Any:
        return module.Response(response.code, headers=headers, content=content())

    client = module.AsyncClient if is_async else module.Client
    return client(transport=module.MockTransport(handle))


async def _async(body: bytes, cuts: list[slice]) -> Any:
    for cut in cuts:
        yield body[cut]


@contextlib.contextmanager
def respx_routes(interactions: Iterable[llmcassette.Interaction]) -> Iterator[None]:
    """A context in which respx serves every client, with one route for each interaction."""
    import respx

    with respx.mock(assert_all_called=False) as router:
        for interaction in interactions:
            router.post(interaction.request.url, content=interaction.request.body).mock(
                return_value=httpx.Response(
                    interaction.response.code,
                    headers=dict(interaction.response.headers),
                    content=interaction.response.body,
                )
            )
        yield
