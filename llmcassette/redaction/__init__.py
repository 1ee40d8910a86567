"""What never reaches a file. Pure functions over the model, in two steps.

``redact_interaction`` removes what is known to be secret by its place: headers off the allow-list,
credential parameters of URLs, fields by name and by JSONPath. ``seal``, the gate before the write,
then looks for known values and for what looks like a provider's key, wherever it stands and however
it is spelled, and replaces it. The mark is ``[REDACTED]``; in a URL's authority, where brackets
mean an IPv6 address, it is ``%5BREDACTED%5D``.
"""

from llmcassette.redaction.edits import MARK, MARK_IN_AUTHORITY
from llmcassette.redaction.gate import Finding, Sealed, scan, scrub_text, seal
from llmcassette.redaction.interactions import (
    redact_interaction,
    redact_request,
    redact_response,
)
from llmcassette.redaction.secrets import Secrets, collect_secrets
from llmcassette.redaction.settings import DEFAULT_FIELDS, Redaction, RedactionFunction
from llmcassette.redaction.untouched import leaves_untouched
from llmcassette.redaction.urls import scrub_url

__all__ = [
    "DEFAULT_FIELDS",
    "MARK",
    "MARK_IN_AUTHORITY",
    "Finding",
    "Redaction",
    "RedactionFunction",
    "Sealed",
    "Secrets",
    "collect_secrets",
    "leaves_untouched",
    "redact_interaction",
    "redact_request",
    "redact_response",
    "scan",
    "scrub_text",
    "scrub_url",
    "seal",
]
