"""The test files that a complete run collects."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

__all__ = ["files_beside_cassettes"]


def files_beside_cassettes(config: pytest.Config, folder_name: str) -> Iterator[Path]:
    """The project's test files that are beside a folder of cassettes, or below such a place.

    Test files are those that pytest collects by default: ``python_files`` in ``testpaths``.

    Args:
        config: pytest's.
        folder_name: the name of folders of cassettes.
    """
    patterns = config.getini("python_files")
    hidden = config.getini("norecursedirs")
    beside: set[str] = set()
    for start in config.getini("testpaths") or ["."]:
        for folder, below, names in os.walk(config.rootpath / start):
            if folder_name in below or os.path.dirname(folder) in beside:  # noqa: PTH120
                beside.add(folder)
                for name in names:
                    if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                        yield Path(folder, name)
            below[:] = [
                name
                for name in below
                if name != folder_name
                and not any(fnmatch.fnmatch(name, pattern) for pattern in hidden)
                and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
            ]
