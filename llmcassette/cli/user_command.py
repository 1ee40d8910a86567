"""Commands of the user's that run beside a server: ``serve FILE -- COMMAND``."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Final

import click

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

__all__ = ["WithCommand", "command_in", "run_beside", "wait_for_signal"]

COMMAND: Final = "llmcassette.command"
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
TICK: Final = 0.5
"""Seconds."""
BY_SIGNAL: Final = 128
"""Added to the signal's number, as shells do."""


class WithCommand(click.Command):
    """A command whose arguments after ``--`` are a command of the user's.

    click would join both; the callback finds it in ``command_in(ctx)``.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            ctx.meta[COMMAND] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


def command_in(ctx: click.Context) -> tuple[str, ...] | None:
    """The user's command; ``None`` if there is none.

    Raises:
        click.UsageError: nothing follows ``--``.
    """
    command: tuple[str, ...] | None = ctx.meta.get(COMMAND)
    if command == ():
        raise click.UsageError("no command follows --")
    return command


def run_beside(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a command to its end, and return its exit code.

    Args:
        command: name and arguments.
        variables: added to its environment.

    Raises:
        CassetteError: there is no such command, or it can't be run.
    """
    if shutil.which(command[0]) is None:
        raise CassetteError(f"command not found: {command[0]}")
    child: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _: Any) -> None:  # noqa: ANN401 - a frame
        # A terminal sends SIGINT to the child, too.
        if child is not None and number != signal.SIGINT:
            child.send_signal(number)

    with _handling(pass_on):
        try:
            child = subprocess.Popen(command, env={**os.environ, **variables})  # noqa: S603 - asked for
        except OSError as error:
            raise CassetteError(f"can't run {command[0]}: {error.strerror}") from error
        code = child.wait()
    return BY_SIGNAL - code if code < 0 else code


def wait_for_signal() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    over = threading.Event()
    with _handling(lambda *_: over.set()):
        while not over.wait(TICK):  # without a limit, Windows wouldn't call the handler
            pass


@contextlib.contextmanager
def _handling(handler: Any) -> Generator[None]:  # noqa: ANN401 - signal has no name for the type
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
