"""Fixtures of a wider scope that open cassettes: where they stand, and the tests that use them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest_plugin.pytest_private import fixture_definitions
from conftest_plugin.verdict.fixture_guard import FUNCTION

if TYPE_CHECKING:
    import pytest

__all__ = ["opener", "users"]


def opener(item: pytest.Item, name: str) -> tuple[Path, str] | None:
    """A fixture's file, and what to call it there: its name, or ``TestX::setUpClass``.

    Args:
        item: a test that uses it.
        name: the fixture's.

    Returns:
        ``None`` where the test does not name it, but asks for it while it runs; or where it is no
        function.
    """
    definitions = fixture_definitions(item).get(name)
    return _place(definitions[-1], item.config.rootpath) if definitions else None


def users(config: pytest.Config, opened: tuple[Path, str]) -> set[str]:
    """The selected tests that use a fixture.

    Args:
        config: pytest's.
        opened: see ``opener``.
    """
    session: Any = config.pluginmanager.get_plugin("session")
    called = opened[1].rpartition("::")[2]
    return {
        item.nodeid
        for item in session.items
        for name in getattr(item, "fixturenames", ())
        if called in name and opener(item, name) == opened
    }


def _place(fixture: pytest.FixtureDef[Any], root: Path) -> tuple[Path, str] | None:
    function = re.fullmatch(FUNCTION, fixture.argname)
    if function:
        file, _, holder = fixture.baseid.partition("::")
        return root / file, f"{holder}::{function[1]}" if holder else function[1]
    code = getattr(inspect.unwrap(fixture.func), "__code__", None)
    return None if code is None else (Path(code.co_filename), fixture.argname)
