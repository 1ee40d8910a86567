"""Compressors that take a body in pieces, as servers of streams use them."""

from __future__ import annotations

import zlib

import pytest


class Gzip:
    def __init__(self, bits=31):
        self._deflate = zlib.compressobj(wbits=bits)

    def add(self, data):
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def end(self):
        return self._deflate.flush()


class Deflate(Gzip):
    def __init__(self):
        super().__init__(15)


class RawDeflate(Gzip):
    def __init__(self):
        super().__init__(-15)


class Brotli:
    def __init__(self):
        self._compressor = pytest.importorskip("brotli").Compressor()

    def add(self, data):
        return self._compressor.process(data) + self._compressor.flush()

    def end(self):
        return self._compressor.finish()


class Zstd:
    def __init__(self):
        self._compressor = pytest.importorskip("zstandard").ZstdCompressor().compressobj()

    def add(self, data):
        import zstandard

        return self._compressor.compress(data) + self._compressor.flush(
            zstandard.COMPRESSOBJ_FLUSH_BLOCK
        )

    def end(self):
        return self._compressor.flush()


CODINGS = {"gzip": Gzip, "x-gzip": Gzip, "deflate": Deflate, "br": Brotli, "zstd": Zstd}


def coded(compressor, pieces):
    return [*map(compressor.add, pieces), compressor.end()]
