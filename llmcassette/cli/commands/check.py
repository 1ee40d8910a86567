"""``llmcassette check``: one verdict for CI and pre-commit."""

from __future__ import annotations

import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from llmcassette.cli.output.progress import tracked
from llmcassette.cli.places import STDIN, find
from llmcassette.cli.running import DIFFERENT, EQUAL, TROUBLE, complain
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from llmcassette.cli.places import Place
    from llmcassette.review.check.rules import Finding

__all__ = ["check"]

_AGE: Final = re.compile(r"([0-9]{1,5})([dwhy])")
_HOURS: Final = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}
_SIZE: Final = re.compile(r"([0-9]{1,12})\s*([kMG]?)B?", re.IGNORECASE)
_BYTES: Final = {"": 1, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000}


class Age(click.ParamType[timedelta]):
    """``90d``, ``12w``, ``36h``, ``1y``."""

    name = "age"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        found = _AGE.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no age, such as 90d, 12w or 1y", param, ctx)
        return timedelta(hours=int(found[1]) * _HOURS[found[2]])


class Size(click.ParamType[int]):
    """``500kB``, ``10MB``, or bytes."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        found = _SIZE.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no size, such as 500kB or 10MB", param, ctx)
        return int(found[1]) * _BYTES[found[2].upper()]


class Codes(click.ParamType[tuple[str, ...]]):
    """``LC006``, ``secret``, or several with commas."""

    name = "codes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        from llmcassette.review.check.rules import RULES

        known = {
            name.lower(): rule.code for rule in RULES.values() for name in (rule.code, rule.name)
        }
        found = []
        for name in filter(None, (part.strip() for part in str(value).split(","))):
            code = known.get(name.lower())
            if code is None:
                there_are = ", ".join(f"{rule.code} {rule.name}" for rule in RULES.values())
                self.fail(f"there is no check {name!r}. There are: {there_are}.", param, ctx)
            found.append(code)
        return tuple(found)


@click.command(short_help="Find what is wrong with cassettes.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="How findings are printed; github: annotations of a workflow.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--select", type=Codes(), multiple=True, help="Only these: codes or names.")
@click.option("--ignore", type=Codes(), multiple=True, help="All but these.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What a test run left behind; finds orphans.",
)
@click.option("--merge", is_flag=True, help="PATHs are reports of shards: one verdict over all.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="With --merge: pytest's rootdir; looked for if not said.",
)
@click.option("--max-age", type=Age(), help="Of a recording, such as 90d or 12w.")
@click.option("--max-size", type=Size(), default="10MB", show_default=True, help="Of a file.")
def check(
    paths: tuple[str, ...],
    style: str,
    as_json: bool,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    report: Path | None,
    merge: bool,
    root: Path | None,
    max_age: timedelta | None,
    max_size: int,
) -> int:
    """Find what is wrong with cassettes: broken files and values, cut answers, secrets,
    duplicates, orphans, recordings too old or too large.

    \b
    Exit code: 0 nothing found, 1 something found, 2 trouble.

    \b
    Examples:
      llmcassette check tests
      llmcassette check tests --ignore duplicate --max-age 90d
      llmcassette check tests --format github
      llmcassette check --merge shard-1.json shard-2.json
    """  # noqa: D301 (\b is click's mark for a paragraph not to be wrapped)
    from llmcassette.cli.project import settings
    from llmcassette.review.check.checker import Checker, Options
    from llmcassette.review.check.document import read_report
    from llmcassette.review.check.rules import RULES

    if merge:
        from llmcassette.cli.commands.check_merge import merged_verdict

        return merged_verdict([Path(path) for path in paths], "json" if as_json else style, root)
    if root is not None:
        raise click.UsageError("--root goes with --merge")
    codes = {code for given in select for code in given} or set(RULES)
    codes -= {code for given in ignore for code in given}
    checker = Checker(
        Options(
            codes=frozenset(codes),
            redaction=settings().redaction(),
            environ=os.environ,
            report=None if report is None else read_report(report),
            max_age=max_age,
            max_size=max_size,
        )
    )
    places = find(paths)
    findings: list[Finding] = []
    unread = 0
    for place in tracked(places, "checking"):
        try:
            findings += checker.check(place.path or Path(STDIN), _bytes(place))
        except CassetteError as error:
            complain(error)
            unread += 1
    _show(findings, "json" if as_json else style, len(places) - unread)
    return TROUBLE if unread else DIFFERENT if findings else EQUAL


def _bytes(place: Place) -> bytes:
    if place.path is None:
        return sys.stdin.buffer.read()
    if place.path.exists() and not place.path.is_file():
        raise CassetteError("is not a regular file; a cassette is a YAML file", path=place.path)
    try:
        return place.path.read_bytes()
    except FileNotFoundError:
        raise CassetteError("no such file", path=place.path) from None
    except OSError as error:
        raise CassetteError(f"cannot be read: {error.strerror or error}", path=place.path) from None


def _show(findings: list[Finding], style: str, files: int) -> None:
    from llmcassette.cli.output import check_output

    match style:
        case "json":
            click.echo(check_output.as_json(findings, files))
        case "github":
            for finding in findings:
                click.echo(check_output.as_annotation(finding))
        case "sarif":
            click.echo(check_output.as_sarif(findings))
        case _:
            for finding in findings:
                click.echo(check_output.as_text(finding))
            click.echo(check_output.summary(findings, files), err=True)
