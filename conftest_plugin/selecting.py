"""What a run is of: the whole suite, as the project's ini file has it, or a part.

``-m "not slow"`` in ``addopts`` says what the suite is; on the command line, what one run is of.
"""

from __future__ import annotations

import fnmatch
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["holds_whole_project", "is_left_out", "project_files"]

# Who calls the hook pytest_deselected, and the option that it obeys.
_OPTIONS: Final = {
    ("_pytest.mark", "deselect_by_keyword"): "keyword",
    ("_pytest.mark", "deselect_by_mark"): "markexpr",
    ("_pytest.main", "pytest_collection_modifyitems"): "deselect",
}


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
    return config._parser.parse_known_args(config.getini("addopts") if by_file else [])


def is_left_out(config: pytest.Config) -> bool:
    """Whether it is the project that leaves tests out; asked inside of ``pytest_deselected``."""
    option = _deselecting(sys._getframe(1))
    if option is None:
        return False
    said = getattr(_said_by_project(config), option)
    return bool(said) and said == getattr(config.option, option)


def _deselecting(frame: FrameType | None) -> str | None:
    """The option by which tests are being deselected; ``None`` for those of other plugins."""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in {"pluggy", "conftest_plugin"}:
            return _OPTIONS.get((module, frame.f_code.co_name))
        frame = frame.f_back
    return None
