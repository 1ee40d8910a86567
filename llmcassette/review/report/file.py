"""The report file of a run; ``review.report.facts`` describes its contents."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmcassette.errors import CassetteError
from llmcassette.review.check.document import VERSION, read_document
from llmcassette.review.report.facts import Facts
from llmcassette.review.report.root import find_root, repository_of, seen_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Report", "read", "root_of", "write"]


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


def root_of(reports: Sequence[Report], here: Path, said: Path | None) -> Path:
    """The root folder of the project whose shards left some reports.

    Args:
        reports: of one run.
        here: the working directory.
        said: the folder, where the user says it.

    Raises:
        CassetteError: it is not found, or they are not of one project.
    """
    places = {report.in_repository: report.path for report in reports if report.in_repository}
    if len(places) > 1:
        (one, first), (other, second) = list(places.items())[:2]
        raise CassetteError(
            f"these reports are of different projects: {first} is of {one}, {second} of {other}"
        )
    files = {file for report in reports for file in report.facts.files}
    places_of_reports = [report.root for report in reports]
    candidates = seen_from(here, places, places_of_reports) if said is None else [said.absolute()]
    root = find_root(files, candidates)
    if root is None:
        missing = f"the test files of these reports, such as {min(files)}, are not "
        raise CassetteError(
            f"{missing}below the working directory, nor below a folder above it: "
            "run this in a checkout of the project, or name its root folder with --root"
            if said is None
            else f"{missing}below {said}: --root names the folder that pytest calls rootdir"
        )
    return root
