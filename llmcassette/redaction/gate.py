"""The gate: the last look at what is about to be written, whatever was redacted before."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from llmcassette.model import Headers, Interaction
from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.edits import (
    MARK_BYTES,
    MARK_IN_AUTHORITY,
    Edit,
    apply_edits,
    merged,
    recut,
)
from llmcassette.redaction.fitting import fitter
from llmcassette.redaction.joined import joined, joined_text
from llmcassette.redaction.urls import AUTHORITY, scrub_url
from llmcassette.redaction.views import Slice, View, decodings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmcassette.model import Request, Response
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.secrets import Secrets

__all__ = ["Finding", "Sealed", "scan", "scrub_text", "seal"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret in what was to be written. It names the place and the kind, never the value.

    Attributes:
        interaction: its id.
        field: dotted name of the field, such as ``response.body``.
        kind: such as ``the value of OPENAI_API_KEY`` or ``an Anthropic key``.
        offset: in the field, in bytes; in a compressed or framed body, of what it holds.
        line: the same as a line, from 1.
        problem: why it could not be replaced; empty where it was.
    """

    interaction: int
    field: str
    kind: str
    offset: int
    line: int
    problem: str = ""

    @property
    def redactable(self) -> bool:
        return not self.problem

    def __str__(self) -> str:
        place = f"interaction {self.interaction}, {self.field}"
        if self.field.endswith("body"):
            place += f", line {self.line} (byte {self.offset})"
        return f"{place}: {self.kind}" + (f"; {self.problem}" if self.problem else "")


class Sealed(NamedTuple):
    """An interaction as it may be written, and what was found in it.

    It may be written only if every finding is ``redactable``: the others are still in it.
    """

    interaction: Interaction
    findings: tuple[Finding, ...]


class Hit(NamedTuple):
    """A secret in a text: the spans it stands in, more than one where events cut it."""

    spans: list[tuple[int, int]]
    kind: str


def scan(interaction: Interaction, secrets: Secrets) -> tuple[Finding, ...]:
    """What ``seal`` finds."""
    return seal(interaction, secrets).findings


def seal(interaction: Interaction, secrets: Secrets) -> Sealed:
    """Replace every secret in an interaction, in whatever spelling, split over events or not.

    Header values, URLs, forms and bodies are read as they are, with JSON's and URL's escapes
    decoded and Base64 decoded, and streams also with the strings of their events joined. JSON stays
    valid and all else as it was, to the byte. Of a secret that events cut the first piece becomes
    the mark, the others empty.
    """
    gate = Gate(interaction, secrets)
    request = gate.request(interaction.request)
    response = gate.response(interaction.response)
    if not gate.findings:
        return Sealed(interaction, ())
    return Sealed(Interaction(interaction.id, request, response), tuple(gate.findings))


def scrub_text(text: str, secrets: Secrets) -> str:
    """A message without secrets, and without credentials in the URLs it names."""
    data = text.encode("utf-8", "surrogatepass")
    edits = merged(edit for hit in hits(data, "text", secrets) for edit in edits_of(hit))
    return scrub_url(apply_edits(data, edits).decode("utf-8", "surrogatepass"))


def hits(text: bytes, kind: BodyKind, secrets: Secrets) -> Iterator[Hit]:
    yield from hits_in(Slice(text), secrets)
    if next(hits_in(Slice(joined_text(text, kind)), secrets), None):
        for stream in joined(text, kind):
            yield from hits_in(stream, secrets)


def hits_in(source: View, secrets: Secrets) -> Iterator[Hit]:
    for view in decodings(source, escapes=secrets.need_escapes):
        for start, end, what in secrets.find(view.text):
            yield Hit(view.locate(start, end), what)


def edits_of(hit: Hit, mark: bytes = MARK_BYTES) -> list[Edit]:
    (start, end), *others = hit.spans
    return [Edit(start, end, mark), *(Edit(*span, b"") for span in others)]


class Gate:
    """One interaction's way through."""

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
        return replace(response, **changes) if changes else response  # type: ignore[arg-type]

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
        def find(text: bytes, kind: BodyKind) -> list[Edit]:
            found = list(hits(text, kind, self.secrets))
            if not found:
                return []
            fit = fitter(text, kind)
            edits: list[Edit] = []
            for hit in self.reported(field, text, found, fit):
                edits += [fit(edit) or edit for edit in edits_of(hit)]
            return edits

        return edit_body(body, headers.get("content-type", ""), find)

    def reported(
        self,
        field: str,
        text: bytes,
        found: Iterable[Hit],
        fit: Callable[[Edit], Edit | None] | None = None,
    ) -> Iterator[Hit]:
        """Each hit that can be replaced; a finding is made of each but those inside another."""
        seen: list[tuple[int, int]] = []
        for hit in found:
            if all(within(span, seen) for span in hit.spans):
                continue
            for span in hit.spans:
                insort(seen, span)
            offset = hit.spans[0][0]
            problem = ""
            if fit is not None and not all(fit(edit) for edit in edits_of(hit)):
                problem = (
                    "it stands where it cannot be replaced without breaking the body; leave it out"
                    " with a redaction function"
                )
            line = text.count(b"\n", 0, offset) + 1
            self.findings.append(
                Finding(self.interaction.id, field, hit.kind, offset, line, problem)
            )
            if not problem:
                yield hit


def short_texts(interaction: Interaction) -> Iterator[str]:
    """All but the bodies; looked through at once, since most hold nothing."""
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
    """Whether the last of the sorted spans that begins no later holds this one."""
    start, end = span
    index = bisect_right(seen, start, key=itemgetter(0)) - 1
    return index >= 0 and end <= seen[index][1]


def body_changes(body: bytes, content_length: int, edits: list[Edit]) -> dict[str, object]:
    """The new body; ``content_length`` follows where it was right."""
    edited = apply_edits(body, edits)
    return {
        "body": edited,
        "content_length": len(edited) if content_length == len(body) else content_length,
    }
