"""What the cassettes of a run did, in a few lines at its end; silent where none was used.

Under pytest-xdist each worker counts its own, and the controller adds up.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from conftest_plugin.naming import shown_file, shown_nodeid
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from conftest_plugin.conclusion import Conclusion
    from llmcassette.recorder.engine import Engine

__all__ = ["Totals"]

_MOST_LINES: Final = 10


class Totals:
    """Counts of a run, in types that can be sent between processes.

    Attributes:
        cassettes: paths of those something was replayed from.
        replayed: interactions.
        seconds: that the provider had taken for them.
        written: paths of the cassettes that were written.
        recorded: interactions in these.
        unsaved: tests that recorded something and did not pass.
        silent: tests that passed while recording, and recorded nothing, each with its cassette.
        unshared: cassettes that several tests share and that were not rewritten: the path, then
            the tests that did not pass.
        late: errors that came after the last report of their test: the test, and a text.
        told: problems with cassettes that tests have failed by, and that are not told again.
        unfired: by test, how many faults never fired.
        unsought: names of secrets that were too short or plain to be looked for in recordings.
    """

    def __init__(self) -> None:
        self.cassettes: list[str] = []
        self.replayed = 0
        self.seconds = 0.0
        self.written: list[str] = []
        self.recorded = 0
        self.unsaved: list[str] = []
        self.silent: list[list[str]] = []
        self.unshared: list[list[str]] = []
        self.late: list[list[str]] = []
        self.told: list[dict[str, Any]] = []
        self.unfired: list[tuple[str, int]] = []
        self.unsought: list[str] = []

    def count(self, recorder: Engine) -> None:
        """Add what a cassette did that has been closed."""
        path = str(recorder.path)
        for interaction in recorder.player.played:
            self.replayed += 1
            try:
                self.seconds += interaction.response.duration
            except CassetteError:
                continue  # the test that played it has failed by it
        if recorder.player.played and path not in self.cassettes:
            self.cassettes.append(path)
        if recorder.saved:
            self.wrote(path, len(recorder.recorded))

    def wrote(self, path: str, interactions: int) -> None:
        """Add a file that has been written."""
        self.recorded += interactions
        if path not in self.written:
            self.written.append(path)

    @property
    def never_fired(self) -> int:
        """How many faults did not fire."""
        return sum(faults for _, faults in self.unfired)

    def as_message(self) -> dict[str, Any]:
        """For the controller."""
        return dict(vars(self))

    def add(self, message: dict[str, Any]) -> None:
        """Add what a worker sent."""
        self.replayed += message["replayed"]
        self.seconds += message["seconds"]
        self.recorded += message["recorded"]
        self.cassettes = list(dict.fromkeys([*self.cassettes, *message["cassettes"]]))
        self.written = list(dict.fromkeys([*self.written, *message["written"]]))
        self.unsaved += message["unsaved"]
        self.silent += message["silent"]
        self.unshared += message["unshared"]
        self.late += message["late"]
        self.told += message["told"]
        self.unfired += message["unfired"]
        self.unsought = sorted({*self.unsought, *message["unsought"]})

    def began(self, item: pytest.Item) -> None:
        """A test begins, perhaps again."""
        if self.told:
            self.told = [told for told in self.told if told["test"] != item.nodeid]
            self.unfired = [told for told in self.unfired if told[0] != item.nodeid]
        if self.unsaved or self.silent:
            shown = shown_nodeid(item)
            self.unsaved = [name for name in self.unsaved if name != shown]
            self.silent = [told for told in self.silent if told[0] != shown]

    def tell(
        self, terminal: pytest.TerminalReporter, config: pytest.Config, conclusion: Conclusion
    ) -> None:
        """Print the section."""
        # Others may have recorded into the same file.
        silent = [test for test, path in self.silent if not os.path.lexists(path)]
        out_of_the_ordinary = (
            self.written
            or self.unsaved
            or silent
            or self.unshared
            or self.late
            or conclusion.problems
            or conclusion.unused_rules
            or conclusion.verified
            or conclusion.trouble
        )
        is_used = self.replayed or conclusion.missed or conclusion.blocked or self.unfired
        if not out_of_the_ordinary and (not is_used or config.get_verbosity() < 0):
            return
        terminal.section("llmcassette", red=bool(self.late) or conclusion.fails)
        if self.replayed:
            terminal.line(
                f"replayed {_count(self.replayed, 'interaction')} of "
                f"{_count(len(self.cassettes), 'cassette')}: "
                f"{self.seconds:,.1f} s of the providers' time{_not_spent(conclusion)}"
            )
        if conclusion.missed:
            terminal.line(f"missed {_count(conclusion.missed, 'request')}")
        if conclusion.blocked:
            terminal.line(f"blocked {_count(conclusion.blocked, 'connection')}")
        if self.unfired:
            terminal.line(f"{_count(self.never_fired, 'fault')} never fired")
        if self.written:
            heading = (
                f"recorded {_count(self.recorded, 'interaction')}, written to "
                f"{_count(len(self.written), 'cassette')}:"
            )
            files = [shown_file(config, path) for path in sorted(self.written)]
            _paragraph(terminal, heading, _capped(files))
        if self.unsought:
            heading = (
                "not looked for in what was recorded, as the value is too short or too plain "
                "(secret_env has a variable looked for all the same):"
            )
            _paragraph(terminal, heading, _capped(self.unsought))
        if self.unsaved:
            heading = "not saved, since the test did not pass (--llm-record-failed saves it):"
            _paragraph(terminal, heading, self.unsaved)
        if silent:
            heading = (
                "recorded nothing, and have no cassette to replay (remove the marker "
                "llm_cassette, or find out what answered in its place):"
            )
            _paragraph(terminal, heading, _capped(silent))
        for path, *tests in self.unshared:
            heading = f"{shown_file(config, path)} is as it was, since these did not pass:"
            _paragraph(terminal, heading, tests)
        for nodeid, text in self.late:
            when = f"{nodeid} was over when this happened:" if nodeid else "outside of any test:"
            _paragraph(terminal, when, text.splitlines())
        told: dict[str, list[str]] = {"error": [], "warn": []}
        for problem in conclusion.shown:
            told[problem.level].append(problem.text())
        if told["error"]:
            _paragraph(terminal, "errors:", told["error"])
        if told["warn"]:
            _paragraph(terminal, "warnings:", _capped(told["warn"]))
        if conclusion.unused_rules:
            rules = [f"{setting}: {rule}" for setting, rule in conclusion.unused_rules]
            _paragraph(terminal, "rules that matched nothing in any request:", _capped(rules))
        if config.option.llm_drift and conclusion.changed:
            cassettes = len({cassette for cassette, _, _ in conclusion.changed})
            terminal.line(f"requests no longer match {_count(cassettes, 'cassette')}:")
            for cassette, test, message in conclusion.changed:
                terminal.line("")
                _paragraph(terminal, f"{cassette}, {test}:", message.splitlines())
        if conclusion.verified:
            found = _count(sum(map(len, conclusion.drift.values())), "difference")
            asked = _count(conclusion.verified, "answer")
            terminal.line(f"asked the providers for {asked}: {found} in shape")
        for file, differences in conclusion.drift.items():
            _paragraph(terminal, f"{file}:", differences)
        if conclusion.trouble:
            terminal.line(conclusion.trouble)


def _not_spent(conclusion: Conclusion) -> str:
    if not conclusion.tokens:
        return ""
    dollars = "" if conclusion.dollars is None else f" (${conclusion.dollars:,.4f})"
    return f", {_count(conclusion.tokens, 'token')}{dollars} not spent"


def _capped(lines: list[str]) -> list[str]:
    rest = len(lines) - _MOST_LINES
    return lines if rest <= 0 else [*lines[:_MOST_LINES], f"and {rest:,} more"]


def _paragraph(terminal: pytest.TerminalReporter, heading: str, lines: Iterable[str]) -> None:
    terminal.line(heading)
    for line in lines:
        terminal.line(f"  {line}".rstrip())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
