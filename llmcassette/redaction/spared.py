"""Redacts the interactions of a cassette, and finds the texts in them that are to be kept.

``keep_fields`` and redaction functions are decisions of the user: what they keep or put in is
neither redacted by another rule nor by the gate. The values of environment variables are, always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.credential_names import normalised
from llmcassette.redaction.field_values import named_values
from llmcassette.redaction.key_patterns import find_keys
from llmcassette.redaction.secrets import collect_secrets
from llmcassette.redaction.set_cookie import set_cookies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmcassette.model import Interaction, Request, Response
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.edits import Edit
    from llmcassette.redaction.secrets import Secrets
    from llmcassette.redaction.settings import Redaction

__all__ = ["secrets_of", "spared_texts"]


def secrets_of(
    pairs: Iterable[tuple[Interaction, Interaction]], known: Secrets, redaction: Redaction
) -> Secrets:
    """The secrets to search a cassette for.

    Args:
        pairs: each interaction before and after ``redact_interaction``.
        known: the values of environment variables.
        redaction: the settings.
    """
    spared: set[str] = set()
    found = collect_secrets({}, None, redaction)
    for before, after in pairs:
        spared |= spared_texts(before, after, redaction)
        found |= collect_secrets({}, before.request, redaction, before.response)
    return known | found.sparing(frozenset(spared))


def spared_texts(before: Interaction, after: Interaction, redaction: Redaction) -> frozenset[str]:
    """Values of ``keep_fields``, and keys that a redaction function has put in.

    Args:
        before: an interaction.
        after: the same after ``redact_interaction``; the same object for one that is in a file.
        redaction: the settings.
    """
    found: set[str] = set()
    if redaction.keep_fields:
        found |= {*kept_fields(after.request, redaction), *kept_fields(after.response, redaction)}
        cookies = set_cookies(after.response.headers)
        found |= {value for name, value in cookies if normalised(name) in redaction.spared_names}
    if redaction.functions and after is not before:
        found |= set(keys_in(after)) - set(keys_in(before))
    return frozenset(found)


def kept_fields(message: Request | Response, redaction: Redaction) -> Iterator[str]:
    def collect(text: bytes, kind: BodyKind) -> list[Edit]:
        found.extend(one.text for one in named_values(text, kind, redaction.spared_names))
        return []

    found: list[str] = []
    edit_body(message.body, message.headers.get("content-type", ""), collect, redaction.bounds)
    yield from found


def keys_in(interaction: Interaction) -> Iterator[str]:
    request, response = interaction.request, interaction.response
    headers = (*request.headers.multi_items(), *response.headers.multi_items())
    texts = (value.encode("utf-8", "surrogatepass") for _, value in headers)
    for text in (request.url.encode("utf-8", "surrogatepass"), request.body, response.body, *texts):
        for start, end, _ in find_keys(text):
            yield text[start:end].decode("utf-8", "replace")
