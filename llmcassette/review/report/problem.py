"""Something wrong with a test run: as a line of text, as JSON, and as an annotation on GitHub."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "WHOLE_RUN",
    "Level",
    "Problem",
    "annotation",
    "rerecord",
    "several",
    "workflow_command",
]

Level = Literal["error", "warn"]

_MOST_NAMED = 3
WHOLE_RUN: Final = "pytest --llm-report=llm.json"
"""A fix that begins with it is for the root folder: it runs all tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with a test run.

    Paths and test ids are relative to the project's root folder.

    Attributes:
        code: a stable name: one of those in docs/reference/ci.md.
        level: an error fails the run.
        message: what is wrong.
        fix: how to fix it, a command where possible; empty where the message names it.
        file: the cassette; empty where no file is concerned.
        tests: the ids of the tests concerned.
        line: in the cassette, from 1; where there is no such file, in the first test's file.
        names: further paths and test ids in the texts.
        failed_test: whether a test failed by it, so that the end of the run does not report it.
    """

    code: str
    level: Level
    message: str
    fix: str = ""
    file: str = ""
    tests: tuple[str, ...] = ()
    line: int = 1
    names: tuple[str, ...] = ()
    failed_test: bool = False

    @property
    def test(self) -> str:
        """The tests, as a text; empty where there are none."""
        return several(self.tests)

    def text(self) -> str:
        """One line that names test, file and fix."""
        place = ": ".join(filter(None, (self.test, self.file)))
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}. Fix: {self.fix}" if self.fix else text

    def row(self) -> dict[str, object]:
        """The problem in the report file."""
        return {
            "code": self.code,
            "level": self.level,
            "test": self.test,
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "fix": self.fix,
        }


def several(tests: tuple[str, ...] | list[str]) -> str:
    """The first three of some tests, and how many more there are."""
    shown = ", ".join(tests[:_MOST_NAMED])
    return f"{shown} and {len(tests) - _MOST_NAMED} more" if len(tests) > _MOST_NAMED else shown


def rerecord(tests: Iterable[str]) -> str:
    """The command that re-records the cassettes of tests; empty where there are no tests."""
    named = " ".join(map(shlex.quote, tests))
    return f"pytest --llm-mode=rewrite {named}" if named else ""


def annotation(problem: Problem, root: Path) -> str:
    """A workflow command that shows a problem beside its cassette or test."""
    level = "error" if problem.level == "error" else "warning"
    title = f"llmcassette {problem.code}"
    path = root / problem.file
    if problem.tests and not path.is_file():
        path = root / problem.tests[0].partition("::")[0]
    return workflow_command(level, path, problem.line, title, problem.text())


def workflow_command(level: str, path: Path, line: int, title: str, message: str) -> str:
    """A workflow command, escaped as GitHub's own toolkit does (``command.ts``)."""
    base = os.environ.get("GITHUB_WORKSPACE") or Path.cwd()
    file = os.path.relpath(path, base).replace(os.sep, "/")
    properties = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in (("file", file), ("line", str(line)), ("title", title))
    )
    return f"::{level} {properties}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\n", "%0A")
