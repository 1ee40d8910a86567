"""One thing that is wrong with a run: as a line, in JSON, and as an annotation on GitHub."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Level", "Problem", "annotation", "workflow_command"]

Level = Literal["error", "warn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with a run.

    Attributes:
        code: stable: ``unplayed``, ``no-request``, ``orphan``, ``two-writers``, ``case``, ``age``,
            ``cassette``, ``setting``, ``unfired``, ``left-open``, or the name of a check, such as
            ``secret``.
        level: an error fails the run.
        file: the cassette, relative to the root.
        test: its id; empty where none is concerned.
        message: what is wrong.
        fix: what to do about it; empty where the message says it.
        line: in the cassette, from 1; where there is no such file, in that of the test.
        names: every path and id of a test in these texts; for ``Names.shown``.
    """

    code: str
    level: Level
    file: str
    message: str
    fix: str
    test: str = ""
    line: int = 1
    names: tuple[str, ...] = ()

    def text(self) -> str:
        """One line that names test, file and fix."""
        place = f"{self.test}: {self.file}" if self.test else self.file
        return (
            f"{place}: {self.message}. Fix: {self.fix}" if self.fix else f"{place}: {self.message}"
        )

    def message_of(self) -> dict[str, object]:
        """In the types of JSON."""
        return {
            "code": self.code,
            "level": self.level,
            "test": self.test,
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "fix": self.fix,
        }


def annotation(problem: Problem, root: Path) -> str:
    """A problem as GitHub shows it beside the cassette."""
    level = "error" if problem.level == "error" else "warning"
    title = f"llmcassette {problem.code}"
    path = root / problem.file
    if problem.test and not path.is_file():
        path = root / problem.test.partition("::")[0]
    return workflow_command(level, path, problem.line, title, problem.text())


def workflow_command(level: str, path: Path, line: int, title: str, message: str) -> str:
    """A workflow command, escaped as GitHub's own toolkit does (``command.ts``)."""
    base = os.environ.get("GITHUB_WORKSPACE") or Path.cwd()
    file = os.path.relpath(path, base).replace(os.sep, "/")
    said = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in (("file", file), ("line", str(line)), ("title", title))
    )
    return f"::{level} {said}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
