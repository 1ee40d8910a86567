"""The pytest plugin of llmcassette: its hooks, and the fixtures people use.

pytest rewrites the assertions of a plugin and of all that is installed with it. That costs most of
a second where no byte code is kept, so all modules but this one are imported as usual.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class PlainFinder:
    """Finds our modules before pytest does."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See ``importlib.abc.MetaPathFinder``."""
        if name.partition(".")[0] in {"llmcassette", "conftest_plugin"}:
            return PathFinder.find_spec(name, path, target)
        return None


sys.meta_path.insert(0, PlainFinder)

from conftest_plugin.fixtures import *  # noqa: E402, F403
from conftest_plugin.hooks import *  # noqa: E402, F403
