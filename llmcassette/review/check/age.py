"""When a cassette was recorded."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.model import Response

__all__ = ["committed", "dated"]

GIT_SECONDS = 10


def dated(response: Response) -> datetime | None:
    """What the Date header says (RFC 9110, 6.6.1), if there is a readable one."""
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
