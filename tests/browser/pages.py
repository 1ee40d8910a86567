"""The pages under test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.matching.rules import Rules
from llmcassette.review.diff.compare import compare
from llmcassette.review.page.cassettes import cassettes_page
from llmcassette.review.page.differences import differences_page
from llmcassette.review.page.run import run_page
from llmcassette.review.parsed import parse_interactions
from llmcassette.review.report.facts import Facts, Missed
from llmcassette.review.report.problem import Problem
from llmcassette.review.report.use import CassetteUse
from tests.browser.tapes import BRIEF_FINAL, BRIEF_SYSTEM, save, trip

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette import Cassette
    from llmcassette.review.diff.results import CassetteDiff

MISS = """\
No recorded interaction answers this request.

  cassette  tests/cassettes/siena.yaml
  contains  3 interactions
  request   POST https://openrouter.ai/api/v1/chat/completions
  model     moonshotai/kimi-k2-0905
  user      "Where was this taken? Can I be there by train on Saturday?"

The nearest is interaction 0, not replayed yet. One value differs:

  messages[0].content (system prompt)
    recorded  "You plan short trips. Look facts up before you answer."
    sent      "You plan short trips{+ by train+}. Look facts up before you answer."

If this change is intentional, re-record:

  pytest --llm-mode=rewrite tests/test_trips.py::test_siena
"""


def inspected(*cassettes: Cassette, name: str = "siena.yaml") -> str:
    """The page of ``inspect --html``."""
    return cassettes_page([(name, parse_interactions(one.interactions)) for one in cassettes])


@dataclass(frozen=True)
class Pair:
    """What the command line compares."""

    name: str
    old: str
    new: str
    diff: CassetteDiff

    @property
    def equal(self) -> bool:
        return self.diff.equal


def compared(old: Cassette | None = None, new: Cassette | None = None) -> str:
    """The page of ``diff --html``."""
    diff = compare(old or trip(), new or trip(BRIEF_SYSTEM, BRIEF_FINAL), rules=Rules())
    pair = Pair("siena.yaml", "HEAD:siena.yaml", "siena.yaml", diff)
    return differences_page([pair], show_all=False)


def ran(folder: Path) -> str:
    """The page of ``pytest --llm-html``."""
    save(trip(), folder / "tests/cassettes/siena.yaml")
    save(trip(BRIEF_SYSTEM, BRIEF_FINAL), folder / "tests/cassettes/brief.yaml")
    asked, named = "asked", "named"
    facts = Facts(
        tests={
            "tests/test_trips.py::test_siena": "failed",
            "tests/test_trips.py::test_brief": "passed",
            "tests/test_trips.py::test_nothing": "passed",
        },
        files={"tests/test_trips.py"},
        cassettes={
            "tests/cassettes/siena.yaml": CassetteUse(
                interactions=3, openings=1, tests={"tests/test_trips.py::test_siena": {named}}
            ),
            "tests/cassettes/brief.yaml": CassetteUse(
                interactions=3,
                played=[0, 2, 2],
                openings=1,
                replayed=3,
                seconds=5.2,
                tests={"tests/test_trips.py::test_brief": {asked, named}},
            ),
        },
        missed=[
            Missed(
                "tests/test_trips.py::test_siena",
                "tests/test_trips.py",
                14,
                "tests/cassettes/siena.yaml",
                MISS,
            )
        ],
    )
    problem = Problem(
        code="unplayed",
        level="error",
        message="1 of 3 interactions was never played "
        "(1: POST https://openrouter.ai/api/v1/chat/completions)",
        fix="pytest --llm-mode=rewrite tests/test_trips.py::test_brief",
        file="tests/cassettes/brief.yaml",
        tests=("tests/test_trips.py::test_brief",),
    )
    return run_page(facts, folder, [problem], {"tokens": 1_598, "dollars": 0.0011})
