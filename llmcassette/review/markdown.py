"""Comparisons as Markdown for GitHub: a comment of a pull request, or the summary of a job.

Texts of cassettes are only in code fences and, escaped, in ``<code>``: they can't be Markdown, HTML
or mentions of people.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final, Protocol

from llmcassette.escaping import one_line
from llmcassette.model import Cassette
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.diff.causes import common_causes
from llmcassette.review.diff.results import Kind
from llmcassette.review.numbers import dollars, plural
from llmcassette.review.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.model import Interaction
    from llmcassette.review.diff.results import CassetteDiff, Difference
    from llmcassette.review.diff.runs import Runs
    from llmcassette.review.statistics import Total

__all__ = ["MARKER", "Compared", "comparison", "details", "fenced"]

MARKER: Final = "<!-- llmcassette diff -->"
"""The first line, by which the action finds its comment."""
LONGEST: Final = 60_000
"""Characters. A comment may have 65,536."""
LONGEST_SECTION: Final = 12_000
MARKS: Final = {"old": ("[-", "-]"), "new": ("{+", "+}")}
BACKTICKS: Final = re.compile("`+")


class Compared(Protocol):
    """Two cassettes and how they differ.

    Attributes:
        name: the path that both have in their folders.
        old: the path of the old one; empty if there is none.
        new: likewise.
        diff: how they differ.
    """

    @property
    def name(self) -> str: ...
    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def diff(self) -> CassetteDiff: ...
    @property
    def equal(self) -> bool: ...


def comparison(pairs: Sequence[Compared]) -> str:
    """What differs: prompts, tools and answers first, then tokens, cost and time."""
    changed = [pair for pair in pairs if not pair.equal]
    head = f"{MARKER}\n### Cassettes: {len(changed):,} of {len(pairs):,} changed\n"
    if not changed:
        return f"{MARKER}\n### Cassettes: no conversation changed\n"
    tail = f"\n\n{totals(pairs)}\n"
    room = LONGEST - len(head) - len(tail)
    shown: list[str] = []
    sections = list(sections_of(changed))
    for section in sections:
        room -= len(section) + 1
        if room < 0:
            break
        shown.append(section)
    left = len(sections) - len(shown)
    more = f"\n{left:,} more are not shown: run `llmcassette diff`.\n" if left else ""
    return head + "\n" + "\n".join(shown) + more + tail


def sections_of(pairs: Sequence[Compared]) -> Iterator[str]:
    """One section for each shared difference, then one for each cassette that has others."""
    causes = common_causes((pair.name, pair.diff) for pair in pairs)
    told = {cause.difference for cause in causes}
    for cause in causes:
        title = f"{cause.title} (in {plural(len(cause.names), 'cassette')})"
        lines = [*difference_lines(cause.difference), "", *cause.names]
        yield details(title, fenced(lines, "diff"))
    for pair in pairs:
        lines = list(pair_lines(pair, told))
        if lines or not (pair.old and pair.new):
            yield details(f"{pair.name}: {summary(pair)}", fenced(lines, "diff"))


def summary(pair: Compared) -> str:
    if not pair.old:
        return "new"
    if not pair.new:
        return "removed"
    kinds = [kind.value for kind in Kind if kind is not Kind.NOISE and pair.diff.count(kind)]
    return ", ".join(kinds)


def pair_lines(pair: Compared, told: set[Difference]) -> Iterator[str]:
    """The differences of a pair of cassettes that were not shown before."""
    for each in pair.diff.interactions:
        if each.old is None or each.new is None:
            word = "added" if each.old is None else "removed"
            interaction = each.new or each.old
            assert interaction is not None
            request = f"{interaction.request.method} {scrub_url(interaction.request.url)}"
            yield f"@@ interaction {position(each.old_position, each.new_position)}: {word} @@"
            yield one_line(request)
            continue
        differences = [one for one in each.differences if one not in told]
        if differences:
            yield f"@@ interaction {position(each.old_position, each.new_position)} @@"
        for difference in differences:
            yield from difference_lines(difference)


def position(old: int | None, new: int | None) -> str:
    return (
        str(new if old is None else old) if None in (old, new) or old == new else f"{old} → {new}"
    )


def difference_lines(difference: Difference) -> Iterator[str]:
    """The place, and the old and the new text as in a diff."""
    about = f" ({difference.name})" if difference.name not in ("", difference.place) else ""
    yield f"# {one_line(difference.place + about)}"
    for sign, runs in (("-", difference.old), ("+", difference.new)):
        if runs is not None:
            yield f"{sign} {text_of(runs)}"


def text_of(runs: Runs) -> str:
    """A text with its changed words in brackets."""
    pieces = []
    for run in runs or ():
        before, after = MARKS.get(run.style, ("", ""))
        pieces.append(f"{before}{run.text}{after}")
    return one_line("".join(pieces))


def totals(pairs: Iterable[Compared]) -> str:
    """A table of tokens, cost and time before and after."""
    old: list[Interaction] = []
    new: list[Interaction] = []
    for pair in pairs:
        old += [each.old for each in pair.diff.interactions if each.old is not None]
        new += [each.new for each in pair.diff.interactions if each.new is not None]
    sides = [total_of(side) for side in (old, new)]
    rows = [
        ("calls", *(f"{side.calls:,}" for side in sides)),
        ("tokens in", *(f"{side.input_tokens:,}" for side in sides)),
        ("of these cached", *(f"{side.cached_tokens:,}" for side in sides)),
        ("tokens out", *(f"{side.output_tokens:,}" for side in sides)),
        ("cost", *("" if side.cost is None else dollars(side.cost) for side in sides)),
        ("seconds", *("" if side.seconds is None else f"{side.seconds:,.1f}" for side in sides)),
    ]
    lines = ["| | before | after |", "|---|---:|---:|"]
    lines += [f"| {name} | {one} | {two} |" for name, one, two in rows if one or two]
    return "\n".join(lines)


def total_of(interactions: Sequence[Interaction]) -> Total:
    statistics = Statistics()
    statistics.add(Cassette(interactions=tuple(interactions)))
    return statistics.total


def details(title: str, body: str) -> str:
    """A folded section; the title is shown as it is."""
    shown = html.escape(one_line(title))
    return f"<details><summary><code>{shown}</code></summary>\n\n{body}\n\n</details>"


def fenced(lines: Iterable[str], language: str) -> str:
    """Lines in a fence that none of them can close; a very long text is cut."""
    text = "\n".join(lines)
    if len(text) > LONGEST_SECTION:
        text = f"{text[:LONGEST_SECTION]}\n… cut"
    fence = "`" * max(3, 1 + max(map(len, BACKTICKS.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
