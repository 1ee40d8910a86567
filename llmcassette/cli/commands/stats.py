"""``llmcassette stats``: calls, tokens, cost and seconds by model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.batch import Batch
from llmcassette.cli.inputs import find_cassettes, read_cassette
from llmcassette.cli.option_types import jobs_option
from llmcassette.cli.running import ERROR, OK

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.review.statistics import Statistics

__all__ = ["stats"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@jobs_option
def stats(paths: tuple[str, ...], as_json: bool, jobs: int) -> int:
    """Count recorded calls, tokens, cost and seconds by model.

    That is what one live run of these tests would cost and last. PATH is a cassette, a folder, or
    - for stdin. Cost needs the extra: pip install 'pytest-llmcassette[cost]'.

    \b
    Examples:
      llmcassette stats tests
      llmcassette stats tests --json | jq '.models[] | [.model, .cost]'
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.output.stats import print_statistics
    from llmcassette.review.statistics import Statistics

    statistics = Statistics()
    batch = Batch(find_cassettes(paths), count, "reading", jobs=jobs)
    for counted in batch:
        statistics.merge(counted)
    print_statistics(statistics, as_json=as_json)
    return ERROR if batch.failed else OK


def count(file: Path) -> Statistics:
    """Count one cassette."""
    from llmcassette.review.statistics import Statistics

    counted = Statistics()
    counted.add(read_cassette(file))
    return counted
