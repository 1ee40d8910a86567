"""Questions about one YAML value."""

from __future__ import annotations

import re
from typing import Final

from yaml.events import ScalarEvent

from llmcassette.escaping import one_line
from llmcassette.formats.document import Mapping, Node, Sequence

__all__ = ["CORE", "describe", "is_null", "plain_int"]

CORE: Final = "tag:yaml.org,2002:"
"""Prefix of the tags of YAML's own types."""

_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


def is_null(node: Node) -> bool:
    """Whether a value is empty or null."""
    return (
        isinstance(node, ScalarEvent)
        and not node.style
        and node.tag is None
        and node.value in _NULLS
    )


def plain_int(node: Node) -> int | None:
    """A decimal integer that fits 64 bits, in plain style; ``None`` for anything else."""
    if isinstance(node, ScalarEvent) and node.implicit[0] and _INT.fullmatch(node.value):
        return int(node.value)
    return None


def describe(node: Node) -> str:
    """A value in words, for a message."""
    event = node if isinstance(node, ScalarEvent) else node.event
    tag = event.tag
    if tag is not None and tag != "!":
        short = tag.replace(CORE, "!!", 1)
        if "python/" in tag:
            return f"a Python object ({short}), which is never built"
        return f"a value tagged {one_line(short)}"
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    value = node.value if len(node.value) <= 40 else f"{node.value[:40]}..."
    if not node.style:  # None or "", by loader
        return f"{value!r}" if not is_null(node) else "null"
    return f"the string {value!r}"
