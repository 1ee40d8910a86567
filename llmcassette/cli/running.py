"""A command's end: an exit code, and at most one message instead of a traceback."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from llmcassette.errors import CassetteError, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "DIFFERENT",
    "EQUAL",
    "TROUBLE",
    "ReaderGoneError",
    "complain",
    "run",
    "until_reader_goes",
]

T = TypeVar("T")

EQUAL: Final = 0
DIFFERENT: Final = 1
TROUBLE: Final = 2

INTERRUPTED: Final = 130
"""128 and SIGINT's number, as shells have it."""


class ReaderGoneError(Exception):
    """Nobody reads the output any more; click and rich would make an exit code 1 of it."""


def until_reader_goes(invoke: Callable[[], T]) -> T:
    """Call a command.

    Raises:
        ReaderGoneError: the reader of a pipe has gone, as in ``| head``.
    """
    try:
        return invoke()
    except BrokenPipeError as error:
        raise ReaderGoneError from error
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # rich
            raise ReaderGoneError from error
        raise


def run(command: click.Command, args: Sequence[str] | None = None) -> int:
    """Run a command; what is the user's to mend is told on stderr in one message.

    A command may return an exit code, or call ``ctx.exit``.
    """
    mend_streams()
    try:
        code = command.main(args, prog_name="llmcassette", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except (ReaderGoneError, BrokenPipeError):
        return after_broken_pipe()
    except CassetteError as error:
        complain(error)
        return TROUBLE
    except OSError as error:
        complain(error)
        return TROUBLE
    return code if isinstance(code, int) else EQUAL


def mend_streams() -> None:
    """No text may fail to be written: not in another encoding, not where a stream is closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # ``>&-``
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def complain(error: CassetteError | OSError) -> None:
    """One message on stderr: ``llmcassette: weather.yaml:3: what is wrong``."""
    from llmcassette.cli.output.lines import printable

    click.echo(printable(f"llmcassette: {message_of(error)}"), err=True)


def message_of(error: CassetteError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        name = error.filename
        place = f"{shown_path(Path(os.fsdecode(name)))}: " if isinstance(name, (str, bytes)) else ""
        return f"{place}{error.strerror}"
    return str(error)


def after_broken_pipe() -> int:
    """The reader has gone (``| head``): say nothing, also not while Python shuts down."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file, as in tests
        return EQUAL
    return EQUAL
