"""Small pieces of syntax: read, and made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import libcst as cst

from llmcassette.cli.migration.meanings import dotted
from llmcassette.cli.migration.options import string_in

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "EQUAL",
    "MARKER",
    "decorator_of",
    "dict_code",
    "dict_items",
    "is_fixture",
    "keywords",
    "layout",
    "text",
    "with_suffix",
    "without_bare_marker",
]

MARKER: Final = "llm_cassette"
Marked = TypeVar("Marked", cst.FunctionDef, cst.ClassDef)

SHORT: Final = 80
"""Columns of a dict on one line."""

EQUAL: Final = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def keywords(arguments: Sequence[cst.Arg]) -> dict[str, cst.BaseExpression]:
    return {each.keyword.value: each.value for each in arguments if each.keyword is not None}


def layout(arguments: list[cst.Arg], before: Sequence[cst.Arg]) -> list[cst.Arg]:
    """Arguments on lines of their own, as they were, if they still are as many."""
    if len(arguments) != len(before):
        return arguments
    return [new.with_changes(comma=old.comma, whitespace_after_arg=old.whitespace_after_arg)
            for new, old in zip(arguments, before, strict=True)]  # fmt: skip


def text(value: str) -> cst.BaseExpression:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return cst.SimpleString(f'"{quoted}"')


def with_suffix(name: str) -> str:
    """The name of a cassette's file, which is YAML."""
    stem = name.removesuffix(".json").removesuffix(".toml")
    return stem if stem.endswith((".yaml", ".yml")) else f"{stem}.yaml"


def dict_items(value: cst.BaseExpression | None) -> dict[str, cst.BaseExpression] | None:
    """The items of ``{"a": 1}`` or ``dict(a=1)``; ``None`` if not all keys are literals."""
    if isinstance(value, cst.Call) and dotted(value.func) == "dict":
        return keywords(value.args) if all(each.keyword for each in value.args) else None
    if not isinstance(value, cst.Dict):
        return None
    items = {}
    for element in value.elements:
        name = string_in(element.key) if isinstance(element, cst.DictElement) else None
        if name is None:
            return None
        items[name] = element.value
    return items


def dict_code(settings: dict[str, str], first: str = "") -> str:
    """A dict on one line if it fits."""
    items = [f'"{name}": {value}' for name, value in settings.items()]
    if first:
        items.insert(0, first)
    line = f"{{{', '.join(items)}}}"
    if len(line) <= SHORT:
        return line
    return "{\n" + "".join(f"    {item},\n" for item in items) + "}"


def decorator_of(function: cst.FunctionDef) -> cst.BaseExpression:
    decorator = function.decorators[0].decorator
    return decorator.func if isinstance(decorator, cst.Call) else decorator


def is_fixture(function: cst.FunctionDef) -> bool:
    return any(
        dotted(each.decorator.func if isinstance(each.decorator, cst.Call) else each.decorator)
        .rpartition(".")[2] == "fixture"
        for each in function.decorators
    )  # fmt: skip


def without_bare_marker(node: Marked) -> Marked:
    """Remove ``@pytest.mark.llm_cassette`` beside one that names a file."""
    names = [each for each in node.decorators if named_marker(each.decorator)]
    if not names:
        return node
    kept = [each for each in node.decorators if not dotted(each.decorator).endswith(f".{MARKER}")]
    return node.with_changes(decorators=kept)


def named_marker(node: cst.BaseExpression) -> bool:
    return (
        isinstance(node, cst.Call)
        and dotted(node.func).endswith(f"mark.{MARKER}")
        and any(each.keyword is None for each in node.args)
    )
