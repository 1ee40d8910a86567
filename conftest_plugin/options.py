"""What the plugin adds to pytest's own words: command-line options, and a marker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from llmcassette.errors import SettingsError
from llmcassette.recorder.modes import MODES, RECORDING_MODES, Mode, parse_mode

if TYPE_CHECKING:
    import argparse

__all__ = ["MARKER", "add", "add_marker", "asks_for_something", "command_line_mode"]

MARKER: Final = "llm_cassette"


def add(parser: pytest.Parser) -> None:
    """Add the options. None takes an optional value: that would eat a path that follows."""
    group = parser.getgroup("llmcassette", "llmcassette: record and replay LLM traffic")
    group.addoption(
        "--llm-record",
        dest="llm_record",
        action="store_true",
        default=False,
        help="record cassettes that do not exist yet; short for --llm-mode=once",
    )
    group.addoption(
        "--llm-mode",
        dest="llm_mode",
        metavar="MODE",
        default=None,
        help=f"record mode for every cassette: {', '.join(MODES)} (default: none)",
    )
    group.addoption(
        "--llm-record-failed",
        dest="llm_record_failed",
        action="store_true",
        default=False,
        help="save what was recorded by a test that did not pass, too",
    )
    group.addoption(
        "--llm-ci",
        dest="llm_ci",
        action="store_true",
        default=False,
        help="replay only, whatever else is said, and every doubt is an error",
    )
    group.addoption(
        "--llm-verify",
        dest="llm_verify",
        action="store_true",
        default=False,
        help="ask the providers too, and report where their answers no longer have the recorded "
        "shape; tests still get the recorded ones",
    )
    group.addoption(
        "--llm-verify-update",
        dest="llm_verify_update",
        action="store_true",
        default=False,
        help="with --llm-verify: record anew what no longer has the recorded shape",
    )
    group.addoption(
        "--llm-drift",
        dest="llm_drift",
        action="store_true",
        default=False,
        help="list every cassette that requests no longer match, with each difference; tests go "
        "on with the nearest answer",
    )
    group.addoption(
        "--llm-report",
        dest="llm_report",
        metavar="FILE",
        default=None,
        help="write what the run did with its cassettes to FILE, as JSON",
    )


def add_marker(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(path=None, **settings): answer the test's LLM requests from a cassette; the "
        "path is relative to cassettes/ beside the test file, and made from the test's name if "
        "none is given.",
    )


def asks_for_something(namespace: argparse.Namespace) -> bool:
    """Whether any of the options was given."""
    return any(value for name, value in vars(namespace).items() if name.startswith("llm_"))


def command_line_mode(namespace: argparse.Namespace) -> Mode | None:
    """The mode the command line asks for, if it does.

    Raises:
        pytest.UsageError: it names none, or two things that exclude each other.
    """
    said: str | None = namespace.llm_mode
    if namespace.llm_verify_update and not namespace.llm_verify:
        raise pytest.UsageError("--llm-verify-update needs --llm-verify")
    if namespace.llm_drift and (namespace.llm_verify or said or namespace.llm_record):
        raise pytest.UsageError(
            "--llm-drift replays: it cannot go with --llm-verify, --llm-record or --llm-mode"
        )
    if namespace.llm_verify and (namespace.llm_ci or said or namespace.llm_record):
        raise pytest.UsageError(
            "--llm-verify replays and asks the providers: it cannot go with --llm-ci, --llm-record "
            "or --llm-mode"
        )
    if namespace.llm_verify or namespace.llm_drift:
        return "none"
    if namespace.llm_record:
        if said not in {None, "once"}:
            raise pytest.UsageError(
                f"--llm-record means --llm-mode=once: it cannot go with --llm-mode={said}"
            )
        said = "once"
    if said is None:
        return None
    try:
        mode = parse_mode(said, "--llm-mode")
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from error
    if namespace.llm_ci and mode in RECORDING_MODES | {"live"}:
        raise pytest.UsageError(
            f"--llm-ci replays only: it cannot go with "
            f"{'--llm-record' if namespace.llm_record else f'--llm-mode={mode}'}"
        )
    return mode
