"""The command-line options, the marker, and the names of the fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    import argparse

    from llmcassette.recorder.modes import Mode

__all__ = [
    "CONFIG",
    "FACTORY",
    "FIXTURE",
    "MARKER",
    "add",
    "add_marker",
    "asks_for_something",
    "command_line_mode",
    "has_cassette",
]

MARKER: Final = "llm_cassette"
FIXTURE: Final = "llm_cassette"
FACTORY: Final = "llm_cassettes"
CONFIG: Final = "llm_cassette_config"

TITLE: Final = (
    "llmcassette: record and replay LLM traffic (more: llmcassette settings, llmcassette --help)"
)

# In the order of the help. None has an optional value, which would swallow a path that follows.
_OPTIONS: Final = {
    "--llm-record": "record cassettes that do not exist yet; the same as --llm-mode=once",
    "--llm-mode=MODE": "record mode for every cassette: none, once, new_episodes, all, rewrite, "
    "live (default: none)",
    "--llm-record-failed": "also save the recordings of tests that did not pass",
    "--llm-ci": "replay only; unused, stale or leaking cassettes fail the run",
    "--llm-verify": "also send each request to its provider, and report answers whose shape "
    "differs from the recorded one; tests get the recorded answer",
    "--llm-verify-update": "with --llm-verify: replace the recorded answers whose shape differs",
    "--llm-drift": "list all requests that no longer match their cassettes, with the differences; "
    "tests go on with the nearest recorded answer",
    "--llm-report=FILE": "write a report of the run and its cassettes to FILE, as JSON",
    "--llm-html=FILE": "write a page of the run and its conversations to FILE, for a browser",
}


def add(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("llmcassette", TITLE)
    for option, purpose in _OPTIONS.items():
        name, _, value = option.partition("=")
        if value:
            group.addoption(name, metavar=value, help=purpose)
        else:
            group.addoption(name, action="store_true", help=purpose)


def add_marker(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(path=None, **settings): replay the test's LLM requests from a cassette. The "
        "path is relative to cassettes/ beside the test file; without one, the file is named "
        "after the test. Settings: llmcassette settings.",
    )


def has_cassette(item: pytest.Item) -> bool:
    """Whether a test has a cassette of its own: by its marker or its fixture."""
    names = getattr(item, "fixturenames", None)
    if names is None:
        return False
    return FIXTURE in names or item.get_closest_marker(MARKER) is not None


def asks_for_something(namespace: argparse.Namespace) -> bool:
    """Whether any option of the plugin was given."""
    return any(value for name, value in vars(namespace).items() if name.startswith("llm_"))


def command_line_mode(namespace: argparse.Namespace) -> Mode | None:
    """The record mode that the command line names; ``None`` where it names none.

    Raises:
        pytest.UsageError: the mode does not exist, options exclude each other, or an extra is not
            installed.
    """
    named: str | None = namespace.llm_mode
    if namespace.llm_html is not None:
        from llmcassette.review.page.rendering import MISSING, has_templates

        if not has_templates():
            raise pytest.UsageError(f"--llm-html: {MISSING}")
    if namespace.llm_verify_update and not namespace.llm_verify:
        raise pytest.UsageError("--llm-verify-update needs --llm-verify")
    if namespace.llm_drift and (namespace.llm_verify or named or namespace.llm_record):
        raise pytest.UsageError(
            "--llm-drift only replays: it excludes --llm-verify, --llm-record and --llm-mode"
        )
    if namespace.llm_verify and (namespace.llm_ci or named or namespace.llm_record):
        raise pytest.UsageError(
            "--llm-verify replays, and sends requests to their providers: it excludes --llm-ci, "
            "--llm-record and --llm-mode"
        )
    if namespace.llm_verify or namespace.llm_drift:
        return "none"
    if namespace.llm_record:
        if named not in {None, "once"}:
            raise pytest.UsageError(
                f"--llm-record means --llm-mode=once: it excludes --llm-mode={named}"
            )
        named = "once"
    if named is None:
        return None
    from llmcassette.recorder.modes import RECORDING_MODES, parse_mode

    try:
        mode = parse_mode(named, "--llm-mode")
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from error
    if namespace.llm_ci and mode in RECORDING_MODES | {"live"}:
        raise pytest.UsageError(
            "--llm-ci only replays: it excludes "
            f"{'--llm-record' if namespace.llm_record else f'--llm-mode={mode}'}"
        )
    return mode
