"""Whether a test's source expects an error of ours, or only swallows it.

``with pytest.raises(...)`` and ``except UnmatchedRequestError`` expect one. A bare ``except``,
``except BaseException`` or ``pytest.raises(BaseException)`` catches everything, and does not name a
miss. Nor does ``pytest.raises(pytest.fail.Exception)``: in a run a miss is one of these, too.

A miss in a group of errors does not come through the test function. A test expects one by
``pytest.RaisesGroup(UnmatchedRequestError)`` or ``except* UnmatchedRequestError``.
"""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import pytest

from conftest_plugin.verdict.places import frames, function_of
from llmcassette import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

__all__ = ["catches_unnamed", "expects_an_error", "expects_one_in_a_group", "is_handled"]

Block: TypeAlias = ast.With | ast.AsyncWith | ast.Try | ast.TryStar

_NAMES: Final = frozenset(
    {errors.ReplayError.__name__, *(kind.__name__ for kind in errors.ReplayError.__subclasses__())}
)
_ANYTHING: Final = frozenset(
    {"BaseException", "BaseExceptionGroup", "OutcomeException", pytest.fail.Exception.__name__}
)
_FAILURE: Final = frozenset({"fail", "Exception"})
"""The names in ``pytest.fail.Exception``."""
_CATCHING: Final = ("raises", "suppress")


def is_handled(item: pytest.Item, error: BaseException) -> bool:
    """Whether a test function expects an error that has not come out of it."""
    function = function_of(item)
    code = getattr(function, "__code__", None)
    unittest = sys.modules.get("unittest")  # not imported for projects that don't use it
    of_unittest = unittest is not None and isinstance(
        getattr(item, "instance", None), unittest.TestCase
    )
    if of_unittest and error.__traceback__ is None:
        # assertRaises takes the traceback away
        return code is None or _names_one(code) or not catches_unnamed(code)
    if of_unittest and getattr(function, "__unittest_expecting_failure__", False):
        return False  # unittest caught it, and shows it to nobody
    if code is not None and expects_one_in_a_group(code):
        return True
    here = str(item.path)
    return any(
        (frame.f_code is code or frame.f_code.co_filename == here)
        and expects_an_error(frame.f_code, line)
        for frame, line in frames(error.__traceback__)
    )


def expects_an_error(code: CodeType, line: int) -> bool:
    """Whether a line is in a block that expects an error of ours.

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
        _expects_one(node)
        for node in around
        if node.body[0].lineno <= line <= (node.body[-1].end_lineno or line)
        and code.co_firstlineno <= node.lineno
    )


def expects_one_in_a_group(code: CodeType) -> bool:
    """Whether a function names an error of ours that comes in a group.

    Args:
        code: the function.
    """
    return any(
        _names_one_in_a_group(node)
        for node in _nodes(code)
        if isinstance(node, ast.Call | ast.TryStar)
    )


def catches_unnamed(code: CodeType) -> bool:
    """Whether a function catches every error somewhere.

    Args:
        code: the function.
    """
    for node in _nodes(code):
        if isinstance(node, ast.Call) and _catches_anything(node):
            return True
        if isinstance(node, ast.Try | ast.TryStar):
            kinds = [handler.type for handler in node.handlers]
            if any(kind is None or _is_anything(kind) for kind in kinds):
                return True
    return False


def _names_one(code: CodeType) -> bool:
    """Whether a function names an error of ours anywhere.

    Args:
        code: the function.
    """
    return any(
        _NAMES & set(_identifiers(node)) for node in _nodes(code) if isinstance(node, ast.expr)
    )


def _nodes(code: CodeType) -> Iterator[ast.stmt | ast.expr]:
    """The statements and expressions of a function; none where there is no source to read."""
    module = _module(code.co_filename)
    if module is None:
        return
    last = max((line for *_, line in code.co_lines() if line), default=code.co_firstlineno)
    for node in ast.walk(module):
        if isinstance(node, ast.stmt | ast.expr) and code.co_firstlineno <= node.lineno <= last:
            yield node


def _names_one_in_a_group(node: ast.Call | ast.TryStar) -> bool:
    if isinstance(node, ast.TryStar):
        return _expects_one(node)
    if not any("raisesgroup" in name.lower() for name in _identifiers(node.func)):
        return False
    return any(_NAMES & set(_identifiers(expected)) for expected in node.args)


def _expects_one(block: Block) -> bool:
    if isinstance(block, ast.Try | ast.TryStar):
        return any(
            handler.type is not None and _NAMES & set(_identifiers(handler.type))
            for handler in block.handlers
        )
    return any(
        "raises" in name.lower()
        for expression in (item.context_expr for item in block.items)
        if not (isinstance(expression, ast.Call) and _catches_anything(expression))
        for name in _identifiers(expression)
    )


def _catches_anything(call: ast.Call) -> bool:
    """Whether ``pytest.raises`` and the like accept any error, without ``match`` or ``check``."""
    if not any(word in name.lower() for name in _identifiers(call.func) for word in _CATCHING):
        return False
    expected = [*call.args, *(keyword.value for keyword in call.keywords)]
    is_narrowed = any(keyword.arg in {"match", "check"} for keyword in call.keywords)
    return not is_narrowed and any(map(_is_anything, expected))


def _is_anything(expected: ast.expr) -> bool:
    named = set(_identifiers(expected))
    return bool(_ANYTHING & named or named >= _FAILURE) and not _NAMES & named


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
