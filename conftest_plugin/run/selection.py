"""The test files that a complete run collects."""

from __future__ import annotations

import fnmatch
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pytest

__all__ = ["files_beside_cassettes"]


def files_beside_cassettes(config: pytest.Config, folder_name: str) -> Iterator[Path]:
    """The project's test files that are beside a folder of cassettes, or below such a place.

    Test files are those that pytest collects by default: ``python_files`` in ``testpaths``.

    Args:
        config: pytest's.
        folder_name: the name of folders of cassettes.
    """
    is_test_file = _matcher(config.getini("python_files"))
    is_hidden = _matcher(config.getini("norecursedirs"))
    beside: set[str] = set()
    for start in config.getini("testpaths") or ["."]:
        for folder, below, names in os.walk(config.rootpath / start):
            if "pyvenv.cfg" in names:  # a virtual environment
                below.clear()
                continue
            if folder_name in below or folder.rpartition(os.sep)[0] in beside:
                beside.add(folder)
                yield from (Path(folder, name) for name in names if is_test_file(name))
            below[:] = [name for name in below if name != folder_name and not is_hidden(name)]


def _matcher(patterns: Iterable[str]) -> Callable[[str], object]:
    """Whether a name matches one of some shell patterns."""
    return re.compile("|".join(map(fnmatch.translate, patterns)) or "(?!)").match
