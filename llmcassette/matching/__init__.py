"""Finds the recorded interaction that answers a request: by meaning, strict by default.

``Rules`` define what counts as equal, and ``Index`` finds it in one look-up. ``canonical_request``,
``canonical_url`` and ``body_value`` give the forms that are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.lazy_names import lazy_names

if TYPE_CHECKING:
    from llmcassette.matching.canonical import body_value, canonical_request
    from llmcassette.matching.encoding import decoded_request
    from llmcassette.matching.index import Index, Match
    from llmcassette.matching.rules import Rules, RuleUse
    from llmcassette.matching.url import CanonicalUrl, canonical_url
    from llmcassette.matching.url_rules import NAMED_URL_RULES

__all__ = [
    "NAMED_URL_RULES",
    "CanonicalUrl",
    "Index",
    "Match",
    "RuleUse",
    "Rules",
    "body_value",
    "canonical_request",
    "canonical_url",
    "decoded_request",
]


if not TYPE_CHECKING:  # type checkers would accept misspelt names
    __getattr__ = lazy_names(
        __name__,
        {
            "canonical": "body_value canonical_request",
            "encoding": "decoded_request",
            "index": "Index Match",
            "rules": "RuleUse Rules",
            "url": "CanonicalUrl canonical_url",
            "url_rules": "NAMED_URL_RULES",
        },
    )
