"""The table in docs/reference/sdks.md, as text."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tests.matrix.environments import ENVIRONMENTS
from tests.matrix.library import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.matrix.libraries.mcp import McpClient
    from tests.matrix.library import Library

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sdks.md"
COLUMNS_OF = {
    "test_tool_calls": ["tools"],
    "test_errors": ["errors"],
    "test_an_early_close": ["early close"],
    "test_a_cancelled_task": ["cancel"],
    "test_a_changed_prompt_misses_at_once": ["miss"],
    "test_a_session": ["async", "tools"],
    "test_another_argument_misses_at_once": ["miss"],
}
COLUMNS = (*WAYS, "tools", "errors", "early close", "cancel", "miss")
HEAD = ("library", "package", "version", "environment", *COLUMNS)
NONE = "–"
HIDDEN = "yes, hidden"


def rows(text: str) -> list[tuple[str, ...]]:
    """The cells of the table's rows."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def row(library: Library | McpClient, environment: str, passed: dict[str, bool]) -> tuple[str, ...]:
    """``passed`` lacks the columns that the library doesn't have."""
    words = {True: "yes", False: "**no**", None: NONE}
    cells = {column: words[passed.get(column)] for column in COLUMNS}
    if library.hides_misses and passed.get("miss"):
        cells["miss"] = HIDDEN
    return (library.name, library.package, version(library.package), environment, *cells.values())


def renewed(text: str, environment: str, ours: Iterable[tuple[str, ...]]) -> str:
    """The page's text with other rows of this environment."""
    others = [cells for cells in rows(text) if cells[3] != environment]
    every = sorted([*ours, *others], key=lambda cells: list(ENVIRONMENTS).index(cells[3]))
    table = [HEAD, ("---",) * len(HEAD), *every]
    before, _, rest = text.partition("\n|")
    after = rest.rpartition("|\n")[2]
    return before + "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in table) + after
