"""The error tree.

    CassetteError(Exception)            loading, saving and settings
      SettingsError                     a setting that is unknown or has a wrong value
      UnfiredFaultError                 a fault that a test asked for never went off
    ReplayError(BaseException)          raised inside a client's own call
      UnmatchedRequestError             no recorded interaction answers the request
      BlockedHostError                  a request to a host that must not be reached

``ReplayError`` is no ``Exception`` on purpose: the LLM SDKs wrap and retry every ``Exception`` a
transport raises, and a test would then see a connection error, seconds later, instead of the cause.
"""

from __future__ import annotations

import copyreg
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmcassette.model import Request

__all__ = [
    "BlockedHostError",
    "CassetteError",
    "ReplayError",
    "SettingsError",
    "UnfiredFaultError",
    "UnmatchedRequestError",
    "describe_place",
    "shown_path",
]


class CassetteError(Exception):
    """A cassette that cannot be read or written, or a setting that cannot be obeyed.

    Attributes:
        path: the file, where there is one.
        interaction: position of the interaction in the file, from 0.
        field: dotted name of the field, such as ``response.duration``.
        line: line in the file, from 1.
        problem: what is wrong and what to do, without the place.
    """

    def __init__(
        self,
        problem: str,
        *,
        path: Path | str | None = None,
        interaction: int | None = None,
        field: str | None = None,
        line: int | None = None,
    ) -> None:
        self.problem = problem
        self.path = None if path is None else Path(path)
        self.interaction = interaction
        self.field = field
        self.line = line
        super().__init__(problem)

    def __str__(self) -> str:
        place = describe_place(self.path, self.interaction, self.field, self.line)
        return f"{place}: {self.problem}" if place else self.problem


class SettingsError(CassetteError):
    """A setting that is unknown, or whose value cannot be used."""


class UnfiredFaultError(CassetteError):
    """Faults that a test asked for, and that never went off.

    Attributes:
        faults: how many.
    """

    faults: int = 0


class ReplayError(BaseException):
    """Raised through a client's call while a cassette is open; see the module's docstring.

    Attributes:
        path: the cassette, where one is concerned.
    """

    def __init__(self, message: str, *, path: Path | str | None = None) -> None:
        self.path = None if path is None else Path(path)
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        """For ``pickle``, which a process pool brings an error home with: without ``__init__``."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class MissText(Protocol):
    """The report of a miss; see ``llmcassette.matching.miss.explain.MissReport``."""

    def text(self, *, color: bool = False) -> str:
        """The report for a person, with or without ANSI colours."""


class UnmatchedRequestError(ReplayError):
    """No recorded interaction answers the request.

    Attributes:
        request: the request as it was sent.
        path: the cassette that was asked.
        report: what was asked, the nearest recording and the difference; its text, without
            colours, is the message.
    """

    def __init__(
        self,
        message: str,
        *,
        request: Request,
        path: Path | str | None = None,
        report: MissText | None = None,
    ) -> None:
        self.request = request
        self.report = report
        super().__init__(message, path=path)


class BlockedHostError(ReplayError):
    """A request to a host that must not be reached here.

    Attributes:
        host: its name or address; empty where it is not known.
        port: the port, where it is known.
    """

    def __init__(
        self,
        message: str,
        *,
        host: str = "",
        port: int | None = None,
        path: Path | str | None = None,
    ) -> None:
        self.host = host
        self.port = port
        super().__init__(message, path=path)


def describe_place(
    path: Path | None, interaction: int | None, field: str | None, line: int | None
) -> str:
    """``weather.yaml:41: interaction 2, response.duration``, with what is known of it."""
    where = "" if path is None else shown_path(path)
    if line is not None:
        where = f"{where}:{line}" if where else f"line {line}"
    parts = [] if interaction is None else [f"interaction {interaction}"]
    if field is not None:
        parts.append(field)
    inner = ", ".join(parts)
    return ": ".join(part for part in (where, inner) if part)


def shown_path(path: Path) -> str:
    """A path as messages print it: relative to the working directory where it lies below it."""
    if path.is_absolute():
        try:
            return str(path.relative_to(Path.cwd()))
        except (ValueError, OSError):
            return str(path)
    return str(path)
