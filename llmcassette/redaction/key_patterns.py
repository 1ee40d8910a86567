"""Finds what looks like a key, also one that is in no environment variable.

The forms are in ``key_forms.toml``; it is read on the first search. No library is used for them:

* kingfisher-secret-scanner (1.5.0) knows 488 rules and reports one false alarm on 3 MB of real
  cassettes, but it is 35 MB of native code, compiles its rules for 7 s when it is first used and
  0.7 s in every later process, and keeps them in the user's cache folder.
* detect-secrets (1.5.0) and its fork bc-detect-secrets (1.5.52) know one LLM provider and report no
  positions, and their entropy detectors take ordinary LLM traffic for secrets.
* The packages of gitleaks are its binary, which reads files and has to be run.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.redaction.placeholders import (
    LEAST_OF_KNOWN,
    LEAST_VARIED,
    is_placeholder,
    is_word,
)
from llmcassette.redaction.runs import classes_of, long_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Key", "find_keys", "keys", "placeholder_keys"]


class Key(NamedTuple):
    """What looks like a key. ``is_placeholder``: it only stands in the place of one."""

    start: int
    end: int
    kind: str
    is_placeholder: bool


def find_keys(text: bytes) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each key in a text; placeholders are left out."""
    for key in keys(text):
        if not key.is_placeholder:
            yield key.start, key.end, key.kind


def placeholder_keys(text: bytes) -> Iterator[str]:
    """What has the form of a key in a text, but is a placeholder such as ``sk-xxxx``."""
    for key in keys(text):
        if key.is_placeholder:
            yield text[key.start : key.end].decode("utf-8", "replace")


def keys(text: bytes) -> Iterator[Key]:
    """Each key in a text, and each placeholder that has a key's form."""
    forms = all_forms()
    end = 0
    for start in key_starts(text):
        if start < end:
            continue
        for form in forms.starts.get(text[start : start + SHORTEST_MARK], ()):
            match = form.regex.match(text, start)
            if match is not None:
                end = match.end()
                if not (form.is_base64 and is_inside_base64(text, start)):
                    yield form.key(match)
                break
    for form in forms.marks:
        at = text.find(form.mark)
        end = 0
        while at >= 0:
            match = form.regex.match(text, max(at - form.lead, end))
            if match is not None:
                end = match.end()
                if form.is_secret(match):
                    yield form.key(match)
            at = text.find(form.mark, max(at + len(form.mark), end))


CLASSES: Final = classes_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~")
SHORTEST: Final = 20
ESCAPES: Final = {ord(letter): 1 for letter in "nrtbf"} | {ord("u"): 5}
SHORTEST_MARK: Final = 2


def key_starts(text: bytes) -> Iterator[int]:
    """Where a key may start: at the start of a long run of its characters, or after a dot in it.

    Searching for these runs takes a third of the time that searching for each mark would take.
    """
    for start, end in long_runs(text, CLASSES, SHORTEST):
        yield start
        before = text[start - 1 : start]
        if before == b"\\" and (skipped := ESCAPES.get(text[start])):
            yield start + skipped
        elif before == b"%":
            yield start + 2
        dot = text.find(b".", start, end)
        while dot >= 0:
            yield dot + 1
            dot = text.find(b".", dot + 1, end)


BASE64_LEAD: Final = 24
BASE64_CHARACTERS: Final = re.compile(
    rb"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^\d]*\d)[A-Za-z0-9+/]{%d}" % BASE64_LEAD
)


def is_inside_base64(text: bytes, start: int) -> bool:
    """Whether a longer run of Base64 goes on at ``start``: a key stands there by chance."""
    return start > BASE64_LEAD and bool(BASE64_CHARACTERS.match(text, start - BASE64_LEAD, start))


@dataclass(frozen=True)
class Form:
    """The form of a kind of key; see ``key_forms.toml``."""

    kind: str
    mark: bytes
    source: str
    lead: int = 0
    least: int = LEAST_VARIED
    test: str = ""

    @cached_property
    def regex(self) -> re.Pattern[bytes]:
        return re.compile(self.source.encode())

    @cached_property
    def is_base64(self) -> bool:
        """Whether the mark may occur in Base64."""
        return self.mark.isalnum()

    def key(self, match: re.Match[bytes]) -> Key:
        start, end = match.span("secret" if "secret" in self.regex.groupindex else 0)
        secret = match.string[start:end].removeprefix(self.mark).decode("utf-8", "replace")
        is_fake = is_placeholder(secret, self.least) or WORDS.fullmatch(secret) is not None
        return Key(start, end, self.kind, self.least > 0 and is_fake)

    def is_secret(self, match: re.Match[bytes]) -> bool:
        if self.test == "token":
            return NOT_WORDS.search(match["secret"]) is not None
        if self.test == "basic":
            return is_basic(match["secret"])
        return True


WORDS: Final = re.compile(r"[a-z]+(?:[_-]+[a-z]+)+(?:[_-]*v?\d{1,2})?")
"""The name of a variable or a function, such as ``sb_secret_manager_client_for_tests``."""

NOT_WORDS: Final = re.compile(rb"[^A-Za-z_.+/~=-]")
USER_AND_PASSWORD: Final = re.compile(r"[^:\x00-\x1f]*:([^\x00-\x1f]{4,})")


def is_basic(encoded: bytes) -> bool:
    """Whether a text is the Base64 of a user and a password other than a word."""
    try:
        decoded = base64.b64decode(encoded + b"=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return False
    found = USER_AND_PASSWORD.fullmatch(decoded)
    return found is not None and not (is_word(found[1]) or is_placeholder(found[1], LEAST_OF_KNOWN))


class Forms(NamedTuple):
    """All forms: those that start with their mark by its first bytes, the longest first."""

    starts: dict[bytes, tuple[Form, ...]]
    marks: tuple[Form, ...]


@cache
def all_forms() -> Forms:
    """The forms of ``key_forms.toml``, each compiled on its first use."""
    import tomllib
    from importlib.resources import files

    data = tomllib.loads(files(__package__).joinpath("key_forms.toml").read_text("utf-8"))
    starts: dict[bytes, tuple[Form, ...]] = {}
    for mark in sorted(data["starts"], key=len, reverse=True):
        entry = data["starts"][mark]
        form = Form(entry["kind"], mark.encode(), re.escape(mark) + f"(?:{entry['rest']})")
        first = form.mark[:SHORTEST_MARK]
        starts[first] = (*starts.get(first, ()), form)
    marks = tuple(
        Form(
            entry["kind"],
            mark.encode(),
            entry["regex"],
            entry.get("lead", 0),
            entry.get("least", LEAST_VARIED),
            entry.get("is", ""),
        )
        for mark, entry in data["marks"].items()
    )
    return Forms(starts, marks)
