"""What every test stands on."""

from __future__ import annotations

import os

import pytest

from llmcassette.redaction import Redaction, collect_secrets

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _no_word_from_outside(monkeypatch):
    """CI implies mode none, and so may the developer's environment; runs name its plain secrets."""
    secrets = collect_secrets(os.environ, None, Redaction())
    for name in ("CI", "LLMCASSETTE_MODE", *secrets.skipped):
        monkeypatch.delenv(name, raising=False)
