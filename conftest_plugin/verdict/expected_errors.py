"""Whether a test's source expects an error of ours, or only swallows it.

A test expects one by naming it (``pytest.raises(UnmatchedRequestError)``, ``except ReplayError``),
or its text (``match=``). A bare ``except`` and ``pytest.raises(BaseException)`` name nothing.

A miss in a group of errors does not come through the test function. A test expects one by
``pytest.RaisesGroup(UnmatchedRequestError)`` or ``except* UnmatchedRequestError``.
"""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from conftest_plugin.verdict.places import frames, function_of
from llmcassette import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

__all__ = ["catches_anything", "expects_an_error", "expects_one_in_a_group", "is_handled"]

_OURS: Final = frozenset(
    {errors.ReplayError.__name__, *(kind.__name__ for kind in errors.ReplayError.__subclasses__())}
)
_ANYTHING: Final = frozenset(
    {"BaseException", "BaseExceptionGroup", "OutcomeException", pytest.fail.Exception.__name__}
)
_FAILURE: Final = frozenset({"fail", "Exception"})
"""The names in ``pytest.fail.Exception``."""


def is_handled(item: pytest.Item, error: BaseException) -> bool:
    """Whether a test function expects an error that has not come out of it."""
    function = function_of(item)
    code = getattr(function, "__code__", None)
    unittest = sys.modules.get("unittest")  # not imported for projects that don't use it
    if unittest is not None and isinstance(getattr(item, "instance", None), unittest.TestCase):
        if error.__traceback__ is None:  # assertRaises takes it away
            return code is None or bool(_OURS & _names(_nodes(code))) or not catches_anything(code)
        if getattr(function, "__unittest_expecting_failure__", False):
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
    """Whether a line of a function is in a block that names an error of ours, or its text.

    Returns:
        True also where there is no source to read.
    """
    if _module(code.co_filename) is None:
        return True
    return any(
        node.body[0].lineno <= line <= (node.body[-1].end_lineno or line) and _names_one(node)
        for node in _nodes(code)
        if isinstance(node, ast.With | ast.AsyncWith | ast.Try | ast.TryStar)
    )


def expects_one_in_a_group(code: CodeType) -> bool:
    """Whether a function names an error of ours that comes in a group."""
    for node in _nodes(code):
        if isinstance(node, ast.TryStar) and _names_one(node):
            return True
        if not isinstance(node, ast.Call) or "RaisesGroup" not in _names([node.func]):
            continue
        if _OURS & _names(node.args):
            return True
    return False


def catches_anything(code: CodeType) -> bool:
    """Whether a function catches every error somewhere."""
    for node in _nodes(code):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            return True
    names = _names(_nodes(code))
    return bool(_ANYTHING & names) or names >= _FAILURE


def _names_one(block: ast.With | ast.AsyncWith | ast.Try | ast.TryStar) -> bool:
    if isinstance(block, ast.Try | ast.TryStar):
        return bool(_OURS & _names(handler.type for handler in block.handlers if handler.type))
    expected = [item.context_expr for item in block.items]
    keywords = {
        keyword.arg for call in expected if isinstance(call, ast.Call) for keyword in call.keywords
    }
    return bool(_OURS & _names(expected) or {"match", "check"} & keywords)


def _nodes(code: CodeType) -> Iterator[ast.AST]:
    """All that is written in a function; nothing where there is no source to read."""
    module = _module(code.co_filename)
    last = max((line for *_, line in code.co_lines() if line), default=code.co_firstlineno)
    for node in ast.walk(module) if module else ():
        if code.co_firstlineno <= getattr(node, "lineno", 0) <= last:
            yield node


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    found = (inner for node in nodes for inner in ast.walk(node))
    return {
        inner.id if isinstance(inner, ast.Name) else inner.attr
        for inner in found
        if isinstance(inner, ast.Name | ast.Attribute)
    }


@lru_cache(maxsize=16)
def _module(path: str) -> ast.Module | None:
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
