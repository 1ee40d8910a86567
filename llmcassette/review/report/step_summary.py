"""The summary of a run as Markdown, for ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.review.markdown import details, fenced
from llmcassette.review.numbers import plural
from llmcassette.review.report.misses import group_misses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.problem import Problem

__all__ = ["step_summary"]


def step_summary(facts: Facts, problems: Sequence[Problem]) -> str:
    """What was replayed, the misses by what changed, and what is wrong with the run.

    Args:
        facts: the run.
        problems: what is wrong with it.

    Returns:
        Empty if no cassette was used and nothing is wrong.
    """
    replayed = int(facts.totals()["replayed"])
    sections = []
    for group in group_misses(facts):
        title = f"{group.cause} (in {plural(len(group.tests), 'test')})"
        lines = [group.misses[0].difference, "", group.command(), "", *group.tests]
        sections.append(details(title, fenced(lines, "text")))
    for level, word in (("error", "error"), ("warn", "warning")):
        texts = [one.text() for one in problems if one.level == level]
        if texts:
            sections.append(details(plural(len(texts), word), fenced(texts, "text")))
    if not replayed and not sections:
        return ""
    head = f"### LLM cassettes\n\n{plural(replayed, 'interaction')} replayed\n"
    return head + "".join(f"\n{section}\n" for section in sections)
