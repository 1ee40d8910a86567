"""The file that a run leaves of itself, see ``llmcassette.review.report`` for what is in it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmcassette.errors import CassetteError
from llmcassette.review.check_report import VERSION, read_document
from llmcassette.review.report import Facts
from llmcassette.review.report_root import repository_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Report", "read", "write"]


@dataclass(frozen=True, slots=True)
class Report:
    """A report that has been read.

    Attributes:
        path: the file.
        facts: what is in it.
        root: where the paths of the facts start, by the place of the file when it was written.
        in_repository: the same folder, seen from the top of the repository; empty where the run was
            in none.
    """

    path: Path
    facts: Facts
    root: Path
    in_repository: str


def write(path: Path, facts: Facts, root: Path, more: dict[str, Any]) -> None:
    """Write a run's report.

    Args:
        path: the file; folders on its way are made.
        facts: the run.
        root: the folder that the paths in it are relative to.
        more: further keys.

    Raises:
        CassetteError: it cannot be written.
    """
    path = path.absolute()
    repository = repository_of(root)
    document = {
        "version": VERSION,
        "root": _relative(root, path.parent),
        "in_repository": "" if repository is None else _relative(root, repository),
        "complete": facts.complete,
    }
    text = json.dumps({**document, **facts.message(), **more}, indent=2, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise CassetteError(f"cannot be written: {error.strerror or error}", path=path) from error


def read(paths: Sequence[Path]) -> list[Report]:
    """Read the reports of the shards of a run.

    Args:
        paths: files, and folders: then everything in them that ends in ``.json``.

    Raises:
        CassetteError: one cannot be read, or is no report.
    """
    reports = []
    for path in paths:
        if not path.is_dir():
            reports.append(_read(path))
            continue
        found = sorted(path.rglob("*.json"))
        if not found:
            raise CassetteError("holds no report: there is no .json in it", path=path)
        reports += [_read(file) for file in found]
    return reports


def _read(path: Path) -> Report:
    data = read_document(path)
    try:
        return Report(
            path, Facts.of(data), path.parent / data["root"], str(data.get("in_repository", ""))
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise CassetteError(
            f"no report of a test run: {type(error).__name__}: {error}", path=path
        ) from None


def _relative(path: Path, start: Path) -> str:
    try:
        return os.path.relpath(path, start).replace(os.sep, "/")
    except ValueError:  # on another drive
        return str(path)
