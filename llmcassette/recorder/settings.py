"""Every setting there is, checked and merged in one place.

A setting may be said in pyproject.toml, by the fixture ``llm_cassette_config``, on the marker, or
as a keyword of ``use_cassette`` and ``CassetteTransport``. Lists add up, scalars: the nearest wins.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.errors import SettingsError
from llmcassette.recorder.chunking import check_chunking
from llmcassette.recorder.modes import Mode, parse_mode
from llmcassette.recorder.pacing import Pace, check_pace, check_seconds
from llmcassette.recorder.strictness import (
    Stale,
    Unused,
    check_age,
    check_stale,
    check_unused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timedelta

    from llmcassette.matching import Rules
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.redaction import Redaction, RedactionFunction

__all__ = ["Layer", "Settings", "merge"]


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings said in one place, named for messages: ``pyproject.toml``, ``the marker`` ..."""

    said_by: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What applies to one cassette, after merging.

    Attributes:
        mode: record mode, or ``None`` where nobody said one.
        ignore: JSONPaths (RFC 9535) of body values that do not count in matching.
        ignore_query: names of query parameters that do not count.
        match_headers: names of request headers that must be equal too.
        match_on: what must be equal; see ``llmcassette.matching.Rules``.
        normalize_url: rewrites of URLs before they are compared.
        matcher: the user's own last word on a pair of requests.
        rename_ids: whether tool-call ids minted by the client may differ.
        allow_repeats: whether the last equal recording is served again and again.
        ordered: whether requests must come in the recorded order.
        pass_hosts: hosts served by the real transport and never recorded.
        ignore_hosts: hosts whose requests fail as unreachable in mode ``none``.
        block_network: whether nothing but this machine is reached while a cassette replays;
            ``None``: only in CI, and there in the whole run.
        allowed_hosts: hosts that are reached all the same.
        keep_headers: globs of headers to record beside the allow-list.
        redact_fields: names of JSON and form fields to redact beside the default ones.
        keep_fields: names not to redact, though they are among the default ones.
        redact_paths: JSONPaths of body values to redact.
        redact: functions that take a Request or a Response and give it back, changed or not.
        secret_env: globs of environment variables that hold secrets, or with ``!`` hold none.
        pace: ``instant``, ``recorded``, or a factor of the recorded times.
        ttft: seconds until the first chunk of an answer; see ``pacing.timing``.
        gap: seconds between its chunks.
        sleep: called with the seconds to wait, in place of waiting; may be asynchronous.
        retry_after: ``instant``: at pace ``instant`` the headers of an answer that SDKs retry tell
            a thousandth of a second; ``recorded``: they tell what they told.
        chunking: in what pieces bodies come; see ``chunking.check_chunking``.
        faults: what goes wrong; see ``llmcassette.faults``.
        unused: what becomes of interactions that no test played; ``None``: an error in CI, else a
            warning.
        max_age: how old a recording may be.
        stale: what becomes of one that is older; ``None``: an error in CI, else a warning.
        checks: names of what is looked for in CI in every cassette that was used; see
            ``llmcassette.review.check.rules``.
        count_tokens: whether the end of a run tells the tokens and the money not spent.
        placeholder_keys: whether unset provider keys get a placeholder in mode ``none``.
        ci: whether ``CI=true`` in the environment implies mode ``none``.
    """

    mode: Mode | None = None
    ignore: tuple[str, ...] = ()
    ignore_query: tuple[str, ...] = ()
    match_headers: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ("method", "url", "body")
    normalize_url: tuple[str | tuple[str, str], ...] = ()
    matcher: Callable[..., bool] | None = None
    rename_ids: bool = True
    allow_repeats: bool = False
    ordered: bool = False
    pass_hosts: tuple[str, ...] = ()
    ignore_hosts: tuple[str, ...] = ()
    block_network: bool | None = None
    allowed_hosts: tuple[str, ...] = ()
    keep_headers: tuple[str, ...] = ()
    redact_fields: tuple[str, ...] = ()
    keep_fields: tuple[str, ...] = ()
    redact_paths: tuple[str, ...] = ()
    redact: tuple[RedactionFunction, ...] = ()
    secret_env: tuple[str, ...] = ()
    pace: Pace = "instant"
    ttft: float | None = None
    gap: float | None = None
    sleep: Callable[[float], object] | None = None
    retry_after: Literal["instant", "recorded"] = "instant"
    chunking: str = "recorded"
    faults: tuple[Fault, ...] = ()
    unused: Unused | None = None
    max_age: timedelta | None = None
    stale: Stale | None = None
    checks: tuple[str, ...] = ("secret", "cut-answer", "incomplete")
    count_tokens: bool = True
    placeholder_keys: bool = True
    ci: bool = True

    def rules(self) -> Rules:
        """The part of the settings that matching goes by.

        Raises:
            SettingsError: a JSONPath, a pattern or a name among them cannot be used.
        """
        # The pytest plugin merges settings at start-up; matching is loaded with the first cassette.
        from llmcassette.matching import Rules
        from llmcassette.redaction import leaves_untouched, redact_request

        redaction = self.redaction()
        return Rules(
            ignore=self.ignore,
            ignore_query=self.ignore_query,
            match_headers=self.match_headers,
            normalize_url=self.normalize_url,
            matcher=self.matcher,
            rename_ids=self.rename_ids,
            allow_repeats=self.allow_repeats,
            ordered=self.ordered,
            match_on=self.match_on,
            redact=partial(redact_request, redaction=redaction),
            untouched=partial(leaves_untouched, redaction=redaction),
        )

    def redaction(self) -> Redaction:
        """The part of the settings that redaction goes by.

        Raises:
            SettingsError: a name, a JSONPath or a function among them cannot be used.
        """
        from llmcassette.redaction import Redaction

        return Redaction(
            keep_headers=self.keep_headers + self.match_headers,
            fields=self.redact_fields,
            keep_fields=self.keep_fields,
            jsonpaths=self.redact_paths,
            functions=self.redact,
            secret_env=self.secret_env,
        )


def merge(layers: Iterable[Layer]) -> Settings:
    """Merge layers, the farthest first.

    Raises:
        SettingsError: a name is unknown (the right one is suggested) or a value is of a wrong type.
    """
    merged: dict[str, object] = {}
    for layer in layers:
        for name, given in layer.values.items():
            parse = _PARSERS.get(name)
            if parse is None:
                raise SettingsError(_unknown(name, layer.said_by))
            value = parse(given, f"{name} ({layer.said_by})")
            if name in _ADD_UP:
                held = merged.get(name, ())
                assert isinstance(held, tuple)
                assert isinstance(value, tuple)
                value = held + tuple(item for item in value if item not in held)
            if name != "mode" or value is not None:  # mode=None leaves it to the others
                merged[name] = value
    return Settings(**merged)  # type: ignore[arg-type]


def _unknown(name: str, said_by: str) -> str:
    import difflib  # only for a message

    near = difflib.get_close_matches(name, _PARSERS, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(_PARSERS)}."
    return f"there is no setting {name!r} ({said_by}).{hint}"


def _boolean(value: object, place: str) -> bool:
    if isinstance(value, bool):
        return value
    raise SettingsError(f"{place} must be true or false, not {value!r}")


def _strings(value: object, place: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple | set | frozenset):
        items = tuple(value)
        if all(isinstance(item, str) for item in items):
            return items
    example = f"[{value!r}]" if isinstance(value, str) else '["…"]'
    raise SettingsError(f"{place} must be a list of strings, such as {example}, not {value!r}")


def _url_rules(value: object, place: str) -> tuple[str | tuple[str, str], ...]:
    if not isinstance(value, list | tuple):
        raise SettingsError(f"{place} must be a list of names and of pairs, not {value!r}")
    rules: list[str | tuple[str, str]] = []
    for rule in value:
        match rule:
            case str():
                rules.append(rule)
            case [str(pattern), str(replacement)]:
                rules.append((pattern, replacement))
            case _:
                raise SettingsError(
                    f"{place}: {rule!r} is neither a name nor a pair [pattern, replacement]"
                )
    return tuple(rules)


def _function(value: object, place: str) -> Callable[..., bool] | None:
    if value is None or callable(value):
        return value
    raise SettingsError(f"{place} must be a function of two requests, not {value!r}")


def _functions(value: object, place: str) -> tuple[Callable[..., object], ...]:
    items = tuple(value) if isinstance(value, list | tuple) else (value,)
    if all(callable(item) for item in items):
        return items
    raise SettingsError(f"{place} must be a function or a list of functions, not {value!r}")


def _sleep(value: object, place: str) -> Callable[[float], object] | None:
    if value is None or callable(value):
        return value
    raise SettingsError(f"{place} must be a function of a number of seconds, not {value!r}")


def _retry_after(value: object, place: str) -> str:
    if value in ("instant", "recorded"):
        return str(value)
    raise SettingsError(f"{place} must be 'instant' or 'recorded', not {value!r}")


def _faults(value: object, place: str) -> tuple[Fault, ...]:
    from llmcassette.recorder.faults.parsing import check_faults  # not at the start of every run

    return check_faults(value, place)


def _mode(value: object, place: str) -> Mode | None:
    return None if value is None else parse_mode(value, said_by=place)


_PARSERS: Final[dict[str, Callable[[object, str], object]]] = {
    "mode": _mode,
    "ignore": _strings,
    "ignore_query": _strings,
    "match_headers": _strings,
    "match_on": _strings,
    "normalize_url": _url_rules,
    "matcher": _function,
    "rename_ids": _boolean,
    "allow_repeats": _boolean,
    "ordered": _boolean,
    "pass_hosts": _strings,
    "ignore_hosts": _strings,
    "block_network": _boolean,
    "allowed_hosts": _strings,
    "keep_headers": _strings,
    "redact_fields": _strings,
    "keep_fields": _strings,
    "redact_paths": _strings,
    "redact": _functions,
    "secret_env": _strings,
    "pace": check_pace,
    "ttft": check_seconds,
    "gap": check_seconds,
    "sleep": _sleep,
    "retry_after": _retry_after,
    "chunking": check_chunking,
    "faults": _faults,
    "unused": check_unused,
    "max_age": check_age,
    "stale": check_stale,
    "checks": _strings,
    "count_tokens": _boolean,
    "placeholder_keys": _boolean,
    "ci": _boolean,
}
_ADD_UP: Final = frozenset(
    {
        "ignore",
        "ignore_query",
        "match_headers",
        "normalize_url",
        "pass_hosts",
        "ignore_hosts",
        "allowed_hosts",
        "keep_headers",
        "redact_fields",
        "keep_fields",
        "redact_paths",
        "redact",
        "secret_env",
        "faults",
    }
)
assert set(_PARSERS) == {item.name for item in fields(Settings)}
