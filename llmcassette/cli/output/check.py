"""Prints the findings of ``check``: as text, JSON, GitHub annotations or SARIF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import click

from llmcassette import __version__
from llmcassette.cli.output.json import print_json
from llmcassette.errors import shown_path
from llmcassette.escaping import printable
from llmcassette.review.check.rules import RULES
from llmcassette.review.numbers import plural
from llmcassette.review.report.problem import workflow_command

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from llmcassette.review.check.rules import Finding

__all__ = ["print_findings"]

NAMED: Final = 5
"""How many placeholders are named."""

SHOWN: Final = 12
"""How many of their characters are shown."""

SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def print_findings(
    findings: Sequence[Finding],
    files: int,
    output_format: str,
    *,
    placeholders: Collection[str] = (),
) -> None:
    """Print findings.

    Args:
        findings: what was found.
        files: the number of files that were checked.
        output_format: ``text``, ``json``, ``github`` or ``sarif``.
        placeholders: what stands in the place of secrets in the files.
    """
    match output_format:
        case "json":
            print_json(json_object(findings, files, placeholders))
        case "github":
            for finding in findings:
                click.echo(annotation(finding))
        case "sarif":
            print_json(sarif_log(findings))
        case _:
            for finding in findings:
                click.echo(text(finding))
            click.echo(summary(findings, files), err=True)
            if placeholders:
                click.echo(note(placeholders), err=True)


def text(finding: Finding) -> str:
    """Two lines: place, code and message, as linters print them; then the fix."""
    place = printable(f"{shown_path(finding.path)}:{finding.line}")
    message = printable(full_message(finding)).replace("\n", "\n  ")
    return f"{place}: {finding.code} {message}\n  fix: {finding.fix}"


def summary(findings: Sequence[Finding], files: int) -> str:
    """``2 findings in 1 of 3 files``."""
    if not findings:
        return f"{plural(files, 'file')} checked, no findings"
    affected = len({finding.path for finding in findings})
    return f"{plural(len(findings), 'finding')} in {affected} of {plural(files, 'file')}"


def note(placeholders: Collection[str]) -> str:
    """Names placeholders, and only by their first characters: one may be a weak secret after all.

    ``note: placeholders, not leaks: 'your-api-key…', 'sk-proj-xxxx…'``
    """
    names = shortened(placeholders)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    named = ", ".join(printable(repr(name)) for name in names[:NAMED])
    return f"note: placeholders, not leaks: {named}{more}"


def shortened(placeholders: Collection[str]) -> list[str]:
    return sorted({f"{text[:SHOWN]}…" for text in placeholders})


def json_object(
    findings: Sequence[Finding], files: int, placeholders: Collection[str] = ()
) -> dict[str, object]:
    """The document that ``docs/reference/check.md`` describes."""
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
    return {
        "version": 1,
        "files": files,
        "findings": rows,
        "placeholders": shortened(placeholders),
    }


def annotation(finding: Finding) -> str:
    """A workflow command that GitHub shows beside the line."""
    title = f"{finding.code} {finding.rule.name}"
    return workflow_command("error", finding.path, finding.line, title, message_and_fix(finding))


def sarif_log(findings: Sequence[Finding]) -> dict[str, Any]:
    """A log in SARIF 2.1.0 (OASIS), for code scanning."""
    codes = list(RULES)
    rules = [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.summary},
            "help": {"text": rule.fix},
            "defaultConfiguration": {"level": "error"},
        }
        for rule in RULES.values()
    ]
    results = [
        {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": "error",
            "message": {"text": message_and_fix(finding)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {
                            "uri": quote(Path(shown_path(finding.path)).as_posix())
                        },
                        "region": {"startLine": finding.line},
                    }
                }
            ],
        }
        for finding in findings
    ]
    driver = {"name": "llmcassette", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF, "version": "2.1.0", "runs": [run]}


def full_message(finding: Finding) -> str:
    place = "" if finding.interaction is None else f"interaction {finding.interaction}: "
    return f"{place}{finding.message}"


def message_and_fix(finding: Finding) -> str:
    return f"{full_message(finding)}. Fix: {finding.fix}"
