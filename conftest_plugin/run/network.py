"""Block the network for a whole run in CI."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from llmcassette.errors import ReplayError
    from llmcassette.recorder.settings import Settings

__all__ = ["NetworkBlock"]


class NetworkBlock:
    """Blocks the network in CI from the first test that uses a cassette, or from the start.

    Args:
        config: pytest's.
        settings: gives the project's settings; called once it is known that they are needed.
        on_blocked: called with the error of each connection before it is raised.
    """

    def __init__(
        self,
        config: pytest.Config,
        settings: Callable[[], Settings],
        on_blocked: Callable[[ReplayError], ReplayError],
    ) -> None:
        self._config = config
        self._settings = settings
        self._on_blocked = on_blocked
        self._is_on = False
        self._stack = contextlib.ExitStack()

    def start(self, *, uses_cassettes: bool) -> None:
        """Block the network in CI from now on; called again whenever more is known.

        Args:
            uses_cassettes: whether a test uses a cassette; ``--llm-ci`` blocks the network anyway.
        """
        if self._is_on or not (self._config.option.llm_ci or uses_cassettes):
            return
        settings = self._settings()
        if not current_run.must_replay(obey_ci=settings.ci) or settings.block_network is False:
            return
        from llmcassette.clients.network.block import block

        self._is_on = True
        self._stack.enter_context(
            block(
                current_run.running_test,
                settings.allowed_hosts + settings.pass_hosts,
                self._on_blocked,
                ignore_hosts=settings.ignore_hosts,
            )
        )

    def stop(self) -> None:
        """Unblock the network at the end of the run."""
        self._stack.close()
