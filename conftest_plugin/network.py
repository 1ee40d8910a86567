"""In CI nothing leaves this machine, for as long as a run lasts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conftest_plugin.ledger import Ledger
    from llmcassette.errors import ReplayError
    from llmcassette.recorder.settings import Settings

__all__ = ["Network"]


class Network:
    """Closes the network for a whole run.

    Args:
        config: pytest's.
        ledger: knows whether cassettes are used at all.
        settings: gives the project's; not asked for before a cassette is used.
        blocked: told of each connection that was refused.
    """

    def __init__(
        self,
        config: pytest.Config,
        ledger: Ledger,
        settings: Callable[[], Settings],
        blocked: Callable[[ReplayError], ReplayError],
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._settings = settings
        self._blocked = blocked
        self._closed = False
        self._stack = contextlib.ExitStack()

    def close(self) -> None:
        """In CI let nothing leave this machine from now on, if cassettes are used at all."""
        if self._closed or not (self._config.option.llm_ci or self._ledger.uses_cassettes):
            return
        settings = self._settings()
        if not current_run.must_replay(obey_ci=settings.ci) or settings.block_network is False:
            return
        from llmcassette.clients.network.block import block

        self._closed = True
        self._stack.enter_context(
            block(
                current_run.at_work,
                settings.allowed_hosts + settings.pass_hosts,
                self._blocked,
                ignore_hosts=settings.ignore_hosts,
            )
        )

    def open(self) -> None:
        """Take ``close`` back."""
        self._stack.close()
