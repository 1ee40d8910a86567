"""Replaces personal data by numbered stand-ins: the same value by the same one, everywhere.

In matching all values of a kind are equal: ``comparable_request`` gives each the same stand-in. So
a request with a person's address finds the recording, where ``user-1@example.com`` stands; also one
that has the address in one place, and the stand-in from a replayed answer in another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.model import Headers, Interaction
from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.credential_names import normalised
from llmcassette.redaction.edits import Edit, apply_edits, merged, recut
from llmcassette.redaction.findings import Finding
from llmcassette.redaction.interactions import redact_request, with_length
from llmcassette.redaction.personal_search import StandIns, hits, stand_ins_in
from llmcassette.redaction.safe_edits import edit_adjuster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmcassette.model import Request, Response
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.settings import Redaction

__all__ = [
    "StandIns",
    "comparable_request",
    "personal_findings",
    "replace_personal_data",
    "taken_stand_ins",
]


def replace_personal_data(interaction: Interaction, stand_ins: StandIns) -> Interaction:
    """The interaction with stand-ins; the same object if it has no personal data."""
    if not stand_ins.kinds:
        return interaction
    request = replaced_in_request(interaction.request, stand_ins)
    response = replaced_in_response(interaction.response, stand_ins)
    if request == interaction.request and response == interaction.response:
        return interaction
    return Interaction(interaction.id, request, response, interaction.redacted)


def taken_stand_ins(interactions: Iterable[Interaction], redaction: Redaction) -> frozenset[str]:
    """The stand-ins that are in a file: a new value must get another one."""
    found: set[str] = set()

    def collect(text: bytes, kind: BodyKind) -> list[Edit]:
        found.update(stand_ins_in(text, kind, redaction))
        return []

    for one in interactions if redaction.personal_kinds else ():
        for message in (one.request, one.response):
            for _, text in texts_of(message):
                collect(text.encode("utf-8", "surrogatepass"), "text")
            content_type = message.headers.get("content-type", "")
            edit_body(message.body, content_type, collect, redaction.bounds)
    return frozenset(found)


def comparable_request(request: Request, redaction: Redaction) -> Request:
    """The request redacted, with all personal data of a kind alike; for matching.

    Raises:
        CassetteError: see ``redact_request``.
    """
    return replaced_in_request(redact_request(request, redaction), StandIns(redaction, alike=True))


def personal_findings(interaction: Interaction, redaction: Redaction) -> Iterator[Finding]:
    """The personal data that is left in an interaction."""
    stand_ins = StandIns(redaction)
    if not stand_ins.kinds:
        return
    for side in ("request", "response"):
        message: Request | Response = getattr(interaction, side)
        for name, text in texts_of(message):
            for _, _, kind, _ in stand_ins.find(text.encode("utf-8", "surrogatepass")):
                yield Finding(interaction.id, f"{side}.{name}", kind.label, 0, 1, is_personal=True)
        yield from body_findings(interaction.id, f"{side}.body", message, stand_ins)


def body_findings(
    interaction: int, field: str, message: Request | Response, stand_ins: StandIns
) -> list[Finding]:
    found: list[Finding] = []

    def find(text: bytes, kind: BodyKind) -> list[Edit]:
        for hit in hits(text, kind, stand_ins):
            at = hit.spans[0][0]
            line = text.count(b"\n", 0, at) + 1
            found.append(Finding(interaction, field, hit.kind.label, at, line, is_personal=True))
        return []

    edit_body(message.body, message.headers.get("content-type", ""), find, stand_ins.bounds)
    return found


def texts_of(message: Request | Response) -> Iterator[tuple[str, str]]:
    for name in ("url", "request_uri"):
        if text := getattr(message, name, ""):
            yield name, text
    for name in ("headers", "trailer", "form"):
        for header, value in getattr(message, name, Headers()).multi_items():
            yield f"{name}.{header}", value


def replaced_in_request(request: Request, stand_ins: StandIns) -> Request:
    changed = replace(
        request,
        url=replaced_text(request.url, stand_ins),
        request_uri=replaced_text(request.request_uri, stand_ins),
        headers=replaced_headers(request.headers, stand_ins),
        trailer=replaced_headers(request.trailer, stand_ins),
        form=replaced_headers(request.form, stand_ins, are_fields=True),
        body=apply_edits(request.body, body_edits(request, stand_ins)),
    )
    return with_length(request, changed)


def replaced_in_response(response: Response, stand_ins: StandIns) -> Response:
    headers = replaced_headers(response.headers, stand_ins)
    edits = body_edits(response, stand_ins)
    changed = replace(
        response,
        headers=headers,
        trailer=replaced_headers(response.trailer, stand_ins),
        body=apply_edits(response.body, edits),
        chunks=response.chunks if response.chunks is None else recut(response.chunks, edits),
    )
    return with_length(response, changed)


def replaced_text(text: str, stand_ins: StandIns) -> str:
    data = text.encode("utf-8", "surrogatepass")
    edits = merged(Edit(start, end, new) for start, end, _, new in stand_ins.find(data))
    return apply_edits(data, edits).decode("utf-8", "surrogatepass") if edits else text


def replaced_headers(headers: Headers, stand_ins: StandIns, *, are_fields: bool = False) -> Headers:
    """The headers with stand-ins; ``are_fields``: they are a form's fields, which count by name."""

    def replaced(name: str, value: str) -> str:
        for kind in stand_ins.kinds if are_fields and value else ():
            if normalised(name) in kind.fields:
                return stand_ins.of(kind, value) or value
        return replaced_text(value, stand_ins)

    return Headers(
        [
            (name, tuple(replaced(name, value) for value in values))
            for name, values in headers.fields
        ]
    )


def body_edits(message: Request | Response, stand_ins: StandIns) -> list[Edit]:
    def find(text: bytes, kind: BodyKind) -> list[Edit]:
        found = list(hits(text, kind, stand_ins))
        if not found:
            return []
        adjust = edit_adjuster(text, kind)
        edits: list[Edit] = []
        for hit in found:
            (start, end), *others = hit.spans
            wanted = [Edit(start, end, hit.stand_in), *(Edit(*span, b"") for span in others)]
            adjusted: list[Edit | None] = [
                edit if hit.is_whole else adjust(edit) for edit in wanted
            ]
            # An edit that would break the body is left out; ``check`` finds what is left.
            if [edit and edit.text for edit in adjusted] == [edit.text for edit in wanted]:
                edits += [edit for edit in adjusted if edit is not None]
        return edits

    return edit_body(message.body, message.headers.get("content-type", ""), find, stand_ins.bounds)
