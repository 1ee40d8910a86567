"""The errors and warnings of a run as a whole, and their texts, from its ``Facts``."""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.review.report.decided import Decided
from llmcassette.review.report.problem import WHOLE_RUN, Problem, rerecord, several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llmcassette.redaction import Redaction
    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.problem import Level
    from llmcassette.review.report.use import CassetteUse

__all__ = ["problems"]

SUFFIXES: Final = (".yaml", ".yml")
_HEAD_BYTES: Final = 512
_MOST_NAMED: Final = 3
_UNSAVED: Final = r"\.unsaved-[0-9]+\.ya?ml$"


def problems(
    facts: Facts,
    root: Path,
    *,
    redaction: Callable[[], Redaction] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> list[Problem]:
    """Judge a run.

    Args:
        facts: the run, with all its workers or shards.
        root: the folder that its paths are relative to.
        redaction: gives the project's rules for what counts as a secret.
        environ: the variables that hold the values of secrets.

    Returns:
        The problems, by file and test.

    Raises:
        CassetteError: the setting ``checks`` names a check that does not exist.
    """
    facts.order()
    judge = _Judge(facts, root)
    found = [
        *judge.without_request(),
        *judge.unplayed(),
        *judge.orphans(),
        *judge.two_writers(),
        *judge.alike_but_for_case(),
    ]
    if (facts.ci and facts.checks) or any(u.max_age is not None for u in facts.cassettes.values()):
        from llmcassette.review.report.content import content_problems

        found += content_problems(facts, root, redaction=redaction, environ=environ)
    return sorted(found, key=lambda one: (one.file, one.test, one.line, one.code))


class _Judge:
    def __init__(self, facts: Facts, root: Path) -> None:
        self.facts = facts
        self.root = root
        self.level: Level = "error" if facts.ci else "warn"
        self.decided = Decided(facts)

    def without_request(self) -> Iterator[Problem]:
        """In CI: passed tests that sent no request to the cassette that was open for them.

        A test whose cassette doesn't exist needs none: a marker may be for a whole module.
        """
        for path, use in self.facts.cassettes.items():
            if not (self.root / path).exists():
                continue
            for test in self._idle(use):
                yield Problem(
                    code="no-request",
                    level="error",
                    file=path,
                    tests=(test,),
                    message="the test sent no request to its cassette",
                    fix="remove the marker llm_cassette, or check whether another mock answered",
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
        """Interactions that no test played, where all tests that may play them passed."""
        for path, use in self.facts.cassettes.items():
            level = use.unused or self.level
            left = sorted(use.unplayed) if use.is_replayed and level != "ignore" else []
            left = self._answered(path, left) if left else left
            if not left:
                continue
            users = use.tests_that("own", "named", "opened", "fixture")
            if users and set(users) <= set(self._idle(use)):
                continue
            if not self.decided.is_played_out(path, use):
                continue
            tests = tuple(test for test in users if test)
            message = self._never_played(path, left, use.interactions or 0)
            if use.fixtures:
                message += f"; opened by the fixture {', '.join(sorted(use.fixtures))}"
            prune = f"llmcassette prune --report llm.json {shlex.quote(path)}"
            yield Problem(
                code="unplayed",
                level="error" if level == "error" else "warn",
                file=path,
                tests=tests,
                message=message,
                fix=rerecord(tests) or f"{WHOLE_RUN}; {prune}",
            )

    def _answered(self, path: str, positions: list[int]) -> list[int]:
        """Those of the interactions at these positions in which an answer came."""
        from llmcassette import storage

        try:
            interactions = storage.load(self.root / path, lazy=True).interactions
            return [at for at in positions if interactions[at].response.came]
        except (CassetteError, IndexError):  # a test has changed or removed the file
            return positions

    def _never_played(self, path: str, left: list[int], total: int) -> str:
        from llmcassette import storage

        named = left[:_MOST_NAMED]
        try:
            interactions = storage.load(self.root / path, lazy=True).interactions
            requests = [interactions[at].request for at in named]
            texts = [
                f"{at}: {request.method} {request.url}"
                for at, request in zip(named, requests, strict=True)
            ]
        except (CassetteError, IndexError):  # a test has changed or removed the file
            texts = list(map(str, named))
        more = f" and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
        was = "was" if len(left) == 1 else "were"
        return f"{len(left)} of {total} interactions {was} never played ({'; '.join(texts)}{more})"

    def orphans(self) -> Iterator[Problem]:
        """Cassettes that no test opens, in folders where every test passed."""
        used = {_identity(self.root / path) for path in self.facts.cassettes}
        for path in self._files(settled=True):
            if path in self.facts.cassettes or not _is_cassette(self.root / path):
                continue
            if _identity(self.root / path) in used:
                continue  # opened by another name: through a link, or in other case
            if not self.facts.ci and re.search(_UNSAVED, path):
                continue  # saved in place of a file that could not be written, perhaps just now
            yield Problem(
                code="orphan",
                level=self.level,
                file=path,
                message="no test opens this cassette",
                fix=f"rm {shlex.quote(path)}",
            )

    def two_writers(self) -> Iterator[Problem]:
        """Cassettes that several tests record into though their markers do not name them."""
        for path, use in self.facts.cassettes.items():
            own = use.tests_that("own")
            others = [test for test, roles in use.tests.items() if test and "own" not in roles]
            # A fixture, which is no test, comes last.
            saved = sorted(use.tests_that("saved"), key=lambda test: not test)
            agreed = all("named" in use.tests[test] for test in saved) or set(saved) <= set(own)
            clashed = len(saved) > 1 and not agreed
            if own and others:
                owner, other = own[0], others[0]
                yield Problem(
                    code="two-writers",
                    level="error" if clashed else self.level,
                    file=path,
                    tests=(other,),
                    names=(owner,),
                    message=f"this file belongs to {owner} (named after it); re-recording {owner} "
                    f"or {other} overwrites the other",
                    fix=f"name another file in the marker of {other}, or this one in both markers",
                )
            elif clashed:
                first, *more = saved
                writers = several(more) or "a fixture of a wider scope"
                yield Problem(
                    code="two-writers",
                    level="error",
                    file=path,
                    tests=(first,),
                    names=tuple(more),
                    message=f"{first} and {writers} recorded into it; re-recording one loses what "
                    "the other recorded",
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
                yield Problem(
                    code="case",
                    level=self.level,
                    file=path,
                    tests=tuple(test for test in use.tests if test) if use else (),
                    names=(first,),
                    message=f"{first} is the same file on macOS and Windows",
                    fix="give one of them a name that differs in more than case",
                )

    def _files(self, *, settled: bool = False) -> Iterator[str]:
        """YAML files in and below the folders of cassettes beside test files, or that of the run.

        Args:
            settled: only where every test beside and below passed.
        """
        cassette_dir = self.facts.cassette_dir
        folders = {file.rpartition("/")[0] for file in self.facts.files}
        if "/" in cassette_dir:
            folders = {""}
        for folder in sorted(folders):
            if settled and not self.decided.is_settled(folder or "."):
                continue
            for where, _, names in os.walk(self.root / folder / cassette_dir):
                for name in sorted(names):
                    if name.lower().endswith(SUFFIXES):
                        relative = os.path.relpath(Path(where, name), self.root)
                        yield relative.replace(os.sep, "/")


def _identity(path: Path) -> tuple[int, int] | None:
    """Equal for two names of one file; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_cassette(path: Path) -> bool:
    """Whether a file names our version: other tools keep theirs in folders of this name."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    return any(line.rstrip() == b"version: 2" for line in head.splitlines())
