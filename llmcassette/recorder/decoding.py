"""Decodes a compressed body piece by piece, which keeps chunk boundaries (RFC 9110, 8.4)."""

from __future__ import annotations

import importlib
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmcassette.model import Headers

__all__ = ["decode_chunks", "is_coded"]


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


class Decoder(Protocol):
    """Removes one content coding from a body in pieces."""

    def feed(self, piece: bytes) -> bytes:
        """The decoded bytes that are available after this piece."""

    def flush(self) -> bytes:
        """The remaining decoded bytes, after the last piece."""


def decode_chunks(pieces: Sequence[bytes], content_encoding: str) -> tuple[list[bytes], bool]:
    """Decode a body.

    Args:
        pieces: as they arrived from the socket.
        content_encoding: the header's value; codings in the order they were applied.

    Returns:
        As many decoded pieces, and whether they were decoded. They are returned as they are if the
        coding is unknown, its library is not installed, or the bytes are not in it.
    """
    codings = [name.strip() for name in content_encoding.lower().split(",")]
    codings = [name for name in codings if name not in {"", "identity"}]
    if not codings or not pieces:
        return list(pieces), False
    decoded = list(pieces)
    for coding in reversed(codings):
        make = _DECODERS.get(coding)
        if make is None:
            return list(pieces), False
        try:
            decoder = make(b"".join(decoded)[:2] if len(decoded[0]) < 2 else decoded[0][:2])
            decoded = [decoder.feed(piece) for piece in decoded]
            decoded[-1] += decoder.flush()
        except Exception:
            return list(pieces), False
    return decoded, True


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._inflate = zlib.decompressobj(window_bits)

    def feed(self, piece: bytes) -> bytes:
        return self._inflate.decompress(piece)

    def flush(self) -> bytes:
        return self._inflate.flush()


class _Brotli:
    def __init__(self, decompress: Callable[[bytes], bytes]) -> None:
        self._decompress = decompress

    def feed(self, piece: bytes) -> bytes:
        return self._decompress(piece)

    def flush(self) -> bytes:
        return b""


class _Zstd:
    """One frame after another (RFC 8878, 3.1), by decompressors that know one each."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._frame = make()

    def feed(self, piece: bytes) -> bytes:
        decoded: list[bytes] = []
        while piece:
            if self._frame.eof:
                self._frame = self._make()
            decoded.append(self._frame.decompress(piece))
            piece = self._frame.unused_data if self._frame.eof else b""
        return b"".join(decoded)

    def flush(self) -> bytes:
        return b""


def _gzip(_: bytes) -> Decoder:
    return _Zlib(zlib.MAX_WBITS | 16)


def _deflate(start: bytes) -> Decoder:
    # RFC 9110 means zlib's format; some servers send it without its header, as RFC 1951 has it.
    has_header = len(start) < 2 or (
        start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    )
    return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _brotli(_: bytes) -> Decoder:
    for name, method in (("brotli", "process"), ("brotlicffi", "decompress")):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        return _Brotli(getattr(module.Decompressor(), method))
    raise ImportError("brotli")


def _zstd(_: bytes) -> Decoder:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        return _Zstd(module.ZstdDecompressor)
    module = importlib.import_module("zstandard")
    return _Zstd(lambda: module.ZstdDecompressor().decompressobj())


_DECODERS: Final[dict[str, Callable[[bytes], Decoder]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
