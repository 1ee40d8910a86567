"""The canonical form of a request: as a JSON-like value, as text, and as a hash."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.json.canonical_text import canonical_text
from llmcassette.json.value import NotJson, value_and_names
from llmcassette.matching.encoding import decoded_request
from llmcassette.matching.forms import (
    boundary_of,
    form_value,
    grouped,
    looks_like_form,
    multipart_value,
    without_boundary,
    without_parts,
)
from llmcassette.matching.redacted import MARKER
from llmcassette.matching.rules import Rules, RuleUse, rule_name
from llmcassette.matching.url import CanonicalUrl, canonical_url
from llmcassette.matching.url_rules import compile_url_rule

if TYPE_CHECKING:
    from llmcassette.json.path import JSONPathQuery
    from llmcassette.json.value import JsonValue
    from llmcassette.model import Request

__all__ = ["Canonicalizer", "body_value", "canonical_request", "request_key"]

HOST_MARKER: Final = re.compile(r"\[redacted\]|%5bredacted%5d")
ESCAPED_MARKER: Final = "%5BREDACTED%5D"  # brackets are escaped in a canonical path


def canonical_request(request: Request, rules: Rules | None = None) -> bytes:
    """The canonical text of a request: equal for requests that match, different for others.

    Except for ids that the client made up and ``[REDACTED]``: comparing them takes both requests.
    """
    return canonical_text(Canonicalizer(rules or Rules()).value(request))


def request_key(text: bytes) -> bytes:
    """The SHA-256 of a canonical text."""
    return sha256(text).digest()


def body_value(body: bytes, content_type: str = "") -> list[JsonValue]:
    """A decompressed body as its kind and value: ``["json", ...]``, ``["form", {...}]``,
    ``["multipart", [...]]``, or ``["bytes", text]``, the bytes read as Latin-1.

    A body is JSON if the Content-Type says so; also if it is an object or an array, as many
    recordings keep no headers, but not if it is called text.
    """
    return _read_body(body, content_type)[0]


def _read_body(body: bytes, content_type: str) -> tuple[list[JsonValue], set[str]]:
    """A body's kind and value, and the names of the members if it is JSON."""
    if not body:
        return ["bytes", ""], set()
    media_type = content_type.partition(";")[0].strip().lower()
    declared = media_type.endswith(("/json", "+json"))
    if declared or not media_type.startswith("text/"):
        value, members = value_and_names(body, declared=declared)
        if not isinstance(value, NotJson):
            return ["json", value], members
    return _not_json(body, content_type, media_type), set()


def remove_nulls(value: JsonValue) -> None:
    """Remove members that are ``null``, at any depth; elements of arrays stay."""
    waiting = [value]
    for item in waiting:
        if isinstance(item, dict):
            for name in [name for name, member in item.items() if member is None]:
                del item[name]
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _not_json(body: bytes, content_type: str, media_type: str) -> list[JsonValue]:
    if media_type == "application/x-www-form-urlencoded":
        return ["form", form_value(body)]
    if media_type.startswith("multipart/") or not media_type:
        boundary = boundary_of(content_type, body)
        parts = multipart_value(body, boundary) if boundary else None
        if parts is not None:
            return ["multipart", parts]
    if not media_type and looks_like_form(body):
        return ["form", form_value(body)]
    return ["bytes", body.decode("latin-1")]


class Plain(NamedTuple):
    """A canonical request before redaction.

    Attributes:
        value: its canonical value.
        members: the names of all members if its body is JSON.
    """

    value: dict[str, JsonValue]
    members: set[str]


class Canonicalizer:
    """Requests to canonical values, under one set of rules."""

    __slots__ = (
        "_compared",
        "_filters",
        "_headers_compared",
        "_paths",
        "_rules",
        "_url_rules",
        "_urls",
        "_use",
        "made",
    )

    def __init__(self, rules: Rules, use: RuleUse | None = None) -> None:
        self._rules = rules
        self._use = RuleUse() if use is None else use
        self._compared = rules.compared()
        self._headers_compared = tuple(map(str.lower, rules.header_names))
        self._urls: dict[str, dict[str, JsonValue]] = {}
        self._url_rules = [
            (rule_name(rule), compile_url_rule(rule)) for rule in rules.normalize_url
        ]
        self._paths: list[tuple[str, JSONPathQuery]] = []
        # A filter may depend on a value that redaction changes, and remove it.
        self._filters = any("?" in path for path in rules.ignore)
        if rules.ignore:
            from llmcassette.json.path import compile_path  # imports a library: see there

            self._paths = [(path, compile_path(path, "ignore")) for path in rules.ignore]
        self.made = 0  # canonical values so far: the cost of matching, for tests and benchmarks

    def value(self, request: Request, plain: Plain | None = None) -> dict[str, JsonValue]:
        """The canonical value of a request. Its member ``url`` is shared: don't change it.

        Args:
            request: as it was sent, or as it is recorded.
            plain: what ``plain`` returned for it.
        """
        request = decoded_request(
            request, self._rules.bounds
        )  # first: redaction removes Content-Encoding
        if self._rules.redact is None:
            return (self._plain(request) if plain is None else plain).value
        if plain is None and self._rules.untouched is not None:
            plain = self._plain(request)
        if plain is not None and self._is_untouched(request, plain):
            return plain.value
        redacted = self._rules.redact(request)
        if plain is not None and self._equal_where_compared(request, redacted):
            return plain.value
        return self._plain(redacted).value

    def _is_untouched(self, request: Request, plain: Plain) -> bool:
        body = plain.value.get("body")
        return (
            self._rules.untouched is not None
            and not self._rules.match_headers  # their values may be redacted too
            and not self._filters
            and isinstance(body, list)
            and body[0] == "json"
            and self._rules.untouched(request, plain.members)
        )

    def plain(self, request: Request) -> Plain:
        """The canonical value without redaction. If two of these are equal, so are the redacted.

        (Exceptions: a content type hides a secret from redaction, or a filter of ``ignore`` depends
        on one. Then equal requests may be redacted differently.)
        """
        return self._plain(decoded_request(request, self._rules.bounds))

    def _equal_where_compared(self, one: Request, other: Request) -> bool:
        names = ("content-type", *self._rules.header_names)
        return (one.method, one.url, one.body) == (other.method, other.url, other.body) and all(
            one.headers.get_list(name) == other.headers.get_list(name) for name in names
        )

    def _plain(self, request: Request) -> Plain:
        self.made += 1
        members: set[str] = set()
        value: dict[str, JsonValue] = {"url": self._url(request.url)}
        if "method" in self._compared:
            value["method"] = request.method.upper() or "GET"
        headers = self._headers(request)
        if headers or self._rules.match_headers:
            value["headers"] = headers
        if "body" in self._compared:
            value["body"], members = self._body(request)
        return Plain(value, members)

    def _url(self, text: str) -> dict[str, JsonValue]:
        known = self._urls.get(text)
        if known is None:
            known = self._urls[text] = self._url_value(self._normalized(canonical_url(text)))
        return known

    def _normalized(self, url: CanonicalUrl) -> CanonicalUrl:
        text = str(url)
        for name, patterns in self._url_rules:
            for pattern, replacement in patterns:
                text, count = pattern.subn(replacement, text)
                self._use.note("normalize_url", name, count)
        return canonical_url(text) if self._url_rules else url

    def _url_value(self, url: CanonicalUrl) -> dict[str, JsonValue]:
        ignored = self._rules.ignore_query
        pairs = tuple(pair for pair in url.query if pair[0] not in ignored)
        for name, _ in url.query:
            if name in ignored:
                self._use.note("ignore_query", name)
        parts: dict[str, JsonValue] = {
            "scheme": url.scheme,
            "host": HOST_MARKER.sub(MARKER, url.host),
            "port": url.port,
            "path": [*url.path.replace(ESCAPED_MARKER, MARKER).split("/")],
            "query": grouped(pairs),
        }
        return {name: part for name, part in parts.items() if name in self._compared}

    def _headers(self, request: Request) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        lists = request.headers.get_lists(self._headers_compared)
        if any(lists):
            for name, values in zip(self._rules.header_names, lists, strict=True):
                if values:
                    self._use.note("match_headers", name)
                    found[name.lower()] = [without_boundary(value.strip()) for value in values]
        return found

    def _body(self, request: Request) -> tuple[list[JsonValue], set[str]]:
        value, members = _read_body(
            request.body, ", ".join(request.headers.get_list("content-type"))
        )
        if isinstance(value[1], dict) and "jsonrpc" in value[1]:
            from llmcassette.providers.mcp_messages import is_mcp, without_volatile

            if value[0] == "json" and is_mcp(value[1]):
                value[1] = without_volatile(value[1])
        if self._rules.null_is_absent and value[0] == "json":
            remove_nulls(value[1])
        if self._paths and value[0] == "json":
            from llmcassette.json.path import remove_matches

            for text, path in self._paths:
                value[1], count = remove_matches(path, value[1])
                self._use.note("ignore", text, count)
        if self._rules.ignore_parts and value[0] == "multipart":
            for name in self._rules.ignore_parts:
                assert isinstance(value[1], list)
                value[1], count = without_parts(value[1], name)
                self._use.note("ignore_parts", name, count)
        return value, members
