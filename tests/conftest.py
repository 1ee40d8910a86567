"""What every test stands on."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _no_word_from_outside(monkeypatch):
    """CI implies mode none, and so may the developer's own environment."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("LLMCASSETTE_MODE", raising=False)
