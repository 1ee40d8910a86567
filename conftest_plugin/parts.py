"""What serves a run that uses cassettes; each part is imported and made on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    import pytest

    from conftest_plugin.cassettes.network import FixtureGuard
    from conftest_plugin.cassettes.opening import Cassettes
    from conftest_plugin.cassettes.shared_files import SharedFiles
    from conftest_plugin.cassettes.tracking import Openings
    from conftest_plugin.collected import Collected
    from conftest_plugin.run.end import RunEnd
    from conftest_plugin.run.facts import RunFacts
    from conftest_plugin.run.verification import Verifier
    from conftest_plugin.verdict.judge import Judge
    from llmcassette.recorder.project import Project
    from llmcassette.recorder.settings import Settings
    from llmcassette.review.report.facts import Outcome

__all__ = ["Parts"]


class Parts:
    """The parts of a session, which read its notes.

    Attributes:
        config: pytest's.
        item: the test that is running.
        collected: the modules and classes, in the order of their collection.
        outcomes: of the tests that are to run, by id.
        with_cassette: the tests that have a cassette of their own, by id.
        deselected: the tests that are not to run after all.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.item: pytest.Item | None = None
        self.collected: list[Collected] = []
        self.outcomes: dict[str, Outcome] = {}
        self.with_cassette: dict[str, pytest.Item] = {}
        self.deselected: list[pytest.Item] = []

    @cached_property
    def project(self) -> Project:
        """What pyproject.toml says."""
        from llmcassette.recorder.project import find_project

        return find_project(self.config.rootpath)

    @cached_property
    def settings(self) -> Settings:
        """The project's; ``placeholders.provide`` has seen to it that they can be obeyed."""
        from conftest_plugin.placeholders import settings_of

        return settings_of(self.project)

    @cached_property
    def facts(self) -> RunFacts:
        """The facts of the run."""
        from conftest_plugin.run.facts import RunFacts

        return RunFacts(self.config, self.collected, self.outcomes)

    @cached_property
    def openings(self) -> Openings:
        """The cassettes that have been opened, and what they did."""
        from conftest_plugin.cassettes.tracking import Openings

        return Openings(self.facts, lambda: current_run.must_replay(obey_ci=self.settings.ci))

    @cached_property
    def verifier(self) -> Verifier | None:
        """Compares answers with live ones (``--llm-verify``)."""
        if not self.config.option.llm_verify:
            return None
        from conftest_plugin.run.verification import Verifier

        return Verifier(self.facts, update=self.config.option.llm_verify_update)

    @cached_property
    def shared(self) -> SharedFiles:
        """The cassettes that several tests name; made when everything has been collected."""
        from conftest_plugin.cassettes.shared_files import SharedFiles

        return SharedFiles(self.collected, self.with_cassette.values(), self.deselected)

    @cached_property
    def run_end(self) -> RunEnd:
        """Judges the run."""
        from conftest_plugin.run.end import RunEnd

        return RunEnd(self.config, self.facts, lambda: self.settings)

    @cached_property
    def judge(self) -> Judge:
        """The verdict of each test."""
        from conftest_plugin.placeholders import add_hint
        from conftest_plugin.verdict.judge import Judge

        return Judge(
            self.facts,
            self.openings.opener_of,
            lambda item: self.cassettes.save_for(item),
            lambda report, message: add_hint(report, message, self.project),
        )

    @cached_property
    def guard(self) -> FixtureGuard:
        """Keeps fixtures from a provider."""
        from conftest_plugin.cassettes.network import FixtureGuard

        return FixtureGuard(self.project)

    @cached_property
    def cassettes(self) -> Cassettes:
        """Opens cassettes."""
        from conftest_plugin.cassettes.opening import Cassettes

        return Cassettes(self.config, self.project, self.shared, self.openings, lambda: self.item)
