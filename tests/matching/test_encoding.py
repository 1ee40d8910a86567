"""Content codings whose libraries may be missing."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from llmcassette.matching import decoded_body


@pytest.mark.parametrize(
    ("coding", "module"), [("br", "brotli"), ("br", "brotlicffi"), ("zstd", "zstd")]
)
def test_a_coding_is_decoded_where_a_library_for_it_is_installed(monkeypatch, coding, module):
    for name in ("brotli", "brotlicffi", "compression.zstd", "backports.zstd", "zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    assert decoded_body(b"as sent", coding) == b"as sent"
    library = ModuleType(module)
    library.decompress = lambda body: b"decoded " + body
    monkeypatch.setitem(sys.modules, module, library)
    assert decoded_body(b"as sent", coding) == b"decoded as sent"


def test_zstd_is_decoded_by_zstandard_too_also_where_the_frame_tells_no_size(monkeypatch):
    zstandard = pytest.importorskip("zstandard")
    for name in ("compression.zstd", "backports.zstd", "zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    compressor = zstandard.ZstdCompressor().compressobj()
    body = compressor.compress(b"as sent") + compressor.flush()
    assert decoded_body(body, "zstd") == b"as sent"
