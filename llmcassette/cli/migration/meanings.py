"""What names mean in a file that imports vcrpy or cassetter."""

from __future__ import annotations

from typing import Final

import libcst as cst
from libcst.metadata import PositionProvider

__all__ = ["Left", "Names", "dotted"]

LIBRARIES: Final = frozenset({"vcr", "cassetter"})
PLUGINS: Final = frozenset({"pytest_recording", "pytest_vcr"})
UNITTEST: Final = (
    ": inherit from unittest.TestCase, put @pytest.mark.llm_cassette on the class, and move its"
    " cassettes to where the error of a run looks for them"
)


def dotted(node: cst.BaseExpression) -> str:
    """``a.b.c``; empty for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return ""


class Names(cst.CSTVisitor):
    """Collects what names mean in a file."""

    def __init__(self) -> None:
        self.imported: dict[str, str] = {}
        """A library: the name it has here."""
        self.members: dict[str, tuple[str, str]] = {}
        """A name: the library it comes from, and its name there."""
        self.recorders: dict[str, cst.Call] = {}
        """A variable: the call ``VCR(...)`` or ``Cassetter(...)`` that it holds."""
        self.cassettes: set[str] = set()
        """Variables of ``with use_cassette(...) as NAME``."""
        self.references: dict[str, int] = {}
        """How often a name occurs."""

    def visit_Name(self, node: cst.Name) -> None:
        self.references[node.value] = self.references.get(node.value, 0) + 1

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            if dotted(alias.name) in LIBRARIES:
                self.imported[dotted(alias.name)] = alias.evaluated_alias or alias.evaluated_name

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        library = dotted(node.module) if node.module is not None else ""
        if library in LIBRARIES and not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                name = alias.evaluated_alias or alias.evaluated_name
                self.members[name] = (library, alias.evaluated_name)

    def visit_Assign(self, node: cst.Assign) -> None:
        if isinstance(node.value, cst.Call) and self.means(node.value.func) in (
            "vcr.VCR",
            "cassetter.Cassetter",
        ):
            for target in node.targets:
                if isinstance(target.target, cst.Name):
                    self.recorders[target.target.value] = node.value

    def means(self, function: cst.BaseExpression) -> str:
        """``vcr.use_cassette``, whatever the file calls it."""
        name = dotted(function)
        first, _, rest = name.partition(".")
        for library, here in self.imported.items():
            if first == here and rest:
                return f"{library}.{rest}"
        library, member = self.members.get(name, ("", ""))
        return f"{library}.{member}" if library else ""


class Left(cst.CSTVisitor):
    """What still imports the old libraries."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            self.check(node, dotted(alias.name))

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        if node.module is not None:
            self.check(node, dotted(node.module))

    def check(self, node: cst.CSTNode, module: str) -> None:
        if module.partition(".")[0] in LIBRARIES | PLUGINS:
            line = self.get_metadata(PositionProvider, node).start.line
            hint = UNITTEST if module == "vcr.unittest" else ""
            self.found.append((line, f"{module} is still used{hint}"))
