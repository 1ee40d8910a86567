"""Whether the providers still answer in the recorded shape."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from llmcassette.model import Interaction
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.settings import Settings
    from llmcassette.recorder.verification import Verification
    from llmcassette.redaction import Secrets
    from llmcassette.review.report.facts import Facts

__all__ = ["Verifier"]


@dataclass(slots=True)
class _Update:
    """The live answers that replace those of one file, by their positions."""

    settings: Settings
    secrets: Secrets
    lives: dict[int, Interaction] = field(default_factory=dict)


class Verifier:
    """Compares live answers with their recordings.

    Args:
        facts: of the run, where differences are noted.
        name_of: gives the name of a file in these facts.
        update: whether ``save`` replaces the answers that differ.
    """

    def __init__(self, facts: Facts, name_of: Callable[[Path], str], *, update: bool) -> None:
        self._facts = facts
        self._name_of = name_of
        self._update = update
        self._updates: dict[Path, _Update] = {}

    def verified(self, verification: Verification, recorder: Engine) -> None:
        """Compare one answer with its live one, which may have failed."""
        from llmcassette.review.diff.drift import Drift, drift
        from llmcassette.review.report.facts import Drifted

        live = verification.live()
        if live is None:
            failure = f"no answer: {verification.failure}"
            found = [Drift("error", "answer", str(verification.recorded.response.code), failure)]
        else:
            found = drift(verification.recorded, live)
        record = self._facts
        record.verified += 1
        file = self._name_of(recorder.path)
        for one in found:
            drifted = Drifted(
                file, verification.position, one.tier, one.place, one.recorded, one.live
            )
            if drifted not in record.drift:
                record.drift.append(drifted)
        if self._update and found and live is not None:
            self._replace(recorder, verification.position, live)

    def _replace(self, recorder: Engine, position: int, live: Interaction) -> None:
        from llmcassette.redaction import collect_secrets

        # A test may remove its secrets from the environment before the end of the run.
        secrets = collect_secrets(os.environ, None, recorder.settings.redaction)
        update = self._updates.setdefault(recorder.path, _Update(recorder.settings, secrets))
        update.secrets |= secrets
        update.lives[position] = live  # where several tests or attempts play it, the last counts

    def save(self) -> Iterator[tuple[Path, int]]:
        """Write the answers that differ into their files.

        Yields:
            Each file that was written, and how many answers were replaced in it.

        Raises:
            CassetteError: a file cannot be written, or must not be.
        """
        for path, update in self._updates.items():
            from llmcassette.recorder import saving  # replaying does not need it

            if saving.save(
                saving.File(path),
                list(update.lives.values()),
                partial(saving.renewed, rules=update.settings.rules),
                update.settings.redaction,
                update.secrets,
            ):
                yield path, len(update.lives)
