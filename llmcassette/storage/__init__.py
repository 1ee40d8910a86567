"""Reads cassette files, writes them atomically, and changes them under a lock."""

from __future__ import annotations

from llmcassette.storage.atomic_writing import dump
from llmcassette.storage.reading import load

__all__ = ["dump", "load"]
