"""cassetter's ``version: 1``: bodies by type, JSON ones as YAML, binary ones in hexadecimal.

Source: files written by cassetter 0.16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.formats.importing.values import (
    Values,
    coded_as,
    content_length,
    host_of,
    join_status,
)
from llmcassette.formats.importing.yaml_as_json import json_text
from llmcassette.model import Interaction, Request, Response

if TYPE_CHECKING:
    from llmcassette.formats.document import Document, Node

__all__ = ["read_interactions"]


def read_interactions(document: Document, nodes: list[Node]) -> tuple[Interaction, ...]:
    """Read the HTTP interactions of a cassetter file.

    Raises:
        CassetteError: names interaction, field and line.
    """
    return tuple(
        _interaction(Values(document, position), node, position)
        for position, node in enumerate(nodes)
    )


def _interaction(values: Values, node: Node, position: int) -> Interaction:
    fields = values.mapping(node, "interaction")
    asked = values.required(fields, "request", "interaction", node)
    answered = values.required(fields, "response", "interaction", node)
    request = values.mapping(asked, "request")
    url = values.text(values.required(request, "uri", "request", asked), "request.uri")
    sent = _body(values, request.get("body"), "request.body")
    response = values.mapping(answered, "response")
    code = values.integer(
        values.required(response, "status", "response", answered), "response.status"
    )
    headers = values.headers(response.get("headers"), "response.headers")
    return Interaction(
        position,
        Request(
            method=values.text(
                values.required(request, "method", "request", asked), "request.method"
            ),
            url=url,
            headers=values.headers(request.get("headers"), "request.headers"),
            body=sent,
            content_length=len(sent),
            host=host_of(url),
        ),
        Response(
            code=code,
            status=join_status(code, ""),
            headers=headers,
            body=_body(values, response.get("body"), "response.body"),
            content_length=content_length(headers),
            transfer_encoding=coded_as(headers),
        ),
    )


def _body(values: Values, node: Node | None, field: str) -> bytes:
    fields = values.mapping(node, field)
    kind = values.plain(fields["type"], f"{field}.type") if "type" in fields else "none"
    content = fields.get("content")
    if kind == "none" or content is None:
        return b""
    field = f"{field}.content"
    if kind == "json":
        return json_text(content, values, field, schema="YAML 1.2", compact=True)
    if kind == "binary":
        try:
            return bytes.fromhex(values.plain(content, field))
        except ValueError:
            raise values.error(
                "is not hexadecimal, as the type binary requires", content, field
            ) from None
    if kind == "text":
        return values.data(content, field)
    raise values.error(f"the body type {kind!r} is not known", content, field)
