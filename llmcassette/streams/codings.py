"""Decodes compressed bodies (RFC 9110, 8.4), piece by piece and up to a bound.

A small body may decompress to gigabytes, and a cassette may come from anyone.
"""

from __future__ import annotations

import importlib
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmcassette.model import Headers, Interaction

__all__ = [
    "DEFAULT_BOUNDS",
    "Bounds",
    "ExpandsError",
    "begins_as",
    "decode_body",
    "decode_pieces",
    "gunzip",
    "is_coded",
    "verify_bounds",
    "verify_interaction",
]

MEGABYTE: Final = 1_000_000
ALWAYS_ALLOWED: Final = 10 * MEGABYTE
"""Bytes. The ratio applies to larger contents: short repetitive texts compress well."""


class ExpandsError(CassetteError):
    """A compressed body decodes to more than its bounds."""


class Bounds(NamedTuple):
    """How much a body may decode to.

    Attributes:
        size: bytes; the setting ``max_decoded_size``.
        ratio: decoded by encoded size, for contents above ``ALWAYS_ALLOWED``; the setting
            ``max_decoded_ratio``.
    """

    size: int = 100 * MEGABYTE
    ratio: int = 1_000

    def limit(self, coded: int) -> int:
        """The most that a body of so many bytes may decode to, in bytes."""
        return min(self.size, max(ALWAYS_ALLOWED, self.ratio * coded))

    def error(self, coded: int) -> ExpandsError:
        """The error for a body of so many bytes that decodes to more than its limit."""
        if self.limit(coded) == self.size:
            most, setting = f"{self.size:,} bytes", "max_decoded_size"
        else:
            most, setting = f"{self.ratio:,} times its size", "max_decoded_ratio"
        return ExpandsError(
            f"the compressed body expands to more than {most}; "
            f"if you trust this file, raise the setting {setting}"
        )


DEFAULT_BOUNDS: Final = Bounds()


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
            decoder = _DECODERS[coding](start)
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
            _brotli(start).feed(start)
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


class Decoder(Protocol):
    """Removes one content coding.

    Attributes:
        step: bytes that decode to a few MB at most: how far a limit is exceeded.
    """

    step: int

    @property
    def finished(self) -> bool:
        """Whether the end of the content was reached."""

    @property
    def behind(self) -> int:
        """How many bytes of the last piece are behind that end."""

    def feed(self, piece: bytes) -> bytes:
        """The decoded bytes that are available after this piece of at most ``step`` bytes."""


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
        decoder = _DECODERS[coding](body[at : at + 2])
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
        if at == len(body) or coding not in _OF_MEMBERS:
            return b"".join(contents), True


class _Zlib:
    step = 4 * 1024  # 1,032 times as much at most

    def __init__(self, window_bits: int) -> None:
        self._inflate = zlib.decompressobj(window_bits)

    @property
    def finished(self) -> bool:
        return self._inflate.eof

    @property
    def behind(self) -> int:
        return len(self._inflate.unused_data)

    def feed(self, piece: bytes) -> bytes:
        # Behind the end zlib would copy all unused data at each call.
        return b"" if self._inflate.eof else self._inflate.decompress(piece)


class _Brotli:
    step = 16  # one of its blocks decodes to 16 MB at most, and may be nearly as short
    behind = 0  # bytes behind the end are an error

    def __init__(self, module: Any) -> None:  # noqa: ANN401
        self._decompressor = module.Decompressor()
        name = "process" if hasattr(self._decompressor, "process") else "decompress"
        self._decompress = getattr(self._decompressor, name)

    @property
    def finished(self) -> bool:
        return bool(self._decompressor.is_finished())

    def feed(self, piece: bytes) -> bytes:
        decoded: bytes = self._decompress(piece)
        return decoded


class _Zstd:
    """One frame after another (RFC 8878, 3.1), by decompressors that know one each."""

    step = 256  # of blocks that are four bytes at least and decode to 128 kB
    behind = 0

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._frame = make()

    @property
    def finished(self) -> bool:
        return bool(self._frame.eof)

    def feed(self, piece: bytes) -> bytes:
        decoded: list[bytes] = []
        while piece:
            if self._frame.eof:
                self._frame = self._make()
            decoded.append(self._frame.decompress(piece))
            piece = self._frame.unused_data if self._frame.eof else b""
        return b"".join(decoded)


def _gzip(_: bytes) -> Decoder:
    return _Zlib(zlib.MAX_WBITS | 16)


def _deflate(start: bytes) -> Decoder:
    # RFC 9110 means zlib's format; some servers send it without its header, as RFC 1951 has it.
    has_header = len(start) < 2 or (
        start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    )
    return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _brotli(_: bytes) -> Decoder:
    return _Brotli(_first_installed("brotli", "brotlicffi"))


def _zstd(_: bytes) -> Decoder:
    module = _first_installed("compression.zstd", "backports.zstd", "zstandard")
    if module.__name__ == "zstandard":
        return _Zstd(lambda: module.ZstdDecompressor().decompressobj())
    return _Zstd(module.ZstdDecompressor)


def _first_installed(*names: str) -> Any:  # noqa: ANN401
    module = _installed(names)
    if module is None:
        raise ImportError(f"none of {names} is installed")
    return module


@cache
def _installed(names: tuple[str, ...]) -> Any:  # noqa: ANN401
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


_DECODERS: Final[dict[str, Callable[[bytes], Decoder]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
_OF_MEMBERS: Final = frozenset({"gzip", "x-gzip", "zstd"})
