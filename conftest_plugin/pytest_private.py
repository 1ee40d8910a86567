"""The private names of pytest that this plugin uses: the reason for its upper bound of pytest.

With a new major version of pytest check each of them, then raise the bound in pyproject.toml.
Names without an underscore that pytest doesn't document are used in place: ``args_source`` of a
config, ``callspec`` of an item and ``wasxfail`` of a report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _pytest._code.code import (  # a report of our own words that pytest prints as one of its own
    ReprEntry,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
    Traceback,  # to name its type
)
from _pytest.mark import (  # what -k and -m select, asked of the project's options alone
    deselect_by_keyword,
    deselect_by_mark,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    import pytest

__all__ = [
    "ReprEntry",
    "ReprExceptionInfo",
    "ReprFileLocation",
    "ReprTraceback",
    "Traceback",
    "deselect_by_keyword",
    "deselect_by_mark",
    "fixture_definitions",
    "has_unittest_error",
    "is_imported",
    "is_set_up",
    "parse_options",
    "xfail_of",
]


def is_set_up(item: pytest.Item) -> bool:
    """Whether all that is around a test is set up, and its own set-up has begun."""
    return item in item.session._setupstate.stack


def fixture_definitions(item: pytest.Item) -> Mapping[str, Sequence[pytest.FixtureDef[Any]]]:
    """The fixtures of a test by name, the one in force last; none where an item has no fixtures."""
    known: Any = getattr(item, "_fixtureinfo", None)
    return {} if known is None else known.name2fixturedefs


def has_unittest_error(item: pytest.Item) -> bool:
    """Whether ``unittest`` has reported an error of a test that its call doesn't raise."""
    return bool(getattr(item, "_excinfo", None))


def is_imported(collector: pytest.Collector) -> bool:
    """Whether the module or class of a collector has been imported, without importing it."""
    return getattr(collector, "_obj", None) is not None


def xfail_of(item: pytest.Item) -> Any:  # noqa: ANN401
    """The ``xfail`` of a test as pytest evaluated it; ``None`` without one."""
    from _pytest.skipping import xfailed_key  # not imported by a pytest that skips this plugin

    return item.stash.get(xfailed_key, None)


def parse_options(config: pytest.Config, arguments: Sequence[str]) -> argparse.Namespace:
    """The options as they would be with other words on the command line."""
    return config._parser.parse_known_args(arguments)
