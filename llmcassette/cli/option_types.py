"""Values of options and arguments: ages, sizes, codes of checks, and paths."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Final

import click

from llmcassette.recorder.setting_values import parse_size

__all__ = ["Age", "Codes", "GivenPath", "Size", "jobs_option"]

AGE: Final = re.compile(r"([0-9]{1,5})([dwhy])")
HOURS: Final = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}


class Age(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """``90d``, ``12w``, ``36h`` or ``1y``."""

    name = "age"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        match = AGE.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is not a valid age; use for example 90d, 12w or 1y", param, ctx)
        return timedelta(hours=int(match[1]) * HOURS[match[2]])


class Size(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """``500kB``, ``10MB``, or a number of bytes."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        size = parse_size(str(value))
        if size is None:
            self.fail(f"{value!r} is not a valid size; use for example 500kB or 10MB", param, ctx)
        return size


class Codes(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """Codes or names of checks, separated by commas: ``LC006,age``."""

    name = "codes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        from llmcassette.review.check.rules import RULES

        known = {
            name.lower(): rule.code for rule in RULES.values() for name in (rule.code, rule.name)
        }
        codes = []
        for name in filter(None, (part.strip() for part in str(value).split(","))):
            code = known.get(name.lower())
            if code is None:
                listed = ", ".join(f"{rule.code} {rule.name}" for rule in RULES.values())
                self.fail(f"unknown check {name!r}. Known checks: {listed}.", param, ctx)
            codes.append(code)
        return tuple(codes)


class GivenPath(click.Path):
    """A path that isn't empty: an unset variable must not mean the working folder."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        if not os.fspath(value):
            self.fail("empty path given; name a file or a folder", param, ctx)
        return super().convert(value, param, ctx)


jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Processes that work side by side; 1 by default.",
)
