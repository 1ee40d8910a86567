"""Opening a cassette: reads the file, finds the mode and merges the settings."""

from __future__ import annotations

import errno
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from llmcassette import storage
from llmcassette.errors import CassetteError
from llmcassette.model import Cassette
from llmcassette.recorder.engine import Contents, Engine, Remedy
from llmcassette.recorder.modes import parse_mode
from llmcassette.recorder.project import find_project
from llmcassette.recorder.run import current_run
from llmcassette.recorder.settings import Layer, merge
from llmcassette.storage.reading import IS_A_FOLDER

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.settings import Settings

__all__ = ["open_cassette", "remedy_of", "settings_of"]


Words: TypeAlias = "str | Callable[[], str]"


def settings_of(place: str, settings: Mapping[str, object]) -> Settings:
    """The settings of a cassette that is opened by hand: pyproject.toml, then its own.

    Args:
        place: where the settings were given, for messages.
        settings: the keywords.

    Raises:
        SettingsError: pyproject.toml cannot be read, or a setting is wrong.
    """
    project = find_project(Path.cwd())
    in_project = Layer(str(project.path or "pyproject.toml"), project.table)
    return merge([in_project, Layer(place, settings)])


def remedy_of(path: str | os.PathLike[str], mode: Mode | None) -> Words:
    """How to record a cassette that is opened by hand.

    Args:
        path: the file; relative to the working directory.
        mode: the argument ``mode`` of whatever opens it.
    """
    by_hand = f'open {Path(path).name} with mode="rewrite"'
    if mode is not None:  # which overrides the command line, and LLMCASSETTE_MODE
        return f"{by_hand}, outside of CI" if current_run.must_replay(obey_ci=True) else by_hand
    if current_run.remedy is not None:
        return partial(current_run.remedy, Path(path).absolute())
    return f"run it with LLMCASSETTE_MODE=rewrite, or {by_hand}"


def open_cassette(
    path: str | os.PathLike[str],
    *,
    mode: Mode | None,
    settings: Settings,
    remedy: Words,
    may_be_absent: bool = False,
) -> Engine:
    """Read a cassette and open it.

    Args:
        path: the file; relative to the working directory.
        mode: the argument ``mode`` of whatever opens it; ``None`` obeys the run, the environment
            and the settings. CI may turn it into ``none``.
        settings: of the cassette, merged.
        remedy: how to record this cassette, for messages; a function is called when there is one.
        may_be_absent: in mode ``none``, a missing file is an error of the first request only.

    Raises:
        CassetteError: the file is missing or broken, or a setting is wrong.
    """
    if mode is None:
        mode = current_run.mode(settings.mode, obey_ci=settings.ci)
    else:
        mode = parse_mode(mode, "mode")
        if current_run.must_replay(obey_ci=settings.ci):
            mode = "none"
    where = Path(path).absolute()
    advice = Remedy(remedy)
    if may_be_absent and mode == "none" and not where.exists():
        contents = Contents(exists=False)
    else:
        contents = _contents(where, mode, advice)
    cassette = Engine(where, mode, contents, settings, advice)
    for watch in current_run.watchers:
        watch(cassette)
    return cassette


def _contents(path: Path, mode: Mode, remedy: Remedy) -> Contents:
    if mode != "live" and _is_folder(path):
        raise CassetteError(IS_A_FOLDER, path=path)
    match mode:
        case "none":
            if not path.exists():
                raise CassetteError(
                    f"there is no such cassette.\nTo record it: {remedy}", path=path
                )
            return Contents(_read(path).interactions)
        case "once":
            if not current_run.was_absent(path):
                return Contents(_read(path).interactions)
            current_run.older_interactions(path, 0)
            return Contents(records=True)
        case "new_episodes":
            file = _read(path) if path.exists() else Cassette(path=path)
            older = current_run.older_interactions(path, len(file.interactions))
            return Contents(file.interactions[:older], records=True, file=file)
        case "all":
            # What is wrong with the file shows now, not when there is something to lose.
            return Contents(records=True, file=_read(path) if path.exists() else None)
        case "rewrite":
            return Contents(records=True)
        case "live":
            return Contents()


def _read(path: Path) -> Cassette:
    return storage.load(path, lazy=True)


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # such a file can't exist
            from llmcassette.storage.atomic_writing import why_not

            raise CassetteError(why_not(error, path), path=path) from error
        return False
