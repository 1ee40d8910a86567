"""What the test run as a whole has decided; one per process, filled by the pytest plugin.

Outside a run everything here keeps its default, and ``use_cassette`` obeys the environment alone.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.recorder.modes import Mode, is_ci, resolve_mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.recorder.recorder import Recorder

__all__ = ["Run", "current_run"]


@dataclass(slots=True)
class Run:
    """Decisions that hold for every cassette of this process.

    Attributes:
        command_line: the mode of ``--llm-mode`` or ``--llm-record``.
        replay_only: ``--llm-ci`` was given.
        started: Unix time in seconds; files made later were absent when the run began.
        watchers: called with each recorder that opens.
    """

    command_line: Mode | None = None
    replay_only: bool = False
    started: float = field(default_factory=time.time)
    watchers: list[Callable[[Recorder], None]] = field(default_factory=list)

    def mode(self, configured: Mode | None, *, obey_ci: bool) -> Mode:
        """The mode of a cassette for which ``configured`` was said.

        Raises:
            SettingsError: the environment names a mode that does not exist.
        """
        return resolve_mode(
            command_line=self.command_line,
            replay_only=self.replay_only,
            ci=obey_ci and is_ci(os.environ),
            environ=os.environ,
            configured=configured,
        )


current_run = Run()
