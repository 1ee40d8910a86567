"""vcrpy's ``version: 1``, in the shapes of all its releases and serializers.

Source: ``vcr/serialize.py``, ``vcr/serializers/`` and the stubs of vcrpy 1 to 9; ``parsed_body``
is the JSON serializer that pydantic-ai's tests and others give to vcrpy.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from yaml.events import ScalarEvent

from llmcassette.formats.importing.values import (
    Values,
    coded_as,
    content_length,
    host_of,
    join_status,
)
from llmcassette.formats.importing.yaml_as_json import json_text
from llmcassette.formats.nodes import is_null
from llmcassette.model import Headers, Interaction, Request, Response

if TYPE_CHECKING:
    from llmcassette.formats.document import Document, Node

__all__ = ["read_interactions"]

_FORM: Final = "application/x-www-form-urlencoded"
_VERSION: Final = re.compile(r"HTTP/([0-9])(?:\.([0-9]))?")


def read_interactions(document: Document, nodes: list[Node]) -> tuple[Interaction, ...]:
    """Read the interactions of a vcrpy file.

    Raises:
        CassetteError: names interaction, field and line.
    """
    return tuple(
        _interaction(Values(document, position), node, position)
        for position, node in enumerate(nodes)
    )


def _interaction(values: Values, node: Node, position: int) -> Interaction:
    fields = values.mapping(node, "interaction")
    request = _request(values, values.required(fields, "request", "interaction", node))
    response = _response(values, values.required(fields, "response", "interaction", node))
    return Interaction(position, request, response)


def _request(values: Values, node: Node) -> Request:
    fields = values.mapping(node, "request")
    url = values.text(values.required(fields, "uri", "request", node), "request.uri")
    headers = values.headers(fields.get("headers"), "request.headers")
    body = _unwrapped(_body(values, fields, headers, "request"), headers)
    return Request(
        method=values.text(values.required(fields, "method", "request", node), "request.method"),
        url=url,
        headers=headers,
        body=body,
        content_length=len(body),
        host=host_of(url),
    )


def _response(values: Values, node: Node) -> Response:
    fields = values.mapping(node, "response")
    headers = values.headers(fields.get("headers"), "response.headers")
    if "status_code" in fields:  # vcrpy 4 and 5 under httpx
        code = values.integer(fields["status_code"], "response.status_code")
        reason = ""
    else:
        at = values.required(fields, "status", "response", node)
        status = values.mapping(at, "response.status")
        code = values.integer(
            values.required(status, "code", "response.status", at), "response.status.code"
        )
        message = status.get("message")
        reason = "" if message is None else values.text(message, "response.status.message")
    version = fields.get("http_version")
    spoken = _VERSION.fullmatch(
        "" if version is None else values.text(version, "response.http_version")
    )
    major, minor = (int(spoken[1]), int(spoken[2] or 0)) if spoken else (1, 1)
    return Response(
        code=code,
        status=join_status(code, reason),
        headers=headers,
        body=_body(values, fields, headers, "response"),
        proto=f"HTTP/{major}.{minor}",
        proto_major=major,
        proto_minor=minor,
        content_length=content_length(headers),
        transfer_encoding=coded_as(headers),
    )


def _body(values: Values, fields: dict[str, Node], headers: Headers, side: str) -> bytes:
    if "parsed_body" in fields:
        return json_text(fields["parsed_body"], values, f"{side}.parsed_body", schema="YAML 1.1")
    for name in ("body", "content"):
        if name in fields:
            return _content(values, fields[name], headers, f"{side}.{name}")
    return b""


def _content(values: Values, node: Node, headers: Headers, field: str) -> bytes:
    content = values.buffer(node)
    if content is not None:
        node = content
    if is_null(node):
        return b""
    if isinstance(node, ScalarEvent):
        return values.data(node, field)
    pieces = values.items(node)
    if pieces is not None:
        if all(isinstance(piece, ScalarEvent) for piece in pieces):  # an iterator's pieces
            return b"".join(values.data(piece, field) for piece in pieces)
        return json_text(node, values, field, schema="YAML 1.1")
    entries = values.mapping(node, field)
    if entries.keys() == {"string"}:
        return _content(values, entries["string"], headers, f"{field}.string")
    if "base64_string" in entries:
        text = values.plain(entries["base64_string"], field)
        return values.base64(text, node, f"{field}.base64_string")
    # aiohttp's stub keeps the argument data= or json= before it is encoded.
    if headers.get("content-type", "").startswith(_FORM):
        pairs = {name: values.text(value, field) for name, value in entries.items()}
        return urlencode(pairs).encode()
    return json_text(node, values, field, schema="YAML 1.1")


def _unwrapped(body: bytes, headers: Headers) -> bytes:
    """A body without the base64 of vcrpy 5 to 7, which its length gives away."""
    length = content_length(headers)
    if length in (-1, 0, len(body)) or len(body) != (length + 2) // 3 * 4:
        return body
    try:
        decoded = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return body
    return decoded if len(decoded) == length else body
