"""Cassette text and the model: go-vcr version 2 in every writer's dialect."""

from __future__ import annotations

from llmcassette.formats.answers import Answer
from llmcassette.formats.dialect import CHARM, Dialect
from llmcassette.formats.emitter import emit
from llmcassette.formats.lazily import Unread, read_outlined
from llmcassette.formats.reader import read
from llmcassette.formats.source import Source
from llmcassette.formats.writer import dialect_of, write

__all__ = [
    "CHARM",
    "Answer",
    "Dialect",
    "Source",
    "Unread",
    "dialect_of",
    "emit",
    "read",
    "read_outlined",
    "write",
]
