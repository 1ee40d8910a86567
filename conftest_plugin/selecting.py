"""What a run is of: the whole suite, as the project's ini file has it, or a part.

``-m "not slow"`` in ``addopts`` says what the suite is; on the command line, what one run is of.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.pytest_private import (
    deselect_by_keyword,
    deselect_by_mark,
    parse_options,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

__all__ = ["holds_whole_project", "left_out", "project_files"]


def holds_whole_project(config: pytest.Config) -> bool:
    """Whether pytest was told to look at every test file that the project has it look at."""
    source = config.args_source
    by_arguments = source is pytest.Config.ArgsSource.ARGS
    said = _said_by_project(config)
    if by_arguments and config.args != said.file_or_dir:
        return False
    if [config.option.ignore, config.option.ignore_glob] != [said.ignore, said.ignore_glob]:
        return False
    by_testpaths = source is pytest.Config.ArgsSource.TESTPATHS
    return by_testpaths or config.invocation_params.dir == config.rootpath


def project_files(config: pytest.Config) -> Iterator[Path]:
    """The test files of the project, by their names; not those that it ignores itself."""
    patterns = config.getini("python_files")
    hidden = config.getini("norecursedirs")
    said = _said_by_project(config)
    ignored = [config.invocation_params.dir / path for path in said.ignore or ()]
    globs = [str(config.invocation_params.dir / glob) for glob in said.ignore_glob or ()]
    for start in config.getini("testpaths") or ["."]:
        for folder, below, names in os.walk(config.rootpath / start):
            below[:] = [
                name
                for name in below
                if not any(fnmatch.fnmatch(name, pattern) for pattern in hidden)
                and not Path(folder, name, "pyvenv.cfg").exists()
            ]
            for name in names:
                path = Path(folder, name)
                if (
                    any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
                    and not any(path.is_relative_to(other) for other in ignored)
                    and not any(fnmatch.fnmatch(str(path), glob) for glob in globs)
                ):
                    yield path


def _said_by_project(config: pytest.Config) -> argparse.Namespace:
    """The options as they would be with an empty command line."""
    overridden = config.option.override_ini or ()
    by_file = not any(said.partition("=")[0].strip() == "addopts" for said in overridden)
    return parse_options(config, config.getini("addopts") if by_file else [])


def left_out(config: pytest.Config, items: Sequence[pytest.Item]) -> set[str]:
    """The ids of those among some deselected tests that the project itself leaves out.

    Whatever has deselected them: ``-k`` on the command line comes before ``-m`` in ``addopts``.
    """
    said = _said_by_project(config)
    kept = [
        item
        for item in items
        if not any(item.nodeid.startswith(prefix) for prefix in said.deselect or ())
    ]
    project: Any = _OfProject(config, said)
    with contextlib.suppress(pytest.UsageError):  # told by pytest, if these words count
        deselect_by_keyword(kept, project)
        deselect_by_mark(kept, project)
    return {item.nodeid for item in items} - {item.nodeid for item in kept}


class _OfProject:
    """A config with the project's options for pytest's own functions; what they do is not told."""

    def __init__(self, config: pytest.Config, said: argparse.Namespace) -> None:
        self._config = config
        self.option = said
        self.hook = SimpleNamespace(pytest_deselected=lambda items: None)  # noqa: ARG005

    def __getattr__(self, name: str) -> object:
        return getattr(self._config, name)
