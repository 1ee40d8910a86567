"""Redacts requests, responses and interactions: functions, headers, URLs, forms and bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from llmcassette.errors import CassetteError
from llmcassette.formats.go_forms import parsed_form
from llmcassette.model import Headers, Interaction, Request, Response
from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.credential_names import is_credential_parameter, normalised
from llmcassette.redaction.documents import is_media
from llmcassette.redaction.edits import MARK, MARK_IN_AUTHORITY, Edit, apply_edits, recut
from llmcassette.redaction.field_values import named_values
from llmcassette.redaction.fields import field_edits
from llmcassette.redaction.headers import (
    kept_of_request,
    kept_of_response,
    with_content_length,
)
from llmcassette.redaction.message_types import wrong_field
from llmcassette.redaction.urls import scrub_url
from llmcassette.streams.bounds import ExpandsError

if TYPE_CHECKING:
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.settings import Redaction

__all__ = ["redact_interaction", "redact_request", "redact_response", "with_length"]

Message = TypeVar("Message", Request, Response)


def redact_interaction(interaction: Interaction, redaction: Redaction) -> Interaction:
    """The interaction redacted; the same object if nothing changes. Idempotent.

    Raises:
        CassetteError: see ``redact_request``.
    """
    request = redact_request(interaction.request, redaction)
    response = redact_response(interaction.response, redaction)
    if request is interaction.request and response is interaction.response:
        return interaction
    return Interaction(interaction.id, request, response, interaction.redacted)


def redact_request(request: Request, redaction: Redaction) -> Request:
    """The request with the headers that are recorded; URL, form and body redacted.

    Raises:
        CassetteError: a redaction function failed or did not return a request, or a body is nested
            too deeply for a JSONPath.
    """
    changed = run_functions(request, redaction)
    names = redaction.field_names
    spared = redaction.spared_names
    body = redact_body(changed, redaction, request)
    result = replace(
        changed,
        url=scrub_url(changed.url, names, spared),
        request_uri=scrub_url(changed.request_uri, names, spared),
        host=scrub_host(changed.host),
        headers=kept_of_request(changed.headers, redaction),
        trailer=kept_of_request(changed.trailer, redaction),
        form=redact_form(changed.form, names, spared),
        body=apply_edits(changed.body, body),
    )
    if changed.form and changed.form == parsed_form(changed):
        result = replace(result, form=parsed_form(result))
    result = with_length(changed, result)
    return request if result == request else result


def redact_response(response: Response, redaction: Redaction) -> Response:
    """The response with the headers that are recorded; body and chunk sizes redacted.

    Raises:
        CassetteError: see ``redact_request``.
    """
    changed = run_functions(response, redaction)
    edits = redact_body(changed, redaction, response)
    fakes: frozenset[str] = frozenset()
    if changed.headers is not response.headers:
        fakes = frozenset(changed.headers.get_list("set-cookie"))
        fakes -= frozenset(response.headers.get_list("set-cookie"))
    result = replace(
        changed,
        headers=kept_of_response(changed.headers, redaction, fakes),
        trailer=kept_of_response(changed.trailer, redaction),
        body=apply_edits(changed.body, edits),
        chunks=changed.chunks if changed.chunks is None else recut(changed.chunks, edits),
    )
    result = with_length(changed, result)
    return response if result == response else result


def redact_body(
    message: Request | Response, redaction: Redaction, before: Request | Response
) -> list[Edit]:
    """The edits that redact a body's fields.

    Args:
        message: after the user's functions.
        redaction: the settings.
        before: the message before. A secret's place in which a function has put another value is
            not redacted: that value is a fake, which the client may have to understand.
    """
    if is_media(message.body, message.headers.get("content-type", "")):
        return []
    real: set[str] | None = None
    if message.body != before.body:
        found = real = set()

        def collect(text: bytes, kind: BodyKind) -> list[Edit]:
            found.update(one.text for one in named_values(text, kind, redaction.field_names))
            return []

        edit_body(before.body, before.headers.get("content-type", ""), collect, redaction.bounds)
    try:
        return edit_body(
            message.body,
            message.headers.get("content-type", ""),
            lambda text, kind: field_edits(text, kind, redaction, real),
            redaction.bounds,
        )
    except ExpandsError as error:
        side = "request" if isinstance(message, Request) else "response"
        raise error.at(field=f"{side}.body") from None


def redact_form(form: Headers, names: frozenset[str], spared: frozenset[str]) -> Headers:
    """The form that go-vcr stores beside the body; it repeats the URL's query, too."""
    return Headers(
        [
            (name, tuple(MARK if value else value for value in values))
            if normalised(name) not in spared and is_credential_parameter(name, names)
            else (name, values)
            for name, values in form.fields
        ]
    )


def scrub_host(host: str) -> str:
    _, at, name = host.rpartition("@")
    return f"{MARK_IN_AUTHORITY}@{name}" if at else host


def run_functions(message: Message, redaction: Redaction) -> Message:
    """The message after the user's functions.

    If they change the body but not its chunks, the chunk sizes are adapted. The change is then one
    edit, from the first byte that differs to the last.
    """
    result = message
    for function in redaction.functions:
        name = getattr(function, "__qualname__", repr(function))
        try:
            returned = function(result)
        except Exception as error:
            raise CassetteError(
                f"the redaction function {name} failed with {type(error).__name__}; nothing was"
                " written"
            ) from error
        if not isinstance(returned, type(message)):
            raise CassetteError(
                f"the redaction function {name} returned {type(returned).__name__} for a"
                f" {type(message).__name__}; it must return the {type(message).__name__}, changed"
                " or not"
            )
        if wrong := wrong_field(returned):
            raise CassetteError(
                f"the redaction function {name} returned a {type(message).__name__} whose {wrong}"
            )
        result = returned
    if result.body == message.body:
        return result
    if (
        isinstance(result, Response)
        and isinstance(message, Response)
        and result.chunks is not None
        and result.chunks == message.chunks
    ):
        change = difference(message.body, result.body)
        result = replace(result, chunks=recut(result.chunks, [change]))
    return with_length(message, result)


def difference(old: bytes, new: bytes) -> Edit:
    """The edit that turns ``old`` into ``new``."""
    start = 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shorter - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Edit(start, len(old) - tail, new[start : len(new) - tail])


def with_length(old: Message, new: Message) -> Message:
    """``new`` with a right ``content_length``, if that of ``old`` was right."""
    if old.content_length == len(old.body) and new.content_length == old.content_length:
        new = replace(new, content_length=len(new.body))
    headers = with_content_length(new.headers, len(old.body), len(new.body))
    return new if headers is new.headers else replace(new, headers=headers)
