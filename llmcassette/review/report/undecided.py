"""What may open a cassette, though nothing in the run did: tests that did not pass, files not read.

A cassette is called an orphan in earnest only, as people delete it then.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.review.report.facts import Facts

__all__ = ["CASSETTES", "Undecided"]

CASSETTES: Final = "cassettes"

# Opened by a name that is not written there: an f-string, a variable.
_COMPUTED: Final = re.compile(
    r"""\b(?:use_cassette|llm_cassettes|CassetteTransport)\s*\(\s*[^\s'")]"""
)


class Undecided:
    """The files whose tests did not all pass, and those that nobody looked at.

    Args:
        facts: the run.
        root: the folder that its paths are relative to.
    """

    def __init__(self, facts: Facts, root: Path) -> None:
        self._facts = facts
        self._root = root

    def may_open(self, path: str) -> bool:
        """Whether a cassette may be theirs that nothing in the run opened."""
        name = path.rpartition("/")[2]
        skipped = self._facts.skipped_files()
        return (
            any(name in text for text in self._texts.values())
            or any(
                _COMPUTED.search(text) and _is_below(path, file)
                for file, text in self._texts.items()
            )
            or any(path.startswith(f"{_folder_of(file)}/") for file in skipped)
            or any(
                path.startswith(f"{_folder_of(file)}/") or name in _text(self._root / file)
                for file in self._unread_beside(path)
            )
        )

    @cached_property
    def _texts(self) -> dict[str, str]:
        """The test files in which a test did not pass, and the conftests that serve them."""
        files = {
            test.partition("::")[0] for test, told in self._facts.tests.items() if told != "passed"
        }
        folders = {folder for file in files for folder in PurePosixPath(file).parents}
        files |= {str(folder / "conftest.py") for folder in folders}
        return {file: text for file in sorted(files) if (text := _text(self._root / file))}

    def _unread_beside(self, path: str) -> Iterator[str]:
        """Test files, by their names, that the project never collects."""
        where = PurePosixPath(path.rpartition(f"{CASSETTES}/")[0])
        for file in sorted((self._root / where).glob("*.py")):
            relative = str(where / file.name)
            if "test" in file.stem and relative not in self._facts.files:
                yield relative


def _is_below(path: str, file: str) -> bool:
    """Whether a cassette lies in the folder of a file, or deeper."""
    return PurePosixPath(path).is_relative_to(PurePosixPath(file).parent)


def _folder_of(file: str) -> str:
    """Where the cassettes lie that are named after the tests of a file."""
    path = PurePosixPath(file)
    return str(path.parent / CASSETTES / path.stem)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
