"""What a test run did with its cassettes: the facts, from which any verdict is made.

A worker of pytest-xdist sends its facts to the controller, and the shards of a CI job leave theirs
in files (``report_file``); both are put together here. docs/ci.md documents the file,
``check_report`` reads the part of it that ``check`` and ``prune`` need.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CassetteUse", "Drifted", "Facts", "Missed", "Outcome", "Role", "merge"]

Outcome = Literal["failed", "passed", "skipped", "not run", "left out", "deselected"]
"""What became of a test, the most telling first: that one counts where several are known.

What the project itself leaves out (``addopts``) is no part of its suite; what somebody deselected
for one run, is.
"""
_OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

Role = Literal["own", "named", "fixture", "opened", "asked", "saved"]
"""What a test has to do with a cassette: it is named after the test; a marker names it; it is open
for the test (and not by hand); it it opened it; its requests went there; it recorded into it."""


@dataclass(slots=True)
class CassetteUse:
    """What a run did with one cassette.

    Attributes:
        interactions: how many there were to play; ``None`` where it was not opened for replay only.
        played: their positions in the file, from 0, each as often as it was played.
        openings: how often it was opened for replay.
        alike: positions not played in some opening, whose request is equal to one played there.
        recorded: how many were recorded.
        tests: by test, what it has to do with the file; the test ``""`` is a fixture of a wider
            scope, which serves whatever tests there are.
        fixtures: the fixtures of a wider scope that open it, with the selected tests that use each.
        elsewhere: what may play it, too: tests, classes and files that name it and were not
            selected; tests that may use a fixture of a wider scope.
        unused: the setting; empty where nobody said it.
        stale: likewise.
        max_age: hours; ``None`` for any.
    """

    interactions: int | None = None
    played: list[int] = field(default_factory=list)
    openings: int = 0
    alike: set[int] = field(default_factory=set)
    recorded: int = 0
    tests: dict[str, set[Role]] = field(default_factory=dict)
    fixtures: dict[str, set[str]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    unused: str = ""
    stale: str = ""
    max_age: float | None = None

    @property
    def is_replayed(self) -> bool:
        """Whether it was replayed, and only that."""
        return self.interactions is not None and not self.recorded

    @property
    def unplayed(self) -> set[int]:
        """Positions of the interactions that nobody played.

        Where several openings shared them, each played the first of equal ones.
        """
        left = set(range(self.interactions or 0)) - set(self.played)
        return left - self.alike if self.openings > 1 else left

    def give(self, test: str, *roles: Role) -> None:
        """Note what a test has to do with the file."""
        self.tests.setdefault(test, set()).update(roles)

    def tests_that(self, *roles: Role) -> list[str]:
        """The tests with one of these roles."""
        return [test for test, held in self.tests.items() if held.intersection(roles)]


@dataclass(slots=True)
class Missed:
    """A test that failed by what its cassette could not answer.

    Attributes:
        blocked: it was no request, but a connection that the closed network refused.
    """

    test: str
    file: str
    line: int
    cassette: str
    message: str
    blocked: bool = False


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
        """One line, without the file."""
        change = f"{self.recorded or 'nothing'} -> {self.live or 'nothing'}"
        return f"interaction {self.interaction}: {self.tier}: {self.place}: {change}"


@dataclass(slots=True)
class Facts:
    """A run, or a part of one. Every path is relative to the root folder, with slashes.

    Attributes:
        ci: the rules of CI applied.
        checks: names of what is looked for in used cassettes, in CI.
        tests: what became of each, by its id; a file that skipped itself is among them.
        files: the test files that were looked at.
        other_files: those that were not, and classes that were not.
        cassettes: by path.
        missed: see ``Missed``.
        verified: how many answers were compared with live ones (``--llm-verify``).
        drift: what that found.
        rules: opt-in rules of matching, setting and text, and whether each matched something.
    """

    ci: bool = False
    checks: tuple[str, ...] = ()
    tests: dict[str, Outcome] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    other_files: set[str] = field(default_factory=set)
    cassettes: dict[str, CassetteUse] = field(default_factory=dict)
    missed: list[Missed] = field(default_factory=list)
    verified: int = 0
    drift: list[Drifted] = field(default_factory=list)
    rules: dict[tuple[str, str], bool] = field(default_factory=dict)

    def cassette(self, path: str) -> CassetteUse:
        """What is known of a cassette, to be added to."""
        return self.cassettes.setdefault(path, CassetteUse())

    def add(self, other: Facts) -> None:
        """Take in what another worker or another shard knows."""
        self.ci = self.ci or other.ci
        self.checks = tuple(dict.fromkeys((*self.checks, *other.checks)))
        for test, outcome in other.tests.items():
            self.tests[test] = min(self.tests.get(test, outcome), outcome, key=_OUTCOMES.index)
        self.files |= other.files
        self.other_files |= other.other_files
        self.missed += other.missed
        self.verified += other.verified
        self.drift += [one for one in other.drift if one not in self.drift]
        for rule, used in other.rules.items():
            self.rules[rule] = self.rules.get(rule, False) or used
        for path, theirs in other.cassettes.items():
            ours = self.cassette(path)
            if theirs.interactions is not None:
                ours.interactions = max(ours.interactions or 0, theirs.interactions)
            ours.played += theirs.played
            ours.openings += theirs.openings
            ours.alike |= theirs.alike
            ours.recorded += theirs.recorded
            for test, roles in theirs.tests.items():
                ours.give(test, *roles)
            for fixture, tests in theirs.fixtures.items():
                ours.fixtures.setdefault(fixture, set()).update(tests)
            ours.elsewhere |= theirs.elsewhere
            ours.unused = ours.unused or theirs.unused
            ours.stale = ours.stale or theirs.stale
            ours.max_age = theirs.max_age if ours.max_age is None else ours.max_age

    def not_run(self) -> list[str]:
        """The tests and the test files of the suite that were not run."""
        tests = [test for test, told in self.tests.items() if told in {"not run", "deselected"}]
        return [*tests, *sorted(name for name in self.other_files if not self._has_read(name))]

    @property
    def complete(self) -> bool:
        """Whether every test of the project was run, or skipped itself."""
        return not self.not_run() and "left out" not in self.tests.values()

    def passed(self, use: CassetteUse) -> bool:
        """Whether all tests that have to do with a cassette passed; so nothing more is played."""
        return (
            all(self.tests.get(test) == "passed" for test in use.tests if test)
            and not self.elsewhere(use)
            and (self.complete or not _may_be_opened_anywhere(use))
        )

    def elsewhere(self, use: CassetteUse) -> set[str]:
        """What names a cassette, too, and has not passed or been looked at by now."""
        return {
            name
            for name in use.elsewhere
            if self.tests.get(name) != "passed"
            and (name in self.skipped_files() or not self._has_read(name))
        }

    def skipped_files(self) -> set[str]:
        """The test files that skipped themselves wherever they were looked at."""
        skipped = {name for name, told in self.tests.items() if told == "skipped"} & self.files
        if not skipped:
            return skipped
        return skipped - {test.partition("::")[0] for test in self.tests if "::" in test}

    def _has_read(self, name: str) -> bool:
        """Whether a test file or class has been looked at."""
        if "::" not in name:
            return name in self.files
        return any(test.startswith(f"{name}::") for test in self.tests)

    def order(self) -> None:
        """Put everything in the order of collection or of names, whoever noted it first."""
        position = {test: at for at, test in enumerate(self.tests)}
        for use in self.cassettes.values():
            tests = sorted(use.tests, key=lambda test: position.get(test, -1))
            use.tests = {test: use.tests[test] for test in tests}
        self.missed.sort(key=lambda one: position.get(one.test, -1))
        self.drift.sort(key=lambda one: (one.file, one.interaction))
        self.rules = dict(sorted(self.rules.items()))

    def message(self) -> dict[str, Any]:
        """In the types of JSON."""
        return {
            "ci": self.ci,
            "checks": list(self.checks),
            "tests": dict(self.tests),
            "files": sorted(self.files),
            "other_files": sorted(self.other_files),
            "cassettes": {
                path: {
                    "interactions": use.interactions,
                    "played": sorted(use.played) if use.is_replayed else None,
                    "openings": use.openings,
                    "alike": sorted(use.alike),
                    "recorded": use.recorded,
                    "passed": self.passed(use),
                    "tests": {test: sorted(roles) for test, roles in use.tests.items()},
                    "fixtures": {name: sorted(use.fixtures[name]) for name in sorted(use.fixtures)},
                    "elsewhere": sorted(use.elsewhere),
                    "unused": use.unused,
                    "stale": use.stale,
                    "max_age_hours": use.max_age,
                }
                for path, use in sorted(self.cassettes.items())
            },
            "missed": [asdict(one) for one in self.missed],
            "verified": self.verified,
            "drift": [asdict(one) for one in self.drift],
            "rules": [[*rule, used] for rule, used in self.rules.items()],
        }

    @classmethod
    def of(cls, message: dict[str, Any]) -> Facts:
        """What ``message`` gave.

        Raises:
            LookupError, TypeError, ValueError, AttributeError: it is none.
        """
        return cls(
            ci=bool(message["ci"]),
            checks=tuple(message["checks"]),
            tests={test: _OUTCOMES[_OUTCOMES.index(t)] for test, t in message["tests"].items()},
            files=set(message["files"]),
            other_files=set(message["other_files"]),
            cassettes={
                path: CassetteUse(
                    interactions=use["interactions"],
                    played=list(use["played"] or ()),
                    openings=use["openings"],
                    alike=set(use["alike"]),
                    recorded=use["recorded"],
                    tests={test: set(roles) for test, roles in use["tests"].items()},
                    fixtures={name: set(tests) for name, tests in use["fixtures"].items()},
                    elsewhere=set(use["elsewhere"]),
                    unused=use["unused"],
                    stale=use["stale"],
                    max_age=use["max_age_hours"],
                )
                for path, use in message["cassettes"].items()
            },
            missed=[Missed(**one) for one in message["missed"]],
            verified=message["verified"],
            drift=[Drifted(**one) for one in message["drift"]],
            rules={(setting, rule): bool(used) for setting, rule, used in message["rules"]},
        )


def merge(parts: Iterable[Facts]) -> Facts:
    """Put together what workers or shards know, in their order."""
    whole = Facts()
    for part in parts:
        whole.add(part)
    return whole


def _may_be_opened_anywhere(use: CassetteUse) -> bool:
    """Whether any test might open it: a fixture of a wider scope did, or a test by hand."""
    return any(not test or not roles & {"own", "named"} for test, roles in use.tests.items())
