"""``llmcassette migrate``: moves a project from vcrpy and its plugins."""

from __future__ import annotations

from pathlib import Path

import click

from llmcassette.cli.option_types import GivenPath
from llmcassette.cli.running import ERROR, FINDINGS, OK
from llmcassette.errors import CassetteError

__all__ = ["migrate"]


@click.command()
@click.argument("path", type=GivenPath(path_type=Path), default=".", metavar="[PATH]")
@click.option("--write", is_flag=True, help="Do it; without, only show it.")
@click.option("-n", "--dry-run", is_flag=True, help="Show it; the default.")
@click.option("-f", "--force", is_flag=True, help="Write although git has uncommitted changes.")
@click.option("--keep-secrets", is_flag=True, help="Leave headers and secrets as they are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, see docs/how-to/migrate.md.")
def migrate(
    path: Path, write: bool, dry_run: bool, force: bool, keep_secrets: bool, as_json: bool
) -> int:
    """Move a project from vcrpy, pytest-recording, pytest-vcr or cassetter.

    PATH is the folder of the project. Cassettes are converted in place, markers, fixtures and
    calls are rewritten, and pyproject.toml gets the settings with which the tests stay green. What
    has to be done by hand is listed with its line. pytest collects the tests; nothing runs.

    Exits with 1 if something is left to do by hand, 2 if something failed.

    \b
    Examples:
      llmcassette migrate
      llmcassette migrate --write
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    if write and dry_run:
        raise click.UsageError("--write and --dry-run contradict each other")
    try:
        from llmcassette.cli.migration.plan import plan_migration
        from llmcassette.cli.migration.writing import check_clean, write_plan
    except ModuleNotFoundError as error:
        if error.name not in ("libcst", "tomlkit"):
            raise
        raise CassetteError(
            "migrate needs an extra: pip install 'pytest-llmcassette[migrate]'"
        ) from None
    from llmcassette.cli.output.migrate import print_done, print_plan

    root = path.resolve()
    if not root.is_dir():
        raise CassetteError("is no folder; name the folder of the project", path=path)
    if write and not force:
        check_clean(root)
    plan = plan_migration(root)
    failed = len(plan.failed)
    if not as_json:
        print_plan(plan, write=write)
    if write:
        failed += write_plan(plan, keep_secrets=keep_secrets)
    print_done(plan, write=write, failed=failed, as_json=as_json)
    return ERROR if failed else FINDINGS if plan.notes else OK
