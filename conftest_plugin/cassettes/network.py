"""What keeps a run from the network: the guard of fixtures, and in CI a block of the whole run.

Fixtures of wider scope are set up before the test's own cassette opens, and torn down after it has
closed: in mode ``none`` a request that they send meanwhile is an error.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from conftest_plugin.options import CONFIG
from conftest_plugin.pytest_private import described
from llmcassette.clients import scope
from llmcassette.errors import SettingsError
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conftest_plugin.phases import Notes
    from conftest_plugin.settings import ProjectSettings
    from llmcassette.errors import ReplayError
    from llmcassette.recorder.settings import Settings

__all__ = ["Network", "block_in_ci"]

_BY_FIXTURE: Final = """ with the fixture `llm_cassettes`:
    with llm_cassettes("index.yaml"): ..."""
_BY_HAND: Final = """:
    with llmcassette.use_cassette("cassettes/index.yaml"): ..."""


def block_in_ci(
    settings: Settings, on_blocked: Callable[[ReplayError], ReplayError]
) -> AbstractContextManager[object] | None:
    """Block the network while this is entered; ``None`` outside of CI, or where it stays open.

    Args:
        settings: the project's.
        on_blocked: called with the error of each connection before it is raised.
    """
    if not current_run.must_replay(obey_ci=settings.ci) or settings.block_network is False:
        return None
    from llmcassette.clients.network.block import block

    return block(
        current_run.running_test,
        settings.allowed_hosts + settings.pass_hosts,
        on_blocked,
        ignore_hosts=settings.ignore_hosts,
    )


class Network:
    """What stands between client libraries and the network while tests run.

    Args:
        notes: of the run.
        project: the settings in pyproject.toml.
    """

    def __init__(self, notes: Notes, project: ProjectSettings) -> None:
        self._notes = notes
        self._project = project
        self._is_guarding = False
        self._is_watching = False

    def watch_clients(self) -> None:
        """Patch the client libraries, until the end of the run, since most tests need that."""
        if not self._is_watching:
            from llmcassette.clients import installation
            from llmcassette.clients.network.block import kept_installed

            self._is_watching = True
            installation.install()
            self._notes.until_the_end.callback(installation.uninstall)
            self._notes.until_the_end.enter_context(kept_installed())

    def begin_guard(self) -> None:
        """Guard requests around the running test while no cassette is open."""
        if not self._is_guarding:
            scope.forget_closed()
            scope.begin_guard(self._find_guard)
            self._is_guarding = True
            self.watch_clients()

    def end_guard(self) -> None:
        """The test is over."""
        if self._is_guarding:
            scope.end_guard(self._find_guard)
            self._is_guarding = False

    def _find_guard(self) -> scope.Guard | None:
        """What a request meets: an error, in record modes a note, in mode ``live`` nothing."""
        item: Any = self._notes.item
        settings = self._project.alone
        with contextlib.suppress(SettingsError):  # the test fails by it when its cassette opens
            settings = self._project.of_test(item, item.funcargs.get(CONFIG, {}))
        mode = current_run.mode(settings.mode, obey_ci=settings.ci)
        if mode == "live":
            return None
        at_work = self._notes.wide_fixtures
        fixture = at_work[-1] if at_work else None
        who = "a fixture or a teardown function" if fixture is None else described(fixture)
        phase = "teardown" if fixture is None else "set-up"
        by = _BY_FIXTURE if who.startswith("the ") else _BY_HAND
        reason = (
            f"{who} sent a request while no cassette was open, in the {phase} of {item.nodeid}.\n"
            f"Give it a cassette of its own{by}\n"
            "or name the host in pass_hosts, if it is to be reached."
        )
        note = ""
        if mode != "none":
            how = " ".join(by.split()).removeprefix(": ")
            note = f"{who}, to HOST. Give it a cassette of its own: {how}"
        return scope.Guard(reason, settings, note)
