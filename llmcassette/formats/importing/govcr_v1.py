"""go-vcr version 1: the fields of version 2 without ids, protocol, lengths and hosts.

Source: ``cassette/cassette.go`` of go-vcr v1 and v2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.formats.durations import parse_duration
from llmcassette.formats.fields import Fields, Reading
from llmcassette.formats.importing.values import coded_as, content_length, host_of
from llmcassette.model import Interaction, Request, Response

if TYPE_CHECKING:
    from llmcassette.formats.document import Document, Node

__all__ = ["read_interactions"]


def read_interactions(document: Document, nodes: list[Node]) -> tuple[Interaction, ...]:
    """Read the interactions of a go-vcr version 1 file.

    Raises:
        CassetteError: names interaction, field and line.
    """
    reading = Reading(document)
    return tuple(
        _interaction(Fields(reading, node, "", position), position)
        for position, node in enumerate(nodes)
    )


def _interaction(fields: Fields, position: int) -> Interaction:
    asked, answered = fields.mapping("request"), fields.mapping("response")
    url = asked.required_text("url")
    body = asked.body("body")
    request = Request(
        method=asked.required_text("method"),
        url=url,
        headers=asked.multi_map("headers"),
        body=body,
        content_length=len(body),
        host=host_of(url),
        form=asked.multi_map("form"),
    )
    headers = answered.multi_map("headers")
    response = Response(
        code=answered.integer("code", None),
        status=answered.text("status"),
        headers=headers,
        body=answered.body("body"),
        duration=answered.parsed("duration", _duration, 0.0),
        content_length=content_length(headers),
        transfer_encoding=coded_as(headers),
    )
    return Interaction(position, request, response)


def _duration(text: str) -> float:
    return parse_duration(text) if text else 0.0
