"""Writes the settings in pyproject.toml with which an old suite stays green."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError

from llmcassette.cli.migration.folders import TEST
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["with_settings"]

COMMENTS = {
    "match_on": "vcrpy compares no bodies. Remove this line to compare them, too.",
    "unused": 'vcrpy tells nobody. "error" is the default in CI.',
    "placeholder_keys": "Tests that skip themselves without a key go on doing so.",
    "cassette_name": "The files have no folder for each module.",
}


def with_settings(path: Path, *, flat: bool) -> tuple[str, str] | None:
    """The text of pyproject.toml before and after; ``None`` if the table is there already.

    Args:
        path: the file, which may be missing.
        flat: cassettes are in one folder without one for each module.

    Raises:
        CassetteError: it is no TOML.
    """
    before = path.read_bytes().decode("utf-8") if path.exists() else ""
    try:
        document = tomlkit.parse(before)
    except TOMLKitError as error:
        raise CassetteError(f"not TOML: {error}", path=path) from None
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    if "llmcassette" in tool:
        return None
    settings: dict[str, object] = {
        "match_on": ["method", "url"],
        "unused": "warn",
        "placeholder_keys": False,
    }
    if flat:
        settings["cassette_name"] = TEST
    table = tomlkit.table()
    for name, value in settings.items():
        table.add(tomlkit.comment(COMMENTS[name]))
        table.add(name, value)
    tool["llmcassette"] = table
    return before, tomlkit.dumps(document)
