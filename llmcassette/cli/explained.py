"""Each setting with its explanation, its value in this project, and where that comes from.

The explanations are those of ``settings.schema.json``, which editors read, too.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import llmcassette
from llmcassette.errors import CassetteError, shown_path

if TYPE_CHECKING:
    from llmcassette.recorder.project import Project

__all__ = ["Explained", "explained_settings", "schema_text"]

SCHEMA: Final = "settings.schema.json"
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Explained:
    """A setting.

    Attributes:
        name: its name.
        value: as pyproject.toml or the environment has it; ``None`` for the default.
        source: ``default``, ``pyproject.toml:3``, ``CI`` or ``LLMCASSETTE_MODE``.
        text: what it does.
        values: which values it takes, in words.
        default: in words.
        example: a value for pyproject.toml; ``None`` if it can't be there.
        page: the page of the documentation that has more.
    """

    name: str
    value: object
    source: str
    text: str
    values: str
    default: str
    example: object
    page: str

    @property
    def shown_value(self) -> str:
        """The value as TOML, or its default in words."""
        return self.default if self.source == DEFAULT else toml(self.value)


def schema_text() -> str:
    """The JSON schema of ``[tool.llmcassette]`` (draft 7)."""
    return (Path(llmcassette.__file__).parent / SCHEMA).read_text(encoding="utf-8")


def explained_settings(start: Path) -> list[Explained]:
    """All settings, with their values in the project of a folder.

    Raises:
        SettingsError: pyproject.toml has a wrong setting.
    """
    from llmcassette.recorder.project import find_project
    from llmcassette.recorder.settings import Layer, merge

    project = find_project(start)
    merge([Layer(str(project.path or "pyproject.toml"), project.table)])
    lines = lines_of(project)
    return [
        explained(name, about, project, lines)
        for name, about in json.loads(schema_text())["properties"].items()
    ]


def explained(
    name: str, about: dict[str, Any], project: Project, lines: dict[str, int]
) -> Explained:
    value, source = project.table.get(name), DEFAULT
    if name in project.table and project.path is not None:
        place = shown_path(project.path)
        source = f"{place}:{lines[name]}" if name in lines else place
    if name == "mode" and (named := mode_of_environment(project)):
        value, source = named
    example = about["examples"][0] if "examples" in about else None
    words = (about["description"], about["x-values"], about["x-default"])
    return Explained(name, value, source, *words, example, about["x-page"])


def mode_of_environment(project: Project) -> tuple[str, str] | None:
    """The mode that an environment variable sets, and its name."""
    from llmcassette.recorder.modes import ENVIRONMENT_VARIABLE, is_ci, parse_mode

    if project.table.get("ci", True) and is_ci(os.environ):
        return "none", "CI"
    if mode := os.environ.get(ENVIRONMENT_VARIABLE):
        return parse_mode(mode, ENVIRONMENT_VARIABLE), ENVIRONMENT_VARIABLE
    return None


def lines_of(project: Project) -> dict[str, int]:
    """The lines of the settings in pyproject.toml, from 1; without those written in other ways."""
    found: dict[str, int] = {}
    if project.path is None:
        return found
    try:
        text = project.path.read_text(encoding="utf-8")
    except OSError as error:
        raise CassetteError(f"cannot be read: {error.strerror}", path=project.path) from error
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]\s*(#|$)", line):
            inside = header[1].replace(" ", "") == "tool.llmcassette"
        elif inside and (key := re.match(r"\s*[\"']?(\w+)[\"']?\s*=", line)):
            found.setdefault(key[1], number)
    return found


def toml(value: object) -> str:
    """A value of pyproject.toml; texts of JSON are texts of TOML, too."""
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (str, bool)) else str(value)
