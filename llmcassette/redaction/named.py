"""Names the secrets that ``redact_interaction`` removes, for ``check``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.documents import documents
from llmcassette.redaction.edits import MARK
from llmcassette.redaction.field_values import named_values
from llmcassette.redaction.fields import selected_edits
from llmcassette.redaction.findings import Finding
from llmcassette.redaction.gate import scan
from llmcassette.redaction.interactions import redact_interaction
from llmcassette.redaction.placeholders import LEAST_OF_KNOWN, is_placeholder
from llmcassette.redaction.urls import credentials_in_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Headers, Interaction, Request, Response
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.edits import Edit
    from llmcassette.redaction.secrets import Secrets
    from llmcassette.redaction.settings import Redaction

__all__ = ["find_secrets"]

SIGNED: Final = ("AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 ", "Digest ")
"""How an ``Authorization`` begins that is valid for one request only."""


def find_secrets(
    interaction: Interaction, secrets: Secrets, redaction: Redaction
) -> tuple[Finding, ...]:
    """Every secret that recording would not have written.

    Raises:
        ExpandsError: a compressed body decodes to more than its bounds.
        CassetteError: see ``redact_interaction``.
    """
    found = scan(interaction, secrets)
    places = {(one.field, one.offset) for one in found}
    fields = {one.field for one in found}
    named = []
    for one, end in named_secrets(interaction, redaction):
        if one.field.endswith("body"):
            is_new = not any(
                field == one.field and one.offset <= offset < end for field, offset in places
            )
        else:
            is_new = one.field not in fields
        if is_new:
            named.append(one)
    return (*found, *named)


def named_secrets(interaction: Interaction, redaction: Redaction) -> Iterator[tuple[Finding, int]]:
    """A finding for each value that is a secret for its place, and where the value ends."""
    redacted = redact_interaction(interaction, redaction)
    if redacted is interaction:
        return
    request, response = interaction.request, interaction.response
    at = interaction.id
    if redacted.request.url != request.url:
        for place, value in credentials_in_url(request.url, redaction.field_names):
            if value != MARK and is_credential(value):
                yield Finding(at, "request.url", f"a credential ({place})", 0, 1), 0
    for side, message, after in (
        ("request", request, redacted.request),
        ("response", response, redacted.response),
    ):
        yield from named_headers(at, f"{side}.headers", message.headers, after.headers)
        if after.body != message.body:
            yield from named_fields(at, f"{side}.body", message, redaction)


def named_headers(
    at: int, field: str, before: Headers, after: Headers
) -> Iterator[tuple[Finding, int]]:
    """The headers that carry credentials, and those that have a URL with one."""
    for name in dict.fromkeys(name for name, _ in before.fields):
        values, left = before.get_list(name), after.get_list(name)
        is_replaced = any(MARK in one for one in left) and values != left
        if is_replaced or (
            not left and carries_credentials(name) and any(map(is_credential, values))
        ):
            is_signed = all(value.startswith(SIGNED) for value in values)
            kind = "the signature of a request" if is_signed else "a credential"
            yield Finding(at, f"{field}.{name}", kind, 0, 1), 0


def is_credential(value: str) -> bool:
    """Whether a value is more than ``true``, a number, ``Bearer test`` or the like."""
    return not is_placeholder(value, LEAST_OF_KNOWN)


def named_fields(
    at: int, field: str, message: Request | Response, redaction: Redaction
) -> Iterator[tuple[Finding, int]]:
    def collect(text: bytes, kind: BodyKind) -> list[Edit]:
        for value in named_values(text, kind, redaction.field_names):
            if is_credential(value.text):
                add(text, *value.spans[0], f"the value of the field {value.name}")
        for document in documents(text, kind) if redaction.jsonpaths else ():
            for edit in selected_edits(document, redaction.jsonpaths):
                add(text, edit.start, edit.end, "a value that redact_paths selects")
        return []

    def add(text: bytes, start: int, end: int, kind: str) -> None:
        line = text.count(b"\n", 0, start) + 1
        found.append((Finding(at, field, kind, start, line), end))

    found: list[tuple[Finding, int]] = []
    content_type = message.headers.get("content-type", "")
    edit_body(message.body, content_type, collect, redaction.bounds)
    yield from found
