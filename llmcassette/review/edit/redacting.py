"""Applies the redaction of recording to a cassette."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from llmcassette import redaction as redacting
from llmcassette.errors import CassetteError
from llmcassette.model import Headers
from llmcassette.redaction.marked_places import with_marked_places
from llmcassette.redaction.personal_data import replace_personal_data, taken_stand_ins
from llmcassette.redaction.personal_search import StandIns
from llmcassette.review.edit.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmcassette.model import Cassette, Interaction, Request, Response
    from llmcassette.redaction import Redaction

__all__ = ["redacted"]

DERIVED: Final = frozenset({"content_length", "chunks"})
"""Fields that change only because the body does."""


def redacted(cassette: Cassette, redaction: Redaction, environ: Mapping[str, str]) -> Change | None:
    """Redact a cassette as recording would have; ``None`` if that changes nothing.

    Raises:
        CassetteError: a secret can't be replaced without breaking its body, or a body decodes to
            too much.
    """
    # Older releases recorded it; it is no secret.
    redaction = replace(redaction, keep_headers=(*redaction.keep_headers, "accept"))
    pairs: list[tuple[Interaction, Interaction]] = []
    for position, one in enumerate(cassette.interactions):
        try:
            pairs.append((one, redacting.redact_interaction(one, redaction)))
        except CassetteError as error:
            raise error.at(path=cassette.path, interaction=position) from error.__cause__
    known = redacting.collect_secrets(environ, None, redaction)
    secrets = redacting.secrets_of(pairs, known, redaction)
    taken = taken_stand_ins(cassette.interactions, redaction)
    stand_ins = StandIns(redaction, taken=taken)
    interactions: list[Interaction] = []
    details: list[str] = []
    for position, (interaction, redacted_one) in enumerate(pairs):
        sealed = redacting.seal(redacted_one, secrets)
        for finding in sealed.findings:
            if not finding.redactable:
                raise CassetteError(
                    f"{finding.kind}; {finding.problem}",
                    path=cassette.path,
                    interaction=position,
                    field=finding.field,
                )
        marked = with_marked_places(interaction, sealed.interaction)
        result = replace_personal_data(marked, stand_ins)
        interactions.append(result)
        changes = interaction_changes(interaction, result)
        details += [f"interaction {position}, {change}" for change in changes]
    if not details:
        return None
    return Change(replace(cassette, interactions=tuple(interactions)), tuple(details))


def interaction_changes(before: Interaction, after: Interaction) -> Iterator[str]:
    """What was redacted, without values: ``request.headers: Authorization, Cookie removed``."""
    if before is after:
        return
    yield from field_changes("request", before.request, after.request)
    yield from field_changes("response", before.response, after.response)


def field_changes(
    side: str, before: Request | Response, after: Request | Response
) -> Iterator[str]:
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old == new or each.name in DERIVED:
            continue
        place = f"{side}.{each.name}"
        if isinstance(old, Headers) and isinstance(new, Headers):
            removed = [name for name, _ in old.fields if name not in new]
            if removed:
                yield f"{place}: {', '.join(removed)} removed"
            changed = [name for name, _ in new.fields if old.get_list(name) != new.get_list(name)]
            if changed:
                yield f"{place}: {', '.join(changed)} redacted"
        elif isinstance(old, bytes) and isinstance(new, bytes):
            mark = redacting.MARK.encode()
            count = new.count(mark) - old.count(mark)
            values = "1 value" if count == 1 else f"{count} values"
            yield f"{place}: {values} redacted" if count > 0 else f"{place}: redacted"
        else:
            yield f"{place}: redacted"
