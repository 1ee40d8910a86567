from __future__ import annotations

from llmcassette.matching import Rules
from llmcassette.recorder import saving
from llmcassette.redaction import Redaction


def test_without_anything_recorded_nothing_is_written(path):
    saved = saving.save(path, [], mode="rewrite", redaction=Redaction(), rules=Rules())
    assert not saved
    assert not path.exists()
