"""What to check, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from llmcassette.redaction import Redaction
from llmcassette.review.check.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta
    from pathlib import Path

__all__ = ["MAX_SIZE", "Options"]

MAX_SIZE: Final = 10_000_000
"""The default limit of a file, in bytes."""


class RunReport(Protocol):
    """What is known of the last test run."""

    def used(self, path: Path) -> object | None:
        """What the run did with a cassette; ``None`` where no test opened it."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to check, and by which rules.

    Attributes:
        codes: the rules to apply, by their codes in ``RULES``.
        redaction: the project's rules for what counts as a secret.
        environ: the variables that hold the values of secrets.
        report: the last test run; ``None`` where it is not known.
        has_fakes: redaction functions may have put in what looks like a key; then only the values
            of ``environ`` are secrets.
        max_age: the greatest age of a recording; ``None`` for no limit.
        max_size: the greatest size of a file, in bytes.
        now: the time from which ages are counted.
    """

    codes: frozenset[str] = frozenset(RULES)
    redaction: Redaction = field(default_factory=Redaction)
    environ: Mapping[str, str] = field(default_factory=dict)
    report: RunReport | None = None
    max_age: timedelta | None = None
    has_fakes: bool = False
    max_size: int = MAX_SIZE
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
