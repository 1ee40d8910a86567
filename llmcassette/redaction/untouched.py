"""A quick test on a parsed body whether redaction would change a request; most stay the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from llmcassette.redaction.field_values import may_be_secret
from llmcassette.redaction.urls import scrub_url
from llmcassette.streams import kind_by_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.model import Request
    from llmcassette.redaction.settings import Redaction

__all__ = ["leaves_untouched"]


def leaves_untouched(request: Request, members: Iterable[str], redaction: Redaction) -> bool:
    """Whether ``redact_request`` changes neither URL nor body.

    Args:
        request: whose body is a JSON object or array.
        members: the names of all members in the body.
        redaction: the settings.

    Returns:
        ``False`` also in doubt.
    """
    names = redaction.field_names
    return (
        not (redaction.functions or redaction.jsonpaths or redaction.personal_data)
        and kind_by_type(", ".join(request.headers.get_list("content-type"))) in ("json", None)
        and is_clean(request.url, names, redaction.spared_names)
        and not names_one(frozenset(members), names)
    )


@lru_cache(maxsize=512)
def names_one(members: frozenset[str], names: frozenset[str]) -> bool:
    return any(may_be_secret(member, names) for member in members)


@lru_cache(maxsize=512)
def is_clean(url: str, names: frozenset[str], spared: frozenset[str]) -> bool:
    return scrub_url(url, names, spared) == url
