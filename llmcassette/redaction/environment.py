"""The secrets in environment variables."""

from __future__ import annotations

import json
import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.redaction.credential_names import is_secret_variable, normalised
from llmcassette.redaction.placeholders import (
    LEAST_OF_KNOWN,
    is_model_or_path,
    is_placeholder,
    is_word,
)
from llmcassette.redaction.urls import credentials_in_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["MIN_LENGTH", "Candidate", "secrets_in_environment"]

MIN_LENGTH: Final = 12
"""Characters; shorter values are not searched for."""

MIN_NAMED_LENGTH: Final = 4
"""The same for a variable that the settings name without wildcards."""


class Candidate(NamedTuple):
    """A value that may be a secret.

    Attributes:
        origin: where it comes from, for messages.
        value: the value itself.
        named: whether the settings name its variable: then it may be short or a plain word.
    """

    origin: str
    value: str
    named: bool = False

    @property
    def is_searchable(self) -> bool:
        """Whether it is long enough to be searched for, and not a word of any prompt."""
        if self.named:
            return len(self.value) >= MIN_NAMED_LENGTH
        return len(self.value) >= MIN_LENGTH and not is_word(self.value)

    @property
    def is_placeholder(self) -> bool:
        """Whether it stands in the place of a secret."""
        return not self.named and is_placeholder(self.value, LEAST_OF_KNOWN)


def secrets_in_environment(
    environ: Mapping[str, str], settings: tuple[str, ...], fields: frozenset[str]
) -> Iterator[Candidate]:
    """The values of secret variables, and the passwords of URLs in any variable.

    Args:
        environ: usually ``os.environ``.
        settings: globs of further secret variables; with a leading ``!``, of those that are not.
        fields: normalised names of secret fields, for variables that contain JSON.
    """
    excluded = [glob[1:].strip().upper() for glob in settings if glob.startswith("!")]
    included = [glob.upper() for glob in settings if not glob.startswith("!")]
    is_excluded, is_included = any_of(*excluded), any_of(*included)
    for name, text in environ.items():
        upper = name.upper()
        if is_excluded(upper):
            continue
        value = text.strip()
        if upper in included:
            yield Candidate(name, value, named=True)
        elif "://" in value and not value.startswith("{"):
            found = (Candidate(name, secret) for _, secret in credentials_in_url(value))
            yield from (one for one in found if not is_word(one.value) and not one.is_placeholder)
        elif (is_included(upper) or is_secret_variable(upper)) and not is_model_or_path(value):
            yield Candidate(name, value)
            yield from (Candidate(name, secret) for secret in json_secrets(value, fields))


def json_secrets(text: str, fields: frozenset[str]) -> Iterator[str]:
    """The secret fields of a variable such as ``GOOGLE_CREDENTIALS``, whose value is JSON."""
    if not text.startswith("{"):
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            for name, member in item.items():
                if isinstance(member, str) and normalised(name) in fields:
                    yield member.strip()
                waiting.append(member)


@lru_cache
def any_of(*globs: str) -> Callable[[str], re.Match[str] | None]:
    """A function that matches a text against all globs at once."""
    return re.compile("|".join(map(translate, globs)) or r"(?!)").match
