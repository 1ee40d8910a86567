"""The errors of this package.

    Exception
    └── CassetteError                   a cassette cannot be read or written
        ├── SettingsError               a setting is unknown or has a wrong value
        └── UnfiredFaultError           a fault of a test never triggered
    BaseException
    └── ReplayError                     raised inside a client's call
        ├── UnmatchedRequestError       no recorded interaction matches the request
        └── BlockedHostError            the network guard blocked the request

``ReplayError`` is not an ``Exception`` because LLM SDKs wrap and retry every ``Exception`` of a
transport: a test would see a connection error, seconds later, instead of the cause.
"""

from __future__ import annotations

import contextlib
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
    "replay_error_in",
    "shown_path",
]


class CassetteError(Exception):
    """A cassette cannot be read or written, or a setting is wrong.

    Attributes:
        problem: the message without the place.
        path: the file; ``None`` if there is none.
        interaction: position of the interaction in the file, from 0; ``None`` if not applicable.
        field: dotted name of the field, such as ``response.duration``; ``None`` if not applicable.
        line: line in the file, from 1; ``None`` if unknown.
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

    def at(
        self,
        *,
        path: Path | str | None = None,
        interaction: int | None = None,
        field: str | None = None,
    ) -> CassetteError:
        """A new error, with the parts of the place that this one lacks."""
        return type(self)(
            self.problem,
            path=path if self.path is None else self.path,
            interaction=interaction if self.interaction is None else self.interaction,
            field=field if self.field is None else self.field,
            line=self.line,
        )

    def __str__(self) -> str:
        place = describe_place(self.path, self.interaction, self.field, self.line)
        from llmcassette.escaping import printable  # an idle plugin needs none

        return printable(f"{place}: {self.problem}" if place else self.problem)


class SettingsError(CassetteError):
    """A setting is unknown, or its value is wrong."""


class UnfiredFaultError(CassetteError):
    """Faults of a test never triggered.

    Attributes:
        faults: their number.
    """

    faults: int = 0


class ReplayError(BaseException):
    """A request cannot be answered; raised inside the client's call.

    Attributes:
        path: the cassette; ``None`` if there is none.
    """

    def __init__(self, message: str, *, path: Path | str | None = None) -> None:
        self.path = None if path is None else Path(path)
        from llmcassette.escaping import printable

        super().__init__(printable(message))

    def __reduce__(self) -> tuple[object, ...]:
        """For ``pickle``, by which process pools return errors: don't call ``__init__``."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


def replay_error_in(group: BaseExceptionGroup[BaseException]) -> ReplayError | None:
    """The first ``ReplayError`` in a group of exceptions, such as a task group raises."""
    for error in group.exceptions:
        if isinstance(error, ReplayError):
            return error
        if isinstance(error, BaseExceptionGroup):
            inner = replay_error_in(error)
            if inner is not None:
                return inner
    return None


class MissText(Protocol):
    """The report of a miss; implemented by ``llmcassette.matching.miss``."""

    @property
    def cause(self) -> str:
        """Why nothing answers, in a few words: ``system prompt changed``."""

    @property
    def what_differs(self) -> str:
        """What differs from the nearest recording, as text."""

    @property
    def key(self) -> str:
        """Equal for misses by the same change."""

    def text(self, *, color: bool = False) -> str:
        """The report as text, with or without ANSI colours."""


class UnmatchedRequestError(ReplayError):
    """No recorded interaction matches the request.

    Attributes:
        request: the request as sent.
        path: the cassette.
        report: the nearest recording and the differences. Its text without colours is the message.
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


class MismatchWarning(UserWarning):
    """A request was answered by a recording that differs; see the setting ``mismatch``."""


class BlockedHostError(ReplayError):
    """The network guard blocked a request.

    Attributes:
        host: name or address; empty if unknown.
        port: the port; ``None`` if unknown.
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
    """The known parts of a place, such as ``weather.yaml:41: interaction 2, response.duration``."""
    from llmcassette.escaping import one_line

    where = "" if path is None else shown_path(path)
    if line is not None:
        where = f"{where}:{line}" if where else f"line {line}"
    parts = [] if interaction is None else [f"interaction {interaction}"]
    if field is not None:
        parts.append(one_line(field))
    inner = ", ".join(parts)
    return ": ".join(part for part in (where, inner) if part)


def shown_path(path: Path) -> str:
    """A path for messages: printable, and relative to the working directory if it is below it."""
    from llmcassette.escaping import one_line

    if path.is_absolute():
        with contextlib.suppress(ValueError, OSError):
            path = path.relative_to(Path.cwd())
    return one_line(str(path))
