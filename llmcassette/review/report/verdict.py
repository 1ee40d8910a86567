"""What is wrong with a run as a whole: the verdict over ``review.report.facts``.

What concerns one test alone has failed that test already; here is what shows only at the end.
"""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.redaction import Redaction
from llmcassette.review.report.problem import Problem
from llmcassette.review.report.undecided import CASSETTES, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmcassette.review.report.facts import CassetteUse, Facts
    from llmcassette.review.report.problem import Level

__all__ = ["is_older", "problems"]

SUFFIXES: Final = (".yaml", ".yml")
_HEAD_BYTES: Final = 512
_MOST_NAMED: Final = 3
_SAVED_BESIDE: Final = re.compile(r"\.unsaved-[0-9]+\.ya?ml$")


def problems(
    facts: Facts,
    root: Path,
    *,
    redaction: Redaction | None = None,
    environ: Mapping[str, str] = os.environ,
) -> list[Problem]:
    """Judge a run.

    Args:
        facts: the run, all workers and shards put together.
        root: the folder that its paths are relative to.
        redaction: the project's, for what counts as a secret.
        environ: where secrets' values are looked up.

    Returns:
        By file and test.
    """
    facts.order()
    verdict = _Verdict(facts, root)
    found = [
        *verdict.without_request(),
        *verdict.unplayed(),
        *verdict.orphans(),
        *verdict.two_writers(),
        *verdict.alike_but_for_case(),
        *verdict.checked(redaction or Redaction(), environ),
    ]
    return sorted(found, key=lambda one: (one.file, one.test, one.line, one.code))


def is_older(path: Path, max_age: timedelta) -> bool:
    """Whether a cassette is older than allowed, as ``llmcassette check`` finds it."""
    from llmcassette.review.check.checker import Checker, Options

    checker = Checker(Options(codes=frozenset({"LC009"}), max_age=max_age))
    return bool(checker.check(path, path.read_bytes()))


class _Verdict:
    def __init__(self, facts: Facts, root: Path) -> None:
        self.facts = facts
        self.root = root
        self.level: Level = "error" if facts.ci else "warn"

    def without_request(self) -> Iterator[Problem]:
        """Tests with a cassette open that asked it nothing; only in CI."""
        for path, use in self.facts.cassettes.items():
            for test in self._idle(use):
                yield Problem(
                    code="no-request",
                    level="error",
                    file=path,
                    test=test,
                    names=(path, test),
                    message="the test sent no request that its cassette could answer",
                    fix="remove the marker llm_cassette, or find out what answered in its place",
                )

    def _idle(self, use: CassetteUse) -> list[str]:
        return [
            test
            for test, roles in use.tests.items()
            if self.facts.ci
            and "fixture" in roles
            and "asked" not in roles
            and self.facts.tests.get(test) == "passed"
        ]

    def unplayed(self) -> Iterator[Problem]:
        """Interactions that no test played, where every test that might have has passed."""
        for path, use in self.facts.cassettes.items():
            level = use.unused or self.level
            users = use.tests_that("own", "named", "opened", "fixture")
            if level == "ignore" or not use.is_replayed or not self.facts.passed(use):
                continue
            left = sorted(use.unplayed)
            if not left or (users and set(users) <= set(self._idle(use))):
                continue
            tests = [test for test in users if test]
            names, opened = self._opened(use)
            yield Problem(
                code="unplayed",
                level="error" if level == "error" else "warn",
                file=path,
                test=_several(tests),
                names=(path, *tests, *names),
                message=f"{self._told(path, left, use.interactions or 0)}{opened}",
                fix=_record(tests)
                or "pytest --llm-report=llm.json, then "
                f"llmcassette prune --report llm.json {shlex.quote(path)}",
            )

    def _opened(self, use: CassetteUse) -> tuple[list[str], str]:
        """The fixtures that open a cassette and their tests: all names, and a text of them."""
        position = {test: at for at, test in enumerate(self.facts.tests)}
        names: list[str] = []
        text = ""
        for fixture, users in sorted(use.fixtures.items()):
            tests = sorted(users, key=lambda test: position.get(test, -1))
            names += [fixture, *tests]
            text += f"; the fixture {fixture} opens it for {_several(tests)}"
        return names, text

    def _told(self, path: str, left: list[int], total: int) -> str:
        from llmcassette import storage

        try:
            held = storage.load(self.root / path, lazy=True).interactions
            asked = [f"{at}: {held[at].request.method} {held[at].request.url}" for at in left[:3]]
        except (CassetteError, IndexError):  # it has been changed or removed meanwhile
            asked = [str(at) for at in left[:3]]
        more = f" and {len(left) - 3} more" if len(left) > 3 else ""
        was = "was" if len(left) == 1 else "were"
        return f"{len(left)} of {total} interactions {was} never played ({'; '.join(asked)}{more})"

    def orphans(self) -> Iterator[Problem]:
        """Cassettes beside test files that no test owns; only after a run of the whole suite."""
        if self.facts.not_run():
            return
        undecided = Undecided(self.facts, self.root)
        for path in self._files():
            if path in self.facts.cassettes or not _is_cassette(self.root / path):
                continue
            if not self.facts.ci and _SAVED_BESIDE.search(path):
                continue  # in place of one that could not be written; perhaps just now
            if undecided.may_open(path):
                continue
            yield Problem(
                code="orphan",
                level=self.level,
                file=path,
                names=(path,),
                message="no test opens this cassette",
                fix=f"delete it: git rm {path}",
            )

    def two_writers(self) -> Iterator[Problem]:
        """Cassettes that two tests write without having agreed on it by their markers."""
        for path, use in self.facts.cassettes.items():
            own = use.tests_that("own")
            others = [test for test, roles in use.tests.items() if test and "own" not in roles]
            # A fixture, which is no test, comes last.
            saved = sorted(use.tests_that("saved"), key=lambda test: not test)
            agreed = all("named" in use.tests[test] for test in saved) or set(saved) <= set(own)
            clashed = len(saved) > 1 and not agreed
            if own and others:
                yield Problem(
                    code="two-writers",
                    level="error" if clashed else self.level,
                    file=path,
                    test=others[0],
                    names=(path, own[0], others[0]),
                    message=f"it is the cassette of {own[0]} by that test's name, and recording "
                    "either overwrites the other's",
                    fix=f"name another file in {others[0]}, or the same one in both markers",
                )
            elif clashed:
                first, *more = saved
                yield Problem(
                    code="two-writers",
                    level="error",
                    file=path,
                    test=first,
                    names=(path, *saved),
                    message=f"{_several(more) or 'a fixture of a wider scope'} recorded into it, "
                    "too, and rewriting it for one loses the other's",
                    fix="give each test a file of its own, or name this one in both markers"
                    if all(more)
                    else "give the fixture a file of its own",
                )

    def alike_but_for_case(self) -> Iterator[Problem]:
        """Cassettes that are one file on macOS and Windows, and two on Linux."""
        alike: dict[str, list[str]] = {}
        for path in sorted({*self.facts.cassettes, *self._files()}):
            alike.setdefault(unicodedata.normalize("NFC", path).casefold(), []).append(path)
        for first, *others in alike.values():
            for path in others:
                use = self.facts.cassettes.get(path) or self.facts.cassettes.get(first)
                tests = [test for test in use.tests if test] if use else []
                yield Problem(
                    code="case",
                    level=self.level,
                    file=path,
                    test=_several(tests),
                    names=(path, first, *tests),
                    message=f"macOS and Windows hold it to be the same file as {first}",
                    fix="give one of them another name, not only in other letters",
                )

    def checked(self, redaction: Redaction, environ: Mapping[str, str]) -> Iterator[Problem]:
        """What ``llmcassette check`` finds in the cassettes that were used: their age; in CI more.

        Raises:
            CassetteError: the settings name a check that does not exist.
        """
        from llmcassette.review.check.checker import Checker, Options
        from llmcassette.review.check.rules import RULES

        known = {name: rule.code for rule in RULES.values() for name in (rule.code, rule.name)}
        codes = set()
        for name in self.facts.checks if self.facts.ci else ():
            if name not in known:
                there_are = ", ".join(rule.name for rule in RULES.values())
                raise CassetteError(f"there is no check {name!r} (checks). There are: {there_are}.")
            codes.add(known[name])
        for path, use in self.facts.cassettes.items():
            wanted = codes | ({"LC009"} if use.max_age is not None else set())
            if not wanted or not use.is_replayed:
                continue
            age = None if use.max_age is None else timedelta(hours=use.max_age)
            checker = Checker(
                Options(
                    codes=frozenset(wanted),
                    redaction=redaction,
                    environ=environ,
                    max_age=age,
                    closed=False,
                )
            )
            try:
                data = (self.root / path).read_bytes()
            except OSError:
                continue  # a test has removed it
            tests = [test for test in use.tests if test]
            for finding in checker.check(self.root / path, data):
                old = finding.code == "LC009"
                level = self.level if not old or use.stale in {"", "record"} else use.stale
                at = finding.interaction
                place = "" if at is None else f"interaction {at}: "
                yield Problem(
                    code=finding.rule.name,
                    level="error" if level == "error" else "warn",
                    file=path,
                    test=_several(tests),
                    names=(path, *tests),
                    message=f"{place}{finding.message}",
                    fix=self._fix(finding.fix, path, tests),
                    line=finding.line,
                )

    @staticmethod
    def _fix(fix: str, path: str, tests: list[str]) -> str:
        again = _record(tests) if "--llm-mode" in fix else ""
        return again or fix.replace("PATH", path).replace("`", "")

    def _files(self) -> Iterator[str]:
        """YAML files below the folders of cassettes that lie beside test files."""
        folders = {file.rpartition("/")[0] for file in self.facts.files}
        for folder in sorted(folders):
            for where, _, names in os.walk(self.root / folder / CASSETTES):
                for name in sorted(names):
                    if name.lower().endswith(SUFFIXES):
                        relative = os.path.relpath(Path(where, name), self.root)
                        yield relative.replace(os.sep, "/")


def _is_cassette(path: Path) -> bool:
    """Whether a file says that it is ours: other tools keep theirs in folders of this name."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    return any(line.rstrip() == b"version: 2" for line in head.splitlines())


def _several(tests: list[str]) -> str:
    shown = ", ".join(tests[:_MOST_NAMED])
    return f"{shown} and {len(tests) - _MOST_NAMED} more" if len(tests) > _MOST_NAMED else shown


def _record(tests: Iterable[str]) -> str:
    """The command that records tests again; empty where none is known."""
    named = " ".join(map(shlex.quote, tests))
    return f"pytest --llm-mode=rewrite {named}" if named else ""
