"""The misses of a run, grouped by what changed: one cause in fifty tests is told once."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from llmcassette.review.report.facts import Facts, Missed

__all__ = ["MissGroup", "group_misses", "listed_tests"]

MOST_LISTED: Final = 200
"""Tests of a file that are listed by name."""
WIDTH: Final = 76
OPTION: Final = re.compile(r"^  pytest (--llm-\S+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MissGroup:
    """Misses by one change.

    Attributes:
        cause: what changed, in a few words.
        misses: at least one, in the order of the tests.
        tests: the ids of the tests, each once.
        named: the same tests, with the file in place of all its tests.
        option: of pytest, to record.
    """

    cause: str
    misses: tuple[Missed, ...]
    tests: tuple[str, ...]
    named: tuple[str, ...]
    option: str

    def command(self, seen: Callable[[str], str] = str) -> str:
        """Records the cassettes of these tests; ``seen`` gives the names that are shown."""
        return " ".join(["pytest", self.option, *(quote(seen(name)) for name in self.named)])

    def row(self) -> dict[str, object]:
        """The group in the report file."""
        return {
            "cause": self.cause,
            "difference": self.misses[0].difference,
            "tests": list(self.tests),
            "cassettes": sorted({one.cassette for one in self.misses}),
            "command": self.command(),
        }


def group_misses(facts: Facts) -> list[MissGroup]:
    """The misses of a run by what changed, those in most tests first."""
    by_key: dict[tuple[str, str], list[Missed]] = {}
    for one in facts.missed:
        if one.key:
            by_key.setdefault((one.key, option_of(one)), []).append(one)
    groups = [group_of(misses, facts.tests) for misses in by_key.values()]
    return sorted(groups, key=lambda group: -len(group.tests))


def group_of(misses: Sequence[Missed], all_tests: Collection[str]) -> MissGroup:
    tests = tuple(dict.fromkeys(one.test for one in misses))
    named = tuple(whole_files(tests, all_tests))
    return MissGroup(misses[0].cause, tuple(misses), tests, named, option_of(misses[0]))


def option_of(missed: Missed) -> str:
    """The option by which pytest records what a test missed, from its message."""
    found = OPTION.search(missed.message)
    return found[1] if found else "--llm-mode=rewrite"


def whole_files(tests: Iterable[str], all_tests: Collection[str]) -> list[str]:
    """Test ids, with the file in place of all its tests."""
    chosen = set(tests)
    others = {test.partition("::")[0] for test in all_tests if test not in chosen}
    named: dict[str, None] = {}
    for test in tests:
        file = test.partition("::")[0]
        named[test if file in others else file] = None
    return list(named)


def listed_tests(tests: Sequence[str], named: Sequence[str]) -> Iterator[str]:
    """Lines with the tests of each file: ``test_agent.py: test_one, test_two``.

    Args:
        tests: their ids.
        named: the same, with the file in place of all its tests; such a file is counted.
    """
    files: dict[str, list[str]] = {}
    for test in tests:
        file, _, name = test.partition("::")
        files.setdefault(file, []).append(name)
    for file, names in files.items():
        if file in named:
            yield f"  {file}: {len(names):,} test{'' if len(names) == 1 else 's'}"
            continue
        text = f"{file}: {', '.join(names[:MOST_LISTED])}"
        if len(names) > MOST_LISTED:
            text += f" and {len(names) - MOST_LISTED:,} more"
        yield from textwrap.wrap(
            text,
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
