"""What redaction did to an interaction, in words that name no value."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.model import Headers
from llmcassette.redaction import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llmcassette.model import Interaction, Request, Response
    from llmcassette.redaction import Sealed

__all__ = ["changes", "held_back"]

_FOLLOWING = frozenset({"content_length", "chunks"})
"""Fields that only follow a body."""


def held_back(sealed: Sealed, position: int, path: Path | None) -> None:
    """Refuse what still has a secret.

    Raises:
        CassetteError: a secret stands where it cannot be replaced.
    """
    for finding in sealed.findings:
        if not finding.redactable:
            raise CassetteError(
                f"{finding.kind}; {finding.problem}",
                path=path,
                interaction=position,
                field=finding.field,
            )


def changes(before: Interaction, after: Interaction) -> Iterator[str]:
    """Such as ``request.headers: Authorization, Cookie left out``."""
    if before is after:
        return
    yield from _changes("request", before.request, after.request)
    yield from _changes("response", before.response, after.response)


def _changes(side: str, before: Request | Response, after: Request | Response) -> Iterator[str]:
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old == new or each.name in _FOLLOWING:
            continue
        place = f"{side}.{each.name}"
        if isinstance(old, Headers) and isinstance(new, Headers):
            gone = [name for name, _ in old.fields if name not in new]
            if gone:
                yield f"{place}: {', '.join(gone)} left out"
            changed = [name for name, _ in new.fields if old.get_list(name) != new.get_list(name)]
            if changed:
                yield f"{place}: {', '.join(changed)} redacted"
        elif isinstance(old, bytes) and isinstance(new, bytes):
            count = new.count(MARK.encode()) - old.count(MARK.encode())
            values = "1 value" if count == 1 else f"{count} values"
            yield f"{place}: {values} redacted" if count > 0 else f"{place}: redacted"
        else:
            yield f"{place}: redacted"
