"""What the test run as a whole has decided; one object per process, filled by the pytest plugin.

Outside a run everything here keeps its default, and ``use_cassette`` obeys the environment alone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmcassette.errors import ReplayError
    from llmcassette.matching import RuleUse
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.verification import Verification

    Cassette: TypeAlias = Any  # an Engine, which imports this module

    class ErrorListener(Protocol):
        """``cassette`` is the one that is charged with the error; ``None`` if none was open."""

        def __call__(self, error: ReplayError, cassette: Cassette | None, /) -> None: ...

    class Verifier(Protocol):
        def __call__(self, verification: Verification, cassette: Cassette, /) -> None: ...


__all__ = ["PLACEHOLDER", "Run", "current_run"]

PLACEHOLDER: Final = "placeholder-for-replay"
"""What unset keys of providers hold while pytest replays: SDKs refuse to be made without one."""
NEVER: Final = float("-inf")


class Run:
    """Decisions that hold for every cassette of this process.

    Attributes:
        command_line: the mode of ``--llm-mode`` or ``--llm-record``.
        replay_only: ``--llm-ci`` was given.
        started: Unix time in seconds at which a test run began: files made later were absent
            then. ``None`` outside a test run, where every opening looks afresh.
        continues_after_miss: ``--llm-drift`` was given: a request that no recording answers gets
            the answer of the nearest one, so that the test continues; the miss is kept.
        watchers: called with each cassette that opens.
        listeners: called with each error in a client's call, where it is raised.
        verifiers: called with each recorded answer and the live one; if there are any,
            ``--llm-verify`` was given, and every answer is verified.
        running_test: names the running test, for messages.
        remedy: names the command that records a cassette that is opened by hand, for messages;
            ``None`` outside a test run.
        is_of_other_tests: whether an open cassette belongs to a fixture that the running test
            doesn't use.
        placeholders: the environment variables that were given ``PLACEHOLDER``.
        unscanned: names of variables and headers whose values were not searched for in what was
            recorded: too short, too plain or a placeholder; each is logged once.
        notes: what recordings miss, by kind; see ``note``.
    """

    def __init__(
        self,
        *,
        command_line: Mode | None = None,
        replay_only: bool = False,
        started: float | None = None,
        continues_after_miss: bool = False,
    ) -> None:
        self.command_line = command_line
        self.replay_only = replay_only
        self.started = started
        self.continues_after_miss = continues_after_miss
        self.watchers: list[Callable[[Cassette], None]] = []
        self.listeners: list[ErrorListener] = []
        self.verifiers: list[Verifier] = []
        self.running_test: Callable[[], str] = lambda: "none: no test is running"
        self.remedy: Callable[[Path], str] | None = None
        self.is_of_other_tests: Callable[[Cassette], bool] = lambda _: False
        self.placeholders: tuple[str, ...] = ()
        self.unscanned: set[str] = set()
        self.notes: dict[str, dict[str, None]] = {}
        self._older: dict[Path, int] = {}
        self._rewritten: dict[Path, float] = {}
        self._rule_use: RuleUse | None = None

    def note(self, kind: str, line: str) -> None:
        """Note what a recording misses, for the end of the run.

        Args:
            kind: ``outside``, ``differs`` or ``libraries``.
            line: where, without secrets.
        """
        self.notes.setdefault(kind, {})[line] = None

    def become(self, other: Run) -> Run:
        """Take over the decisions of another run; returns those until now."""
        before = Run()
        vars(before).update(vars(self))
        vars(self).update(vars(other))
        return before

    def mode(self, configured: Mode | None, *, obey_ci: bool) -> Mode:
        """The mode of a cassette whose settings name ``configured``.

        Raises:
            SettingsError: the environment names a mode that does not exist.
        """
        from llmcassette.recorder.modes import is_ci, resolve_mode

        return resolve_mode(
            command_line=self.command_line,
            replay_only=self.replay_only,
            ci=obey_ci and is_ci(os.environ),
            environ=os.environ,
            configured=configured,
        )

    def must_replay(self, *, obey_ci: bool) -> bool:
        """Whether nothing may go live: ``--llm-ci``, or a CI run that no option overrules."""
        from llmcassette.recorder.modes import is_ci

        return self.replay_only or (obey_ci and self.command_line is None and is_ci(os.environ))

    def rule_use(self) -> RuleUse | None:
        """Counts which rules of matching have matched; ``None`` outside a run."""
        if self._rule_use is None and self.started is not None:
            from llmcassette.matching import RuleUse  # the plugin loads it with the first cassette

            self._rule_use = RuleUse()
        return self._rule_use

    def older_interactions(self, path: Path, present: int) -> int:
        """How many of a file's interactions are older than the run, which adds behind them.

        Args:
            path: the file, absolute.
            present: how many it has now; 0 where there is none.
        """
        if self.started is None:
            return present
        if path not in self._older:
            self._older[path] = 0 if self.was_absent(path) else present
        return min(self._older[path], present)

    def note_rewritten(self, path: Path) -> None:
        """A file has been replaced; what is in it now belongs to this run."""
        if self.started is not None:
            self._rewritten[path] = self.started

    def has_rewritten(self, path: Path) -> bool:
        """Whether a file has been replaced in this run: then it is added to, not replaced again.

        Another worker of pytest-xdist may have done so, which the time of the file shows.
        """
        if self.started is None:
            return False
        return self._rewritten.get(path) == self.started or _made(path) >= self.started

    def recorded_since(self, path: Path, mode: Mode) -> int | None:
        """The position in a file at which what this run recorded begins, in a mode that adds.

        ``None`` outside a run, where openings have nothing to do with each other.
        """
        if self.started is None:
            return None
        return 0 if mode == "rewrite" else self._older.get(path)

    def was_absent(self, path: Path) -> bool:
        """Whether a file was absent when the run began, though another test may have made it."""
        made = _made(path)
        if made == NEVER:
            return True
        if self.started is None:
            return False
        if path in self._older:
            return self._older[path] == 0
        return made >= self.started


def _made(path: Path) -> float:
    """When a file was last written, in Unix time; ``NEVER`` where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return NEVER


current_run = Run()
