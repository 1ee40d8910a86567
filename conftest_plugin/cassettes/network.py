"""What keeps a run from the network: the guard of fixtures, and in CI a block of the whole run.

Fixtures of wider scope are set up before the test's own cassette opens, and torn down after it has
closed: in mode ``none`` a request that they send meanwhile is an error.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Final

from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from contextlib import AbstractContextManager

    import pytest

    from llmcassette.errors import ReplayError
    from llmcassette.recorder.project import Project
    from llmcassette.recorder.settings import Settings

__all__ = ["FixtureGuard", "block_in_ci", "described"]

# pytest and its unittest support make fixtures of these functions, under names of their own.
_FUNCTION: Final = r"_(?:xunit|unittest)_(setUpClass|setup_\w+)_fixture_(.+)"

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


class FixtureGuard:
    """Makes a request an error while a fixture is at work and no cassette is open."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._nodeid = ""
        self._settings: Settings | None = None
        self._is_recording = False

    def begin(self, item: pytest.Item, configured: Mapping[str, object]) -> None:
        """Guard the fixtures of a test; called again where more is known.

        In mode ``none`` their requests are errors; in record modes they are noted.

        Raises:
            SettingsError: a setting is wrong.
        """
        from conftest_plugin.cassettes.settings import layers_of
        from llmcassette.clients import installation, scope
        from llmcassette.recorder.settings import merge

        settings = merge(layers_of(item, configured, self._project))
        mode = current_run.mode(settings.mode, obey_ci=settings.ci)
        if mode == "live":
            self.end()
            return
        self._is_recording = mode != "none"
        scope.forget_closed()
        self._nodeid = item.nodeid
        if self._settings is None:
            installation.install()
        self._settings = settings

    def end(self) -> None:
        """The test is over."""
        if self._settings is not None:
            from llmcassette.clients import installation

            installation.uninstall()
            self._settings = None

    def setting_up(self, fixture: pytest.FixtureDef[Any]) -> AbstractContextManager[None]:
        """While a fixture is set up, a request in no cassette is an error that names it."""
        who = described(fixture)
        return self._at_work(who, "set-up", _BY_FIXTURE if who.startswith("the ") else _BY_HAND)

    def tearing_down(self) -> AbstractContextManager[None]:
        """While a test is torn down, and perhaps fixtures and functions around it, likewise."""
        return self._at_work("a fixture or a teardown function", "teardown", _BY_HAND)

    @contextlib.contextmanager
    def _at_work(self, who: str, phase: str, by: str) -> Generator[None]:
        if self._settings is None:  # the test has no cassette
            yield
            return
        from llmcassette.clients import scope

        reason = (
            f"{who} sent a request while no cassette was open, in the {phase} of {self._nodeid}.\n"
            f"Give it a cassette of its own{by}\n"
            "or name the host in pass_hosts, if it is to be reached."
        )
        note = ""
        if self._is_recording:
            how = " ".join(by.split()).removeprefix(": ")
            note = f"{who}, to HOST. Give it a cassette of its own: {how}"
        with scope.guarded(scope.Guard(reason, self._settings, note)):
            yield


def described(fixture: pytest.FixtureDef[Any]) -> str:
    """What messages call a fixture, or the function that pytest makes one of."""
    function = re.fullmatch(_FUNCTION, fixture.argname)
    if function:
        return f"{function[1]} of {function[2]}"
    return f"the {fixture.scope}-scoped fixture {fixture.argname!r}"
