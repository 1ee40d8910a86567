"""Where a test's cassette lies: safe on every file system, distinct, and always the same."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["cassette_path", "file_name", "shown_nodeid", "shown_test_file"]

FOLDER: Final = "cassettes"
SUFFIX: Final = ".yaml"

# Windows allows none of these in a name, POSIX not the slash; see "Naming Files, Paths, and
# Namespaces" in the Windows documentation, also for the reserved names.
_UNSAFE: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)

# 255 bytes is the least limit of a common file system; the rest is for the suffix and for the
# longer names of temporary files beside it.
_LONGEST: Final = 180


def file_name(name: str) -> str:
    """A file name for a test's name, without the suffix.

    A name that cannot be used as it is gets a digest of the original, so that two that look alike
    after the replacement stay apart.
    """
    safe = _UNSAFE.sub("_", name).rstrip(". ")
    if _RESERVED.match(safe):
        safe = f"_{safe}"
    encoded = safe.encode()
    if len(encoded) > _LONGEST:
        safe = encoded[:_LONGEST].decode(errors="ignore").rstrip(". ")
    if safe == name:
        return safe
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe}-{digest}"


def cassette_path(item: pytest.Item, given: str | None) -> Path:
    """The cassette of a test.

    Args:
        item: the test.
        given: the marker's argument: relative to ``cassettes/`` beside the test file.
    """
    folder = item.path.parent / FOLDER
    if given is not None:
        return folder / given
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    return folder / item.path.stem / (file_name(".".join([*classes, item.name])) + SUFFIX)


def shown_test_file(item: pytest.Item) -> str:
    """A test's file, relative to where pytest was started."""
    return os.path.relpath(item.path, item.config.invocation_params.dir)


def shown_nodeid(item: pytest.Item) -> str:
    """A test's id as it can be given to pytest, where pytest was started."""
    _, separator, inner = item.nodeid.partition("::")
    return f"{shown_test_file(item)}{separator}{inner}"
