"""Writes what a migration changes: first the cassettes, then the sources that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.cli.git import git
from llmcassette.cli.project import project_settings
from llmcassette.cli.running import print_error
from llmcassette.errors import CassetteError
from llmcassette.review.edit.conversion import convert_file
from llmcassette.storage.atomic_writing import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.cli.migration.plan import Plan

__all__ = ["check_clean", "write_plan"]


def check_clean(root: Path) -> None:
    """Refuse to write where git can't bring back what was there.

    Raises:
        CassetteError: the folder has uncommitted changes, or is in no repository.
    """
    try:
        changed = git(root, "status", "--porcelain", "--", ".").decode(errors="replace")
    except CassetteError as error:
        raise CassetteError(
            f"{error.problem}; --write needs git to undo it, --force writes without", path=root
        ) from None
    if changed:
        raise CassetteError(
            "has uncommitted changes: commit or stash them, so that git can undo the migration;"
            " --force writes all the same",
            path=root,
        )


def write_plan(plan: Plan, *, keep_secrets: bool) -> int:
    """Write everything, and print what fails.

    Args:
        plan: what to write.
        keep_secrets: leave secrets in the cassettes.

    Returns:
        How many files failed.
    """
    settings = project_settings(plan.root)
    redaction = None if keep_secrets else settings.redaction
    failed = 0
    for step in plan.cassettes:
        try:
            convert_file(step, force=True, redaction=redaction, bounds=settings.bounds)
            if step.target != step.source:
                step.source.unlink()
        except (CassetteError, OSError) as error:
            print_error(error)
            failed += 1
    for edit in plan.edits:
        try:
            write_bytes(edit.path, edit.after.encode())
        except OSError as error:
            print_error(error)
            failed += 1
    return failed
