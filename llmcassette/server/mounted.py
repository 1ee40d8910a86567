"""Runs of cassettes that somebody else opens: each test of a pytest run has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmcassette.server.runs import Run

__all__ = ["Mounted"]


class Mounted:
    """Runs by number, at ``/run/NUMBER/...``."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._count = 0

    def mount(self, run: Run) -> str:
        """Begin to serve a run, and return the path that leads to it."""
        self._count += 1
        self._runs[str(self._count)] = run
        return f"/run/{self._count}"

    def unmount(self, path: str) -> None:
        """Serve a run no longer."""
        self._runs.pop(path.rpartition("/")[2], None)

    def get(self, name: str) -> Run:
        """The run of this name.

        Raises:
            CassetteError: it is over, or there never was one.
        """
        if name in self._runs:
            return self._runs[name]
        raise CassetteError(
            f"there is no run {name!r}: its test is over, or the path doesn't begin with that of"
            " base_url"
        )

    def all(self) -> Mapping[str, Run]:
        """The runs that are served, by name."""
        return self._runs

    def reset(self, name: str | None) -> None:
        """Nothing: each test has a run of its own.

        Raises:
            CassetteError: always.
        """
        raise CassetteError(f"run {name or ''} ends with its test, and begins anew with the next")
