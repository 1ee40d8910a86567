"""Runs a command: an exit code, and one message on stderr instead of a traceback."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from llmcassette.errors import CassetteError, shown_path

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ERROR", "FINDINGS", "OK", "end_broken_pipe", "print_error", "run"]

OK: Final = 0
FINDINGS: Final = 1
"""``check`` found something, or ``diff`` found a difference."""
ERROR: Final = 2

INTERRUPTED: Final = 130
"""128 + SIGINT, as in shells."""


def run(command: click.Command, args: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    A command returns its exit code, or ``None`` for 0. Errors that the user can fix are printed as
    one message on stderr.
    """
    prepare_streams()
    try:
        code = command.main(args, prog_name="llmcassette", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return end_broken_pipe()
    except SystemExit as error:
        # rich exits with 1 when the reader of a pipe has gone, as in ``| head``.
        if isinstance(error.__context__, BrokenPipeError):
            return end_broken_pipe()
        raise
    except (CassetteError, OSError) as error:
        print_error(error)
        return ERROR
    return code if isinstance(code, int) else OK


def prepare_streams() -> None:
    """Open closed standard streams (``>&-``), and replace what stdout can't encode with ``?``."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def print_error(error: CassetteError | OSError) -> None:
    """Print one message on stderr, such as ``llmcassette: weather.yaml:3: not UTF-8``."""
    from llmcassette.escaping import printable

    click.echo(printable(f"llmcassette: {error_message(error)}"), err=True)


def error_message(error: CassetteError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        name = error.filename
        place = f"{shown_path(Path(os.fsdecode(name)))}: " if isinstance(name, (str, bytes)) else ""
        return f"{place}{error.strerror}"
    return str(error)


def end_broken_pipe() -> int:
    """Send the rest of stdout to nowhere, so that Python's shutdown doesn't complain either."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file, as in tests
        return OK
    return OK
