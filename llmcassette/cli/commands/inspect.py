"""``llmcassette inspect``: cassettes as a person reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import click

from llmcassette.cli import places
from llmcassette.cli.running import EQUAL, TROUBLE, complain
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.cli.output.lines import Block
    from llmcassette.cli.output.screen import Screen
    from llmcassette.cli.reading import Reading

__all__ = ["inspect"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option(
    "-i",
    "--interaction",
    "wanted",
    type=click.IntRange(min=0),
    multiple=True,
    metavar="N",
    help="Only this interaction, counted from 0. May be repeated.",
)
@click.option("--full", is_flag=True, help="Leave nothing out: texts, tools, history.")
@click.option(
    "--events",
    "view",
    flag_value="events",
    help="Every event of the answers, with its offset and size in bytes.",
)
@click.option("--raw", "view", flag_value="raw", help="Requests and answers as HTTP.")
@click.option("--json", "view", flag_value="json", help="For programs; docs/cli.md has the schema.")
@click.pass_context
def inspect(
    ctx: click.Context,
    files: tuple[str, ...],
    wanted: tuple[int, ...],
    view: str | None,
    full: bool,
) -> None:
    """Show cassettes as conversations: who said what, tool calls, tokens, cost.

    FILE is a cassette, a folder, or - for stdin.

    \b
    Examples:
      llmcassette inspect tests/cassettes/weather.yaml
      llmcassette inspect tests/cassettes --full | less -R
      llmcassette inspect weather.yaml -i 0 --events
      git show HEAD~1:weather.yaml | llmcassette inspect -
      llmcassette inspect weather.yaml --json | jq '.files[].interactions[].answer.text'
    """  # noqa: D301
    from llmcassette.cli.output.progress import tracked

    found = places.find(files)
    code = EQUAL
    output = output_of(view, full=full)
    for place in tracked(found, "reading", printing=True):
        try:
            output.add(place.name, chosen(place, wanted))
        except CassetteError as error:
            complain(error)
            code = TROUBLE
    output.end()
    ctx.exit(code)


def chosen(place: places.Place, wanted: Sequence[int]) -> list[Reading]:
    """The interactions asked for, of one cassette."""
    from llmcassette.cli.reading import readings

    cassette = places.read(place)
    found = readings(cassette.interactions)
    for position in wanted:
        if position >= len(found):
            last = f"its last is {len(found) - 1}" if found else "it has none"
            raise CassetteError(f"there is no interaction {position}: {last}", path=place.name)
    return [found[position] for position in wanted] if wanted else found


class Output(ABC):
    """What is printed, cassette by cassette."""

    def __init__(self) -> None:
        self._count = 0

    @abstractmethod
    def add(self, name: str, found: list[Reading]) -> None:
        """Show one cassette."""

    def end(self) -> None:  # noqa: B027 (most have nothing to add)
        """All have been shown."""


class Transcripts(Output):
    """Conversations, or their events."""

    def __init__(self, *, full: bool, events: bool) -> None:
        from llmcassette.cli.output.screen import Screen

        super().__init__()
        self._screen: Screen = Screen()
        self._full = full
        self._events = events

    def add(self, name: str, found: list[Reading]) -> None:
        from llmcassette.cli.output.summary import summary

        if self._count:
            self._screen.print([[]])
        self._count += 1
        self._screen.show([summary(name, found, self._screen.width)])
        for reading in found:
            self._screen.show(self._blocks(reading), full=self._full)

    def _blocks(self, reading: Reading) -> Iterator[Block]:
        yield None
        if not self._events:
            from llmcassette.cli.output.transcript import transcript

            yield from transcript(reading, full=self._full)
            return
        from llmcassette.cli.output.event_table import event_blocks

        yield from event_blocks(reading, self._screen.width, full=self._full)


class Raw(Output):
    """HTTP."""

    def add(self, name: str, found: list[Reading]) -> None:
        from llmcassette.cli.output.plain_http import raw_lines

        for reading in found:
            if self._count:
                click.echo()
            self._count += 1
            click.echo(f"# {name}, interaction {reading.position}")
            for line in raw_lines(reading.interaction):
                click.echo(line)


class Json(Output):
    """One document for all."""

    def __init__(self) -> None:
        super().__init__()
        self._files: list[dict[str, object]] = []

    def add(self, name: str, found: list[Reading]) -> None:
        from llmcassette.cli.output.inspect_json import file_object

        self._files.append(file_object(name, found))

    def end(self) -> None:
        from llmcassette.cli.output.json_output import print_json

        print_json({"schema": 1, "files": self._files})


def output_of(view: str | None, *, full: bool) -> Output:
    if view == "json":
        return Json()
    if view == "raw":
        return Raw()
    return Transcripts(full=full, events=view == "events")
