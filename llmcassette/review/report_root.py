"""Where the project lies that a report is of: CI jobs carry reports elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from llmcassette.review.report_file import Report

__all__ = ["find_root", "repository_of", "root_of"]


def repository_of(folder: Path) -> Path | None:
    """The top folder of the repository that a folder lies in, if it lies in one."""
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each
    return None


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
    candidates = _seen_from(here, places, places_of_reports) if said is None else [said.absolute()]
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


def find_root(files: Collection[str], candidates: Iterable[Path]) -> Path | None:
    """The first folder that holds all of the files, or else most of them; any, where are none."""
    folders = [folder.resolve() for folder in candidates]
    held = [sum((folder / file).is_file() for file in files) for folder in folders]
    for wanted in (len(files), len(files) / 2):
        for folder, count in zip(folders, held, strict=True):
            if count >= wanted:
                return folder
    return None


def _seen_from(here: Path, places: Iterable[str], further: Iterable[Path]) -> Iterator[Path]:
    yield from (here, *here.parents)
    repository = repository_of(here)
    if repository is not None:
        yield from (repository / place for place in places)
    yield from further
