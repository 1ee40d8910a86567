"""Reads what a fixture ``vcr_cassette_dir`` returns, without running it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from llmcassette.cli.migration.options import code, string_in

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Folder", "returned", "returned_folder"]

TEST_FOLDERS: Final = (
    "os.path.dirname(request.module.__file__)",
    "os.path.dirname(request.fspath)",
    "os.path.dirname(str(request.fspath))",
    "os.path.dirname(request.node.fspath)",
    "os.path.dirname(str(request.node.fspath))",
    "request.node.fspath.dirname",
    "request.fspath.dirname",
    "request.path.parent",
    "request.node.path.parent",
    "Path(request.module.__file__).parent",
    "Path(request.node.fspath).parent",
    "Path(request.fspath).parent",
)
"""Expressions for the folder of the test's file."""

OWN_FOLDERS: Final = (
    "os.path.dirname(__file__)",
    "os.path.dirname(os.path.abspath(__file__))",
    "Path(__file__).parent",
    "Path(__file__).resolve().parent",
    "pathlib.Path(__file__).parent",
)
"""Expressions for the folder of the file that the fixture is in."""

MODULES: Final = (
    "request.module.__name__",
    "request.module.__name__.split('.')[-1]",
    'request.module.__name__.split(".")[-1]',
    "request.node.fspath.purebasename",
    "request.fspath.purebasename",
    "request.path.stem",
    "request.node.path.stem",
    "request.node.name.removesuffix('.py')",
)
"""Expressions for the name of the test's module."""

TEST: Final = "{class}.{test}[{params}]"


class Folder(NamedTuple):
    """Two settings that name the same folder.

    Attributes:
        cassette_dir: beside each test file, or, with a slash in it, of the project.
        cassette_name: the template of the names in it.
    """

    cassette_dir: str
    cassette_name: str


def returned(function: cst.FunctionDef) -> cst.BaseExpression | None:
    """What a function returns or yields, if its last statement says so and no other does."""
    if not isinstance(function.body, cst.IndentedBlock) or not function.body.body:
        return None
    last = function.body.body[-1]
    if not isinstance(last, cst.SimpleStatementLine) or len(last.body) != 1:
        return None
    statement = last.body[0]
    if isinstance(statement, cst.Return):
        return statement.value
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Yield):
        value = statement.value.value
        return value if isinstance(value, cst.BaseExpression) else None
    return None


def returned_folder(function: cst.FunctionDef, beside: PurePosixPath) -> Folder | None:
    """The settings for what ``vcr_cassette_dir`` returns; ``None`` if it can't be told.

    Args:
        function: the fixture, whose body is one statement.
        beside: the folder of its file, relative to the project.
    """
    if not isinstance(function.body, cst.IndentedBlock):
        return None
    statements = [each for each in function.body.body if not is_docstring(each)]
    value = returned(function)
    if value is None or len(statements) != 1:
        return None
    parts = parts_of(value)
    if not parts:
        return None
    first, *rest = parts
    names = [string_in(part) or ("{module}" if code(part) in MODULES else None) for part in rest]
    if None in names:
        return None
    segments = [segment for name in names if name for segment in PurePosixPath(name).parts]
    start = code(first).replace("'", '"')
    literal = string_in(first)
    if literal is not None:
        segments = [*PurePosixPath(literal).parts, *segments]
        return of_project(segments)
    if start in [each.replace("'", '"') for each in OWN_FOLDERS]:
        return of_project([*beside.parts, *segments])
    if start in [each.replace("'", '"') for each in TEST_FOLDERS] and segments:
        folder, *inner = segments
        return Folder(folder, "/".join([*inner, TEST])) if "{" not in folder else None
    return None


def of_project(segments: Sequence[str]) -> Folder | None:
    if not segments or segments[0] in ("/", "..", "~"):
        return None
    plain = [segment for segment in segments if "{" not in segment]
    inner = [segment for segment in segments if "{" in segment]
    if list(segments) != plain + inner or not plain:
        return None
    folder = "/".join(plain)
    return Folder(folder if "/" in folder else f"./{folder}", "/".join([*inner, TEST]))


def parts_of(value: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The parts of a path: of ``os.path.join(...)``, of ``a / b``, inside of ``str(...)``."""
    if isinstance(value, cst.Call):
        function = code(value.func)
        given = [argument.value for argument in value.args]
        if function == "os.path.join" and all(not each.star for each in value.args):
            return [part for each in given for part in parts_of(each)]
        if function in ("str", "os.fspath") and len(given) == 1:
            if code(value) in (*TEST_FOLDERS, *OWN_FOLDERS):
                return [value]
            return parts_of(given[0])
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Divide):
        return [*parts_of(value.left), *parts_of(value.right)]
    return [value]


def is_docstring(statement: cst.BaseStatement | cst.BaseSmallStatement) -> bool:
    """Whether a statement is a text alone."""
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and len(statement.body) == 1
        and isinstance(statement.body[0], cst.Expr)
        and string_in(statement.body[0].value) is not None
    )
