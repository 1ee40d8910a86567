"""The page of ``pytest --llm-html``: tests, what they played, what was missed, what is unused."""

from __future__ import annotations

import re
import shlex
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.matching.difference.words import Run
from llmcassette.review.numbers import dollars, plural, seconds
from llmcassette.review.page.cassettes import Tape, streams, tape
from llmcassette.review.page.passages import shown
from llmcassette.review.page.pictures import Pictures
from llmcassette.review.page.rendering import render
from llmcassette.review.parsed import parse_interactions
from llmcassette.storage import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from llmcassette.review.report.facts import Facts, Missed
    from llmcassette.review.report.problem import Problem
    from llmcassette.review.report.use import CassetteUse

__all__ = ["run_page"]

MOST_INTERACTIONS: Final = 500
"""Conversations in a page; of more cassettes only the use is shown."""

MARKED: Final = re.compile(r"\[-(?P<old>.*?)-\]|\{\+(?P<new>.*?)\+\}", re.DOTALL)
"""Words that differ, in messages."""

TESTS: Final = "\0"
"""Stands for the ids of tests while messages are compared."""

OUTCOMES: Final = {"passed": "good", "failed": "bad", "not run": "warn"}


@dataclass(frozen=True, slots=True)
class UsedTape:
    """A cassette in a run.

    Attributes:
        anchor: the id of its element in the page.
        name: its path.
        note: what the run did with it.
        is_unused: some interaction was not played.
        badges: by position, whether and how often it was played.
        tape: its conversations; ``None`` where they are not shown.
    """

    anchor: str
    name: str
    note: str
    is_unused: bool
    badges: dict[int, str]
    tape: Tape | None


@dataclass(frozen=True, slots=True)
class RunTest:
    """A test that uses a cassette, or that something is wrong with."""

    name: str
    outcome: str
    style: str
    cassettes: list[UsedTape]


@dataclass(frozen=True, slots=True)
class Miss:
    """A message by which one or several tests failed.

    Attributes:
        headline: its first paragraph.
        message: the rest, with the words that differ marked.
        places: each test, and the line that sent its request.
        is_blocked: the network guard refused a connection.
    """

    headline: str
    message: list[Run]
    places: list[tuple[str, str]]
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class PageProblem:
    """Something wrong with the run."""

    is_error: bool
    place: str
    message: str
    fix: str


def run_page(
    facts: Facts, root: Path, problems: Sequence[Problem], saved: Mapping[str, float | None]
) -> str:
    """The page of a run.

    Args:
        facts: the run.
        root: the folder that the paths in it are relative to.
        problems: what is wrong with it.
        saved: the tokens and dollars that replaying saved.

    Raises:
        CassetteError: the extra ``html`` is not installed.
    """
    tapes = used_tapes(facts, root)
    unused = sum(len(use.unplayed) for use in facts.cassettes.values() if use.is_replayed)
    tests = list(tests_of(facts, tapes, problems))
    return render(
        "run.html",
        title="Test run",
        totals=list(totals(facts, unused, saved)),
        problems=[page_problem(one) for one in problems],
        misses=list(misses(facts.missed)),
        tests=tests,
        others=len(facts.tests) - len(tests),
        tapes=list(tapes.values()),
        streams=streams(each for one in tapes.values() if one.tape for each in one.tape.exchanges),
    )


def totals(
    facts: Facts, unused: int, saved: Mapping[str, float | None]
) -> Iterator[tuple[str, str]]:
    """What the run comes to, without what is zero."""
    for outcome, count in Counter(facts.tests.values()).most_common():
        yield outcome, f"{count:,}"
    counts = facts.totals()
    for name in ("replayed", "recorded", "missed", "blocked"):
        if counts[name]:
            yield name, f"{counts[name]:,.0f}"
    if unused:
        yield "unused", f"{unused:,}"
    if tokens := saved.get("tokens"):
        yield "tokens saved", f"{tokens:,.0f}"
    if amount := saved.get("dollars"):
        yield "cost saved", dollars(amount)
    if counts["seconds"]:
        yield "time saved", seconds(counts["seconds"])


def used_tapes(facts: Facts, root: Path) -> dict[str, UsedTape]:
    """The cassettes of the run by path, with their conversations up to a number."""
    pictures = Pictures()
    room = MOST_INTERACTIONS
    found = {}
    for number, (name, use) in enumerate(sorted(facts.cassettes.items())):
        anchor, inside = f"t{number}", None
        try:
            interactions = load(root / name).interactions
            if len(interactions) <= room:
                room -= len(interactions)
                inside = tape(anchor, name, parse_interactions(interactions), pictures)
        except CassetteError:
            pass  # one of the problems of the run
        is_unused = use.is_replayed and bool(use.unplayed)
        found[name] = UsedTape(anchor, shown(name), note(use), is_unused, badges(use), inside)
    return found


def note(use: CassetteUse) -> str:
    """``2 of 3 played``, or ``3 recorded``."""
    if use.written or use.recorded:
        return f"{use.written:,} recorded"
    if use.interactions is None:
        return f"{use.replayed:,} replayed"
    return f"{use.interactions - len(use.unplayed):,} of {use.interactions:,} played"


def badges(use: CassetteUse) -> dict[int, str]:
    if not use.is_replayed:
        return {}
    times = Counter(use.played)
    found = {at: f"played {count:,} times" for at, count in times.items() if count > 1}
    return found | dict.fromkeys(use.unplayed, "not played")


def tests_of(
    facts: Facts, tapes: Mapping[str, UsedTape], problems: Sequence[Problem]
) -> Iterator[RunTest]:
    """The tests that use a cassette, and those that something is wrong with."""
    used: defaultdict[str, list[UsedTape]] = defaultdict(list)
    for name, use in facts.cassettes.items():
        for test in use.tests:
            used[test].append(tapes[name])
    wrong = {one.test for one in facts.missed} | {test for one in problems for test in one.tests}
    for test, outcome in facts.tests.items():
        if test in used or test in wrong:
            yield RunTest(shown(test), outcome, OUTCOMES.get(outcome, "plain"), used[test])


def misses(missed: Sequence[Missed]) -> Iterator[Miss]:
    """Each message once, with the tests that failed by it; its command re-records them all."""
    by_message: defaultdict[tuple[str, bool], list[Missed]] = defaultdict(list)
    for one in missed:
        by_message[one.message.replace(shlex.quote(one.test), TESTS), one.blocked].append(one)
    for (template, is_blocked), some in by_message.items():
        quoted = dict.fromkeys(shlex.quote(one.test) for one in some)
        message = template.replace(TESTS, " ".join(quoted))
        headline, _, rest = shown(message).strip().partition("\n\n")
        headline = " ".join(headline.split())
        places = [(shown(one.test), shown(f"{one.file}:{one.line}")) for one in some]
        yield Miss(headline, list(marked(rest.strip("\n"))), places, is_blocked)


def marked(message: str) -> Iterator[Run]:
    """A message with ``[-old-]`` and ``{+new+}`` words as runs."""
    start = 0
    for found in MARKED.finditer(message):
        yield Run(message[start : found.start()])
        if found["old"] is None:
            yield Run(found["new"], "new")
        else:
            yield Run(found["old"], "old")
        start = found.end()
    yield Run(message[start:])


def page_problem(problem: Problem) -> PageProblem:
    tests = plural(len(problem.tests), "test") if len(problem.tests) > 3 else problem.test
    place = " · ".join(filter(None, (shown(problem.file), shown(tests))))
    return PageProblem(problem.level == "error", place, shown(problem.message), shown(problem.fix))
