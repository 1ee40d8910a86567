"""Keeps fixtures of a marked test from a provider while no cassette is open, in mode ``none``.

Fixtures of wider scope are set up before the test's own cassette opens, and torn down after it has
closed.
"""

from __future__ import annotations

import contextlib
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    import pytest

    from llmcassette.recorder.project import Project
    from llmcassette.recorder.settings import Settings

__all__ = ["FixtureGuard", "described"]

# pytest and its unittest support make fixtures of these functions, under names of their own.
_COUNTERPART: Final = {
    "setUpClass": "tearDownClass",
    "setup_module": "teardown_module",
    "setup_class": "teardown_class",
    "setup_function": "teardown_function",
    "setup_method": "teardown_method",
}
_FUNCTION: Final = rf"_(?:xunit|unittest)_({'|'.join(_COUNTERPART)})_fixture_(.+)"

_BY_FIXTURE: Final = """ with the fixture `llm_cassettes`:
    with llm_cassettes("index.yaml"): ..."""
_BY_HAND: Final = """:
    with llmcassette.use_cassette("cassettes/index.yaml"): ..."""


class FixtureGuard:
    """Makes a request an error while a fixture is at work and no cassette is open.

    Args:
        project: pyproject.toml.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._nodeid = ""
        self._settings: Settings | None = None
        self._tearing_down: list[tuple[object, contextlib.ExitStack]] = []

    def begin(self, item: pytest.Item, configured: Mapping[str, object]) -> None:
        """Guard the fixtures of a test, in mode ``none``; called again where more is known.

        Args:
            item: the test.
            configured: what the fixture ``llm_cassette_config`` returned.

        Raises:
            SettingsError: a setting is wrong.
        """
        from conftest_plugin.cassettes.settings import layers_of
        from llmcassette.clients import scope
        from llmcassette.clients.httpx_family import patching
        from llmcassette.recorder.settings import merge

        settings = merge(layers_of(item, configured, self._project))
        if current_run.mode(settings.mode, obey_ci=settings.ci) != "none":
            self.end()
            return
        scope.forget_closed()
        self._nodeid = item.nodeid
        if self._settings is None:
            patching.install()
        self._settings = settings

    def end(self) -> None:
        """The test is over."""
        if self._settings is not None:
            from llmcassette.clients.httpx_family import patching

            patching.uninstall()
            self._settings = None

    @contextlib.contextmanager
    def at_work(self, who: str, phase: str, *, by: str = _BY_FIXTURE) -> Generator[None]:
        """While this runs, a request in no cassette is an error.

        Args:
            who: the fixture, as the error names it.
            phase: ``set-up`` or ``teardown``.
            by: how the fixture opens a cassette.
        """
        if self._settings is None:
            yield
            return
        from llmcassette.clients import scope

        reason = (
            f"{who} sent a request while no cassette was open, in the {phase} of {self._nodeid}.\n"
            f"Give it a cassette of its own{by}\n"
            "or name the host in pass_hosts, if it is to be reached."
        )
        with scope.guarded(scope.Guard(reason, self._settings)):
            yield

    @contextlib.contextmanager
    def setting_up(self, fixture: pytest.FixtureDef[Any]) -> Generator[None]:
        """While a fixture is set up, and later while it is torn down."""
        token = object()
        # Finalizers run last in, first out: these two run around the fixture's own.
        fixture.addfinalizer(partial(self._torn_down, token))
        with self._at_work(fixture, "set-up"):
            yield
        fixture.addfinalizer(partial(self._tear_down, token, fixture))

    def _at_work(
        self, fixture: pytest.FixtureDef[Any], phase: str
    ) -> contextlib.AbstractContextManager[None]:
        if self._settings is None:  # the test has no cassette
            return contextlib.nullcontext()
        who, by = described(fixture, phase)
        return self.at_work(who, phase, by=by)

    def _tear_down(self, token: object, fixture: pytest.FixtureDef[Any]) -> None:
        stack = contextlib.ExitStack()
        stack.enter_context(self._at_work(fixture, "teardown"))
        self._tearing_down.append((token, stack))

    def _torn_down(self, token: object) -> None:
        if self._tearing_down and self._tearing_down[-1][0] is token:
            self._tearing_down.pop()[1].close()


def described(fixture: pytest.FixtureDef[Any], phase: str) -> tuple[str, str]:
    """What messages call a fixture in a phase, and how it may open a cassette."""
    function = re.fullmatch(_FUNCTION, fixture.argname)
    if function:
        name = function[1] if phase == "set-up" else _COUNTERPART[function[1]]
        return f"{name} of {function[2]}", _BY_HAND
    return f"the {fixture.scope}-scoped fixture {fixture.argname!r}", _BY_FIXTURE
