"""The report file of a run (``--llm-report``); docs/reference/ci.md documents it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.review.report.decided import Decided
from llmcassette.review.report.document import VERSION, read_document
from llmcassette.review.report.facts import Facts
from llmcassette.review.report.misses import group_misses
from llmcassette.review.report.root import find_root, repository_of, seen_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from llmcassette.review.report.problem import Problem

__all__ = ["Report", "read", "root_of", "write"]


@dataclass(frozen=True, slots=True)
class Report:
    """A report that has been read.

    Attributes:
        path: the file.
        facts: the run, without its problems: shards that are put together are judged anew.
        root: the folder of the project, by the place of the file when it was written.
        in_repository: the same folder, relative to the top of the repository; empty where the run
            was in no repository.
    """

    path: Path
    facts: Facts
    root: Path
    in_repository: str


def write(
    path: Path,
    facts: Facts,
    root: Path,
    *,
    problems: Iterable[Problem],
    saved: Mapping[str, float | None],
) -> None:
    """Write the report of a run.

    Args:
        path: the file; missing folders are made.
        facts: the run.
        root: the folder that the paths in it are relative to.
        problems: what is wrong with the run.
        saved: the tokens and dollars that replaying saved.

    Raises:
        CassetteError: the file cannot be written.
    """
    path = path.absolute()
    repository = repository_of(root)
    message = facts.message()
    decided = Decided(facts)
    for name, use in facts.cassettes.items():
        message["cassettes"][name]["passed"] = decided.is_played_out(name, use)
    rows = sorted(
        (one.row() for one in problems),
        key=lambda row: (row["file"], row["test"], row["line"], row["code"]),
    )
    document = {
        "version": VERSION,
        "root": _relative(root, path.parent),
        "in_repository": "" if repository is None else _relative(root, repository),
        "complete": facts.complete,
        "missed_by_cause": [group.row() for group in group_misses(facts)],
        **message,
        "totals": {**facts.totals(), **saved},
        "problems": rows,
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise CassetteError(f"cannot be written: {error.strerror or error}", path=path) from error


def read(paths: Sequence[Path]) -> list[Report]:
    """Read the reports of the shards of a run.

    Args:
        paths: files, and folders: every file in and below them that ends in ``.json``.

    Raises:
        CassetteError: a file cannot be read, or is not a report.
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
        facts = Facts.of({**data, "problems": []})
        return Report(path, facts, path.parent / data["root"], str(data["in_repository"]))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise CassetteError(
            f"no report of a test run: {type(error).__name__}: {error}", path=path
        ) from None


def _relative(path: Path, start: Path) -> str:
    try:
        return os.path.relpath(path, start).replace(os.sep, "/")
    except ValueError:  # on another drive
        return str(path)


def root_of(reports: Sequence[Report], here: Path, named: Path | None) -> Path:
    """Find the root folder of the project whose shards wrote some reports.

    Args:
        reports: the reports of one run.
        here: the working directory.
        named: the folder, where the user named it.

    Raises:
        CassetteError: the folder is not found, or the reports are of different projects.
    """
    places = {report.in_repository: report.path for report in reports if report.in_repository}
    if len(places) > 1:
        (one, first), (other, second) = list(places.items())[:2]
        raise CassetteError(
            f"these reports are of different projects: {first} is of {one}, {second} of {other}"
        )
    files = {file for report in reports for file in report.facts.files}
    places_of_reports = [report.root for report in reports]
    candidates = seen_from(here, places, places_of_reports) if named is None else [named.absolute()]
    root = find_root(files, candidates)
    if root is None:
        missing = f"the test files of these reports, such as {min(files)}, are not "
        raise CassetteError(
            f"{missing}below the working directory, nor below a folder above it: "
            "run this in a checkout of the project, or name its root folder with --root"
            if named is None
            else f"{missing}below {named}: --root names the folder that pytest calls rootdir"
        )
    return root
