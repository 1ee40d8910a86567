"""What a project says about redaction. The defaults redact; these settings widen or spare."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

from llmcassette.errors import SettingsError
from llmcassette.model import Request, Response

__all__ = ["DEFAULT_FIELDS", "Redaction", "RedactionFunction", "normalised"]

RedactionFunction = Callable[[Request | Response], Request | Response]

DEFAULT_FIELDS: Final = (
    "access_token",
    "api_key",
    "api_secret",
    "auth_token",
    "authorization",
    "aws_secret_access_key",
    "aws_session_token",
    "bearer_token",
    "client_assertion",
    "client_secret",
    "id_token",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "proxy_authorization",
    "refresh_token",
    "secret",
    "secret_access_key",
    "secret_key",
    "session_token",
    "subscription_key",
    "x_amz_security_token",
    "x_api_key",
    "x_goog_api_key",
)
"""Names redacted in JSON and form bodies. ``token`` alone is not one: it is what models emit."""


def normalised(name: str) -> str:
    """``apiKey``, ``API-KEY`` and ``api_key`` are one name."""
    return re.sub(r"[-_. ]", "", name).lower()


@dataclass(frozen=True)
class Redaction:
    """What to redact beyond, or spare from, the defaults.

    Attributes:
        keep_headers: globs of header names kept beside the allow-list; a header that is known to
            carry credentials is never kept.
        fields: names redacted in JSON and form bodies and in URL queries, beside
            ``DEFAULT_FIELDS``. Case, ``_`` and ``-`` do not count.
        keep_fields: names not to be redacted, though they are in ``DEFAULT_FIELDS``.
        jsonpaths: RFC 9535 queries; what they select in a JSON body, or in the JSON of each event
            of a stream, is redacted whatever it is.
        functions: called in turn with each request and each response, before all other redaction;
            each returns it or a changed copy.
        secret_env: globs of further environment variables whose values are secrets; with ``!`` in
            front, variables whose values are none.

    Raises:
        SettingsError: a value of the wrong type, a JSONPath that cannot be read, or a name in
            ``keep_headers`` of a header that can never be kept.
    """

    keep_headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    keep_fields: tuple[str, ...] = ()
    jsonpaths: tuple[str, ...] = ()
    functions: tuple[RedactionFunction, ...] = ()
    secret_env: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for setting in fields(self):
            values = getattr(self, setting.name)
            if isinstance(values, list):
                values = tuple(values)
                object.__setattr__(self, setting.name, values)
            if not isinstance(values, tuple):
                raise SettingsError(
                    f"{values!r} is a {type(values).__name__}; it must be a list",
                    field=setting.name,
                )
            for value in values:
                check_item(setting.name, value)
        for pattern in self.keep_headers:
            if carries_credentials(pattern):
                raise SettingsError(
                    f"{pattern!r} carries credentials and is never written to a cassette;"
                    " remove it",
                    field="keep_headers",
                )
        if self.jsonpaths:
            from llmcassette.json.path import compile_path  # imports a library: see there

            for path in self.jsonpaths:
                compile_path(path, "jsonpaths")

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The names to redact, normalised."""
        return frozenset(map(normalised, (*DEFAULT_FIELDS, *self.fields))) - self.spared_names

    @cached_property
    def spared_names(self) -> frozenset[str]:
        """The names not to redact, normalised."""
        return frozenset(map(normalised, self.keep_fields))


def check_item(setting: str, value: object) -> None:
    if setting == "functions":
        if not callable(value):
            raise SettingsError(
                f"{value!r} cannot be called; it must be a function that takes a Request or"
                " Response and returns one",
                field=setting,
            )
    elif not isinstance(value, str) or not value.strip("! "):
        raise SettingsError(f"{value!r} must be a non-empty string", field=setting)


CREDENTIAL_HEADER = re.compile(
    r"(?:.*[-_])?(?:authorization|authentication|cookie2?|api-?key|apikey|token|secret|password"
    r"|credentials?|signature|access-key|secret-key|private-key|auth-key|subscription-key)",
    re.IGNORECASE,
)


def carries_credentials(name: str) -> bool:
    """Whether a header of this name is known to carry credentials."""
    return CREDENTIAL_HEADER.fullmatch(name) is not None
