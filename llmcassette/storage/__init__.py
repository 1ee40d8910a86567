"""Cassette files: reading and atomic writing."""

from __future__ import annotations

from llmcassette.storage.reading import load

__all__ = ["load"]
