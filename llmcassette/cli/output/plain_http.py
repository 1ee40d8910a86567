"""An interaction as plain HTTP: what is no conversation with a model, and ``--raw``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from llmcassette.cli.output.lines import Row, printable
from llmcassette.cli.output.words import joined, seconds, size
from llmcassette.matching.difference.text import preview
from llmcassette.providers.jsonvalue import parse
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.cli.output.lines import Block
    from llmcassette.json.value import JsonValue
    from llmcassette.model import Headers, Interaction

__all__ = ["hexadecimal", "http_blocks", "raw_lines", "text_of"]

BODY_LINES: Final = 4
BODY_START: Final = 400


def http_blocks(
    interaction: Interaction, *, full: bool = False, stable: bool = False, request: bool = True
) -> Iterator[Block]:
    """Types, sizes, and the beginning of the bodies."""
    sent, got = interaction.request, interaction.response
    if request and sent.body:
        told = joined([sent.headers.get("content-type", ""), size(len(sent.body))])
        yield Row("request", [(printable(told), "dim")])
        yield body_row(sent.body, full=full)
    told = joined(
        [
            printable(got.status or str(got.code)),
            printable(got.headers.get("content-type", "")),
            size(len(got.body)) if got.body else "no body",
            seconds(got.duration) if got.duration and not stable else "",
        ]
    )
    yield Row("response", [(told, "error" if got.code >= 400 else "dim")])
    if got.body:
        yield body_row(got.body, full=full)


def body_row(body: bytes, *, full: bool) -> Row:
    """The beginning of a body; JSON on one line."""
    text = text_of(body)
    if text is None:
        return Row("", [(hexadecimal(body), "dim")])
    value = parse(body)
    if isinstance(value, (dict, list)) and not full:
        return Row("", [(preview(cast("JsonValue", value), BODY_START), "")], limit=BODY_LINES)
    return Row("", [(printable(text.strip()), "")], limit=BODY_LINES)


def text_of(body: bytes) -> str | None:
    """The text, if it is one."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def hexadecimal(body: bytes) -> str:
    """The first bytes."""
    return f"{body[:16].hex(' ')}{' …' if len(body) > 16 else ''}"


def raw_lines(interaction: Interaction) -> Iterator[str]:
    """Request and response as HTTP/1.1 would write them; credentials are left out."""
    sent, got = interaction.request, interaction.response
    yield printable(f"{sent.method or 'GET'} {scrub_url(sent.url)} {sent.proto}")
    yield from header_lines(sent.headers)
    yield ""
    yield from body_lines(sent.body)
    if sent.body:
        yield ""
    yield printable(f"{got.proto} {got.status or got.code}")
    yield from header_lines(got.headers)
    yield ""
    yield from body_lines(got.body)


def header_lines(headers: Headers) -> Iterator[str]:
    for name, value in headers.multi_items():
        shown = "[REDACTED]" if carries_credentials(name) else scrub_url(value)
        yield printable(f"{name}: {shown}")


def body_lines(body: bytes) -> Iterator[str]:
    if not body:
        return
    text = text_of(body)
    if text is None:
        yield f"({size(len(body))}: {hexadecimal(body)})"
    else:
        yield from printable(text).removesuffix("\n").split("\n")
