"""Finds the cassettes whose names differ: pytest collects the tests, nothing runs."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from llmcassette.errors import CassetteError

__all__ = ["Name", "names_of_tests"]

FORBIDDEN: Final = r"<>?%*:|\"'/\\"
"""What pytest-recording and cassetter replace by a hyphen."""

LONGEST: Final = 255
"""Bytes of a file's name."""


class Name(NamedTuple):
    """The cassette of a test, without its suffix.

    Attributes:
        test_file: the file of the test.
        old: names that the old plugins may have given it.
        new: what llmcassette calls it.
    """

    test_file: Path
    old: tuple[str, ...]
    new: str


def names_of_tests(root: Path) -> list[Name]:
    """The names of the cassettes of all tests with the marker ``vcr``.

    Raises:
        CassetteError: pytest can't collect the tests.
    """
    with TemporaryDirectory() as folder:
        target = Path(folder, "names.json")
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--no-header"]
        command += ["-p", "no:cacheprovider", "-p", "conftest_plugin.vcr", "."]
        done = subprocess.run(  # noqa: S603 (no shell)
            command,
            cwd=root,
            env={**os.environ, "LLMCASSETTE_NAMES": str(target), "CI": ""},
            capture_output=True,
            check=False,
        )
        if not target.exists():
            lines = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
            reason = next((each for each in lines if each.startswith("E ")), lines[-1:] or [""])
            text = reason if isinstance(reason, str) else reason[0]
            raise CassetteError(f"pytest cannot collect the tests: {text.strip()}", path=root)
        rows = json.loads(target.read_text())
    return [Name(Path(file), old_names(old), new) for file, old, new in rows]


def old_names(name: str) -> tuple[str, ...]:
    """What the old plugins call the cassette of a test: pytest-vcr keeps its name."""
    safe = name
    for character in FORBIDDEN:
        safe = safe.replace(character, "-")
    if len(safe) + len(".yaml") > LONGEST:
        digest = hashlib.md5(safe.encode(), usedforsecurity=False).hexdigest()
        safe = f"{safe[: LONGEST - len('.yaml') - len(digest) - 3]}...{digest}"
    return (safe, name) if safe != name else (safe,)
