"""The gate: searches everything that is about to be written for secrets, and replaces them."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from llmcassette.model import Headers, Interaction
from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.documents import is_media
from llmcassette.redaction.edits import (
    MARK_BYTES,
    MARK_IN_AUTHORITY,
    Edit,
    apply_edits,
    merged,
    recut,
)
from llmcassette.redaction.findings import Finding
from llmcassette.redaction.headers import with_content_length
from llmcassette.redaction.hits import Hit, edits_of, hits
from llmcassette.redaction.safe_edits import edit_adjuster
from llmcassette.redaction.urls import AUTHORITY, scrub_url
from llmcassette.streams.bounds import ExpandsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmcassette.model import Request, Response
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.secrets import Secrets

__all__ = ["Sealed", "scan", "scrub_text", "seal"]


class Sealed(NamedTuple):
    """An interaction with its secrets replaced, and what was found.

    Write it only if every finding is ``redactable``: the other secrets are still in it.
    """

    interaction: Interaction
    findings: tuple[Finding, ...]


def scan(interaction: Interaction, secrets: Secrets) -> tuple[Finding, ...]:
    """The findings of ``seal``."""
    return seal(interaction, secrets).findings


def seal(interaction: Interaction, secrets: Secrets) -> Sealed:
    """Replace every secret in an interaction, also encoded ones and those split over events.

    Headers, URLs, forms and bodies are searched as they are, with JSON and percent escapes decoded,
    with Base64 decoded, and in streams with the strings of the events joined. JSON stays valid, and
    all other bytes stay the same. Of a split secret the first piece becomes the marker, the others
    become empty.

    Raises:
        CassetteError: a compressed body decodes to more than ``secrets.bounds``.
    """
    gate = Gate(interaction, secrets)
    request = gate.request(interaction.request)
    response = gate.response(interaction.response)
    if not gate.findings:
        return Sealed(interaction, ())
    return Sealed(
        Interaction(interaction.id, request, response, interaction.redacted), tuple(gate.findings)
    )


def scrub_text(text: str, secrets: Secrets) -> str:
    """A text without secrets and without credentials in its URLs, for messages."""
    data = text.encode("utf-8", "surrogatepass")
    edits = merged(edit for hit in hits(data, "text", secrets) for edit in edits_of(hit))
    return scrub_url(apply_edits(data, edits).decode("utf-8", "surrogatepass"))


class Gate:
    """The search in one interaction; collects the findings."""

    def __init__(self, interaction: Interaction, secrets: Secrets) -> None:
        self.interaction = interaction
        self.secrets = secrets
        self.findings: list[Finding] = []
        texts = "\n".join(filter(None, short_texts(interaction)))
        data = texts.encode("utf-8", "surrogatepass")
        self.any_in_short_texts = next(hits(data, "text", secrets), None) is not None

    def request(self, request: Request) -> Request:
        changes: dict[str, object] = {}
        if self.any_in_short_texts:
            changes = {
                "url": self.text("request.url", request.url, is_url=True),
                "host": self.text("request.host", request.host, is_host=True),
                "request_uri": self.text("request.request_uri", request.request_uri),
                "headers": self.headers("request.headers", request.headers),
                "trailer": self.headers("request.trailer", request.trailer),
                "form": self.headers("request.form", request.form),
            }
        edits = self.body("request.body", request.body, request.headers)
        if edits:
            changes |= body_changes(request.body, request.content_length, edits)
        return replace(request, **changes) if changes else request  # type: ignore[arg-type]

    def response(self, response: Response) -> Response:
        changes: dict[str, object] = {}
        if self.any_in_short_texts:
            changes = {
                "status": self.text("response.status", response.status),
                "headers": self.headers("response.headers", response.headers),
                "trailer": self.headers("response.trailer", response.trailer),
            }
        edits = self.body("response.body", response.body, response.headers)
        if edits:
            changes |= body_changes(response.body, response.content_length, edits)
            if response.chunks is not None:
                changes["chunks"] = recut(response.chunks, edits)
        result = replace(response, **changes) if changes else response  # type: ignore[arg-type]
        headers = with_content_length(result.headers, len(response.body), len(result.body))
        return result if headers is result.headers else replace(result, headers=headers)

    def text(self, field: str, text: str, *, is_url: bool = False, is_host: bool = False) -> str:
        data = text.encode("utf-8", "surrogatepass")
        authority = AUTHORITY.match(text) if is_url else None
        authority_end = len(text[: authority.end()].encode()) if authority else 0
        edits: list[Edit] = []
        for hit in self.reported(field, data, hits(data, "text", self.secrets)):
            in_authority = is_host or hit.spans[0][0] < authority_end
            edits += edits_of(hit, MARK_IN_AUTHORITY.encode() if in_authority else MARK_BYTES)
        return apply_edits(data, merged(edits)).decode("utf-8", "surrogatepass")

    def headers(self, field: str, headers: Headers) -> Headers:
        return Headers(
            [
                (name, tuple(self.text(f"{field}.{name}", value) for value in values))
                for name, values in headers.fields
            ]
        )

    def body(self, field: str, body: bytes, headers: Headers) -> list[Edit]:
        in_each = field == "request.body"

        def find(text: bytes, kind: BodyKind) -> list[Edit]:
            return replacing(text, kind, list(hits(text, kind, self.secrets)))

        def replacing(text: bytes, kind: BodyKind, found: list[Hit]) -> list[Edit]:
            if not found:
                return []
            adjust = edit_adjuster(text, kind)
            edits: list[Edit] = []
            for hit in self.reported(field, text, found, adjust):
                edits += hit.edits or [
                    adjust(edit) or edit for edit in edits_of(hit, in_each=in_each)
                ]
            return edits

        content_type = headers.get("content-type", "")
        if is_media(body, content_type):  # known values only: it decodes to no text
            values = self.secrets.find_values(body)
            return replacing(
                body, "binary", [Hit([(start, end)], kind) for start, end, kind in values]
            )
        try:
            return edit_body(body, content_type, find, self.secrets.bounds)
        except ExpandsError as error:
            raise error.at(field=field) from None

    def reported(
        self,
        field: str,
        text: bytes,
        found: Iterable[Hit],
        adjust: Callable[[Edit], Edit | None] | None = None,
    ) -> Iterator[Hit]:
        """Add a finding for each hit outside earlier ones; yield those that can be replaced."""
        seen: list[tuple[int, int]] = []
        for hit in found:
            inside = [within(span, seen) for span in hit.spans]
            if all(inside) or (not hit.is_whole and (len(inside) == 1 or any(inside))):
                continue
            for span in hit.spans:
                insort(seen, span)
            offset = hit.spans[0][0]
            problem = ""
            if (
                adjust is not None
                and not hit.edits
                and not all(adjust(edit) for edit in edits_of(hit))
            ):
                problem = "it cannot be replaced without breaking the body"
            line = text.count(b"\n", 0, offset) + 1
            self.findings.append(
                Finding(self.interaction.id, field, hit.kind, offset, line, problem)
            )
            if not problem:
                yield hit


def short_texts(interaction: Interaction) -> Iterator[str]:
    """All fields but the bodies. They are searched together first: most contain no secret."""
    request, response = interaction.request, interaction.response
    yield from (request.url, request.host, request.request_uri, response.status)
    for headers in (
        request.headers,
        request.trailer,
        request.form,
        response.headers,
        response.trailer,
    ):
        for _, values in headers.fields:
            yield from values


def within(span: tuple[int, int], seen: list[tuple[int, int]]) -> bool:
    """Whether one of the sorted spans contains this one."""
    start, end = span
    index = bisect_right(seen, start, key=itemgetter(0)) - 1
    return index >= 0 and end <= seen[index][1]


def body_changes(body: bytes, content_length: int, edits: list[Edit]) -> dict[str, object]:
    """The edited body; and its ``content_length``, if the old one was right."""
    edited = apply_edits(body, edits)
    return {
        "body": edited,
        "content_length": len(edited) if content_length == len(body) else content_length,
    }
