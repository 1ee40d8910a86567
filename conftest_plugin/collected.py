"""What pytest has collected, and which tests have a cassette of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from conftest_plugin.options import MARKER
from conftest_plugin.pytest_private import fixture_definitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

__all__ = ["FACTORY", "FIXTURE", "Collected", "give_cassette", "has_cassette"]

FIXTURE: Final = "llm_cassette"
FACTORY: Final = "llm_cassettes"
GUARD: Final = "_llm_cassette_guard"


class Collected(NamedTuple):
    """A module or class that pytest has collected, or could not.

    Attributes:
        collector: the module or class.
        outcome: of its collection: passed, failed or skipped.
        children: all that is in it, selected or not.
        is_imported: false where pytest passed it over (``--lf``).
    """

    collector: pytest.Module | pytest.Class
    outcome: str
    children: Sequence[Any]
    is_imported: bool


def has_cassette(item: pytest.Item) -> bool:
    """Whether a test has a cassette of its own: by its marker or its fixture."""
    names = getattr(item, "fixturenames", None)
    if names is None:
        return False
    return item.get_closest_marker(MARKER) is not None or FIXTURE in names


def give_cassette(item: pytest.Item) -> bool:
    """Have a test's cassette opened before its fixtures of function scope.

    Returns:
        Whether this was new.
    """
    names: list[str] = item.fixturenames  # type: ignore[attr-defined]
    if GUARD in names:
        return False
    # A list of its own: parametrised tests share one, and not all need be marked.
    names = [name for name in names if name != FIXTURE]
    names.insert(_first_of_function_scope(item, names), FIXTURE)
    item.fixturenames = [GUARD, *names]  # type: ignore[attr-defined]
    return True


def _first_of_function_scope(item: pytest.Item, names: Sequence[str]) -> int:
    definitions = fixture_definitions(item)
    for position, name in enumerate(names):
        found = definitions.get(name)
        if found and found[-1].scope == "function":
            return position
    return len(names)
