"""Find what is wrong with a cassette without replaying it."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from llmcassette import formats, streams
from llmcassette.errors import CassetteError
from llmcassette.escaping import one_line
from llmcassette.model import CLOSED, WAITING
from llmcassette.providers import completion
from llmcassette.redaction import (
    Redaction,
    collect_secrets,
    find_secrets,
    placeholder_keys,
    spared_texts,
)
from llmcassette.redaction.personal_data import personal_findings
from llmcassette.review.check.places import Lines
from llmcassette.review.check.rules import RULES, Finding
from llmcassette.storage.age import committed, dated
from llmcassette.streams.codings import ExpandsError, verify_interaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta
    from pathlib import Path

    from llmcassette.model import Cassette, Interaction, Response
    from llmcassette.redaction import Finding as SecretFinding
    from llmcassette.redaction import Secrets

__all__ = ["MAX_SIZE", "Checker", "Options"]

MAX_SIZE: Final = 10_000_000
"""The default limit of a file, in bytes."""

_ENDED_RIGHTLY: Final = frozenset({"", CLOSED, WAITING})
"""Whole bodies, and those that the caller ended: it gets the same part, and reading on fails."""

REMOVE: Final = "take it out with `llmcassette redact PATH`"
"""The fix of what nobody can revoke."""


class RunReport(Protocol):
    """What is known of the last test run."""

    def used(self, path: Path) -> object | None:
        """What the run did with a cassette; ``None`` where no test opened it."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to check, and by which rules.

    Attributes:
        codes: the rules to apply, by their codes in ``RULES``.
        redaction: the project's rules for what counts as a secret.
        environ: the variables that hold the values of secrets.
        report: the last test run; ``None`` where it is not known.
        has_fakes: redaction functions may have put in what looks like a key; then only the values
            of ``environ`` are secrets.
        max_age: the greatest age of a recording; ``None`` for no limit.
        max_size: the greatest size of a file, in bytes.
        now: the time from which ages are counted.
    """

    codes: frozenset[str] = frozenset(RULES)
    redaction: Redaction = field(default_factory=Redaction)
    environ: Mapping[str, str] = field(default_factory=dict)
    report: RunReport | None = None
    max_age: timedelta | None = None
    has_fakes: bool = False
    max_size: int = MAX_SIZE
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


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
        found = (one for one in self._all(path, data) if one.code in self.options.codes)
        return sorted(found, key=lambda one: (one.line, one.code, one.interaction or 0))

    def _all(self, path: Path, data: bytes) -> Iterator[Finding]:
        if len(data) > self.options.max_size:
            yield Finding(
                rule=RULES["LC010"],
                path=path,
                message=f"{len(data):,} bytes, where {self.options.max_size:,} are allowed",
            )
        if self.options.report is not None and self.options.report.used(path) is None:
            yield Finding(
                rule=RULES["LC008"], path=path, message="no test of the last run opened it"
            )
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            yield Finding(
                rule=RULES["LC001"],
                path=path,
                message=f"not UTF-8: byte 0x{data[error.start]:02X} at offset {error.start}",
                line=1 + data.count(b"\n", 0, error.start),
            )
            return
        try:
            cassette = formats.read(text, path=path, lazy=True)
        except CassetteError as error:
            yield _unreadable(path, error)
            return
        file = _File(self.options, self._secrets, path, cassette)
        yield from file.findings()
        self.placeholders |= file.placeholders
        if cassette.interactions:
            yield from self._duplicate(path, cassette)

    def _duplicate(self, path: Path, cassette: Cassette) -> Iterator[Finding]:
        """Find a file with the same content, in whatever dialect it is written."""
        try:
            digest = _digest(cassette)
        except CassetteError:  # ``findings`` reports it
            return
        first = self._seen.setdefault(digest, path)
        if first is not path:
            yield Finding(
                rule=RULES["LC007"], path=path, message=f"has the same content as {first}"
            )


def _digest(cassette: Cassette) -> bytes:
    """Equal for files with the same content, in whatever dialect they are written."""
    found = hashlib.sha256()
    for one in cassette.interactions:
        for part in (one.request, one.response):
            fields = repr((replace(part, body=b""), len(part.body), one.redacted))
            found.update(fields.encode("utf-8", "surrogatepass"))
            found.update(part.body)
    return found.digest()


def _unreadable(path: Path, error: CassetteError) -> Finding:
    code = "LC002" if error.field == "version" else "LC001"
    named = code == "LC002" and error.problem.startswith("version")
    message = error.problem if named else _with_field(error)
    return Finding(
        rule=RULES[code],
        path=path,
        message=message,
        line=error.line or 1,
        interaction=error.interaction,
        field=error.field or "",
    )


def _with_field(error: CassetteError) -> str:
    return f"{error.field}: {error.problem}" if error.field else error.problem


class _File:
    """One readable cassette."""

    def __init__(self, options: Options, secrets: Secrets, path: Path, cassette: Cassette) -> None:
        self.options = options
        self.path = path
        self.cassette = cassette
        self.placeholders: set[str] = set()
        for interaction in cassette.interactions:
            with contextlib.suppress(ExpandsError):  # a body that decodes to too much: LC012
                own = collect_secrets({}, interaction.request, options.redaction)
                self.placeholders.update(own.placeholders)
                secrets |= own
        self.secrets = secrets

    @cached_property
    def lines(self) -> Lines:
        """Where in the file its fields are; most files have no finding that needs it."""
        return Lines(self.cassette)

    def findings(self) -> Iterator[Finding]:
        whole = True
        dates = []
        for position, interaction in enumerate(self.cassette.interactions):
            try:
                response = interaction.response
            except CassetteError as error:
                yield _unreadable(self.path, error)
                whole = False
                continue
            yield from self.interaction(position, interaction, response)
            dates.append(dated(response))
        yield from self.age([date for date in dates if date is not None])
        if whole:
            yield from self.round_trip()

    def at(
        self, code: str, message: str, position: int, field: str = "", inside: int = 1
    ) -> Finding:
        return Finding(
            rule=RULES[code],
            path=self.path,
            message=message,
            line=self.lines.of(position, field, inside),
            interaction=position,
            field=field,
        )

    def interaction(
        self, position: int, interaction: Interaction, response: Response
    ) -> Iterator[Finding]:
        if response.came and response.ended not in _ENDED_RIGHTLY:
            how = f"the body is not whole: it was cut by {one_line(response.ended)}"
            yield self.at("LC004", how, position, "response.ended")
        elif not response.ended and "LC003" in self.options.codes:
            yield from self.end(position, interaction, response)
        if response.chunks is not None:
            size = sum(chunk.size for chunk in response.chunks)
            if size != len(response.body):
                yield self.at(
                    "LC005",
                    f"the chunks are {size:,} bytes, the body is {len(response.body):,}",
                    position,
                    "response.chunks",
                )
        redaction = self.options.redaction
        try:
            verify_interaction(interaction, redaction.bounds)
            wanted = "LC006" in self.options.codes
            secrets = self.found_secrets(interaction) if wanted else ()
            secrets += tuple(personal_findings(interaction, redaction)) if wanted else ()
        except ExpandsError as error:
            yield self.at("LC012", error.problem, position, error.field or "")
        else:
            for secret in secrets:
                if self.options.has_fakes and not secret.kind.startswith("the value of"):
                    continue  # recording has searched it, and left what a function put in
                message = f"{one_line(secret.field)} holds {secret.kind}"
                if secret.problem:
                    message += f"; {secret.problem}"
                found = self.at("LC006", message, position, secret.field, secret.line)
                yield found if secret.is_revocable else replace(found, remedy=REMOVE)
            for text in (interaction.request.body, response.body):
                self.placeholders.update(placeholder_keys(text))

    def secrets_for(self, interaction: Interaction) -> Secrets:
        redaction = self.options.redaction
        if not redaction.keep_fields:
            return self.secrets
        spared = spared_texts(interaction, interaction, redaction)
        return replace(self.secrets, spared=spared)

    def found_secrets(self, interaction: Interaction) -> tuple[SecretFinding, ...]:
        secrets = self.secrets_for(interaction)
        return find_secrets(interaction, secrets, self.options.redaction)

    def end(self, position: int, interaction: Interaction, response: Response) -> Iterator[Finding]:
        answer = completion(interaction.request, response)
        if answer is None or answer.complete or answer.error is not None:
            return
        framing = streams.kind(response.body, response.headers.get("content-type"))
        what = (
            "the stream has no terminal event"
            if framing in ("sse", "ndjson", "eventstream")
            else "the document is cut"
        )
        yield self.at("LC003", f"{what} ({answer.provider})", position, "response.body")

    def age(self, dates: list[datetime]) -> Iterator[Finding]:
        if self.options.max_age is None:
            return
        recorded, source = (min(dates), "Date header") if dates else (committed(self.path), "git")
        if recorded is None or self.options.now - recorded <= self.options.max_age:
            return
        days, most = (self.options.now - recorded).days, self.options.max_age.days
        yield Finding(
            rule=RULES["LC009"],
            path=self.path,
            message=(
                f"recorded {recorded.date()} ({source}), {days} days ago, where {most} are allowed"
            ),
        )

    def round_trip(self) -> Iterator[Finding]:
        """Check that saving the file again would change no value."""
        if "LC011" not in self.options.codes:
            return
        cassette = self.cassette
        try:
            text = formats.emit(cassette.interactions, formats.dialect_of(cassette))
            if isinstance(cassette.source, formats.Source) and text == cassette.source.text:
                return
            again = formats.read(text).interactions
        except CassetteError as error:
            if error.interaction is None:
                yield Finding(rule=RULES["LC011"], path=self.path, message=str(error))
            else:
                yield self.at("LC011", _with_field(error), error.interaction, error.field or "")
            return
        for position, (ours, theirs) in enumerate(zip(cassette.interactions, again, strict=True)):
            if (ours.request, ours.response) != (theirs.request, theirs.response):
                yield self.at("LC011", "a value changes when the file is saved", position)
