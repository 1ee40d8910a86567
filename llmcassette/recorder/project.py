"""``[tool.llmcassette]`` in pyproject.toml, the same for plugin, library and command line."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Project", "find_project"]

TABLE = "llmcassette"


class Project(NamedTuple):
    """The table in the nearest pyproject.toml that has one; empty if none has.

    Attributes:
        path: the pyproject.toml; ``None`` if none has the table.
        table: its content, unchecked.
    """

    path: Path | None = None
    table: Mapping[str, object] = MappingProxyType({})


def find_project(start: Path) -> Project:
    """Look in ``start`` and the folders above it.

    Raises:
        SettingsError: a pyproject.toml on the way is not TOML, or the table is not a table.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            continue
        except UnicodeDecodeError as error:
            raise SettingsError(f"not UTF-8 at byte {error.start}", path=path) from error
        if TABLE not in text:
            continue
        try:
            tool = _tool(text)
        except ValueError as error:
            raise SettingsError(f"not TOML: {error}", path=path) from error
        except RecursionError as error:
            raise SettingsError("nested too deep to be read", path=path) from error
        if not isinstance(tool, dict) or TABLE not in tool:
            continue
        if not isinstance(tool[TABLE], dict):
            raise SettingsError(f"[tool.{TABLE}] must be a table", path=path)
        return Project(path, tool[TABLE])
    return Project()


@lru_cache(maxsize=4)
def _tool(text: str) -> object:
    """The table ``tool``; cached, since every cassette that opens needs it."""
    import tomllib  # not at the start of every pytest run

    return tomllib.loads(text).get("tool", {})
