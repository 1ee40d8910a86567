"""Cassette text and the model: go-vcr version 2 in every writer's dialect."""

from __future__ import annotations

from llmcassette.formats.reader import read

__all__ = ["read"]
