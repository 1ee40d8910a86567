"""Paths and test ids as seen from another folder, so that people can paste them there."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.review.report.problem import WHOLE_RUN

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.review.report.problem import Problem

__all__ = ["Names"]


class Names:
    """Names relative to one folder, shown relative to another.

    Args:
        root: the folder that the names are relative to.
        here: the folder that they are shown from.
    """

    def __init__(self, root: Path, here: Path) -> None:
        self._root = str(root)
        self._here = str(here)

    def seen(self, name: str) -> str:
        """A path or test id as seen from ``here``; empty stays empty."""
        path, separator, inner = name.partition("::")
        if not path or self._root == self._here:
            return name
        try:
            moved = os.path.relpath(os.path.join(self._root, path), self._here)  # noqa: PTH118
        except ValueError:  # on another drive
            return name
        return f"{moved.replace(os.sep, '/')}{separator}{inner}"

    def _root_from_here(self) -> str:
        try:
            return os.path.relpath(self._root, self._here).replace(os.sep, "/")
        except ValueError:  # on another drive
            return self._root

    def shown(self, problem: Problem) -> Problem:
        """A problem with every name in its texts as seen from ``here``."""
        if self._root == self._here:
            return problem
        names = {problem.file, *problem.tests, *problem.names} - {""}
        moved = {name: self.seen(name) for name in names}
        moved |= {shlex.quote(name): shlex.quote(seen) for name, seen in moved.items()}
        longest_first = sorted(moved, key=len, reverse=True)
        known = re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, longest_first))})")

        def in_text(text: str) -> str:
            return known.sub(lambda found: moved[found[0]], text) if names else text

        fix = in_text(problem.fix)
        if problem.fix.startswith(WHOLE_RUN):
            fix = f"(cd {shlex.quote(self._root_from_here())} && {problem.fix})"
        return replace(
            problem,
            file=self.seen(problem.file),
            tests=tuple(map(self.seen, problem.tests)),
            message=in_text(problem.message),
            fix=fix,
        )
