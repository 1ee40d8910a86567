"""Rewrites the JSON documents in a body one by one, and keeps their framing valid.

Server-sent events keep their other lines, Amazon's frames get valid checksums, and an unchanged
document keeps its bytes.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette import streams
from llmcassette.providers.jsonvalue import JSON, obj, parse, text
from llmcassette.redaction.edits import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmcassette.model import Response

__all__ = ["Document", "Rewrite", "rewritten", "with_cut_json"]

Document: TypeAlias = "dict[str, JSON]"
Rewrite: TypeAlias = "Callable[[str, Document], list[Document] | None]"
"""Takes an event's name and document, and returns the documents that replace it.

``None`` leaves the document as it is. The function may change and return the one that it gets. The
name is that of the event stream frame or the server-sent event, and empty if it has none.
"""

BOM: Final = b"\xef\xbb\xbf"


def rewritten(response: Response, rewrite: Rewrite) -> Iterator[Edit]:
    """The edits of a body that rewrite its documents."""
    content_type = response.headers.get("content-type")
    body = response.body
    match streams.kind(body, content_type):
        case "sse":
            yield from _in_pieces(body, content_type, rewrite, _sse_piece)
        case "ndjson":
            yield from _in_pieces(body, content_type, rewrite, _line)
        case "eventstream":
            yield from _frames(body, rewrite)
        case _:
            yield from _whole(body, rewrite)


def with_cut_json(piece: bytes, kind: streams.Kind) -> bytes | None:
    """An event whose JSON is cut in the middle; ``None`` if it has none.

    Args:
        piece: one event, as ``streams.split`` cuts.
        kind: of the body.
    """
    if kind == "eventstream":
        [message] = streams.eventstream_messages(piece)
        if parse(message.payload) is None:
            return None
        return streams.encode_message(message.headers, half(message.payload))
    if kind == "sse":
        lines = _Lines(piece)
        if parse(lines.data) is None:
            return None
        return lines.with_data([half(lines.data.encode())])
    data = piece.strip()
    return None if parse(data) is None else piece.replace(data, half(data), 1)


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def dumped(value: JSON) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _in_pieces(
    body: bytes,
    content_type: str | None,
    rewrite: Rewrite,
    write: Callable[[bytes, Rewrite], bytes],
) -> Iterator[Edit]:
    position = 0
    for piece in streams.split(body, content_type):
        end = position + len(piece)
        new = write(piece, rewrite)
        if new != piece:
            yield Edit(position, end, new)
        position = end


def _sse_piece(piece: bytes, rewrite: Rewrite) -> bytes:
    lines = _Lines(piece)
    value = parse(lines.data)
    if not isinstance(value, dict):
        return piece
    made = rewrite(lines.event, value)
    if made is None:
        return piece
    if len(made) == 1 and (not lines.event or made[0].get("type", lines.event) == lines.event):
        return lines.with_data([dumped(made[0])])
    newline = lines.newline
    return b"".join(
        (b"event: " + text(each.get("type")).encode() + newline if lines.event else b"")
        + b"data: "
        + dumped(each)
        + newline * 2
        for each in made
    )


class _Lines:
    """One server-sent event, line by line.

    Attributes:
        event: its name; empty where it has none.
        data: its data lines, joined.
        newline: what its first line ends with.
    """

    def __init__(self, piece: bytes) -> None:
        self._lines = piece.splitlines(keepends=True)
        self.newline = self._lines[0][len(self._lines[0].rstrip(b"\r\n")) :] or b"\n"
        event, data = b"", list[bytes]()
        for line in self._lines:
            name, value = _field(line)
            if name == b"event":
                event = value
            elif name == b"data":
                data.append(value)
        self.event = event.decode("utf-8", "replace")
        self.data = b"\n".join(data).decode("utf-8", "replace")

    def with_data(self, data: list[bytes]) -> bytes:
        """The event with other data, in the place of its first data line."""
        written: list[bytes] = []
        for line in self._lines:
            if _field(line)[0] != b"data":
                written.append(line)
            elif data:
                written.append(b"data: " + data.pop() + self.newline)
        return b"".join(written)


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.rstrip(b"\r\n").removeprefix(BOM).partition(b":")
    return name, value.removeprefix(b" ")


def _line(piece: bytes, rewrite: Rewrite) -> bytes:
    value = parse(piece)
    made = rewrite("", value) if isinstance(value, dict) else None
    return piece if made is None else b"".join(dumped(each) + b"\n" for each in made)


def _frames(body: bytes, rewrite: Rewrite) -> Iterator[Edit]:
    try:
        for message in streams.eventstream_messages(body):
            new = _frame(message, rewrite)
            if new is not None:
                yield Edit(message.offset, message.offset + message.size, new)
    except streams.EventStreamError:  # the rest is cut, and stays as it is
        return


def _frame(message: streams.EventStreamMessage, rewrite: Rewrite) -> bytes | None:
    """A frame's document; ``invoke`` wraps that of the model in a chunk's base64."""
    value = parse(message.payload)
    if not isinstance(value, dict):
        return None
    wrapped = text(value.get("bytes"))
    if wrapped:
        try:
            inner = obj(parse(base64.b64decode(wrapped)))
        except ValueError:
            return None
        made = rewrite(text(inner.get("type")), inner)
        if made is None:
            return None
        payloads = [{**value, "bytes": base64.b64encode(dumped(new)).decode()} for new in made]
    else:
        found = rewrite(str(message.headers.get(":event-type", "")), value)
        if found is None:
            return None
        payloads = found
    return b"".join(
        streams.encode_message(message.headers, dumped(payload)) for payload in payloads
    )


def _whole(body: bytes, rewrite: Rewrite) -> Iterator[Edit]:
    """A document, or an array of them; white space around it, a keep-alive, stays."""
    given = body.removeprefix(BOM).strip()
    value = parse(given)
    start = body.find(given)
    if isinstance(value, dict):
        made = rewrite("", value)
        if made:
            yield Edit(start, start + len(given), dumped(made[0]))
    elif isinstance(value, list):
        elements: list[JSON] = []
        changed = False
        for element in value:
            made = rewrite("", element) if isinstance(element, dict) else None
            changed = changed or made is not None
            elements += [element] if made is None else made
        if changed:
            yield Edit(start, start + len(given), dumped(elements))
