"""Find what is wrong with a cassette without replaying it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from llmcassette import formats
from llmcassette.errors import CassetteError
from llmcassette.redaction import collect_secrets
from llmcassette.review.check.file import File, unreadable
from llmcassette.review.check.rules import RULES, Finding

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.model import Cassette
    from llmcassette.review.check.options import Options

__all__ = ["Checker", "Examined"]


class Examined(NamedTuple):
    """What is known of a file alone.

    Attributes:
        path: the file.
        findings: of all rules.
        digest: equal for files with the same content; ``None`` if it can't be read.
        placeholders: what stands in it in the place of secrets.
    """

    path: Path
    findings: list[Finding]
    digest: bytes | None
    placeholders: set[str]


class Checker:
    """Checks files one by one, and remembers their contents to find duplicates.

    Attributes:
        placeholders: what stands in the place of secrets in the files checked so far.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self._secrets = collect_secrets(options.environ, None, options.redaction)
        self._seen: dict[bytes, Path] = {}
        self.placeholders: set[str] = set()

    def check(self, path: Path, data: bytes) -> list[Finding]:
        """Check one file.

        Args:
            path: its name.
            data: its bytes.

        Returns:
            The findings, by line.
        """
        return self.judge(self.examine(path, data))

    def examine(self, path: Path, data: bytes) -> Examined:
        """The part of ``check`` that needs only this file; another process may do it."""
        placeholders: set[str] = set()
        findings: list[Finding] = []
        if len(data) > self.options.max_size:
            what = f"{len(data):,} bytes, where {self.options.max_size:,} are allowed"
            findings.append(Finding(rule=RULES["LC010"], path=path, message=what))
        try:
            cassette = formats.read(data.decode(), path=path, lazy=True)
        except UnicodeDecodeError as error:
            what = f"not UTF-8: byte 0x{data[error.start]:02X} at offset {error.start}"
            line = 1 + data.count(b"\n", 0, error.start)
            findings.append(Finding(rule=RULES["LC001"], path=path, message=what, line=line))
            return Examined(path, findings, None, placeholders)
        except CassetteError as error:
            findings.append(unreadable(path, error))
            return Examined(path, findings, None, placeholders)
        file = File(self.options, self._secrets, path, cassette)
        findings += file.findings()
        try:
            digest = _digest(cassette) if cassette.interactions else None
        except CassetteError:  # ``findings`` has it
            digest = None
        return Examined(path, findings, digest, file.placeholders)

    def judge(self, examined: Examined) -> list[Finding]:
        """The rest of ``check``: what depends on other files and on the run."""
        path, found = examined.path, list(examined.findings)
        self.placeholders |= examined.placeholders
        if self.options.report is not None and self.options.report.used(path) is None:
            orphan = "no test of the last run opened it"
            found.append(Finding(rule=RULES["LC008"], path=path, message=orphan))
        if examined.digest is not None:
            first = self._seen.setdefault(examined.digest, path)
            if first is not path:
                same = f"has the same content as {first}"
                found.append(Finding(rule=RULES["LC007"], path=path, message=same))
        wanted = {
            (one.line, one.code, one.interaction or 0, one.message): one
            for one in reversed(found)
            if one.code in self.options.codes
        }
        return [wanted[key] for key in sorted(wanted)]

    def __getstate__(self) -> dict[str, object]:
        """For another process, which only examines files."""
        return {
            **vars(self),
            "options": replace(self.options, environ={}, report=None),
            "_seen": {},
        }


def _digest(cassette: Cassette) -> bytes:
    """Equal for files with the same content, in whatever dialect they are written."""
    found = hashlib.sha256()
    for one in cassette.interactions:
        for part in (one.request, one.response):
            fields = repr((replace(part, body=b""), len(part.body), one.redacted))
            found.update(fields.encode("utf-8", "surrogatepass"))
            found.update(part.body)
    return found.digest()
