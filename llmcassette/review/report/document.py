"""What ``check --report`` and ``prune`` read of a run's report: which interactions were played.

Only the keys that docs/reference/check.md documents are needed, so that other tools can write
the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcassette.errors import CassetteError
from llmcassette.review.report.root import find_root

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VERSION", "RunReport", "Used", "read_document", "read_report"]

VERSION = 1


@dataclass(frozen=True, slots=True)
class Used:
    """What a run did with one cassette.

    Attributes:
        played: positions of the interactions that were played, from 0; ``None`` if unknown.
        interactions: how many there were in the file; ``None`` if unknown.
        passed: whether every test that may play the file passed, so that the rest is not needed.
    """

    played: frozenset[int] | None = None
    interactions: int | None = None
    passed: bool = True


@dataclass(frozen=True, slots=True)
class RunReport:
    """A whole run.

    Attributes:
        cassettes: by absolute path.
    """

    cassettes: Mapping[Path, Used] = field(default_factory=dict)

    def used(self, path: Path) -> Used | None:
        """What the run did with a file; ``None`` where no test opened it."""
        return self.cassettes.get(path.resolve())


def read_report(path: Path) -> RunReport:
    """Read the report of a complete run.

    Raises:
        CassetteError: the file cannot be read, is not a report, or is of a partial run or of a
            project that is not here.
    """
    data = read_document(path)
    cassettes = data.get("cassettes")
    if not isinstance(cassettes, dict):
        raise CassetteError("no report of a test run: it has no cassettes", path=path)
    if data.get("complete", True) is not True:
        raise CassetteError(
            "is of a partial run: run all tests",
            path=path,
        )
    root = data.get("root", ".")
    if not isinstance(root, str):
        raise CassetteError("root must be the name of a folder", path=path)
    base = _base(path, path.parent / root if "root" in data else Path(), data.get("files"))
    return RunReport(
        {(base / name).resolve(): _used(path, name, value) for name, value in cassettes.items()}
    )


def _base(path: Path, base: Path, files: object) -> Path:
    """The folder that the paths of a report are relative to; the file may have been moved."""
    if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
        return base
    here = Path.cwd()
    root = find_root(files, [base, here, *here.parents])
    if root is None:
        raise CassetteError(
            f"is of a project whose test files, such as {min(files)}, are neither where the report "
            "was written nor here: run this in the project's root folder",
            path=path,
        )
    return root


def read_document(path: Path) -> dict[str, Any]:
    """Read the JSON of a report, and check its version.

    Raises:
        CassetteError: the file cannot be read, or is not a report of this version.
    """
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise CassetteError(f"cannot be read: {error.strerror or error}", path=path) from None
    except (ValueError, RecursionError) as error:
        raise CassetteError(f"no report of a test run: not JSON: {error}", path=path) from None
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise CassetteError(f"no report of a test run: it must say version {VERSION}", path=path)
    return data


def _used(path: Path, name: str, value: object) -> Used:
    if not isinstance(value, dict):
        raise CassetteError(f"{name}: must be a mapping", path=path)
    played, count = value.get("played"), value.get("interactions")
    alike = value.get("alike", [])
    passed = value.get("passed", True)
    for key, positions in (("played", played), ("alike", alike)):
        if positions is not None and not (
            isinstance(positions, list) and all(type(one) is int and one >= 0 for one in positions)
        ):
            raise CassetteError(f"{name}: {key} must be a list of positions", path=path)
    if value.get("openings", 1) != 1 and played is not None:
        played = [*played, *alike]  # each opening played the first of equal ones
    if not (count is None or type(count) is int) or not isinstance(passed, bool):
        raise CassetteError(
            f"{name}: interactions must be a number, passed true or false", path=path
        )
    return Used(None if played is None else frozenset(played), count, passed)
