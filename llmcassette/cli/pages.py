"""The option ``--html`` of commands that can write a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.option_types import GivenPath
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["check_page", "page_option", "save_page"]


def page_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option."""
    return click.option(
        "--html",
        "page",
        type=GivenPath(),
        metavar="FILE",
        help="Write a page for a browser to FILE; it loads nothing from elsewhere.",
    )(command)


def check_page(view: str | None) -> None:
    """Check that a page can be made, before the work begins.

    Raises:
        click.UsageError: another view is wanted, too.
        CassetteError: the extra ``html`` is not installed.
    """
    from llmcassette.review.page.rendering import MISSING, has_templates

    if view is not None:
        raise click.UsageError(f"--html and --{view} exclude each other")
    if not has_templates():
        raise CassetteError(MISSING)


def save_page(path: str, page: str) -> None:
    """Write a page, and say where it is.

    Raises:
        CassetteError: the file cannot be written.
    """
    from llmcassette.review.page.rendering import write_page

    write_page(path, page)
    click.echo(f"wrote {path}")
