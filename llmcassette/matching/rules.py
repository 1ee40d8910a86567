"""The rules of matching: all but strict equality are opt-in, and their use is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.errors import ReplayError, SettingsError
from llmcassette.model import Request
from llmcassette.streams.bounds import DEFAULT_BOUNDS, Bounds

if TYPE_CHECKING:
    from llmcassette.matching.url_rules import UrlRule

__all__ = ["COMPARED_HEADERS", "MATCH_ON", "Matcher", "RuleUse", "Rules"]

Matcher: TypeAlias = Callable[[Request, Request], bool]
"""Called with the sent request and a recorded one that is equal by all other rules."""

URL_PARTS: Final = ("scheme", "host", "port", "path", "query")
LISTS: Final = (
    "ignore", "ignore_query", "ignore_parts", "match_headers", "match_on", "normalize_url",
)  # fmt: skip
COMPARED_HEADERS: Final = ("range", "x-http-method-override")
"""Names of header fields that change what is asked for, as the URL does."""

MATCH_ON: Final = ("method", "url", *URL_PARTS, "body")
"""What ``Rules.match_on`` may name; ``url`` is its five parts together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How requests are compared. The default is strict: method, URL and body by meaning.

    Attributes:
        ignore: JSONPaths (RFC 9535). The values they select are removed from JSON bodies on both
            sides, so that a missing value equals any other.
        ignore_query: names of query parameters that are not compared, decoded.
        ignore_parts: names of parts of multipart bodies that are not compared; ``NAME.filename``
            is the file name of a part.
        match_headers: names of header fields that must also be equal, all values in order;
            ``COMPARED_HEADERS`` always are.
        match_on: the parts of a request that are compared; see ``MATCH_ON``.
        normalize_url: names of ``NAMED_URL_RULES``, or pairs of a regular expression and its
            replacement, applied in order to the URL in its canonical form.
        matcher: a function that may refuse a recorded request that is otherwise equal. It is
            called for each such request, so with ``match_on=("method",)`` it decides alone, in a
            linear search.
        rename_ids: ids of tool calls match up to a one-to-one renaming, the same in all requests of
            a cassette, if no earlier answer has them: the client made them up.
        null_is_absent: members of JSON bodies that are ``null`` count as if they were not there.
        allow_repeats: once all equal interactions are played, the last one keeps answering.
        ordered: only the next interaction may answer.
        redact: applied to recorded and sent requests before they are compared.
        untouched: whether ``redact`` certainly changes nothing that is compared, given a request
            and the names of all members of its JSON body.
        bounds: how much a compressed body may decode to.

    Raises:
        SettingsError: a value that cannot be used; ``field`` names the setting.
    """

    ignore: tuple[str, ...] = ()
    ignore_query: tuple[str, ...] = ()
    ignore_parts: tuple[str, ...] = ()
    match_headers: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ("method", "url", "body")
    normalize_url: tuple[UrlRule, ...] = ()
    matcher: Matcher | None = None
    rename_ids: bool = True
    null_is_absent: bool = False
    allow_repeats: bool = False
    ordered: bool = False
    redact: Callable[[Request], Request] | None = None
    untouched: Callable[[Request, Iterable[str]], bool] | None = None
    bounds: Bounds = DEFAULT_BOUNDS

    def __post_init__(self) -> None:
        for name in LISTS:
            object.__setattr__(self, name, checked_list(name, getattr(self, name)))
        for name in ("rename_ids", "null_is_absent", "allow_repeats", "ordered"):
            if not isinstance(getattr(self, name), bool):
                raise SettingsError("must be true or false", field=name)
        for name in ("matcher", "redact", "untouched"):
            if getattr(self, name) is not None and not callable(getattr(self, name)):
                raise SettingsError("must be a function", field=name)
        check_match_on(self.match_on, alone=self.matcher is None)
        if self.ignore:
            from llmcassette.json.path import compile_path  # imports a library: see there

            for path in self.ignore:
                compile_path(path, "ignore")
        for rule in self.normalize_url:
            from llmcassette.matching.url_rules import compile_url_rule  # few projects have any

            try:
                compile_url_rule(rule)
            except SettingsError as error:
                raise SettingsError(error.problem, field="normalize_url") from error

    def ask_matcher(self, sent: Request, recorded: Request, position: int) -> bool:
        """Whether the matcher, if there is one, accepts a recorded request.

        Raises:
            ReplayError: the matcher failed.
        """
        if self.matcher is None:
            return True
        try:
            return bool(self.matcher(sent, recorded))
        except Exception as error:
            name = getattr(self.matcher, "__qualname__", repr(self.matcher))
            raise ReplayError(
                f"the matcher {name} failed on interaction {position}: "
                f"{type(error).__name__}: {error}"
            ) from error

    def compared(self) -> frozenset[str]:
        """The parts that are compared, with the five parts of ``url`` instead of it."""
        named = frozenset(self.match_on)
        return named - {"url"} | set(URL_PARTS) if "url" in named else named

    @property
    def header_names(self) -> tuple[str, ...]:
        """The names of all header fields that are compared."""
        return (*COMPARED_HEADERS, *self.match_headers)

    def opted_in(self) -> Iterator[tuple[str, str]]:
        """Setting and text of every rule that the user set and that should match something."""
        for name in ("ignore", "ignore_query", "ignore_parts", "match_headers"):
            for rule in getattr(self, name):
                yield name, rule
        for url_rule in self.normalize_url:
            yield "normalize_url", rule_name(url_rule)


class RuleUse:
    """How often each opt-in rule matched something. Cassettes of a session may share one."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, setting: str, rule: str, times: int = 1) -> None:
        """Count uses. Threads may lose counts to each other, but never the first one."""
        self._counts[setting, rule] += times

    def count(self, setting: str, rule: str) -> int:
        """How often a rule matched something."""
        return self._counts[setting, rule]

    def unused(self, rules: Rules) -> tuple[tuple[str, str], ...]:
        """Setting and text of the rules that matched nothing so far."""
        return tuple(rule for rule in rules.opted_in() if not self._counts[rule])


def rule_name(rule: UrlRule) -> str:
    """A URL rule's name in warnings: its name, or its expression."""
    return rule if isinstance(rule, str) else rule[0]


def checked_list(name: str, given: object) -> tuple[object, ...]:
    """The items of a list setting: texts or (for URLs) pairs of texts."""
    if isinstance(given, str) or not isinstance(given, (list, tuple)):
        raise SettingsError(f"must be a list, not {given!r}", field=name)
    return tuple(checked_item(name, item) for item in given)


def checked_item(name: str, item: object) -> object:
    if isinstance(item, str):
        return item
    pair = tuple(item) if isinstance(item, (list, tuple)) else ()
    if name == "normalize_url" and len(pair) == 2 and all(isinstance(p, str) for p in pair):
        return pair
    kind = "a text or a pair of texts" if name == "normalize_url" else "a text"
    raise SettingsError(f"each item must be {kind}, not {item!r}", field=name)


def check_match_on(named: tuple[str, ...], *, alone: bool) -> None:
    if not named and alone:
        raise SettingsError("must name something, or any request matches any", field="match_on")
    for name in named:
        if name == "headers":
            raise SettingsError(
                "headers are compared by name: give match_headers = ['anthropic-version', ...]",
                field="match_on",
            )
        if name not in MATCH_ON:
            from difflib import get_close_matches  # only for a message

            close = get_close_matches(name, MATCH_ON, 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise SettingsError(
                f"{name!r} cannot be compared: {hint}The parts are {', '.join(MATCH_ON)}",
                field="match_on",
            )
