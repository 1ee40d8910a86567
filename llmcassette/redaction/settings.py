"""``Redaction``: the settings of a project that add to the default redaction or exempt from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

from llmcassette.errors import SettingsError
from llmcassette.model import Request, Response
from llmcassette.redaction.credential_names import (
    DEFAULT_FIELDS,
    carries_credentials,
    normalised,
)
from llmcassette.streams.bounds import DEFAULT_BOUNDS, Bounds

if TYPE_CHECKING:
    from llmcassette.redaction.personal_kinds import Kind

__all__ = ["Redaction", "RedactionFunction"]

RedactionFunction = Callable[[Request | Response], Request | Response]


@dataclass(frozen=True)
class Redaction:
    """Settings of redaction.

    Attributes:
        keep_headers: globs of header names to keep though they are dropped by default. Headers that
            carry credentials are dropped all the same.
        fields: names of fields to redact in JSON bodies, form bodies and URL queries, in addition
            to ``DEFAULT_FIELDS``. Case, ``_`` and ``-`` make no difference.
        keep_fields: names in ``DEFAULT_FIELDS`` that are not redacted.
        jsonpaths: RFC 9535 queries. Whatever they select in a JSON body, or in the JSON of each
            event of a stream, is redacted.
        functions: called in turn with each request and each response, before all other redaction;
            each returns its argument or a changed copy.
        secret_env: globs of further environment variables whose values are secrets; with a leading
            ``!``, of variables whose values are not.
        secret_patterns: regular expressions of further secrets, for UTF-8. A group named ``secret``
            is what is replaced; without it, the whole match.
        personal_data: kinds of personal data that stand-ins replace: ``all``, names of
            ``personal_kinds.KINDS``, and pairs of a name and a regular expression.
        bounds: how much a compressed body may decode to.

    Raises:
        SettingsError: a value has the wrong type, a JSONPath or a regular expression is invalid, or
            ``keep_headers`` names a header that carries credentials.
    """

    keep_headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    keep_fields: tuple[str, ...] = ()
    jsonpaths: tuple[str, ...] = ()
    functions: tuple[RedactionFunction, ...] = ()
    secret_env: tuple[str, ...] = ()
    secret_patterns: tuple[str, ...] = ()
    personal_data: tuple[str | tuple[str, str], ...] = ()
    bounds: Bounds = DEFAULT_BOUNDS

    def __post_init__(self) -> None:
        for setting in fields(self):
            if setting.name == "bounds":
                continue
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
            if carries_credentials(pattern) and pattern.lower() != "set-cookie":
                raise SettingsError(
                    f"{pattern!r} carries credentials and is never written to a cassette;"
                    " remove it",
                    field="keep_headers",
                )
        if self.jsonpaths:
            from llmcassette.json.path import compile_path  # imports a library: see there

            for path in self.jsonpaths:
                compile_path(path, "jsonpaths")
        _ = self.compiled_patterns, self.personal_kinds

    @cached_property
    def compiled_patterns(self) -> tuple[re.Pattern[bytes], ...]:
        """The patterns of secrets, compiled."""
        return tuple(compiled_pattern(one, "secret_patterns") for one in self.secret_patterns)

    @cached_property
    def personal_kinds(self) -> tuple[Kind, ...]:
        """The kinds of personal data to replace."""
        if not self.personal_data:
            return ()
        from llmcassette.redaction.personal_kinds import kinds_named  # an opt-in

        for item in self.personal_data:
            if not isinstance(item, str):
                compiled_pattern(item[1], "personal_data")
        return kinds_named(self.personal_data)

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The names to redact, normalised."""
        return frozenset(map(normalised, (*DEFAULT_FIELDS, *self.fields))) - self.spared_names

    @cached_property
    def spared_names(self) -> frozenset[str]:
        """The names not to redact, normalised."""
        return frozenset(map(normalised, self.keep_fields))


def compiled_pattern(pattern: str, setting: str) -> re.Pattern[bytes]:
    try:
        compiled = re.compile(pattern.encode())
    except re.error as error:
        raise SettingsError(
            f"{pattern!r} is not a regular expression of Python: {error}", field=setting
        ) from error
    if compiled.match(b""):
        raise SettingsError(
            f"{pattern!r} matches the empty text, and so every place; let it match one character"
            " or more",
            field=setting,
        )
    return compiled


def check_item(setting: str, value: object) -> None:
    if setting == "functions":
        if not callable(value):
            raise SettingsError(
                f"{value!r} cannot be called; it must be a function that takes a Request or"
                " Response and returns one",
                field=setting,
            )
    elif setting == "personal_data" and isinstance(value, tuple):
        if len(value) != 2 or not all(isinstance(part, str) for part in value):
            raise SettingsError(
                f"{value!r} must be a pair of a name and a regular expression", field=setting
            )
    elif not isinstance(value, str) or not value.strip("! "):
        raise SettingsError(f"{value!r} must be a non-empty string", field=setting)
