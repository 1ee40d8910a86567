"""The command ``llmcassette`` and the list of its subcommands.

To add a command, add ``commands/NAME.py`` with a click command ``NAME``, and a line to
``COMMANDS``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final, cast

import click

from llmcassette import __version__
from llmcassette.cli.running import end_broken_pipe, run

__all__ = ["COMMANDS", "LazyGroup", "llmcassette", "main"]


COMMANDS: Final = {
    "demo": "Write a small project to try it with.",
    "inspect": "Show cassettes as conversations.",
    "diff": "Compare cassettes as conversations.",
    "review": "Accept or restore what was recorded anew.",
    "check": "Find problems in cassettes.",
    "convert": "Import vcrpy, cassetter and go-vcr 1.",
    "migrate": "Move a project from vcrpy.",
    "redact": "Remove secrets from cassettes.",
    "prune": "Remove what the last run didn't play.",
    "stats": "Count calls, tokens and cost by model.",
    "fmt": "Format cassettes in one style.",
    "textconv": "Print a cassette for git diff.",
    "settings": "Explain settings and show their values.",
    "serve": "Replay cassettes over HTTP, for any language.",
    "record": "Record through a proxy, for any language.",
}

PAGES: Final = {
    "demo": "tutorial",
    "check": "check",
    "convert": "convert",
    "migrate": "migrate",
    "redact": "check",
    "prune": "check",
    "stats": "check",
    "fmt": "check",
    "settings": "settings",
    "serve": "server",
    "record": "server",
}
"""The page of the documentation that a command's help names; "cli" for the others."""


class LazyGroup(click.Group):
    """Imports a command only when it is called or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"llmcassette.cli.commands.{cmd_name}")
        command = cast("click.Command", getattr(module, cmd_name))
        command.epilog = f"Read more: page {PAGES.get(cmd_name, 'cli')} of the documentation."
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a broken pipe is no error, and click would exit with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return end_broken_pipe()

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> click.Context:
        """Parse the command line; ``--help`` and ``--version`` print here."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:
            raise click.exceptions.Exit(end_broken_pipe()) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command if there is no such command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(unknown_command(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def unknown_command(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(COMMANDS), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Commands: {', '.join(COMMANDS)}."
    return f"No such command {name!r}. {hint}"


def print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"llmcassette {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 equal or nothing found, 1 differences or findings, 2 an error.",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=print_version,
    help="Print the version and exit.",
)
@click.pass_context
def llmcassette(ctx: click.Context) -> None:
    """Show, compare, check and edit cassettes of recorded LLM traffic.

    \b
    Examples:
      llmcassette inspect tests/cassettes/weather.yaml
      llmcassette diff tests/cassettes/weather.yaml --git HEAD
      llmcassette COMMAND --help
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(llmcassette))
