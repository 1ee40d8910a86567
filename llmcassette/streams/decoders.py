"""Removes single content codings (RFC 9110, 8.4.1), piece by piece."""

from __future__ import annotations

import importlib
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DECODERS", "OF_MEMBERS", "Decoder", "brotli"]


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


def gzip(_: bytes) -> Decoder:
    return _Zlib(zlib.MAX_WBITS | 16)


def deflate(start: bytes) -> Decoder:
    # RFC 9110 means zlib's format; some servers send it without its header, as RFC 1951 has it.
    has_header = len(start) < 2 or (
        start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    )
    return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def brotli(_: bytes) -> Decoder:
    return _Brotli(_first_installed("brotli", "brotlicffi"))


def zstd(_: bytes) -> Decoder:
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


DECODERS: Final[dict[str, Callable[[bytes], Decoder]]] = {
    "gzip": gzip,
    "x-gzip": gzip,
    "deflate": deflate,
    "br": brotli,
    "zstd": zstd,
}
"""What makes a decoder of a coding, given the first two bytes of a body."""
OF_MEMBERS: Final = frozenset({"gzip", "x-gzip", "zstd"})
"""Codings whose bodies may consist of several members."""
