"""``llmcassette stats``: what was recorded, by model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli import places
from llmcassette.cli.output.progress import tracked
from llmcassette.cli.running import EQUAL, TROUBLE, complain
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from llmcassette.review.statistics import Total

__all__ = ["stats"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def stats(ctx: click.Context, paths: tuple[str, ...], as_json: bool) -> None:
    """Count what was recorded, by model: calls, tokens, cost, seconds.

    That is what one run of these tests would cost and last live. PATH is a cassette, a folder, or
    - for stdin. The cost needs the extra: pip install 'pytest-llmcassette[cost]'.

    \b
    Examples:
      llmcassette stats tests
      llmcassette stats tests --json | jq '.models[] | [.model, .cost]'
    """  # noqa: D301 (\b is click's mark for a paragraph not to be wrapped)
    from llmcassette.review.statistics import Statistics

    counted = Statistics()
    code = EQUAL
    for place in tracked(places.find(paths), "reading"):
        try:
            counted.add(places.read(place))
        except CassetteError as error:
            complain(error)
            code = TROUBLE
    if as_json:
        from llmcassette.cli.output.json_output import print_json

        print_json(
            {
                "schema": 1,
                "files": counted.files,
                "models": [row(total) for total in counted.models],
                "total": row(counted.total),
            }
        )
    else:
        show(counted.models, counted.total, counted.files)
    ctx.exit(code)


def row(total: Total) -> dict[str, object]:
    return {
        "provider": total.provider,
        "model": total.model,
        "calls": total.calls,
        "errors": total.errors,
        "input_tokens": total.input_tokens,
        "cached_tokens": total.cached_tokens,
        "output_tokens": total.output_tokens,
        "cost": total.cost,
        "unpriced": total.unpriced,
        "seconds": round(total.seconds, 6),
    }


def show(models: list[Total], total: Total, files: int) -> None:
    """A table as wide as the terminal at most; names of models give way."""
    from llmcassette.cli.output.lines import cells, fit
    from llmcassette.cli.output.screen import Screen
    from llmcassette.cli.output.words import plural

    screen = Screen()
    heads = ["model", "calls", "errors", "in", "out", "cost", "seconds"]
    rows = [heads, *map(shown, models)]
    if len(models) != 1:
        rows.append(["all", *shown(total)[1:]])
    widths = [max(cells(line[column]) for line in rows) for column in range(len(heads))]
    widths[0] = max(10, min(widths[0], screen.width - sum(widths[1:]) - 2 * len(widths[1:])))
    for number, line in enumerate(rows):
        first = fit(line[0], widths[0])
        numbers = zip(line[1:], widths[1:], strict=True)
        text = first + " " * (widths[0] - cells(first))
        text += "".join(f"  {value:>{width}}" for value, width in numbers)
        screen.print([[(text.rstrip(), "dim" if not number else "")]])
    notes = [plural(files, "file")]
    if total.unpriced:
        notes.append(why_unpriced(total.unpriced))
    screen.print([[(" · ".join(notes), "dim")]])


def shown(total: Total) -> list[str]:
    from llmcassette.cli.output.lines import printable
    from llmcassette.cli.output.words import dollars

    return [
        printable(total.model).replace("\n", " ") or f"({total.provider or 'no model'})",
        f"{total.calls:,}",
        f"{total.errors:,}" if total.errors else "-",
        f"{total.input_tokens:,}",
        f"{total.output_tokens:,}",
        "-" if total.cost is None else dollars(total.cost) + ("+" if total.unpriced else ""),
        f"{total.seconds:,.1f}",
    ]


def why_unpriced(count: int) -> str:
    from llmcassette.cli.output.words import plural
    from llmcassette.recorder.pricing import price_list_installed

    answers = plural(count, "answer")
    if price_list_installed():
        return f"no price known for {answers}"
    return f"no price for {answers}: pip install 'pytest-llmcassette[cost]'"
