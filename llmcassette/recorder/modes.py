"""Record modes, and which one applies.

The names and meanings are VCR's, as vcrpy and pytest-recording use them, with ``live`` added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "MODES",
    "RECORDING_MODES",
    "Mode",
    "is_ci",
    "parse_mode",
    "resolve_mode",
]

Mode = Literal["none", "once", "new_episodes", "all", "rewrite", "live"]

MODES: Final[tuple[Mode, ...]] = ("none", "once", "new_episodes", "all", "rewrite", "live")
RECORDING_MODES: Final[frozenset[Mode]] = frozenset({"once", "new_episodes", "all", "rewrite"})
ENVIRONMENT_VARIABLE: Final = "LLMCASSETTE_MODE"


def parse_mode(value: object, place: str) -> Mode:
    """Check a record mode.

    Args:
        value: the setting, option or variable.
        place: its name, for the message: ``--llm-mode``, ``LLMCASSETTE_MODE`` ...

    Raises:
        SettingsError: it is not one of ``MODES``.
    """
    if isinstance(value, str) and value in MODES:
        return value
    import difflib  # only for a message

    near = difflib.get_close_matches(str(value), MODES, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise SettingsError(
        f"{value!r} is no record mode ({place}).{hint} The modes are {', '.join(MODES)}."
    )


def is_ci(environ: Mapping[str, str]) -> bool:
    """Whether this is a CI run: ``CI`` is set, and not to 0, false or no."""
    return environ.get("CI", "").strip().lower() not in {"", "0", "false", "no"}


def resolve_mode(
    *,
    command_line: Mode | None = None,
    replay_only: bool = False,
    ci: bool = False,
    environ: Mapping[str, str] | None = None,
    configured: Mode | None = None,
) -> Mode:
    """The mode that applies.

    Args:
        command_line: from ``--llm-mode`` or ``--llm-record``.
        replay_only: ``--llm-ci`` was given, which overrides everything.
        ci: this is a CI run, which only the command line overrides.
        environ: for ``LLMCASSETTE_MODE``; ``None`` ignores it.
        configured: the setting ``mode`` of marker, fixture and pyproject.toml.

    Raises:
        SettingsError: ``LLMCASSETTE_MODE`` is not a mode.
    """
    if replay_only:
        return "none"
    if command_line is not None:
        return command_line
    if ci:
        return "none"
    if environ and environ.get(ENVIRONMENT_VARIABLE):
        return parse_mode(environ[ENVIRONMENT_VARIABLE], ENVIRONMENT_VARIABLE)
    return configured or "none"
