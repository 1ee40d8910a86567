"""``--llm-verify``: whether the providers still answer in the recorded shape."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest_plugin.ledger import Ledger
    from llmcassette.model import Interaction
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.settings import Settings
    from llmcassette.recorder.verification import Verification
    from llmcassette.redaction import Secrets

__all__ = ["Verifying"]


@dataclass(slots=True)
class _Anew:
    """What takes the place of interactions of a file, by their positions."""

    settings: Settings
    secrets: Secrets
    lives: dict[int, Interaction] = field(default_factory=dict)


class Verifying:
    """Compares each live answer with its recording.

    Args:
        ledger: where drift is noted.
        update: whether what has drifted is recorded anew at the end.
    """

    def __init__(self, ledger: Ledger, *, update: bool) -> None:
        self._ledger = ledger
        self._update = update
        self._anew: dict[Path, _Anew] = {}

    def verified(self, verification: Verification, recorder: Engine) -> None:
        """The live answer to a request has been had, or cannot be."""
        from llmcassette.review.diff.drift import Drift, drift
        from llmcassette.review.report.facts import Drifted

        live = verification.live()
        if live is None:
            failure = f"no answer: {verification.failure}"
            found = [Drift("error", "answer", str(verification.recorded.response.code), failure)]
        else:
            found = drift(verification.recorded, live)
        facts = self._ledger.facts
        facts.verified += 1
        file = self._ledger.relative(recorder.path)
        for one in found:
            drifted = Drifted(
                file, verification.position, one.tier, one.place, one.recorded, one.live
            )
            if drifted not in facts.drift:
                facts.drift.append(drifted)
        if self._update and found and live is not None:
            self._note(recorder, verification.position, live)

    def _note(self, recorder: Engine, position: int, live: Interaction) -> None:
        from llmcassette.redaction import collect_secrets

        # A test may take its secrets out of the environment before the end of the run.
        secrets = collect_secrets(os.environ, None, recorder.settings.redaction())
        anew = self._anew.setdefault(recorder.path, _Anew(recorder.settings, secrets))
        anew.secrets |= secrets
        anew.lives[position] = live  # of several tests, or attempts of one, the last counts

    def save(self) -> Iterator[tuple[str, int]]:
        """Record anew what has drifted, where that was asked for.

        Yields:
            Each file that was written, and how many interactions in it.

        Raises:
            CassetteError: one cannot be written, or must not be.
        """
        for path, anew in self._anew.items():
            from llmcassette.recorder import saving  # not imported for those who record nothing

            if saving.save(
                saving.File(path),
                list(anew.lives.values()),
                partial(saving.renewed, rules=anew.settings.rules()),
                anew.settings.redaction(),
                anew.secrets,
            ):
                yield str(path), len(anew.lives)
