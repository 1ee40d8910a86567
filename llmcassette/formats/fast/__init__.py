"""A second reader for go-vcr files in their usual layout: by patterns, without YAML events.

It reads what ``formats.read`` reads, several times faster, or declines. The package works without
it; what it is worth is in docs/explanation/performance.md.
"""

from llmcassette.formats.fast.answers import Answer
from llmcassette.formats.fast.reader import Unread, read_fast

__all__ = ["Answer", "Unread", "read_fast"]
