"""JSON-RPC ids in recorded answers, which have to be those of the request that was sent.

An MCP client numbers its requests in the order in which its tasks come, and waits for an answer
with the same number. Matching leaves these ids out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.model import Interaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Request, Response

__all__ = ["addressed"]

ID: Final = ("id",)
METHOD: Final = ("method",)
TOKEN: Final = ("params", "progressToken")
ASKED_TOKEN: Final = ("params", "_meta", "progressToken")
DATA: Final = re.compile(rb"(?m)^data:(.*)$")


def addressed(interaction: Interaction, sent: Request) -> Interaction:
    """The interaction, whose answer has the ids of the request that was sent.

    Args:
        interaction: what answers the request.
        sent: the request, equal to the recorded one but for its ids.
    """
    recorded = interaction.request
    if recorded.body == sent.body or b'"jsonrpc"' not in recorded.body:
        return interaction
    old, new = asked(recorded.body), asked(sent.body)
    if old == new:
        return interaction
    return Interaction(interaction.id, recorded, lambda: renumbered(interaction.response, old, new))


def renumbered(response: Response, old: dict[bytes, bytes], new: dict[bytes, bytes]) -> Response:
    from llmcassette.redaction.edits import Edit, apply_edits, recut  # not at every start

    edits = []
    for start, document in documents(response.body):
        found = places(document)
        # A request of the server has an id of its own.
        path, name = (TOKEN, b"token") if METHOD in found else (ID, b"id")
        if path not in found or name not in old or name not in new:
            continue
        at, end = found[path]
        if document[at:end] == old[name] != new[name]:
            edits.append(Edit(start + at, start + end, new[name]))
    if not edits:
        return response
    body = apply_edits(response.body, edits)
    chunks = None if response.chunks is None else recut(response.chunks, edits)
    return replace(response, body=body, chunks=chunks)


def asked(body: bytes) -> dict[bytes, bytes]:
    """The JSON texts of a request's id and progress token."""
    found = places(body)
    names = ((b"id", ID), (b"token", ASKED_TOKEN))
    return {name: body[slice(*found[path])] for name, path in names if path in found}


def places(text: bytes) -> dict[tuple[str | int, ...], tuple[int, int]]:
    """Start and end of each scalar and string of a JSON text, by its path."""
    from llmcassette.json.spans import json_values

    return {value.path: (value.start, value.end) for value in json_values(text)}


def documents(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The JSON texts of a body, which is one or has one in each event, and where they begin."""
    if body.lstrip().startswith(b"{"):
        yield 0, body
        return
    for line in DATA.finditer(body):
        yield line.start(1), line[1]
