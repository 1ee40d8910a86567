"""The kinds of personal data: how each is found, and what stands in its place."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["KINDS", "Kind", "kinds_named"]


@dataclass(frozen=True)
class Kind:
    """A kind of personal data.

    Attributes:
        name: in the setting ``personal_data``.
        label: in messages, with its article.
        regex: finds values, and stand-ins, too. A group ``value`` is the part to replace.
        stand_in: the stand-in with a number for a value.
        own: what ``stand_in`` makes, whole.
        is_personal: refuses what only looks like a value.
        fields: normalised names of fields whose whole values are of this kind.
    """

    name: str
    label: str
    stand_in: Callable[[int, str], str]
    own: re.Pattern[str]
    regex: re.Pattern[bytes] | None = None
    is_personal: Callable[[str], bool] = bool
    fields: frozenset[str] = frozenset()


EDGE: Final = rb"(?:(?<![\w.%%+\\%b-])|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=%%[0-9a-fA-F]{2}))"
"""A value starts at a word boundary, or after an escape such as ``\\n``."""


def starting(rest: bytes, more: bytes = b"") -> re.Pattern[bytes]:
    return re.compile(EDGE % more + rest)


RESERVED_DOMAIN: Final = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|net|org)|example|invalid|localhost|test"
    r"|.*\.(?:gif|jpe?g|png|svg|webp))",
    re.IGNORECASE,
)


def is_persons_address(address: str) -> bool:
    domain = address.replace("%40", "@").rpartition("@")[2]
    return RESERVED_DOMAIN.fullmatch(domain) is None


def email_stand_in(number: int, value: str) -> str:
    return f"user-{number}{'%40' if '@' not in value else '@'}example.com"


DOCUMENTATION_NETWORKS: Final = ("192.0.2.", "198.51.100.", "203.0.113.")
"""RFC 5737; for IPv6 it is 2001:db8::/32 (RFC 3849)."""


def is_public_address(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def ip_stand_in(number: int, value: str) -> str:
    if ":" in value:
        return f"2001:db8::{number:x}"
    block, host = divmod(number, 255)
    return f"{DOCUMENTATION_NETWORKS[block % 3]}{host}"


def phone_stand_in(number: int, value: str) -> str:
    """A number of the North American range for fiction."""
    return f"{'%2B' if value.startswith('%') else '+'}1555010{number:04}"


def account_stand_in(number: int, value: str) -> str:
    prefix = ACCOUNT_PREFIX.match(value)
    if prefix is not None:
        return f"{prefix[0]}{number}"
    return f"{number:012}" if AWS_ACCOUNT.fullmatch(value) else f"account-{number}"


AWS_ACCOUNT: Final = re.compile(r"\d{12}")
ACCOUNT_PREFIX: Final = re.compile(r"org[-_]|proj_|acct_|user-(?=[A-Za-z0-9]{20})")

KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "email",
            "an e-mail address",
            email_stand_in,
            re.compile(r"user-\d+(?:@|%40)example\.com"),
            starting(
                rb"(?<!//)(?!git@)[A-Za-z0-9._+-]{1,64}(?:@|%40)"
                rb"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
            ),
            is_persons_address,
        ),
        Kind(
            "ip",
            "an IP address",
            ip_stand_in,
            re.compile(r"(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+|2001:db8::[0-9a-f]+"),
            starting(
                rb"(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?!:))"
                rb"(?![\w-]|\.\w)",
                b":",
            ),
            is_public_address,
        ),
        Kind(
            "phone",
            "a phone number",
            phone_stand_in,
            re.compile(r"(?:\+|%2B)1555010\d{4,}"),
            starting(rb"(?:\+|%2B)[1-9](?:(?! \d{1,3}\.\d{1,3}\.\d)[ ().-]{0,2}\d){7,14}(?!\d)"),
        ),
        Kind(
            "account",
            "an account id",
            account_stand_in,
            re.compile(r"(?:org[-_]|proj_|acct_|user-|account-)\d{1,6}|0{6}\d{6}"),
            starting(
                rb"(?:(?:org[-_]|proj_|acct_|user-)(?:[A-Za-z0-9]{16,}|\d{1,6})(?![\w@%-])"
                rb"|arn:aws[\w-]{0,16}:[\w-]{0,32}:[\w-]{0,32}:(?P<value>\d{12})(?=:))"
            ),
            fields=frozenset(
                (
                    *("account", "accountid", "customerid", "org", "orgid", "organization"),
                    *("organizationid", "organisation", "organisationid", "projectid"),
                    *("tenantid", "workspaceid"),
                )
            ),
        ),
        Kind(
            "user",
            "a user's name or id",
            lambda number, _: f"user-{number}",
            re.compile(r"user-\d{1,6}"),
            fields=frozenset(
                (
                    *("enduser", "enduserid", "safetyidentifier", "user", "useremail", "userid"),
                    "username",
                )
            ),
        ),
    )
}

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def kinds_named(items: Sequence[str | tuple[str, str]]) -> tuple[Kind, ...]:
    """The kinds of a setting: names of ``KINDS``, ``all``, and pairs of a name and an expression.

    Raises:
        SettingsError: a name is unknown, or an expression is none of Python's ``re``.
    """
    kinds: dict[str, Kind] = {}
    for item in items:
        if item == "all":
            kinds |= KINDS
        elif isinstance(item, str):
            if item not in KINDS:
                there_are = ", ".join(("all", *KINDS))
                raise SettingsError(
                    f"{item!r} is not a kind of personal data. There are: {there_are}; or give a"
                    ' pair of a name and a regular expression, such as ["customer", "C-[0-9]{6}"]',
                    field="personal_data",
                )
            kinds[item] = KINDS[item]
        else:
            kinds[item[0]] = own_kind(*item)
    return tuple(kinds.values())


def own_kind(name: str, pattern: str) -> Kind:
    if not NAME.fullmatch(name) or name in (*KINDS, "all"):
        raise SettingsError(
            f"{name!r} can't name a kind of its own: use lower-case letters, digits, - and _, and"
            f" none of {', '.join(('all', *KINDS))}",
            field="personal_data",
        )
    stand_in = rf"{re.escape(name)}-\d{{1,6}}"
    return Kind(
        name,
        f"personal data ({name})",
        lambda number, _: f"{name}-{number}",
        re.compile(stand_in),
        re.compile(rf"(?<![\w-]){stand_in}(?![\w-])|(?:{pattern})".encode()),
    )
