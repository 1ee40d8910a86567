"""The rules of ``llmcassette check``: a stable code, and how to fix what each finds."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.errors import shown_path

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RULES", "Finding", "Rule", "filled_in"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code: a stable code, such as ``LC006``.
        name: its name, such as ``secret``.
        summary: what is wrong with a file that breaks it.
        fix: how to fix the file, which is ``PATH`` in it; its test is ``TEST``.
    """

    code: str
    name: str
    summary: str
    fix: str


_DIGEST: Final = re.compile(r"-[0-9a-f]{8}$")
_TEST: Final = "`pytest --llm-mode=rewrite TEST`"
_RECORD: Final = f"record it again with {_TEST}"

RULES: Final[dict[str, Rule]] = {
    rule.code: rule
    for rule in (
        Rule(
            "LC001",
            "unreadable",
            "the file is no cassette, or a value in it is broken",
            f"mend the line, restore the file from version control, or {_RECORD}",
        ),
        Rule(
            "LC002",
            "version",
            "the cassette is not of version 2",
            "bring it to version 2 with `llmcassette convert --force PATH PATH`",
        ),
        Rule("LC003", "cut-answer", "an answer has no end", _RECORD),
        Rule("LC004", "incomplete", "a body was not recorded to its end", _RECORD),
        Rule(
            "LC005",
            "chunks",
            "the chunks do not add up to the body",
            "delete the line `chunks:`, or record it again",
        ),
        Rule(
            "LC006",
            "secret",
            "a secret is in the file",
            "revoke the secret, then take it out with `llmcassette redact PATH`",
        ),
        Rule(
            "LC007",
            "duplicate",
            "another file has the same content",
            "delete one of them, and let its tests name the other",
        ),
        Rule(
            "LC008",
            "orphan",
            "no test of the last run opened the file",
            "delete it with `rm PATH`",
        ),
        Rule("LC009", "age", "the recording is older than allowed", _RECORD),
        Rule(
            "LC010",
            "size",
            "the file is larger than allowed",
            "record less in one test, or allow more with --max-size",
        ),
        Rule(
            "LC011",
            "round-trip",
            "the file would not be the same once saved again",
            "bring it into one dialect with `llmcassette fmt PATH`",
        ),
        Rule(
            "LC012",
            "expands",
            "a compressed body decodes to more than allowed",
            "delete the file; if you trust it, raise max_decoded_size or max_decoded_ratio",
        ),
    )
}


def filled_in(fix: str, path: str, test: str) -> str:
    """A fix with its commands as they can be pasted.

    Args:
        fix: see ``Rule``.
        path: the file.
        test: the id of its test; empty if that is unknown.
    """
    record = f"`pytest --llm-mode=rewrite {shlex.quote(test)}`" if test else "the tests that use it"
    return fix.replace("PATH", shlex.quote(path)).replace(_TEST, record)


def test_of(path: Path) -> str:
    """The id of the test that a cassette is named after; empty if it is not named so."""
    file = path.parent.parent.parent / f"{path.parent.name}.py"
    name, bracket, params = path.stem.partition("[")
    if path.parent.parent.name != "cassettes" or not file.is_file() or _DIGEST.search(path.stem):
        return ""
    return "::".join([shown_path(file), *name.split(".")]) + bracket + params


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong in a file.

    Attributes:
        message: what it is here; never a secret's value.
        line: in the file, from 1.
        interaction: position in the file, from 0, where one is concerned.
        field: dotted name, such as ``response.body``; empty where none is concerned.
        remedy: how to fix this one, with ``PATH`` for the file; empty: as its rule says.
    """

    rule: Rule
    path: Path
    message: str
    line: int = 1
    interaction: int | None = None
    field: str = ""
    remedy: str = ""

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def fix(self) -> str:
        """How to fix this file; its commands can be pasted."""
        fix = self.remedy or self.rule.fix
        return filled_in(fix, shown_path(self.path), test_of(self.path))
