"""Finds the recorded interaction that answers a request: by meaning, strict by default.

``Rules`` define what counts as equal, and ``Index`` finds it in one look-up. ``canonical_request``,
``canonical_url``, ``body_value`` and ``json_value`` give the forms that are compared.
"""

from llmcassette.json.canonical_text import canonical_text
from llmcassette.json.value import NOT_JSON, JsonValue, NumberText, json_value
from llmcassette.matching.canonical import body_value, canonical_request
from llmcassette.matching.encoding import decoded_request
from llmcassette.matching.index import Index, Match
from llmcassette.matching.rules import Rules, RuleUse
from llmcassette.matching.url import CanonicalUrl, canonical_url
from llmcassette.matching.url_rules import NAMED_URL_RULES

__all__ = [
    "NAMED_URL_RULES",
    "NOT_JSON",
    "CanonicalUrl",
    "Index",
    "JsonValue",
    "Match",
    "NumberText",
    "RuleUse",
    "Rules",
    "body_value",
    "canonical_request",
    "canonical_text",
    "canonical_url",
    "decoded_request",
    "json_value",
]
