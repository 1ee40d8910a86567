"""Whether a test's own code says that it expects an error, or merely swallows it.

``with pytest.raises(...)`` and ``except UnmatchedRequestError`` expect one; a bare ``except`` or
``except BaseException`` catches everything that passes, and says nothing about a miss.

In a group of errors a miss does not come through the test function; that one is expected there, is
said by ``pytest.RaisesGroup(UnmatchedRequestError)`` or ``except* UnmatchedRequestError``.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette import errors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

__all__ = ["expects_an_error", "expects_one_in_a_group"]

Block: TypeAlias = ast.With | ast.AsyncWith | ast.Try | ast.TryStar

_NAMES: Final = frozenset(
    {errors.ReplayError.__name__, *(kind.__name__ for kind in errors.ReplayError.__subclasses__())}
)


def expects_an_error(code: CodeType, line: int) -> bool:
    """Whether a line stands in a block that expects an error of ours, by its source.

    Args:
        code: the function that the line is in.
        line: in the file, from 1.

    Returns:
        True also where there is no source to read.
    """
    module = _module(code.co_filename)
    if module is None:
        return True
    around = [node for node in ast.walk(module) if isinstance(node, Block)]
    return any(
        _says_so(node)
        for node in around
        if node.body[0].lineno <= line <= (node.body[-1].end_lineno or line)
        and code.co_firstlineno <= node.lineno
    )


def expects_one_in_a_group(code: CodeType) -> bool:
    """Whether a function names an error of ours as one that comes in a group, by its source.

    Args:
        code: the function.
    """
    module = _module(code.co_filename)
    if module is None:
        return False
    last = max((line for *_, line in code.co_lines() if line), default=code.co_firstlineno)
    return any(
        code.co_firstlineno <= node.lineno <= last and _names_one_in_a_group(node)
        for node in ast.walk(module)
        if isinstance(node, ast.Call | ast.TryStar)
    )


def _names_one_in_a_group(node: ast.Call | ast.TryStar) -> bool:
    if isinstance(node, ast.TryStar):
        return _says_so(node)
    if not any("raisesgroup" in name.lower() for name in _identifiers(node.func)):
        return False
    return any(_NAMES & set(_identifiers(said)) for said in node.args)


def _says_so(block: Block) -> bool:
    if isinstance(block, ast.Try | ast.TryStar):
        return any(
            handler.type is not None and _NAMES & set(_identifiers(handler.type))
            for handler in block.handlers
        )
    return any(
        "raises" in name.lower() for item in block.items for name in _identifiers(item.context_expr)
    )


def _identifiers(node: ast.expr) -> Iterable[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


@lru_cache(maxsize=16)
def _module(path: str) -> ast.Module | None:
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
