"""The secrets to search for: values of the environment and of a request's credentials."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.environment import (
    MIN_LENGTH,
    Candidate,
    secrets_in_environment,
)
from llmcassette.redaction.field_values import named_values
from llmcassette.redaction.key_patterns import find_keys
from llmcassette.redaction.set_cookie import is_secret_cookie, sent_cookies, set_cookies
from llmcassette.redaction.urls import credentials_in_url
from llmcassette.streams.bounds import DEFAULT_BOUNDS, Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmcassette.model import Request, Response
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.edits import Edit
    from llmcassette.redaction.settings import Redaction

__all__ = ["Secrets", "collect_secrets"]


@dataclass(frozen=True, slots=True)
class Secrets:
    """Values that must not reach a file. Neither ``repr`` nor any message contains them.

    Attributes:
        values: the origin of each value, such as ``OPENAI_API_KEY`` or ``the request's header
            authorization``, by value.
        skipped: the origins of values that are not searched for: too short, a plain word or a
            placeholder.
        placeholders: values that only stand in the place of a secret. They are no secrets, and are
            not searched for.
        patterns: regular expressions of the project for further secrets.
        spared: texts that look like keys, and are to be written all the same.
        bounds: how much a compressed body may decode to that is searched for them.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    skipped: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[bytes], ...] = ()
    spared: frozenset[str] = field(default=frozenset(), repr=False)
    bounds: Bounds = DEFAULT_BOUNDS

    @property
    def names(self) -> tuple[str, ...]:
        """The origins of the values."""
        return tuple(self.values.values())

    def __or__(self, other: Secrets) -> Secrets:
        """The secrets of both."""
        return Secrets(
            {**other.values, **self.values},
            tuple(dict.fromkeys(self.skipped + other.skipped)),
            tuple(dict.fromkeys(self.placeholders + other.placeholders)),
            tuple(dict.fromkeys(self.patterns + other.patterns)),
            self.spared | other.spared,
            self.bounds,
        )

    def sparing(self, texts: frozenset[str]) -> Secrets:
        """The secrets without these texts."""
        values = {value: name for value, name in self.values.items() if value not in texts}
        return replace(self, values=values, spared=self.spared | texts)

    def __repr__(self) -> str:
        return f"Secrets(names={self.names!r}, skipped={self.skipped!r})"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def need_escapes(self) -> bool:
        """Whether a value has characters that JSON writers may escape."""
        return any(not PLAIN_VALUE.fullmatch(value) for value in self.values)

    def find(self, text: bytes) -> Iterator[tuple[int, int, str]]:
        """Start, end and kind of each value (also in Base64) and each key in a text."""
        yield from self.find_values(text)
        for start, end, kind in (*find_keys(text), *self.find_patterns(text)):
            if not self.spared or text[start:end].decode("utf-8", "replace") not in self.spared:
                yield start, end, kind

    def find_values(self, text: bytes) -> Iterator[tuple[int, int, str]]:
        """Start, end and kind of each value (also in Base64) in a text."""
        for value, name in self.values.items():
            for needle in needles(value):
                start = text.find(needle)
                while start >= 0:
                    yield start, start + len(needle), f"the value of {name}"
                    start = text.find(needle, start + 1)

    def find_patterns(self, text: bytes) -> Iterator[tuple[int, int, str]]:
        """Start, end and kind of what the project's own patterns match in a text."""
        for pattern in self.patterns:
            for match in pattern.finditer(text):
                start, end = match.span("secret" if "secret" in pattern.groupindex else 0)
                if start < end:
                    yield start, end, f"what secret_patterns {pattern.pattern.decode()!r} matches"


PLAIN_VALUE = re.compile(r"[A-Za-z0-9._~:@=+-]*")


@lru_cache(maxsize=1024)
def needles(value: str) -> tuple[bytes, ...]:
    """The bytes to search for: the value as it is, with other line ends, in Latin-1, in Base64.

    In Base64 a value starts at one of three positions in a group of four characters. Its first and
    last characters depend on the neighbouring bytes, too, and are left out.
    """
    data = value.encode("utf-8", "surrogatepass")
    forms = [data]
    if "\n" in value:
        forms.append(re.sub(rb"\r?\n", b"\r\n", data))
        forms.append(data.replace(b"\r\n", b"\n"))
    if not value.isascii():
        with suppress(UnicodeEncodeError):
            forms.append(value.encode("latin-1"))
    found = [*forms, data.replace(b" ", b"+")]
    for form in forms:
        for lead in range(3) if len(form) >= MIN_LENGTH else ():
            padded = bytes(lead) + form
            encoded = base64.b64encode(padded)[(0, 2, 3)[lead] : len(padded) * 8 // 6]
            found += (encoded, encoded.translate(bytes.maketrans(b"+/", b"-_")))
    return tuple(dict.fromkeys(found))


def collect_secrets(
    environ: Mapping[str, str],
    request: Request | None,
    redaction: Redaction,
    response: Response | None = None,
) -> Secrets:
    """The values of secret environment variables, of a request's credentials and of cookies.

    Args:
        environ: usually ``os.environ``; empty to leave variables out.
        request: as sent, before redaction; ``None`` to leave it out.
        redaction: for ``secret_env``, ``secret_patterns`` and the names of secret fields.
        response: as received; its cookies are searched for.
    """
    values: dict[str, str] = {}
    skipped: list[str] = []
    placeholders: list[str] = []
    for candidate in (
        *secrets_in_environment(environ, redaction.secret_env, redaction.field_names),
        *(credentials_of(request, redaction) if request else ()),
        *(cookie_secrets(set_cookies(response.headers), redaction) if response else ()),
    ):
        text = candidate.value.strip()
        if not text:
            continue
        if candidate.is_searchable and not candidate.is_placeholder:
            values.setdefault(text, candidate.origin)
            continue
        skipped.append(candidate.origin)
        if candidate.is_searchable:
            placeholders.append(text)
    return Secrets(
        values,
        tuple(dict.fromkeys(skipped)),
        tuple(dict.fromkeys(placeholders)),
        redaction.compiled_patterns,
        bounds=redaction.bounds,
    )


def credentials_of(request: Request, redaction: Redaction) -> Iterator[Candidate]:
    """Each credential of a request."""
    for name, value in request.headers.multi_items():
        if name.lower() == "cookie":
            yield from cookie_secrets(sent_cookies(value), redaction)
        elif carries_credentials(name):
            for secret in header_secrets(value):
                yield Candidate(f"the request's header {name.lower()}", secret)
    names, spared = redaction.field_names, redaction.spared_names
    for where, value in credentials_in_url(request.url, names, spared):
        yield Candidate(f"the request's URL ({where})", value)

    def collect(text: bytes, kind: BodyKind) -> list[Edit]:
        found.extend(value.text for value in named_values(text, kind, names))
        return []

    found: list[str] = []
    edit_body(request.body, request.headers.get("content-type", ""), collect, redaction.bounds)
    for value in found:
        if not any(map(str.isspace, value)):  # a sentence is a secret in its field only
            yield Candidate("a secret field of the request's body", value)


def cookie_secrets(cookies: Iterable[tuple[str, str]], redaction: Redaction) -> Iterator[Candidate]:
    """Each cookie that is a credential.

    Clients copy cookies into headers and bodies, some of them decoded.
    """
    for name, value in cookies:
        if is_secret_cookie(name, value, redaction):
            for text in dict.fromkeys((value, unquote(value))):
                yield Candidate(f"the cookie {name}", text, named=True)


def header_secrets(value: str) -> Iterator[str]:
    """The secrets in a credential header: the token without its scheme, the password of Basic.

    A signature (SigV4, Digest) is not a secret: it is valid for one request only.
    """
    scheme, _, rest = value.strip().partition(" ")
    if not rest:
        yield scheme
    elif "," not in rest:
        yield rest
        if scheme.lower() == "basic":
            yield from basic_secrets(rest)


def basic_secrets(encoded: str) -> Iterator[str]:
    try:
        decoded = base64.b64decode(encoded + "==").decode()
    except ValueError:
        return
    user, _, password = decoded.partition(":")
    yield password or user
