"""Set-Cookie headers as they are recorded: nothing in them ages, and no credential is in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from llmcassette.redaction.credential_names import normalised
from llmcassette.redaction.edits import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Headers
    from llmcassette.redaction.settings import Redaction

__all__ = ["is_secret_cookie", "recorded_cookie", "sent_cookies", "set_cookies"]

SHORTEST: Final = 4
LONG: Final = 12

CREDENTIAL_NAME = re.compile(
    r"sess|csrf|xsrf|token|auth(?!or)|jwt|nonce|secret|passw|credential|api[-_]?key|login|remember"
    r"|(?:^|[^a-z])sid$|ssid$",
    re.IGNORECASE,
)
LOOKS_RANDOM = re.compile(r"(?=[a-zA-Z]*\d)(?=\d*[a-zA-Z])[a-zA-Z\d]{12,}")
WORD_OR_NUMBER = re.compile(r"[a-zA-Z]+|[\d.,_-]+")


def is_secret_cookie(name: str, value: str, redaction: Redaction) -> bool:
    """Whether a cookie's value is a credential rather than data.

    The name decides, or a value that looks random: at least 12 letters and digits in a row. What is
    shorter than 4 characters, and a word or a number of less than 12, is data: looking for it
    everywhere would replace ordinary text.

    Args:
        name: the cookie's.
        value: without quotes.
        redaction: names fields to redact and to keep; cookies obey it too.
    """
    plain = normalised(name)
    if plain in redaction.spared_names or value == MARK or len(value) < SHORTEST:
        return False
    if len(value) < LONG and WORD_OR_NUMBER.fullmatch(value):
        return False
    return (
        plain in redaction.field_names
        or CREDENTIAL_NAME.search(name) is not None
        or LOOKS_RANDOM.search(value) is not None
    )


def sent_cookies(header: str) -> Iterator[tuple[str, str]]:
    """Name and value of each cookie in a ``Cookie`` header."""
    for pair in header.split(";"):
        name, _, value = pair.partition("=")
        yield name.strip(), value.strip().strip('"')


def set_cookies(headers: Headers) -> Iterator[tuple[str, str]]:
    """Name and value of each cookie that an answer sets."""
    for text in headers.get_list("set-cookie"):
        name, _, value = text.partition(";")[0].partition("=")
        yield name.strip(), value.strip().strip('"')


def recorded_cookie(text: str, redaction: Redaction, now: datetime, *, is_fake: bool) -> str:
    """A ``Set-Cookie`` value that a replay at any later time understands alike.

    ``Expires`` and ``Max-Age`` (RFC 6265, 5.2) are removed where they are in the future; a cookie
    that is deleted stays deleted.

    Args:
        text: the header's value.
        redaction: see ``is_secret_cookie``.
        now: when the answer came.
        is_fake: a redaction function has put the value in; it is kept.
    """
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    if not is_fake and is_secret_cookie(name.strip(), value.strip().strip('"'), redaction):
        pair = f"{name}{equals}{MARK}"
    if lives_on(attributes, now):
        attributes = [one for one in attributes if name_of(one) not in ("expires", "max-age")]
    return ";".join((pair, *attributes))


def lives_on(attributes: list[str], now: datetime) -> bool:
    """Whether a cookie has an end that is in the future. ``Max-Age`` precedes ``Expires``."""
    values = {name_of(one): one.partition("=")[2].strip() for one in attributes}
    if re.fullmatch(r"-?\d+", values.get("max-age", "")):
        return int(values["max-age"]) > 0
    if "expires" not in values:
        return False
    try:
        return parsed_date(values["expires"]) > now
    except (ValueError, OverflowError):
        return False


def name_of(attribute: str) -> str:
    return attribute.partition("=")[0].strip().lower()


def parsed_date(text: str) -> datetime:
    """A date of HTTP (RFC 9110, 5.6.7), or of cookies, which have hyphens.

    Raises:
        ValueError: it is none.
    """
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
