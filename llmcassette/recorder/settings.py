"""All settings, and how they are checked and merged.

A setting may be in pyproject.toml, from the fixture ``llm_cassette_config``, on the marker, or a
keyword of ``use_cassette`` and ``CassetteTransport``. Lists add up; of other values the nearest
wins.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.errors import SettingsError
from llmcassette.recorder.chunking import check_chunking
from llmcassette.recorder.modes import Mode, parse_mode
from llmcassette.recorder.pacing import Pace, check_pace, check_seconds
from llmcassette.recorder.setting_values import (
    Stale,
    Unused,
    check_age,
    check_flag,
    check_functions,
    check_matcher,
    check_retry_after,
    check_sleep,
    check_stale,
    check_strings,
    check_unused,
    check_url_rules,
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
    """Settings from one place.

    Attributes:
        place: its name, for messages: ``pyproject.toml``, ``the marker`` ...
        values: the settings by name, unchecked.
    """

    place: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one cassette, after merging.

    Attributes:
        mode: record mode, or ``None`` if none was set.
        ignore: JSONPaths (RFC 9535) of body values that matching ignores.
        ignore_query: names of query parameters that matching ignores.
        match_headers: names of request headers that must be equal too.
        match_on: what must be equal; see ``llmcassette.matching.Rules``.
        normalize_url: rewrites of URLs before they are compared.
        matcher: a function of the user's that decides last about a pair of requests.
        rename_ids: whether tool-call ids minted by the client may differ.
        allow_repeats: whether the last equal recording answers any number of times.
        ordered: whether requests must be sent in the recorded order.
        pass_hosts: hosts that are reached by the real transport and never recorded.
        ignore_hosts: hosts that are unreachable in mode ``none``.
        block_network: whether only this machine can be reached while a cassette replays;
            ``None``: only in CI, and there in the whole run.
        allowed_hosts: hosts that can be reached even so.
        keep_headers: globs of headers to record in addition to the default ones.
        redact_fields: names of JSON and form fields to redact in addition to the default ones.
        keep_fields: names among the default ones that are not redacted.
        redact_paths: JSONPaths of body values to redact.
        redact: functions that take a Request or a Response and return it, changed or not.
        secret_env: globs of environment variables that are secrets; with ``!`` that are not.
        pace: ``instant``, ``recorded``, or a factor of the recorded times.
        ttft: seconds until the first chunk of an answer; see ``pacing.timing``.
        gap: seconds between its chunks.
        sleep: called with the seconds to wait, instead of waiting; may be asynchronous.
        retry_after: ``instant``: at pace ``instant`` an answer that SDKs retry has a
            ``retry-after`` of a thousandth of a second; ``recorded``: it has the recorded one.
        chunking: the pieces in which bodies arrive; see ``chunking.check_chunking``.
        faults: what goes wrong; see ``llmcassette.faults``.
        unused: what the run does about interactions that no test played; ``None``: an error in CI,
            else a warning.
        max_age: how old a recording may be.
        stale: what the run does about an older one; ``None``: an error in CI, else a warning.
        checks: names of the checks that CI makes of every cassette that was used; see
            ``llmcassette.review.check.rules``.
        count_tokens: whether the end of a run shows the tokens and the money saved.
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
        """The settings of matching.

        Raises:
            SettingsError: a JSONPath, a pattern or a name among them can't be used.
        """
        # The pytest plugin merges settings at start-up; matching is imported on first use.
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
        """The settings of redaction.

        Raises:
            SettingsError: a name, a JSONPath or a function among them can't be used.
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
    """Merge layers, that of the widest scope first.

    Raises:
        SettingsError: a name is unknown (the nearest one is suggested), or a value can't be used.
    """
    merged: dict[str, object] = {}
    for layer in layers:
        for name, given in layer.values.items():
            check = _CHECKS.get(name)
            if check is None:
                raise SettingsError(_unknown(name, layer.place))
            value = check(given, f"{name} ({layer.place})")
            if name in _LISTS:
                before = merged.get(name, ())
                assert isinstance(before, tuple)
                assert isinstance(value, tuple)
                value = before + tuple(item for item in value if item not in before)
            if name != "mode" or value is not None:  # mode=None leaves it to the other layers
                merged[name] = value
    return Settings(**merged)  # type: ignore[arg-type]


def _unknown(name: str, place: str) -> str:
    import difflib  # only for a message

    near = difflib.get_close_matches(name, _CHECKS, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(_CHECKS)}."
    return f"there is no setting {name!r} ({place}).{hint}"


def _faults(value: object, place: str) -> tuple[Fault, ...]:
    from llmcassette.recorder.faults.parsing import check_faults  # not at the start of every run

    return check_faults(value, place)


def _mode(value: object, place: str) -> Mode | None:
    return None if value is None else parse_mode(value, place)


_CHECKS: Final[dict[str, Callable[[object, str], object]]] = {
    "mode": _mode,
    "ignore": check_strings,
    "ignore_query": check_strings,
    "match_headers": check_strings,
    "match_on": check_strings,
    "normalize_url": check_url_rules,
    "matcher": check_matcher,
    "rename_ids": check_flag,
    "allow_repeats": check_flag,
    "ordered": check_flag,
    "pass_hosts": check_strings,
    "ignore_hosts": check_strings,
    "block_network": check_flag,
    "allowed_hosts": check_strings,
    "keep_headers": check_strings,
    "redact_fields": check_strings,
    "keep_fields": check_strings,
    "redact_paths": check_strings,
    "redact": check_functions,
    "secret_env": check_strings,
    "pace": check_pace,
    "ttft": check_seconds,
    "gap": check_seconds,
    "sleep": check_sleep,
    "retry_after": check_retry_after,
    "chunking": check_chunking,
    "faults": _faults,
    "unused": check_unused,
    "max_age": check_age,
    "stale": check_stale,
    "checks": check_strings,
    "count_tokens": check_flag,
    "placeholder_keys": check_flag,
    "ci": check_flag,
}
_LISTS: Final = frozenset(
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
assert set(_CHECKS) == {item.name for item in fields(Settings)}
