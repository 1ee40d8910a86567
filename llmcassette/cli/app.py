"""The command ``llmcassette`` and its list of commands.

A new command is a module of its name in ``cli/commands`` with a click command of that name, and a
line in ``COMMANDS`` that says what it does.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

import click

from llmcassette import __version__
from llmcassette.cli.running import run, until_reader_goes

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["COMMANDS", "LazyGroup", "llmcassette", "main"]


COMMANDS: Final = {
    "inspect": "Show cassettes as conversations.",
    "diff": "Compare cassettes by what was said.",
    "check": "Find what is wrong with cassettes.",
    "convert": "Import vcrpy, cassetter and go-vcr 1.",
    "redact": "Take secrets out of cassettes.",
    "prune": "Remove what the last run never played.",
    "stats": "Count calls, tokens and cost by model.",
    "fmt": "Write cassettes in one dialect.",
    "textconv": "Print a cassette for git diff.",
}


class LazyGroup(click.Group):
    """Commands that are imported when one is called, or its help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"llmcassette.cli.commands.{cmd_name}")
        return cast("click.Command", getattr(module, cmd_name))

    def invoke(self, ctx: click.Context) -> object:
        """As click does it; a broken pipe is no difference found."""
        return until_reader_goes(lambda: super(LazyGroup, self).invoke(ctx))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; an unknown command is told with the nearest known one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(unknown(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def unknown(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    return f"There is no command {name!r}. {hint}"


def show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"llmcassette {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes, as diff has them: 0 fine or equal, 1 a difference or a finding, 2 trouble.",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=show_version,
    help="Print the version.",
)
@click.pass_context
def llmcassette(ctx: click.Context) -> None:
    """Look at recorded LLM traffic, and compare it.

    \b
    Examples:
      llmcassette inspect tests/cassettes/weather.yaml
      llmcassette diff tests/cassettes/weather.yaml --git HEAD
      llmcassette COMMAND --help
    """  # noqa: D301 (\b is click's mark for a paragraph not to be wrapped)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """The console script."""
    sys.exit(run(llmcassette))
