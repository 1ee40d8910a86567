"""What a test run did with one cassette."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["CassetteUse", "Role"]

Role = Literal["own", "named", "fixture", "opened", "asked", "saved"]
"""How a test uses a cassette: the file is named after it; its marker names the file; the plugin
opened the file for it; it opened the file itself; it sent requests to it; it recorded into it."""


@dataclass(slots=True)
class CassetteUse:
    """What a run did with one cassette.

    Attributes:
        interactions: how many were in it; ``None`` where it was never opened in mode ``none``.
        played: in mode ``none``, the positions played, from 0, once for each time.
        openings: how often it was opened in mode ``none``.
        alike: positions not played in some opening whose request equals a played one.
        recorded: how many interactions were recorded.
        written: how many of these were saved.
        replayed: how many answers were replayed, in any mode.
        seconds: how long the provider took for these answers.
        tests: by test id, how the test uses the file; ``""`` is a fixture that outlives a test.
        fixtures: the names of the fixtures that opened it and that outlive a test.
        unused: the setting ``unused``; empty where it is not set.
        stale: the setting ``stale``, likewise.
        max_age: the setting ``max_age`` in hours; ``None`` where it is not set.
        keep_fields: the setting ``keep_fields``.
        has_fakes: whether redaction functions may have put fakes in the place of secrets.
    """

    interactions: int | None = None
    played: list[int] = field(default_factory=list)
    openings: int = 0
    alike: set[int] = field(default_factory=set)
    recorded: int = 0
    written: int = 0
    replayed: int = 0
    seconds: float = 0.0
    tests: dict[str, set[Role]] = field(default_factory=dict)
    fixtures: set[str] = field(default_factory=set)
    unused: str = ""
    stale: str = ""
    max_age: float | None = None
    keep_fields: set[str] = field(default_factory=set)
    has_fakes: bool = False

    @property
    def is_replayed(self) -> bool:
        """Whether it was replayed, and nothing was recorded."""
        return self.interactions is not None and not self.recorded

    @property
    def unplayed(self) -> set[int]:
        """Positions of the interactions that no test played.

        Tests that share a file each play the first of equal requests, so that the others count as
        played, too.
        """
        left = set(range(self.interactions or 0)) - set(self.played)
        return left - self.alike if self.openings > 1 else left

    def give(self, test: str, *roles: Role) -> None:
        """Note how a test uses the file."""
        self.tests.setdefault(test, set()).update(roles)

    def tests_that(self, *roles: Role) -> list[str]:
        """The tests with one of these roles."""
        return [test for test, given in self.tests.items() if given.intersection(roles)]

    def add(self, other: CassetteUse) -> None:
        """Add what another process did with the file."""
        if other.interactions is not None:
            self.interactions = max(self.interactions or 0, other.interactions)
        self.played += other.played
        self.openings += other.openings
        self.alike |= other.alike
        self.recorded += other.recorded
        self.written += other.written
        self.replayed += other.replayed
        self.seconds += other.seconds
        for test, roles in other.tests.items():
            self.give(test, *roles)
        self.fixtures |= other.fixtures
        self.unused = self.unused or other.unused
        self.stale = self.stale or other.stale
        self.max_age = other.max_age if self.max_age is None else self.max_age
        self.keep_fields |= other.keep_fields
        self.has_fakes = self.has_fakes or other.has_fakes

    def message(self) -> dict[str, Any]:
        """The types of JSON; see ``of``."""
        return {
            "interactions": self.interactions,
            "played": sorted(self.played) if self.is_replayed else None,
            "openings": self.openings,
            "alike": sorted(self.alike),
            "recorded": self.recorded,
            "written": self.written,
            "replayed": self.replayed,
            "seconds": round(self.seconds, 3),
            "tests": {test: sorted(roles) for test, roles in self.tests.items()},
            "fixtures": sorted(self.fixtures),
            "unused": self.unused,
            "stale": self.stale,
            "max_age_hours": self.max_age,
            **({"keep_fields": sorted(self.keep_fields)} if self.keep_fields else {}),
            **({"has_fakes": True} if self.has_fakes else {}),
        }

    @classmethod
    def of(cls, message: dict[str, Any]) -> CassetteUse:
        """Read what ``message`` gave."""
        return cls(
            interactions=message["interactions"],
            played=list(message["played"] or ()),
            openings=message["openings"],
            alike=set(message["alike"]),
            recorded=message["recorded"],
            written=message["written"],
            replayed=message["replayed"],
            seconds=message["seconds"],
            tests={test: set(roles) for test, roles in message["tests"].items()},
            fixtures=set(message["fixtures"]),
            unused=message["unused"],
            stale=message["stale"],
            max_age=message["max_age_hours"],
            keep_fields=set(message.get("keep_fields", ())),
            has_fakes=bool(message.get("has_fakes")),
        )
