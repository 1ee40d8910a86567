"""When a cassette was recorded."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from llmcassette import formats
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from llmcassette.model import Response

__all__ = ["committed", "dated", "is_older"]

GIT_SECONDS = 10


def is_older(path: Path, max_age: timedelta) -> bool:
    """Whether the oldest answer of a cassette is older than allowed; false for a broken file.

    Answers without a ``Date`` header are as old as the last commit of the file.
    """
    dates = []
    try:
        cassette = formats.read(path.read_bytes().decode(), path=path, lazy=True)
    except (CassetteError, UnicodeDecodeError):
        return False
    for interaction in cassette.interactions:
        try:
            when = dated(interaction.response)
        except CassetteError:
            continue
        if when is not None:
            dates.append(when)
    recorded = min(dates) if dates else committed(path)
    return recorded is not None and datetime.now(UTC) - recorded > max_age


def dated(response: Response) -> datetime | None:
    """The time in the ``Date`` header (RFC 9110, 6.6.1); ``None`` where none is readable."""
    for value in response.headers.get_list("date"):
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            continue
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return None


def committed(path: Path) -> datetime | None:
    """The author's date of the last commit that changed a file; ``None`` outside of git."""
    command = ["git", "log", "-1", "--format=%at", "--", path.name]
    try:
        found = subprocess.run(  # noqa: S603 (git of the user's PATH, no shell)
            command,
            cwd=path.resolve().parent,
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
        )
        return datetime.fromtimestamp(int(found.stdout), UTC)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
