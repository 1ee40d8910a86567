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
