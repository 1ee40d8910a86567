"""Where the cassettes of tests are: a folder, and a template of their names.

The pytest plugin names the files; here are the two settings and their checks.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from string import Formatter
from typing import Final

from llmcassette.errors import SettingsError

__all__ = ["FIELDS", "check_folder", "check_name", "filled"]

FIELDS: Final = ("folder", "module", "class", "test", "params")
"""What a template may contain; ``class`` and ``params`` are empty for tests without."""

SUFFIX: Final = ".yaml"


def check_folder(value: object, place: str) -> str:
    """The value of ``cassette_dir``."""
    if isinstance(value, str) and value.strip():
        return value
    raise SettingsError(f"{place} must be a folder, such as 'cassettes', not {value!r}")


def check_name(value: object, place: str) -> str | None:
    """The value of ``cassette_name``, without the suffix; ``None`` for the default."""
    if value is None:
        return None
    example = "such as '{module}/{class}.{test}[{params}]'"
    if not isinstance(value, str):
        raise SettingsError(f"{place} must be a template, {example}, not {value!r}")
    template = value.removesuffix(SUFFIX)
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise SettingsError(f"{place}: {value!r} is no template: {error}") from error
    names = [name for _, name, _, _ in parsed if name is not None]
    for _, name, spec, conversion in parsed:
        if name is not None and (name not in FIELDS or spec or conversion):
            fields = ", ".join(f"{{{known}}}" for known in FIELDS)
            raise SettingsError(f"{place}: {{{name}}} is not known. There are: {fields}.")
    if "test" not in names:
        raise SettingsError(f"{place} must contain {{test}}, {example}, not {value!r}")
    path = PurePath(template)
    if path.is_absolute() or ".." in path.parts or "" in template.split("/"):
        raise SettingsError(f"{place} must be a path below the folder of cassettes, not {value!r}")
    return template


def filled(template: str, values: dict[str, str]) -> list[str]:
    """The segments of a path: the template with its fields replaced.

    A field without a value goes with the separator after ``class`` and before ``params``, or with
    the brackets around it.
    """
    if not values["class"]:
        template = re.sub(r"\{class\}[._/-]?", "", template)
    if not values["params"]:
        template = re.sub(r"\[\{params\}\]|\(\{params\}\)|[._/-]?\{params\}", "", template)
    if not values["folder"]:
        template = re.sub(r"\{folder\}/?", "", template)
    segments = [segment.format(**values) for segment in template.split("/")]
    # A folder may have several segments of its own; a parameter with a slash is one name.
    return [
        part
        for segment, text in zip(template.split("/"), segments, strict=True)
        for part in (text.split("/") if segment == "{folder}" else [text])
    ]
