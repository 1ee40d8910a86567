"""Runs: clients that share a server, each with its own play order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmcassette.recorder.engine import Engine
    from llmcassette.server.upstreams import Upstreams

__all__ = ["Run", "Runs"]


class Run(NamedTuple):
    """One play order.

    Attributes:
        cassette: what answers.
        upstreams: which provider a path is for.
    """

    cassette: Engine
    upstreams: Upstreams


class Runs(Protocol):
    """All runs of a server."""

    def get(self, name: str) -> Run:
        """The run of this name, empty for clients that name none; it begins with its first request.

        Raises:
            CassetteError: a cassette can't be read, or there is no such run.
        """

    def all(self) -> Mapping[str, Run]:
        """The runs that have begun, by name."""

    def reset(self, name: str | None) -> None:
        """Begin a run anew: everything is unplayed again, and its errors are forgotten.

        Args:
            name: the run; ``None`` for all.

        Raises:
            CassetteError: what was recorded can't be begun anew.
        """
