"""The file of a test's cassette, and paths as messages show them.

File names are safe on every file system, distinct, and always the same.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from conftest_plugin.options import MARKER
from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CHUNKING",
    "FOLDER",
    "Naming",
    "cassette_path",
    "chunking_id",
    "chunking_of",
    "file_name",
    "folder_of_cassettes",
    "folder_of_run",
    "marked_path",
    "name_cassettes_of_run",
    "name_cassettes_of_test",
    "naming_of",
    "note_lookalikes",
    "shown_file",
    "shown_nodeid",
]

FOLDER: Final = "cassettes"
SUFFIX: Final = ".yaml"
CHUNKING: Final = "_llm_chunking"
"""The parameter of tests that run once for each chunking."""

# Windows allows none of these in a name, POSIX not the slash; see "Naming Files, Paths, and
# Namespaces" in the Windows documentation, also for the reserved names.
# re compiles these on first use, not at the start of every pytest run.
_UNSAFE: Final = r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]'
_RESERVED: Final = r"(?i:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)"

_has_lookalike = pytest.StashKey[bool]()

# Common file systems allow 255 bytes; the rest is for the suffix and for temporary files.
_LONGEST: Final = 180


def file_name(name: str, *, has_lookalike: bool = False) -> str:
    """A file name for a test's name, without the suffix.

    A name with characters that had to be replaced gets a digest of the original, so that different
    names stay different.

    Args:
        name: a test, or a class.
        has_lookalike: another name differs only in case; then this one gets a digest, too.
    """
    # macOS may return another normal form of a name than it was given.
    safe = re.sub(_UNSAFE, "_", unicodedata.normalize("NFC", name)).rstrip(". ")
    if re.match(_RESERVED, safe):
        safe = f"_{safe}"
    encoded = safe.encode()
    if len(encoded) > _LONGEST:
        safe = encoded[:_LONGEST].decode(errors="ignore").rstrip(". ")
    if safe == name and not has_lookalike:
        return safe
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe}-{digest}"


def note_lookalikes(siblings: Iterable[pytest.Item | pytest.Collector]) -> None:
    """Note names that differ only in case, which are the same on Windows and macOS.

    Args:
        siblings: everything in a module or class, selected or not, so that file names don't depend
            on the selection. A name in lower case stays as it is.
    """
    alike: dict[str, list[pytest.Item | pytest.Collector]] = {}
    for node in siblings:
        alike.setdefault(unicodedata.normalize("NFC", node.name).casefold(), []).append(node)
    for nodes in alike.values():
        if len({node.name for node in nodes}) > 1:
            for node in nodes:
                node.stash[_has_lookalike] = node.name != node.name.lower()


class Naming(NamedTuple):
    """The settings ``cassette_dir`` and ``cassette_name``, and the folder of the project."""

    folder: str = FOLDER
    template: str | None = None
    root: Path = Path()


_naming = pytest.StashKey[Naming]()


def name_cassettes_of_run(config: pytest.Config, naming: Naming) -> None:
    """Note what pyproject.toml says about the names of cassettes."""
    config.stash[_naming] = naming


def name_cassettes_of_test(item: pytest.Item, folder: str, template: str | None) -> None:
    """Note what all settings of a test say about the name of its cassette."""
    item.stash[_naming] = naming_of(item)._replace(folder=folder, template=template)


def naming_of(node: pytest.Item | pytest.Collector | pytest.Session) -> Naming:
    """How the cassettes of a test are named, or those of the run."""
    return node.stash.get(_naming, None) or node.config.stash.get(_naming, Naming())


def folder_of_cassettes(beside: Path, naming: Naming) -> Path:
    """The folder for the cassettes of tests in a folder."""
    return (naming.root if "/" in naming.folder else beside) / naming.folder


def folder_of_run(config: pytest.Config) -> str:
    """The name of the folder of cassettes beside each test file.

    Where the project has one folder for all, its path from pytest's root, which has a slash.
    """
    naming = config.stash.get(_naming, Naming())
    if "/" not in naming.folder:
        return naming.folder
    path = Path(os.path.relpath(naming.root / naming.folder, config.rootpath)).as_posix()
    return path if "/" in path else f"./{path}"


def marked_path(item: pytest.Item) -> Path | None:
    """The cassette that the nearest marker with a path names; it is relative to ``cassettes/``.

    Returns:
        ``None`` where no marker has a path.

    Raises:
        SettingsError: its arguments are not one path.
    """
    for mark in item.iter_markers(MARKER):
        named = (mark.kwargs["path"],) if "path" in mark.kwargs else ()
        given = (*mark.args, *named)
        if len(given) > 1 or not all(isinstance(path, str | os.PathLike) for path in given):
            shown = ", ".join(map(repr, given))
            raise SettingsError(
                f"the marker {MARKER} takes one path, and settings by name; not ({shown})"
            )
        if given:
            folder = folder_of_cassettes(item.path.parent, naming_of(item))
            return Path(os.path.normpath(folder / given[0]))
    return None


def cassette_path(item: pytest.Item) -> Path:
    """The cassette of a test: the marker's, or one named after the test.

    Raises:
        SettingsError: see ``marked_path``.
    """
    marked = marked_path(item)
    if marked is not None:
        return marked
    named = [node for node in item.listchain() if isinstance(node, pytest.Class | pytest.Item)]
    name = _without_chunking(item, ".".join(node.name for node in named))
    alike = any(node.stash.get(_has_lookalike, False) for node in named)
    naming = naming_of(item)
    folder = folder_of_cassettes(item.path.parent, naming)
    if naming.template is None:
        return folder / item.path.stem / (file_name(name, has_lookalike=alike) + SUFFIX)
    from llmcassette.recorder.naming import filled  # few projects have a template

    *folders, last = filled(naming.template, _values(item, naming))
    last = file_name(last, has_lookalike=alike) + SUFFIX
    return Path(os.path.normpath(folder.joinpath(*map(file_name, folders), last)))


def _values(item: pytest.Item, naming: Naming) -> dict[str, str]:
    """What the fields of a template stand for."""
    name = _without_chunking(item, item.name)
    test = getattr(item, "originalname", None) or name
    above = os.path.relpath(item.path.parent, naming.root)
    return {
        "folder": "" if above == "." else Path(above).as_posix(),
        "module": item.path.stem,
        "class": ".".join(node.name for node in item.listchain() if isinstance(node, pytest.Class)),
        "test": test,
        "params": name.removeprefix(test).removeprefix("[").removesuffix("]"),
    }


def shown_file(config: pytest.Config, path: str | Path) -> str:
    """A file, relative to where pytest was started."""
    try:
        return os.path.relpath(path, config.invocation_params.dir)
    except ValueError:  # on another drive
        return str(path)


def shown_nodeid(item: pytest.Item) -> str:
    """A test's id as it can be passed to pytest where pytest was started."""
    _, separator, inner = item.nodeid.partition("::")
    return f"{shown_file(item.config, item.path)}{separator}{inner}"


def chunking_of(item: pytest.Item) -> str | None:
    """The chunking of a test that the marker runs with every one; else ``None``."""
    callspec: Any = getattr(item, "callspec", None)
    found: str | None = None if callspec is None else callspec.params.get(CHUNKING)
    return found


def chunking_id(chunking: str) -> str:
    """A chunking as it is written in a test's id."""
    return f"chunking={chunking}"


def _without_chunking(item: pytest.Item, name: str) -> str:
    """A test's name without its chunking: tests of every chunking replay one cassette."""
    parameter = chunking_of(item)
    if parameter is None:
        return name
    token = chunking_id(parameter)
    for written, instead in (
        (f"[{token}]", ""),
        (f"[{token}-", "["),
        (f"-{token}]", "]"),
        (f"-{token}-", "-"),
    ):
        name = name.replace(written, instead)
    return name
