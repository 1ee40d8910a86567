"""What a fault is: its name, its options, and which requests it hits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypedDict

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmcassette.model import Request

__all__ = ["Fault", "When", "counts", "is_seconds", "is_whole", "make", "texts"]


class When(TypedDict, total=False):
    """Which requests a fault hits; all conditions must hold.

    Attributes:
        interaction: position of the interaction that would answer, from 0.
        model: the model that the request names; ``*`` and ``?`` are wildcards.
        when: a function that takes the ``Request`` and returns whether the fault hits it.
        times: how many requests it hits, at least 1, which is the default.
    """

    interaction: int
    model: str
    when: Callable[[Request], bool]
    times: int


POSITIONAL: Final = ("code", "reason", "text")
SELECTORS: Final = ("interaction", "model", "when", "times")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fault:
    """One thing that goes wrong. Immutable: each cassette counts how often it did.

    Attributes:
        name: of the constructor, see ``constructors``.
        options: the constructor's own arguments.
        interaction: see ``When``; ``None`` for any.
        model: see ``When``; empty for any.
        when: see ``When``; ``None`` for any.
        times: how many requests it hits.
    """

    name: str
    options: Mapping[str, object] = field(default_factory=dict)
    interaction: int | None = None
    model: str = ""
    when: Callable[[Request], bool] | None = None
    times: int = 1

    def __repr__(self) -> str:
        given: dict[str, object] = {k: v for k, v in self.options.items() if v is not None}
        if self.interaction is not None:
            given["interaction"] = self.interaction
        if self.model:
            given["model"] = self.model
        words = [
            f"{value!r}" if name in POSITIONAL else f"{name}={value!r}"
            for name, value in given.items()
        ]
        if self.when is not None:
            words.append(f"when={getattr(self.when, '__name__', repr(self.when))}")
        if self.times != 1:
            words.append(f"times={self.times}")
        return f"faults.{self.name}({', '.join(words)})"


def make(name: str, when: When, **options: object) -> Fault:
    """A fault of that name.

    Raises:
        SettingsError: a condition of ``when`` can't be used.
    """
    unknown = [key for key in when if key not in SELECTORS]
    if unknown:
        selectors = ", ".join(SELECTORS)
        raise SettingsError(
            f"faults.{name} takes no {unknown[0]!r}; {selectors} select the requests it hits"
        )
    place = f"faults.{name}"
    interaction, model = when.get("interaction"), when.get("model")
    function, times = when.get("when"), when.get("times", 1)
    if interaction is not None and (not is_whole(interaction) or interaction < 0):
        raise SettingsError(
            f"{place}: interaction must be a number of the cassette, from 0, not {interaction!r}"
        )
    texts(name, model=model)
    if function is not None and not callable(function):
        raise SettingsError(f"{place}: when must be a function of a request, not {function!r}")
    if not is_whole(times) or times < 1:
        raise SettingsError(f"{place}: times must be a whole number from 1, not {times!r}")
    return Fault(name, options, interaction, model or "", function, times)


def counts(name: str, least: int, **given: object) -> None:
    """Refuse arguments that are not ``None`` or whole numbers from ``least``."""
    for key, value in given.items():
        if value is not None and (not is_whole(value) or value < least):  # type: ignore[operator]
            raise SettingsError(
                f"faults.{name}: {key} must be a whole number from {least}, not {value!r}"
            )


def texts(name: str, **given: object) -> None:
    """Refuse arguments that are not ``None`` or texts."""
    for key, value in given.items():
        if value is not None and (not isinstance(value, str) or not value):
            raise SettingsError(f"faults.{name}: {key} must be a text, not {value!r}")


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
