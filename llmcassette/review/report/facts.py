"""What a test run did with its cassettes: the record from which the run is judged.

The pytest plugin fills one in each process. Workers of pytest-xdist send theirs to the controller,
shards of a CI job leave theirs in files (``report.file``), and ``Facts.add`` puts them together.
docs/reference/ci.md documents the file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from llmcassette.review.report.problem import Problem
from llmcassette.review.report.use import CassetteUse

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Drifted", "Facts", "Missed", "Outcome", "merge"]

Outcome = Literal["failed", "passed", "skipped", "not run", "deselected"]
"""The outcome of a test. Of several, the first in this order counts."""
_OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)


CASSETTES: Final = "cassettes"


@dataclass(slots=True)
class Missed:
    """A request or connection by which a test failed.

    Attributes:
        test: the id of the test.
        file: the source file that sent the request.
        line: in that file, from 1.
        cassette: the cassette that should have answered; empty where none was open.
        message: the text of the error.
        blocked: whether the network guard refused a connection; else no recording answered.
        cause: why no recording answered, in a few words; empty where a connection was refused.
        difference: what differs from the nearest recording, as text.
        key: equal for misses by the same change.
        sent_by: the line of the project's code that sent the request: ``agent.py:12: ask()``.
    """

    test: str
    file: str
    line: int
    cassette: str
    message: str
    blocked: bool = False
    cause: str = ""
    difference: str = ""
    key: str = ""
    sent_by: str = ""


@dataclass(slots=True)
class Drifted:
    """A place where a live answer differs from its recording, see ``review.diff.drift``."""

    file: str
    interaction: int
    tier: str
    place: str
    recorded: str
    live: str

    def text(self) -> str:
        """One line, without the file and the tier."""
        change = f"{self.recorded or 'nothing'} -> {self.live or 'nothing'}"
        return f"interaction {self.interaction}: {self.place}: {change}"


@dataclass(slots=True)
class Facts:
    """A run, or a part of one. Paths are relative to the root folder, with slashes.

    Attributes:
        ci: whether the rules of CI applied.
        checks: the names of the checks of used cassettes in CI.
        cassette_dir: the folder of cassettes beside each test file; with a slash, that of the run.
        tests: the outcome of each test, by id; also of a test file that skipped itself.
        files: the test files that were collected.
        uncollected: the test files and classes that were not collected.
        cassettes: by path.
        missed: the requests and connections by which tests failed.
        verified: how many answers were compared with live ones (``--llm-verify``).
        drift: where they differ.
        rules: each opt-in rule of matching, as setting and text, and whether it matched something.
        problems: what is wrong, as far as it was known while the tests ran.
        unfired: by test, how many of its faults never fired.
        unsaved: the tests that recorded something and did not pass.
        idle: the tests that passed in a record mode and sent no request, with their cassettes.
        unwritten: the shared cassettes that were not rewritten, with the tests that did not pass.
        unscanned: the names of secrets whose values were not searched for in recordings.
        notes: what recording tells about its replay, by kind; see ``report.notes``.
    """

    ci: bool = False
    checks: tuple[str, ...] = ()
    cassette_dir: str = CASSETTES
    tests: dict[str, Outcome] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    uncollected: set[str] = field(default_factory=set)
    cassettes: dict[str, CassetteUse] = field(default_factory=dict)
    missed: list[Missed] = field(default_factory=list)
    verified: int = 0
    drift: list[Drifted] = field(default_factory=list)
    rules: dict[tuple[str, str], bool] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unfired: dict[str, int] = field(default_factory=dict)
    unsaved: list[str] = field(default_factory=list)
    idle: dict[str, str] = field(default_factory=dict)
    unwritten: dict[str, list[str]] = field(default_factory=dict)
    unscanned: set[str] = field(default_factory=set)
    notes: dict[str, list[str]] = field(default_factory=dict)

    def cassette(self, path: str) -> CassetteUse:
        """The use of a cassette, to be added to."""
        return self.cassettes.setdefault(path, CassetteUse())

    def add(self, other: Facts) -> None:
        """Add what another process or shard did."""
        self.ci = self.ci or other.ci
        self.checks = tuple(dict.fromkeys((*self.checks, *other.checks)))
        if self.cassette_dir == CASSETTES:
            self.cassette_dir = other.cassette_dir
        for test, outcome in other.tests.items():
            self.tests[test] = min(self.tests.get(test, outcome), outcome, key=_OUTCOMES.index)
        self.files |= other.files
        self.uncollected |= other.uncollected
        for path, use in other.cassettes.items():
            self.cassette(path).add(use)
        self.missed += other.missed
        self.verified += other.verified
        self.drift += [one for one in other.drift if one not in self.drift]
        for rule, used in other.rules.items():
            self.rules[rule] = self.rules.get(rule, False) or used
        self.problems += other.problems
        self.unfired |= other.unfired
        self.unsaved += other.unsaved
        self.idle |= other.idle
        self.unwritten |= other.unwritten
        self.unscanned |= other.unscanned
        for kind, lines in other.notes.items():
            for line in lines:
                self.note(kind, line)

    def note(self, kind: str, line: str) -> None:
        """Add a note, unless it is there."""
        lines = self.notes.setdefault(kind, [])
        if line not in lines:
            lines.append(line)

    def not_run(self) -> list[str]:
        """The tests, test files and classes that did not run."""
        tests = [
            name for name, outcome in self.tests.items() if outcome in {"not run", "deselected"}
        ]
        return [*tests, *self.not_collected()]

    def not_collected(self) -> list[str]:
        """The test files and classes that no process collected."""

        def is_collected(name: str) -> bool:
            if "::" in name:
                return any(test.startswith(f"{name}::") for test in self.tests)
            return name in self.files

        return sorted(name for name in self.uncollected if not is_collected(name))

    def skipped_files(self) -> set[str]:
        """The test files that skipped themselves in every process."""
        skipped = {name for name in self.files if self.tests.get(name) == "skipped"}
        return skipped and skipped - {
            test.partition("::")[0] for test in self.tests if "::" in test
        }

    @property
    def complete(self) -> bool:
        """Whether every test file was collected whole, and every test ran or skipped itself."""
        return not self.not_run() and not self.skipped_files()

    def order(self) -> None:
        """Sort everything by collection or by name, whatever process noted it first."""
        position = {test: at for at, test in enumerate(self.tests)}
        for use in self.cassettes.values():
            tests = sorted(use.tests, key=lambda test: position.get(test, -1))
            use.tests = {test: use.tests[test] for test in tests}
        self.missed.sort(key=lambda one: position.get(one.test, -1))
        self.drift.sort(key=lambda one: (one.file, one.interaction))
        self.rules = dict(sorted(self.rules.items()))

    def totals(self) -> dict[str, float]:
        """The counts of the run."""
        uses = self.cassettes.values()
        counts = Counter("blocked" if one.blocked else "missed" for one in self.missed)
        return {
            "replayed": sum(use.replayed for use in uses),
            "seconds": round(sum(use.seconds for use in uses), 3),
            "recorded": sum(use.written for use in uses),
            "missed": counts["missed"],
            "blocked": counts["blocked"],
            "unfired": sum(self.unfired.values()),
        }

    def message(self) -> dict[str, Any]:
        """The types of JSON; see ``of``."""
        return {
            "ci": self.ci,
            "checks": list(self.checks),
            "cassette_dir": self.cassette_dir,
            "tests": dict(self.tests),
            "files": sorted(self.files),
            "other_files": sorted(self.uncollected),
            "cassettes": {path: self.cassettes[path].message() for path in sorted(self.cassettes)},
            "missed": [asdict(one) for one in self.missed],
            "verified": self.verified,
            "drift": [asdict(one) for one in self.drift],
            "rules": [[*rule, used] for rule, used in self.rules.items()],
            "problems": [asdict(one) for one in self.problems],
            "unfired": dict(self.unfired),
            "unsaved": list(self.unsaved),
            "idle": dict(self.idle),
            "unwritten": dict(self.unwritten),
            "unscanned": sorted(self.unscanned),
            "notes": {kind: list(lines) for kind, lines in self.notes.items()},
        }

    @classmethod
    def of(cls, message: dict[str, Any]) -> Facts:
        """Read what ``message`` gave.

        Raises:
            LookupError, TypeError, ValueError, AttributeError: it is something else.
        """
        return cls(
            ci=bool(message["ci"]),
            checks=tuple(message["checks"]),
            cassette_dir=str(message.get("cassette_dir", CASSETTES)),
            tests={test: _OUTCOMES[_OUTCOMES.index(t)] for test, t in message["tests"].items()},
            files=set(message["files"]),
            uncollected=set(message["other_files"]),
            cassettes={path: CassetteUse.of(use) for path, use in message["cassettes"].items()},
            missed=[Missed(**one) for one in message["missed"]],
            verified=message["verified"],
            drift=[Drifted(**one) for one in message["drift"]],
            rules={(setting, rule): bool(used) for setting, rule, used in message["rules"]},
            problems=[_problem(one) for one in message["problems"]],
            unfired=dict(message["unfired"]),
            unsaved=list(message["unsaved"]),
            idle=dict(message["idle"]),
            unwritten=dict(message["unwritten"]),
            unscanned=set(message["unscanned"]),
            notes={kind: list(lines) for kind, lines in message.get("notes", {}).items()},
        )


def _problem(message: dict[str, Any]) -> Problem:
    return Problem(
        **{**message, "tests": tuple(message["tests"]), "names": tuple(message["names"])}
    )


def merge(parts: Iterable[Facts]) -> Facts:
    """Put together what workers or shards did, in their order."""
    whole = Facts()
    for part in parts:
        whole.add(part)
    return whole
