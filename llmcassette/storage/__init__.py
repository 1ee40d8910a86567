"""Reads cassette files, writes them atomically, and changes them under a lock."""

from __future__ import annotations

from llmcassette.storage.reading import load
from llmcassette.storage.writing import dump

__all__ = ["dump", "load"]
