"""Names in a verdict as they are seen from another folder: for people, to paste there."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.review.report.problem import Problem

__all__ = ["Names"]


class Names:
    """Paths and ids of tests, seen from a folder.

    Args:
        root: the folder that they are relative to.
        here: the one that they are to be shown from.
    """

    def __init__(self, root: Path, here: Path) -> None:
        self._root = str(root)
        self._here = str(here)

    def seen(self, name: str) -> str:
        """A path, or the id of a test; empty stays empty."""
        path, separator, inner = name.partition("::")
        if not path:
            return name
        try:
            moved = os.path.relpath(os.path.join(self._root, path), self._here)  # noqa: PTH118
        except ValueError:  # on another drive
            return name
        return f"{moved.replace(os.sep, '/')}{separator}{inner}"

    def shown(self, problem: Problem) -> Problem:
        """The same problem, with every name in its texts as it is seen."""
        if self._root == self._here:
            return problem
        names = sorted(filter(None, problem.names), key=len, reverse=True)
        known = re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, names))})")

        def in_text(text: str) -> str:
            return known.sub(lambda found: self.seen(found[0]), text)

        return replace(
            problem,
            file=self.seen(problem.file),
            test=in_text(problem.test),
            message=in_text(problem.message),
            fix=in_text(problem.fix),
        )
