"""One Python file while it is rewritten: what is known of it, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import libcst as cst
from libcst.metadata import PositionProvider

from llmcassette.cli.migration.options import moved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from libcst.codemod import CodemodContext

    from llmcassette.cli.migration.folders import Folder
    from llmcassette.cli.migration.meanings import Names

__all__ = ["FIXTURES", "Note", "Rewritten", "Source"]

FIXTURES: Final = frozenset({"vcr", "vcr_cassette"})
"""Fixtures of the old plugins that tests read."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """What a person has to look at.

    Attributes:
        path: the file.
        line: counted from 1.
        text: what it is, and what to do.
    """

    path: Path
    line: int
    text: str


@dataclass(slots=True)
class Rewritten:
    """One Python file.

    Attributes:
        text: the new source.
        notes: what could not be moved.
        markers: how many markers there are.
        fixtures: names of the old plugins' fixtures that tests read, of ``FIXTURES``.
        paths: what literals in calls of ``use_cassette`` name, old and new.
        folder: where a fixture says that the cassettes are.
    """

    text: str
    notes: list[Note] = field(default_factory=list)
    markers: int = 0
    fixtures: set[str] = field(default_factory=set)
    paths: dict[str, str] = field(default_factory=dict)
    folder: Folder | None = None


class Source(cst.CSTTransformer):
    """The base of what rewrites a file.

    Args:
        names: what names mean in it.
        path: the file.
        root: the folder of the project.
        context: collects the imports that it needs.
        folder: where its cassettes are; ``None`` for the default of pytest-recording.
        alone: it has the only ``vcr_config`` of the project.
    """

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(
        self,
        names: Names,
        path: Path,
        root: Path,
        context: CodemodContext,
        folder: Folder | None,
        *,
        alone: bool,
    ) -> None:
        super().__init__()
        self.names = names
        self.path = path
        self.context = context
        self.alone = alone
        self.beside = PurePosixPath(path.parent.relative_to(root).as_posix())
        self.done = Rewritten("")
        self.folder = folder
        self.fixture: cst.FunctionDef | None = None
        """The fixture that told the folder; its decorators are used again."""

    def note(self, node: cst.CSTNode, text: str) -> None:
        """Note what a person has to look at."""
        position = self.get_metadata(PositionProvider, node)
        self.done.notes.append(Note(self.path, position.start.line, text))

    def moved(self, options: Iterable[tuple[str, cst.BaseExpression]]) -> dict[str, str]:
        """Settings and their expressions; what can't be moved is noted."""
        result = moved(options)
        for node, reason in result.by_hand:
            self.note(node, reason)
        return result.settings

    def read(self, fixture: str | None) -> None:
        """Note that a test reads a fixture of the old plugins."""
        if fixture in FIXTURES:
            self.done.fixtures.add(fixture)
