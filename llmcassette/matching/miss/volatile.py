"""Values that differ in every run: ids, times, seeds, temporary paths, ports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.matching.miss.labels import Section

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue
    from llmcassette.matching.difference.trees import Absent

__all__ = ["is_volatile", "temporary_name"]

OF_A_RUN: Final = "request|run|session|trace|span"
OF_ONE_THING: Final = "message|conversation|correlation|idempotency|invocation|job|transaction"
NAME: Final = re.compile(
    rf"(?:.*_)?(?:(?:{OF_A_RUN})(?:_?(?:id|key|uuid))?|(?:{OF_ONE_THING})_?(?:id|key|uuid)"
    r"|uuid|guid|seed|nonce|salt|time|timestamp|date|created|created_at|updated_at|port|pid)",
    re.IGNORECASE,
)
CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
UUID: Final = r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
HEX: Final = r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{12,}"
MINTED: Final = r"(?=[\w.-]*\d)[\w.-]{3,}"
TIME: Final = r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?[\d.,]*(?:z|[+-]\d\d:?\d\d)?"
EPOCH: Final = r"1\d{9}(?:\d{3}|\.\d+|\d{6}|\d{9})?"
PATH: Final = (
    r"(?:/private)?/(?:tmp|var/(?:tmp|folders))/\S+|\S*[/\\]pytest-of-\S+"
    r"|[a-z]:\\\S*\\te?mp\\\S+"
)
PORT: Final = r"(?:\w+://)?(?:localhost|127\.0\.0\.1|\[::1\]):\d+(?:/\S*)?"
VALUE: Final = re.compile(f"{UUID}|{HEX}|{TIME}|{EPOCH}|{PATH}|{PORT}", re.IGNORECASE)
NAMED_VALUE: Final = re.compile(f"{MINTED}|{VALUE.pattern}", re.IGNORECASE)
TEMPORARY: Final = re.compile(rf"tmp[a-z0-9_]{{8}}(?:\.\w+)?|.*(?:{UUID}|{HEX}).*", re.IGNORECASE)

CONTENT: Final = (Section.MODEL, Section.SYSTEM, Section.MESSAGES, Section.TOOLS)


def is_volatile(
    name: str, recorded: JsonValue | Absent, sent: JsonValue | Absent, section: Section
) -> bool:
    """Whether a value looks as if it differed in every run.

    Args:
        name: of the member, of the parameter or of the part.
        recorded: its value.
        sent: the other value.
        section: where it is; nothing that a model reads is volatile.
    """
    if section in CONTENT:
        return False
    is_named = NAME.fullmatch(CAMEL.sub("_", name).replace("-", "_")) is not None
    return all(looks_volatile(value, is_named=is_named) for value in (recorded, sent))


def looks_volatile(value: JsonValue | Absent, *, is_named: bool) -> bool:
    if isinstance(value, str):
        return (NAMED_VALUE if is_named else VALUE).fullmatch(value) is not None
    return is_named and isinstance(value, int | float) and not isinstance(value, bool)


def temporary_name(name: str) -> bool:
    """Whether a file has the name of a temporary one."""
    return TEMPORARY.fullmatch(name) is not None
