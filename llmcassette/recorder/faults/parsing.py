"""The setting ``faults``: reads ``Fault``s and texts that spell them."""

from __future__ import annotations

import ast
import inspect
from contextlib import suppress
from typing import TYPE_CHECKING

from llmcassette.errors import SettingsError
from llmcassette.recorder.faults import constructors
from llmcassette.recorder.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_faults"]


def check_faults(value: object, place: str) -> tuple[Fault, ...]:
    """Check the setting.

    Args:
        value: a list of faults, or of texts that spell them: ``"status(429, times=2)"``,
            ``"connect_error"``; for pyproject.toml, where nothing can be called.
        place: the setting and where it was set, for the message.

    Raises:
        SettingsError: one of them is not a fault.
    """
    if not isinstance(value, list | tuple):
        raise SettingsError(
            f"{place} must be a list of faults, such as [faults.status(429)], not {value!r}"
        )
    return tuple(item if isinstance(item, Fault) else _fault(item, place) for item in value)


def _fault(value: object, place: str) -> Fault:
    """One fault of the setting."""
    if not isinstance(value, str):
        hint = (
            f" Call it: faults.{getattr(value, '__name__', '')}()."
            if _is_constructor(value)
            else ""
        )
        raise SettingsError(f"{place}: {value!r} is no fault of llmcassette.faults.{hint}")
    name, positional, keywords = _call(value, place)
    constructor: Callable[..., Fault] = getattr(constructors, name)
    try:
        inspect.signature(constructor).bind(*positional, **keywords)
    except TypeError as error:
        raise SettingsError(f"{place}: {value!r}: {error}") from error
    return constructor(*positional, **keywords)


def _call(text: str, place: str) -> tuple[str, list[object], dict[str, object]]:
    """Name and arguments of a call whose arguments are literals."""
    name, positional, keywords = "", list[object](), dict[str, object]()
    # A text that Python's own parser can't take is not a fault either.
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        match ast.parse(text.strip().removeprefix("faults."), mode="eval").body:
            case ast.Name(found):
                name = found
            case ast.Call(ast.Name(found), given, named):
                positional = [ast.literal_eval(argument) for argument in given]
                keywords = {word.arg or "": ast.literal_eval(word.value) for word in named}
                name = found
    if not name:
        raise SettingsError(
            f'{place}: {text!r} does not spell a fault, as "status(429, times=2)" does'
        )
    if name not in constructors.__all__:
        import difflib  # only for a message

        near = difflib.get_close_matches(name, constructors.__all__, n=1, cutoff=0.5)
        known = ", ".join(constructors.__all__)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {known}."
        raise SettingsError(f"{place}: there is no fault {name!r}. {hint}")
    return name, positional, keywords


def _is_constructor(function: object) -> bool:
    return getattr(function, "__module__", "") == constructors.__name__
