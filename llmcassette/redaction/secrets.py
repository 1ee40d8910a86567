"""The secrets a recording may have come across, and where a text has one of them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmcassette.redaction.bodies import edit_body
from llmcassette.redaction.fields import named_values, value_text
from llmcassette.redaction.patterns import find_keys
from llmcassette.redaction.settings import carries_credentials
from llmcassette.redaction.urls import credentials_in_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llmcassette.model import Request
    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.edits import Edit
    from llmcassette.redaction.settings import Redaction

__all__ = ["MIN_LENGTH", "Secrets", "collect_secrets"]

MIN_LENGTH: Final = 12
"""Characters from which on a value counts as a secret."""

MIN_NAMED_LENGTH: Final = 4
"""The same for a variable that the settings name in full."""

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
    """Values that must not reach a file. Neither ``repr`` nor any message has one of them.

    Attributes:
        names: where each value comes from, such as ``OPENAI_API_KEY`` or ``request header
            authorization``.
        skipped: those whose value was too short or too plain to be looked for.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By value, where it comes from."""
    skipped: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.values.values())

    def __or__(self, other: Secrets) -> Secrets:
        """Both, the left one's names first."""
        return Secrets(
            {**other.values, **self.values}, tuple(dict.fromkeys(self.skipped + other.skipped))
        )

    def __repr__(self) -> str:
        return f"Secrets(names={self.names!r}, skipped={self.skipped!r})"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def need_escapes(self) -> bool:
        """Whether a value has characters that a JSON writer must escape, or may."""
        return any(not PLAIN_VALUE.fullmatch(value) for value in self.values)

    def find(self, text: bytes) -> Iterator[tuple[int, int, str]]:
        """Start, end and kind of each value in a text, as it is or in Base64, and of each key."""
        for value, name in self.values.items():
            for needle in needles(value):
                start = text.find(needle)
                while start >= 0:
                    yield start, start + len(needle), f"the value of {name}"
                    start = text.find(needle, start + 1)
        yield from find_keys(text)


PLAIN_VALUE = re.compile(r"[A-Za-z0-9._~:@=+-]*")


@lru_cache(maxsize=1024)
def needles(value: str) -> tuple[bytes, ...]:
    """What a value can look like in bytes; JSON's and URL's own escapes aside.

    In Base64 a value begins at one of three places in a group of four, and shares its first and
    last characters with what stands around it: those are left out.
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
    environ: Mapping[str, str], request: Request | None, redaction: Redaction
) -> Secrets:
    """The values of the environment's secret variables and of a request's own credentials.

    Args:
        environ: ``os.environ`` as a rule; empty for the request's alone.
        request: as it was sent, before redaction.
        redaction: for ``secret_env`` and the names of secret fields.
    """
    values: dict[str, str] = {}
    skipped = []
    for name, value, least in (
        *environment(environ, redaction.secret_env),
        *(credentials_of(request, redaction) if request else ()),
    ):
        text = value.strip()
        if text and (len(text) < least or (least == MIN_LENGTH and is_plain(text))):
            skipped.append(name)
        elif text:
            values.setdefault(text, name)
    return Secrets(values, tuple(dict.fromkeys(skipped)))


def environment(
    environ: Mapping[str, str], settings: tuple[str, ...]
) -> Iterator[tuple[str, str, int]]:
    excluded = [glob[1:].strip().upper() for glob in settings if glob.startswith("!")]
    included = [glob.upper() for glob in settings if not glob.startswith("!")]
    is_left_out, is_secret = any_of(*excluded), any_of(*VARIABLES, *included)
    for name, value in environ.items():
        upper = name.upper()
        if is_left_out(upper):
            continue
        if upper in included:
            yield name, value, MIN_NAMED_LENGTH
        elif is_secret(upper):
            yield name, value, MIN_LENGTH


@lru_cache
def any_of(*globs: str) -> Callable[[str], re.Match[str] | None]:
    """What finds whether a text is of one of these forms."""
    return re.compile("|".join(map(translate, globs)) or r"(?!)").match


def credentials_of(request: Request, redaction: Redaction) -> Iterator[tuple[str, str, int]]:
    for name, value in request.headers.multi_items():
        if carries_credentials(name):
            for secret in header_secrets(name.lower(), value):
                yield f"the request's header {name.lower()}", secret, MIN_LENGTH
    for where, value in credentials_in_url(request.url, redaction.field_names):
        yield f"the request's URL ({where})", value, MIN_LENGTH

    def look(text: bytes, kind: BodyKind) -> list[Edit]:
        found.extend(value_text(value) for value in named_values(text, kind, redaction.field_names))
        return []

    found: list[str] = []
    edit_body(request.body, request.headers.get("content-type", ""), look)
    for value in found:
        yield "a secret field of the request's body", value, MIN_LENGTH


def header_secrets(name: str, value: str) -> Iterator[str]:
    """What is secret in a credential header: the token without its scheme, the password of Basic.

    A signature (SigV4, Digest) is none: it proves one request and opens nothing else.
    """
    if "cookie" in name:
        for pair in value.split(";"):
            yield pair.partition("=")[2]
        return
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
    """Whether a value is one word or one number, such as stands in any prompt."""
    return WORDS.fullmatch(value) is not None
