"""What serves a run that uses cassettes; each part is imported and made on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from conftest_plugin.settings import ProjectSettings
from llmcassette.recorder.project import find_project
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest_plugin.cassettes.network import Network
    from conftest_plugin.cassettes.opening import Cassettes
    from conftest_plugin.cassettes.shared_files import SharedFiles
    from conftest_plugin.cassettes.tracking import Openings
    from conftest_plugin.phases import Notes
    from conftest_plugin.run.end import RunEnd
    from conftest_plugin.run.facts import RunFacts
    from conftest_plugin.verdict.judge import Judge
    from llmcassette.recorder.settings import Settings
    from llmcassette.review.verifying import Verifier

__all__ = ["Parts"]


class Parts:
    """The parts of a run, which read its notes.

    Attributes:
        project: what pyproject.toml says.
        project_settings: the same, checked.

    Raises:
        SettingsError: pyproject.toml cannot be obeyed.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._config = notes.config
        self.project = find_project(notes.config.rootpath)
        self.project_settings = ProjectSettings(self.project)

    @property
    def settings(self) -> Settings:
        """The project's."""
        return self.project_settings.alone

    @cached_property
    def facts(self) -> RunFacts:
        """The facts of the run."""
        from conftest_plugin.run.facts import RunFacts

        return RunFacts(self._config, self._notes.collected, self._notes.outcomes)

    @cached_property
    def openings(self) -> Openings:
        """The cassettes that have been opened, and what they did."""
        from conftest_plugin.cassettes.tracking import Openings

        return Openings(self.facts, lambda: current_run.must_replay(obey_ci=self.settings.ci))

    @cached_property
    def verifier(self) -> Verifier | None:
        """Compares answers with live ones (``--llm-verify``)."""
        if not self._config.option.llm_verify:
            return None
        from llmcassette.review.verifying import Verifier

        update = self._config.option.llm_verify_update
        return Verifier(self.facts.record, self.facts.relative, update=update)

    @cached_property
    def shared(self) -> SharedFiles:
        """The cassettes that several tests name; made when everything has been collected."""
        from conftest_plugin.cassettes.shared_files import SharedFiles

        return SharedFiles(self._notes)

    def unwritten(self) -> Iterator[tuple[Path, list[str]]]:
        """Those that were not rewritten, each with the tests that did not pass."""
        return self.shared.unwritten() if "shared" in vars(self) else iter(())

    @cached_property
    def run_end(self) -> RunEnd:
        """Judges the run."""
        from conftest_plugin.run.end import RunEnd

        return RunEnd(self._config, self.facts, self.settings)

    @cached_property
    def judge(self) -> Judge:
        """The verdict of each test."""
        from conftest_plugin.verdict.judge import Judge

        return Judge(self.facts, self.project, lambda item: self.cassettes.save_for(item))

    @cached_property
    def network(self) -> Network:
        """Stands between client libraries and the network."""
        from conftest_plugin.cassettes.network import Network

        return Network(self._notes, self.project_settings)

    @cached_property
    def cassettes(self) -> Cassettes:
        """Opens cassettes."""
        from conftest_plugin.cassettes.opening import Cassettes

        return Cassettes(self._notes, self.project_settings, self.openings, lambda: self.shared)
