"""Findings as text, JSON, GitHub annotations and SARIF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from llmcassette import __version__
from llmcassette.cli.output.lines import printable
from llmcassette.errors import shown_path
from llmcassette.review.check.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmcassette.review.check.rules import Finding

__all__ = ["as_annotation", "as_json", "as_sarif", "as_text", "summary"]

_SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(finding: Finding) -> str:
    """Two lines: place, code and message, as linters print them; then the fix."""
    where = printable(f"{shown_path(finding.path)}:{finding.line}")
    message = printable(_message(finding)).replace("\n", "\n  ")
    return f"{where}: {finding.code} {message}\n  fix: {finding.fix}"


def summary(findings: Sequence[Finding], files: int) -> str:
    """``2 findings in 1 of 3 files``."""
    if not findings:
        return f"{_count(files, 'file')}: nothing found"
    held = len({finding.path for finding in findings})
    return f"{_count(len(findings), 'finding')} in {held} of {_count(files, 'file')}"


def as_json(findings: Sequence[Finding], files: int) -> str:
    """One document: ``{"version": 1, "files": 3, "findings": [...]}``."""
    rows = [
        {
            "code": finding.code,
            "name": finding.rule.name,
            "file": str(finding.path),
            "line": finding.line,
            "interaction": finding.interaction,
            "field": finding.field,
            "message": finding.message,
            "fix": finding.fix,
        }
        for finding in findings
    ]
    return json.dumps({"version": 1, "files": files, "findings": rows}, indent=2)


def as_annotation(finding: Finding) -> str:
    """A workflow command, escaped as GitHub's own toolkit does (``command.ts``)."""
    properties = {
        "file": _posix(finding.path),
        "line": str(finding.line),
        "title": f"{finding.code} {finding.rule.name}",
    }
    said = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::error {said}::{_escaped(f'{_message(finding)}. Fix: {finding.fix}')}"


def as_sarif(findings: Sequence[Finding]) -> str:
    """A log of SARIF 2.1.0 (OASIS), for code scanning."""
    codes = list(RULES)
    driver: dict[str, Any] = {
        "name": "llmcassette",
        "version": __version__,
        "rules": [
            {
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.summary},
                "help": {"text": rule.fix},
                "defaultConfiguration": {"level": "error"},
            }
            for rule in RULES.values()
        ],
    }
    results = [
        {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": "error",
            "message": {"text": f"{_message(finding)}. Fix: {finding.fix}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(_posix(finding.path))},
                        "region": {"startLine": finding.line},
                    }
                }
            ],
        }
        for finding in findings
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def _message(finding: Finding) -> str:
    place = "" if finding.interaction is None else f"interaction {finding.interaction}: "
    return f"{place}{finding.message}"


def _posix(path: Path) -> str:
    return shown_path(path).replace("\\", "/")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
