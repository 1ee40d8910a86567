"""Finds the options and requirements of the old plugins in files of configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.cli.migration.source import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["configuration"]

PACKAGES: Final = r"\b(pytest-recording|pytest_recording|vcrpy|pytest-vcr|pytest_vcr|cassetter)\b"
OPTIONS: Final = (
    r"--(record-mode|block-network|disable-recording|allowed-hosts|vcr-record|disable-vcr)\b"
)
CONFIGURATION: Final = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "noxfile.py")


def configuration(root: Path) -> Iterator[Note]:
    """Options and requirements of the old plugins."""
    requirements = sorted(root.glob("requirements*.txt")) + sorted(root.glob("requirements/*"))
    for path in (*(root / name for name in CONFIGURATION), *requirements):
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for number, line in enumerate(lines, 1):
            yield from notes_on(path, number, line)


def notes_on(path: Path, number: int, line: str) -> Iterable[Note]:
    option = re.search(OPTIONS, line)
    if option is not None:
        yield Note(path, number, f"remove {option[0]}: it goes with the old plugin")
    package = re.search(PACKAGES, line)
    if package is not None and not line.lstrip().startswith("#"):
        yield Note(path, number, f"put pytest-llmcassette in the place of {package[0]}")
