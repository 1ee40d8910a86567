"""``llmcassette convert``: cassettes of vcrpy, cassetter and go-vcr 1 to version 2."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli.output.progress import tracked
from llmcassette.cli.output.words import joined, plural
from llmcassette.cli.places import is_hidden
from llmcassette.cli.running import EQUAL, TROUBLE, complain
from llmcassette.errors import CassetteError, shown_path

if TYPE_CHECKING:
    from llmcassette.review.conversion import Converted

__all__ = ["convert"]


@dataclass(frozen=True, slots=True)
class Step:
    """One file to convert."""

    source: Path
    target: Path


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="SRC")
@click.argument("target", type=click.Path(path_type=Path), metavar="DST")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be written.")
@click.option("-f", "--force", is_flag=True, help="Replace files that are there.")
@click.option("--json", "as_json", is_flag=True, help="For programs; docs/convert.md has it.")
@click.pass_context
def convert(
    ctx: click.Context, source: Path, target: Path, dry_run: bool, force: bool, as_json: bool
) -> None:
    """Make version 2 cassettes of those of vcrpy, cassetter and go-vcr version 1.

    SRC is a file or a folder; DST is a file, or a folder for folders. Bodies stay as they are to
    the byte, compressed answers are decoded. What is no HTTP cassette is refused.

    \b
    Examples:
      llmcassette convert tests/old tests/cassettes --dry-run
      llmcassette convert tests/old tests/cassettes
      llmcassette convert weather.yaml weather.yaml --force
    """  # noqa: D301 (\b is click's mark for a paragraph not to be wrapped)
    steps = planned(source, target)
    rows: list[dict[str, object]] = []
    failed = 0
    for step in tracked(steps, "converting"):
        try:
            row = converted(step, dry_run=dry_run, force=force)
        except CassetteError as error:
            complain(error)
            failed += 1
            continue
        rows.append(row)
        if not as_json:
            click.echo(told(row))
    if as_json:
        from llmcassette.cli.output.json_output import print_json

        print_json({"schema": 1, "dry_run": dry_run, "failed": failed, "files": rows})
    else:
        click.echo(summary(rows, failed, dry_run=dry_run), err=True)
    ctx.exit(TROUBLE if failed else EQUAL)


def planned(source: Path, target: Path) -> list[Step]:
    """Which file becomes which.

    Raises:
        CassetteError: the source is not there, or a folder without cassettes; a folder would
            become a file; or two files would become one.
    """
    from llmcassette.review.conversion import SUFFIXES, target_name

    if not source.is_dir():
        name = target_name(source.name)
        return [Step(source, target / name if target.is_dir() else target)]
    if target.exists() and not target.is_dir():
        raise CassetteError("is a file; a folder is converted into a folder", path=target)
    inside = (path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    found = sorted(path for path in inside if path.is_file() and not is_hidden(path, source))
    if not found:
        raise CassetteError("is a folder without any .yaml, .json or .toml file", path=source)
    steps: dict[Path, Step] = {}
    for path in found:
        below = path.relative_to(source)
        step = Step(path, target / below.with_name(target_name(below.name)))
        other = steps.setdefault(step.target, step)
        if other is not step:
            raise CassetteError(
                f"and {shown_path(other.source)} would both become {shown_path(step.target)}: "
                "convert one of them by itself",
                path=path,
            )
    return list(steps.values())


def converted(step: Step, *, dry_run: bool, force: bool) -> dict[str, object]:
    """Convert a file; what became of it.

    Raises:
        CassetteError: it cannot be read or written, is no cassette, or the target is there.
    """
    from llmcassette import storage
    from llmcassette.review.conversion import convert_file

    found = convert_file(step.source)
    row = described(step, found)
    if row["skipped"]:
        return row
    if step.target.exists() and not force:
        raise CassetteError("is there already; --force replaces it", path=step.target)
    if not dry_run:
        storage.dump(replace(found.imported.cassette, path=step.target), step.target)
    return row


def described(step: Step, found: Converted) -> dict[str, object]:
    return {
        "source": str(step.source),
        "target": str(step.target),
        "format": found.imported.format,
        "interactions": len(found.imported.cassette.interactions),
        "decoded": found.decoded,
        "left_out": list(found.imported.left_out),
        "skipped": found.imported.format == "go-vcr 2",
    }


def told(row: dict[str, object]) -> str:
    source = shown_path(Path(str(row["source"])))
    if row["skipped"]:
        return f"{source}: is of version 2 already, left alone"
    decoded, left_out = row["decoded"], row["left_out"]
    assert isinstance(decoded, int)
    assert isinstance(left_out, list)
    count = row["interactions"]
    assert isinstance(count, int)
    details = joined(
        (
            str(row["format"]),
            plural(count, "interaction"),
            f"{decoded} decoded" if decoded else "",
            f"without {', '.join(left_out)}" if left_out else "",
        ),
        ", ",
    )
    return f"{source} -> {shown_path(Path(str(row['target'])))}: {details}"


def summary(rows: list[dict[str, object]], failed: int, *, dry_run: bool) -> str:
    """``3 files would be converted, 1 left alone, 2 refused``."""
    skipped = sum(bool(row["skipped"]) for row in rows)
    done = plural(len(rows) - skipped, "file")
    return joined(
        (
            f"{done} would be converted" if dry_run else f"{done} converted",
            f"{skipped} left alone" if skipped else "",
            f"{failed} refused" if failed else "",
        ),
        ", ",
    )
