"""Keeps secrets out of files, in two steps of pure functions.

``redact_interaction`` removes what is secret by its place: credential headers and cookies
(``headers.py``), credentials in URLs (``urls.py``), fields by name and by JSONPath (``fields.py``).
``seal``, the gate before each write (``gate.py``), then searches everything for known secret values
and for providers' keys, in any encoding, and replaces them.

The marker is ``[REDACTED]``; in a URL's authority, where brackets mean an IPv6 address, it is
``%5BREDACTED%5D``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.lazy_names import lazy_names

if TYPE_CHECKING:
    from llmcassette.redaction.credential_names import DEFAULT_FIELDS
    from llmcassette.redaction.edits import MARK, MARK_IN_AUTHORITY
    from llmcassette.redaction.findings import Finding
    from llmcassette.redaction.gate import Sealed, scan, scrub_text, seal
    from llmcassette.redaction.interactions import (
        redact_interaction,
        redact_request,
        redact_response,
    )
    from llmcassette.redaction.key_patterns import placeholder_keys
    from llmcassette.redaction.named import find_secrets
    from llmcassette.redaction.secrets import Secrets, collect_secrets
    from llmcassette.redaction.settings import Redaction, RedactionFunction
    from llmcassette.redaction.spared import secrets_of, spared_texts
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
    "find_secrets",
    "leaves_untouched",
    "placeholder_keys",
    "redact_interaction",
    "redact_request",
    "redact_response",
    "scan",
    "scrub_text",
    "scrub_url",
    "seal",
    "secrets_of",
    "spared_texts",
]


if not TYPE_CHECKING:  # type checkers would accept misspelt names
    __getattr__ = lazy_names(
        __name__,
        {
            "credential_names": "DEFAULT_FIELDS",
            "edits": "MARK MARK_IN_AUTHORITY",
            "findings": "Finding",
            "gate": "Sealed scan scrub_text seal",
            "interactions": "redact_interaction redact_request redact_response",
            "key_patterns": "placeholder_keys",
            "named": "find_secrets",
            "secrets": "Secrets collect_secrets",
            "settings": "Redaction RedactionFunction",
            "spared": "secrets_of spared_texts",
            "untouched": "leaves_untouched",
            "urls": "scrub_url",
        },
    )
