"""Decodes compressed bodies (RFC 9110, 8.4), piece by piece and up to a bound.

A small body may decompress to gigabytes, and a cassette may come from anyone.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from llmcassette.streams.bounds import Bounds, ExpandsError
from llmcassette.streams.decoders import DECODERS, OF_MEMBERS, brotli

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Headers, Interaction
    from llmcassette.streams.decoders import Decoder

__all__ = [
    "begins_as",
    "decode_body",
    "decode_pieces",
    "gunzip",
    "is_coded",
    "verify_bounds",
    "verify_interaction",
]


def is_coded(headers: Headers, body: bytes) -> bool:
    """Whether a body under Content-Encoding is still encoded.

    Recorders disagree: some decode the body and leave the header. gzip (RFC 1952) and zstd
    (RFC 8878) begin with magic numbers; deflate and br have none, but are never readable text.
    """
    coding = headers["content-encoding"].rsplit(",", 1)[-1].strip().lower()
    if coding in {"gzip", "x-gzip"}:
        return body.startswith(b"\x1f\x8b")
    if coding == "zstd":
        return body.startswith(b"\x28\xb5\x2f\xfd")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return True
    return not all(character.isprintable() or character in "\t\r\n" for character in text)


def decode_pieces(
    pieces: Sequence[bytes], content_encoding: str, bounds: Bounds
) -> tuple[list[bytes], bool]:
    """Decode a body that arrived in pieces, as clients do: a cut body up to the cut.

    Args:
        pieces: as they arrived from the socket.
        content_encoding: the header's value; codings in the order they were applied.
        bounds: how much they may decode to, each coding by itself.

    Returns:
        As many decoded pieces, and whether they were decoded. They are returned as they are if the
        coding is unknown, its library is not installed, or the bytes are not in it.

    Raises:
        ExpandsError: they decode to more than that.
    """
    codings = _codings(content_encoding)
    coded = sum(map(len, pieces))
    if not codings or not coded:
        return list(pieces), False
    decoded = list(pieces)
    try:
        for coding in reversed(codings):
            start = b"".join(decoded)[:2] if len(decoded[0]) < 2 else decoded[0][:2]
            decoder = DECODERS[coding](start)
            decoded = _decoded(decoder, decoded, bounds.limit(coded))
    except _TooLargeError:
        raise bounds.error(coded) from None
    except Exception:  # each library has its own error class
        return list(pieces), False
    return decoded, True


def decode_body(body: bytes, content_encoding: str, bounds: Bounds) -> bytes:
    """A whole body without its codings; see ``decode_pieces``.

    A body that is cut, or that can't be decoded, is returned as it is.
    """
    decoded = body
    try:
        for coding in reversed(_codings(content_encoding)):
            decoded, complete = _whole(decoded, coding, bounds.limit(len(body)))
            if not complete:
                return body
    except _TooLargeError:
        raise bounds.error(len(body)) from None
    except Exception:  # each library has its own error class
        return body
    return decoded


def begins_as(coding: str, start: bytes) -> bool:
    """Whether the first bytes of data may be in a coding; many times as fast as decoding it all.

    Args:
        coding: ``br``, or ``deflate`` without the header of zlib.
        start: as few that they decode to little.
    """
    try:
        if coding == "deflate":
            zlib.decompressobj(-zlib.MAX_WBITS).decompress(start)
        else:
            brotli(start).feed(start)
    except Exception:  # each library has its own error class
        return False
    return True


def gunzip(
    body: bytes, bounds: Bounds, coded: int | None = None, *, cut: bool = False
) -> bytes | None:
    """The content of all members of a gzip body (RFC 1952, 2.2).

    Args:
        body: the bytes.
        bounds: how much they may decode to.
        coded: the size that the ratio is taken of, where ``body`` itself was decoded.
        cut: whether to return the beginning of a body that is cut.

    Returns:
        ``None`` if it is broken, or cut.

    Raises:
        ExpandsError: it decodes to more than ``bounds``.
    """
    coded = len(body) if coded is None else coded
    try:
        content, complete = _whole(body, "gzip", bounds.limit(coded))
    except _TooLargeError:
        raise bounds.error(coded) from None
    except zlib.error:
        return None
    return content if complete or cut else None


def verify_bounds(body: bytes, headers: Headers, bounds: Bounds) -> None:
    """Refuse the body of a message if it is encoded and decodes to more than allowed.

    Raises:
        ExpandsError: it does.
    """
    coding = headers.get("content-encoding", "")
    if coding and body and is_coded(headers, body):
        decode_pieces([body], coding, bounds)


def verify_interaction(interaction: Interaction, bounds: Bounds) -> None:
    """Refuse an interaction for its request or its answer; see ``verify_bounds``.

    Raises:
        ExpandsError: with the field.
    """
    request, response = interaction.request, interaction.response
    field = "request.body"
    try:
        verify_bounds(request.body, request.headers, bounds)
        field = "response.body"
        if not response.uncompressed:
            verify_bounds(response.body, response.headers, bounds)
    except ExpandsError as error:
        raise error.at(field=field) from None


class _TooLargeError(Exception):
    pass


def _codings(content_encoding: str) -> list[str]:
    named = [name.strip() for name in content_encoding.lower().split(",")]
    return [name for name in named if name not in {"", "identity"}]


def _decoded(decoder: Decoder, pieces: Sequence[bytes], limit: int) -> list[bytes]:
    decoded = []
    for piece in pieces:
        contents = []
        for start in range(0, len(piece), decoder.step):
            content = decoder.feed(piece[start : start + decoder.step])
            limit -= len(content)
            if limit < 0:
                raise _TooLargeError
            contents.append(content)
        decoded.append(b"".join(contents))
    return decoded


def _whole(body: bytes, coding: str, limit: int) -> tuple[bytes, bool]:
    """The content of a body, and whether it is complete."""
    contents: list[bytes] = []
    at = 0
    while True:
        decoder = DECODERS[coding](body[at : at + 2])
        while not decoder.finished:
            piece = body[at : at + decoder.step]
            if not piece:
                return b"".join(contents), False
            at += len(piece)
            content = decoder.feed(piece)
            limit -= len(content)
            if limit < 0:
                raise _TooLargeError
            contents.append(content)
        at -= decoder.behind
        while body[at : at + 1] == b"\0":  # padding (gzip's manual, "Tapes")
            at += 1
        if at == len(body) or coding not in OF_MEMBERS:
            return b"".join(contents), True
