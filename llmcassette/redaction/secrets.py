"""The secrets to search for: values of the environment and of a request's credentials."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.fields import named_values, value_text
from llmcassette.redaction.key_patterns import find_keys
from llmcassette.redaction.set_cookie import is_secret_cookie, sent_cookies, set_cookies
from llmcassette.redaction.urls import credentials_in_url
from llmcassette.streams.codings import DEFAULT_BOUNDS, Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from llmcassette.model import Request, Response
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.edits import Edit
    from llmcassette.redaction.settings import Redaction

__all__ = ["MIN_LENGTH", "Secrets", "collect_secrets"]

MIN_LENGTH: Final = 12
"""Characters; shorter values are not searched for."""

MIN_NAMED_LENGTH: Final = 4
"""The same for a variable that the settings name without wildcards."""

VARIABLES: Final = (
    "*_ACCESS_KEY",
    "*_API_KEY",
    "*_PRIVATE_KEY",
    "*_SECRET",
    "*_SECRET_KEY",
    "*_TOKEN",
    "*PASSWORD*",
    "API_KEY",
    "SECRET",
    "TOKEN",
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Values that must not reach a file. Neither ``repr`` nor any message contains them.

    Attributes:
        values: the origin of each value, such as ``OPENAI_API_KEY`` or ``the request's header
            authorization``, by value.
        skipped: the origins of values that are not searched for: too short, or a plain word.
        spared: texts that look like keys, and are to be written all the same.
        bounds: how much a compressed body may decode to that is searched for them.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    skipped: tuple[str, ...] = ()
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
        """Start, end and kind of each value (also in Base64) and each provider key in a text."""
        for value, name in self.values.items():
            for needle in needles(value):
                start = text.find(needle)
                while start >= 0:
                    yield start, start + len(needle), f"the value of {name}"
                    start = text.find(needle, start + 1)
        for start, end, kind in find_keys(text):
            if not self.spared or text[start:end].decode("utf-8", "replace") not in self.spared:
                yield start, end, kind


PLAIN_VALUE = re.compile(r"[A-Za-z0-9._~:@=+-]*")


@lru_cache(maxsize=1024)
def needles(value: str) -> tuple[bytes, ...]:
    """The bytes to search for: the value as it is, and in Base64.

    In Base64 a value starts at one of three positions in a group of four characters. Its first and
    last characters depend on the neighbouring bytes, too, and are left out.
    """
    data = value.encode("utf-8", "surrogatepass")
    found = [data]
    if " " in value:
        found.append(data.replace(b" ", b"+"))
    for lead in range(3) if len(data) >= MIN_LENGTH else ():
        padded = bytes(lead) + data
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
        redaction: for ``secret_env`` and the names of secret fields.
        response: as received; its cookies are searched for.
    """
    values: dict[str, str] = {}
    skipped = []
    for name, value, min_length in (
        *environment(environ, redaction.secret_env),
        *(credentials_of(request, redaction) if request else ()),
        *(cookie_secrets(set_cookies(response.headers), redaction) if response else ()),
    ):
        text = value.strip()
        if text and (len(text) < min_length or (min_length == MIN_LENGTH and is_plain(text))):
            skipped.append(name)
        elif text:
            values.setdefault(text, name)
    return Secrets(values, tuple(dict.fromkeys(skipped)), bounds=redaction.bounds)


def environment(
    environ: Mapping[str, str], settings: tuple[str, ...]
) -> Iterator[tuple[str, str, int]]:
    """Name, value and minimum length of each secret variable."""
    excluded = [glob[1:].strip().upper() for glob in settings if glob.startswith("!")]
    included = [glob.upper() for glob in settings if not glob.startswith("!")]
    is_excluded, is_secret = any_of(*excluded), any_of(*VARIABLES, *included)
    for name, value in environ.items():
        upper = name.upper()
        if is_excluded(upper):
            continue
        if upper in included:
            yield name, value, MIN_NAMED_LENGTH
        elif is_secret(upper):
            yield name, value, MIN_LENGTH


@lru_cache
def any_of(*globs: str) -> Callable[[str], re.Match[str] | None]:
    """A function that matches a text against all globs at once."""
    return re.compile("|".join(map(translate, globs)) or r"(?!)").match


def credentials_of(request: Request, redaction: Redaction) -> Iterator[tuple[str, str, int]]:
    """Origin, value and minimum length of each credential of a request."""
    for name, value in request.headers.multi_items():
        if name.lower() == "cookie":
            yield from cookie_secrets(sent_cookies(value), redaction)
        elif carries_credentials(name):
            for secret in header_secrets(value):
                yield f"the request's header {name.lower()}", secret, MIN_LENGTH
    names, spared = redaction.field_names, redaction.spared_names
    for where, value in credentials_in_url(request.url, names, spared):
        yield f"the request's URL ({where})", value, MIN_LENGTH

    def collect(text: bytes, kind: BodyKind) -> list[Edit]:
        found.extend(value_text(value) for value in named_values(text, kind, names))
        return []

    found: list[str] = []
    edit_body(request.body, request.headers.get("content-type", ""), collect, redaction.bounds)
    for value in found:
        if not any(map(str.isspace, value)):  # a sentence is a secret in its field only
            yield "a secret field of the request's body", value, MIN_LENGTH


def cookie_secrets(
    cookies: Iterable[tuple[str, str]], redaction: Redaction
) -> Iterator[tuple[str, str, int]]:
    """Origin, value and minimum length of each cookie that is a credential.

    Clients copy cookies into headers and bodies, some of them decoded.
    """
    for name, value in cookies:
        if is_secret_cookie(name, value, redaction):
            for text in dict.fromkeys((value, unquote(value))):
                yield f"the cookie {name}", text, MIN_NAMED_LENGTH


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


WORDS = re.compile(r"[a-z]{1,24}|[A-Z]{1,24}|[A-Z][a-z]{0,23}|[+-]?[\d.,_]+(?:[eE][+-]?\d+)?")


def is_plain(value: str) -> bool:
    """Whether a value is one word or one number, as any prompt contains."""
    return WORDS.fullmatch(value) is not None
