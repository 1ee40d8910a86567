"""The end of a run: put the workers together, judge, write the report, and show the errors."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcassette.errors import CassetteError
from llmcassette.recorder.run import current_run
from llmcassette.review.report.facts import Facts
from llmcassette.review.report.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from conftest_plugin.run.facts import RunFacts
    from conftest_plugin.run.summary import Conclusion
    from llmcassette.providers import ApiCall, Completion
    from llmcassette.recorder.settings import Settings
    from llmcassette.redaction import Redaction
    from llmcassette.review.verifying import Verifier

__all__ = ["RunEnd"]


class RunEnd:
    """Judges the run, once all of it is known.

    Args:
        config: pytest's.
        facts: the facts of this process; in a controller of pytest-xdist, of all workers.
        settings: the project's.
    """

    def __init__(self, config: pytest.Config, facts: RunFacts, settings: Settings) -> None:
        self._config = config
        self._facts = facts
        self._settings = settings
        self._conclusion: Conclusion | None = None

    def finish(
        self, unwritten: Iterable[tuple[Path, list[str]]], verifier: Verifier | None
    ) -> None:
        """Everything in this process has run: note what is known only now.

        Args:
            unwritten: shared cassettes that were not rewritten, and the tests that did not pass.
            verifier: compared the answers of the run.
        """
        facts, record = self._facts, self._facts.record
        record.unwritten |= {facts.relative(path): tests for path, tests in unwritten}
        try:
            for path, written in verifier.save() if verifier else ():
                facts.cassette(path).written += written
        except CassetteError as error:
            facts.late("", error)
        record.unscanned |= current_run.unscanned
        for kind, lines in current_run.notes.items():
            for line in lines:
                record.note(kind, line)
        if self.is_of_interest:
            settings = self._settings
            facts.finish(settings, ci=current_run.must_replay(obey_ci=settings.ci))

    @property
    def is_of_interest(self) -> bool:
        """Whether there is something to judge, or a report to write."""
        record = self._facts.record
        return bool(
            self._facts.uses_cassettes
            or record.cassettes
            or record.problems
            or self._config.option.llm_report is not None
            or self._config.option.llm_html is not None
        )

    def message(self) -> dict[str, Any] | None:
        """What a worker sends to the controller."""
        return self._facts.record.message() if self.is_of_interest else None

    def add(self, message: dict[str, Any]) -> None:
        """Add what a worker sent."""
        self._facts.record.add(Facts.of(message))

    def conclude(self) -> bool:
        """Judge the run, write its report, and have pytest show its errors.

        Returns:
            Whether the run fails.
        """
        if not self.is_of_interest:
            return False
        from conftest_plugin.run.summary import Conclusion

        record, root = self._facts.record, self._config.rootpath
        self._facts.note_uncollected()
        conclusion = self._conclusion = Conclusion(record, self._judged())
        option = self._config.option
        writes = option.llm_report is not None or option.llm_html is not None
        if self._settings.count_tokens and (writes or self._config.get_verbosity() >= 0):
            conclusion.tokens, conclusion.dollars, conclusion.unpriced = _saved(record, root)
        self._write(conclusion, self._config.option.llm_report, self._write_report)
        self._write(conclusion, self._config.option.llm_html, self._write_page)
        errors = [
            one for one in conclusion.problems if one.level == "error" and not one.failed_test
        ]
        if errors:
            from conftest_plugin.run.error_reports import ErrorReports

            ErrorReports(self._config).send(errors)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if record.ci and summary:
            from llmcassette.review.report.step_summary import step_summary

            with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(step_summary(record, conclusion.problems))
        if any(one.key for one in record.missed):
            from conftest_plugin.run.miss_reports import MissReports

            self._config.pluginmanager.register(MissReports(record, self._config))
        return bool(errors)

    def print_summary(self, terminal: pytest.TerminalReporter) -> None:
        """Print what the run did with its cassettes; on GitHub, annotations too."""
        if self._conclusion is not None:
            from conftest_plugin.run.summary import print_summary

            print_summary(terminal, self._config, self._conclusion)

    def _judged(self) -> list[Problem]:
        from llmcassette.review.report.run_errors import problems

        record = self._facts.record
        found = sorted(record.problems, key=lambda one: (one.file, one.test, one.code))
        try:
            found += problems(record, self._config.rootpath, redaction=self._redaction)
        except CassetteError as error:
            found.append(
                Problem(code="setting", level="error", message=str(error), file="pyproject.toml")
            )
        fix = (
            ""
            if self._config.option.llm_verify_update
            else "pytest --llm-verify --llm-verify-update"
        )
        found += [
            Problem(code="drift", level="error", message=one.text(), fix=fix, file=one.file)
            for one in record.drift
            if one.tier == "error"
        ]
        return found

    def _redaction(self) -> Redaction:
        return self._settings.redaction

    def _write(
        self,
        conclusion: Conclusion,
        named: str | None,
        write: Callable[[Path, Conclusion, dict[str, float | None]], None],
    ) -> None:
        """Write what an option asks for. If that fails, the run fails."""
        if named is None:
            return
        path = self._config.invocation_params.dir / named
        saved = {"tokens": conclusion.tokens, "dollars": conclusion.dollars}
        try:
            write(path, conclusion, saved)
        except CassetteError as error:
            conclusion.problems.append(
                Problem(
                    code="report",
                    level="error",
                    message=error.problem,
                    file=self._facts.relative(path),
                )
            )

    def _write_report(
        self, path: Path, conclusion: Conclusion, saved: dict[str, float | None]
    ) -> None:
        from llmcassette.review.report.file import write

        root, problems = self._config.rootpath, conclusion.problems
        write(path, conclusion.facts, root, problems=problems, saved=saved)

    def _write_page(
        self, path: Path, conclusion: Conclusion, saved: dict[str, float | None]
    ) -> None:
        from llmcassette.review.page.rendering import write_page
        from llmcassette.review.page.run import run_page

        root, problems = self._config.rootpath, conclusion.problems
        write_page(path, run_page(conclusion.facts, root, problems, saved))


def _saved(record: Facts, root: Path) -> tuple[int, float | None, int]:
    """The tokens and dollars of the answers that were replayed; how many have no known price.

    The cassettes are read again, so that none need stay in memory until the end.
    """
    from llmcassette import storage
    from llmcassette.recorder import completions

    answers: list[Completion | ApiCall] = []
    for path, use in record.cassettes.items():
        if not use.played:
            continue
        try:
            interactions = storage.load(root / path, lazy=True).interactions
        except CassetteError:
            continue
        played = Counter(use.played)
        answers += completions.answers(interactions[position] for position in played.elements())
    tokens = completions.usage(answers).total
    return (tokens, *(completions.known_cost(answers) if tokens else (None, 0)))
