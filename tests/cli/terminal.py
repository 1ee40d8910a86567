"""The command line as a user has it: another process, in a terminal or in a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COMMAND = [sys.executable, "-m", "llmcassette"]


@dataclass(frozen=True)
class Shown:
    """What a terminal got: with its escape sequences, and as text."""

    code: int
    raw: str

    @property
    def text(self) -> str:
        return ANSI.sub("", self.raw)


def environment(**more: str) -> dict[str, str]:
    left_out = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "COLORTERM"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"TERM": "xterm-256color", **more}


def in_terminal(
    *args: str, folder: Path, columns: int = 80, command: list[str] = COMMAND, **env: str
) -> Shown:
    """Run a command in a terminal of that width; stderr is the terminal, too."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*command, *args],
        cwd=folder,
        env=environment(**env),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    got = b""
    while True:
        try:
            piece = os.read(leader, 65_536)
        except OSError:  # Linux says so when the last writer has gone
            break
        if not piece:
            break
        got += piece
    os.close(leader)
    return Shown(process.wait(), got.decode().replace("\r\n", "\n"))


def in_pipe(*args: str, folder: Path, stdin: bytes = b"", **env: str) -> Shown:
    """Run a command with its output in a pipe; stderr is put behind stdout."""
    done = subprocess.run(
        [*COMMAND, *args],
        cwd=folder,
        env=environment(**env),
        input=stdin,
        capture_output=True,
        check=False,
    )
    return Shown(done.returncode, (done.stdout + done.stderr).decode())
