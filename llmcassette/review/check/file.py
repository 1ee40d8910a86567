"""Checks one file, by all rules that need no other."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from llmcassette import formats, streams
from llmcassette.errors import CassetteError
from llmcassette.escaping import one_line
from llmcassette.json.broken import broken_json
from llmcassette.model import CLOSED, WAITING
from llmcassette.providers import completion
from llmcassette.redaction import collect_secrets, find_secrets, placeholder_keys, spared_texts
from llmcassette.redaction.personal_data import personal_findings
from llmcassette.review.check.places import Lines
from llmcassette.review.check.rules import RULES, Finding
from llmcassette.storage.age import committed, dated
from llmcassette.streams.bounds import ExpandsError
from llmcassette.streams.codings import verify_interaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from llmcassette.model import Cassette, Interaction, Response
    from llmcassette.redaction import Finding as SecretFinding
    from llmcassette.redaction import Secrets
    from llmcassette.review.check.options import Options

__all__ = ["File", "unreadable"]

ENDED_RIGHTLY: Final = frozenset({"", CLOSED, WAITING})
"""Whole bodies, and those that the caller ended: it gets the same part, and reading on fails."""

REMOVE: Final = "take it out with `llmcassette redact PATH`"
"""The fix of what nobody can revoke."""


def broke_off(ended: str) -> bool:
    """Whether a body ended by an error other than a time limit of its caller."""
    return ended not in ENDED_RIGHTLY and not ended.lower().endswith("timeout")


def unreadable(path: Path, error: CassetteError) -> Finding:
    code = "LC002" if error.field == "version" else "LC001"
    named = code == "LC002" and error.problem.startswith("version")
    message = error.problem if named else with_field(error)
    return Finding(
        rule=RULES[code],
        path=path,
        message=message,
        line=error.line or 1,
        interaction=error.interaction,
        field=error.field or "",
    )


def with_field(error: CassetteError) -> str:
    return f"{error.field}: {error.problem}" if error.field else error.problem


class File:
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
                yield unreadable(self.path, error)
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
        if response.came and broke_off(response.ended):
            how = f"the body is not whole: it was cut by {one_line(response.ended)}"
            yield self.at("LC004", how, position, "response.ended")
        elif not response.ended and "LC003" in self.options.codes:
            yield from self.end(position, interaction, response)
        yield from self.broken_request(position, interaction, response)
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
        if framing in ("sse", "ndjson", "eventstream"):
            what = "the stream has no terminal event"
        elif broken := broken_json(response.body.decode("utf-8", "replace")):
            what = f"the JSON is {broken}"
        else:
            what = "the document is cut"
        yield self.at("LC003", f"{what} ({answer.provider})", position, "response.body")

    def broken_request(
        self, position: int, interaction: Interaction, response: Response
    ) -> Iterator[Finding]:
        """A body that no server would have understood: somebody has edited it."""
        if response.code >= 400:
            return
        broken = broken_json(interaction.request.body.decode("utf-8", "replace"))
        if broken:
            yield self.at("LC001", f"the JSON of the request is {broken}", position, "request.body")

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
                yield self.at("LC011", with_field(error), error.interaction, error.field or "")
            return
        for position, (ours, theirs) in enumerate(zip(cassette.interactions, again, strict=True)):
            if (ours.request, ours.response) != (theirs.request, theirs.response):
                yield self.at("LC011", "a value changes when the file is saved", position)
