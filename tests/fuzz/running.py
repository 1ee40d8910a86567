"""Runs a target on random inputs until its time is over, and keeps the input that fails."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.inputs import inputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Failure", "run", "written"]

EXAMPLES = 100
"""Of one round; the time is looked at between rounds."""


class Failure(Exception):  # noqa: N818
    """A target failed. ``data`` is the smallest input found for which it does."""

    def __init__(self, data: bytes) -> None:
        super().__init__(f"an input of {len(data)} bytes")
        self.data = data


def run(name: str, target: Callable[[bytes], None], seconds: float, first_seed: int) -> int:
    """Try inputs; return how many were tried.

    Raises:
        Failure: from the target's own error.
    """
    end = time.monotonic() + seconds
    tried = 0
    failing = b""

    def attempt(data: bytes) -> None:
        nonlocal tried, failing
        tried += 1
        try:
            target(data)
        except BaseException:
            failing = data
            raise

    number = first_seed
    while time.monotonic() < end:
        rounds = settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            seed(number)(rounds(given(data=inputs(name))(attempt)))()
        except BaseException as error:
            if not failing or isinstance(error, KeyboardInterrupt):
                raise
            raise Failure(failing) from error
        number += 1
    return tried


def written(data: bytes, name: str, folder: Path) -> Path:
    """The file in ``folder`` with a failing input, named for the target and the input."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path
