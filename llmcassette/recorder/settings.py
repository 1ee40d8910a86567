"""All settings, and how they are checked and merged.

A setting may be in pyproject.toml, from the fixture ``llm_cassette_config``, on the marker, or a
keyword of ``use_cassette`` and ``CassetteTransport``. Lists add up; of other values the nearest
wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.errors import SettingsError
from llmcassette.recorder.chunking import check_chunking
from llmcassette.recorder.modes import Mode, parse_mode
from llmcassette.recorder.pacing import Pace, check_limit, check_pace, check_seconds
from llmcassette.recorder.setting_values import (
    Bytes,
    Mismatch,
    PersonalKind,
    Stale,
    Unused,
    check_age,
    check_flag,
    check_functions,
    check_matcher,
    check_mismatch,
    check_personal_data,
    check_ratio,
    check_retry_after,
    check_size,
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
    from llmcassette.model import Request
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.redaction import Redaction, RedactionFunction
    from llmcassette.streams.bounds import Bounds

__all__ = ["Layer", "Settings", "merge", "unknown_setting"]


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings from one place.

    Attributes:
        place: its name, for messages: ``pyproject.toml``, ``the marker`` ...
        values: the settings by name, unchecked.
    """

    place: str
    values: Mapping[str, object]


def _faults(value: object, place: str) -> tuple[Fault, ...]:
    from llmcassette.recorder.faults.parsing import check_faults  # not at the start of every run

    return check_faults(value, place)


def _folder(value: object, place: str) -> str:
    from llmcassette.recorder.naming import check_folder  # few projects set it

    return check_folder(value, place)


def _name(value: object, place: str) -> str | None:
    from llmcassette.recorder.naming import check_name

    return check_name(value, place)


def _mode(value: object, place: str) -> Mode | None:
    return None if value is None else parse_mode(value, place)


def _by(check: Callable[[object, str], object], *, adds_up: bool = False) -> dict[str, object]:
    """How a setting is merged: its check, and whether the values of all layers add up."""
    return {"check": check, "adds_up": adds_up}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one cassette, after merging.

    Attributes:
        mode: record mode, or ``None`` if none was set.
        ignore: JSONPaths (RFC 9535) of body values that matching ignores.
        ignore_query: names of query parameters that matching ignores.
        ignore_parts: names of parts of multipart bodies that matching ignores.
        match_headers: names of request headers that must be equal too.
        match_on: what must be equal; see ``llmcassette.matching.Rules``.
        normalize_url: rewrites of URLs before they are compared.
        matcher: a function of the user's that decides last about a pair of requests.
        rename_ids: whether tool-call ids minted by the client may differ.
        null_is_absent: whether members of JSON bodies that are null count as absent.
        mismatch: ``warn``: a request that nothing answers gets the answer of the nearest recording
            of the same method and URL, and a warning; in CI only if pyproject.toml says so.
        allow_repeats: whether the last equal recording answers any number of times.
        ordered: whether requests must be sent in the recorded order.
        pass_hosts: hosts that are reached by the real transport and never recorded.
        ignore_hosts: hosts that are unreachable in mode ``none``.
        serve_hosts: hosts that are served although they are on this machine.
        upstream: origins that the recording proxy passes requests on to; see
            ``llmcassette.server``.
        block_network: whether only this machine can be reached while a cassette replays, and in
            CI in the whole run; ``None`` is ``True``.
        allowed_hosts: hosts that can be reached even so.
        keep_headers: globs of headers to record in addition to the default ones.
        redact_fields: names of JSON and form fields to redact in addition to the default ones.
        keep_fields: names among the default ones that are not redacted.
        redact_paths: JSONPaths of body values to redact.
        redact: functions that take a Request or a Response and return it, changed or not.
        secret_env: globs of environment variables that are secrets; with ``!`` that are not.
        secret_patterns: regular expressions of secrets beside the built-in forms of keys.
        personal_data: kinds of personal data that stand-ins replace, and pairs of a name and a
            regular expression.
        outside: whether recording may write outside the project: through a link, or where the
            marker's name leads.
        max_decoded_size: bytes that a compressed body may decode to.
        max_decoded_ratio: how many times its size that may be, where it is more than 10 MB.
        pace: ``instant``, ``recorded``, or a factor of the recorded times.
        ttft: seconds until the first chunk of an answer; see ``pacing.timing``.
        gap: seconds between its chunks.
        sleep: called with the seconds to wait, instead of waiting; may be asynchronous.
        retry_after: ``instant``: at pace ``instant`` an answer that SDKs retry has a
            ``retry-after`` of a thousandth of a second; ``recorded``: it has the recorded one.
        chunking: the pieces in which bodies arrive; see ``chunking.check_chunking``.
        max_wait: seconds for which a read may stay pending that was pending when it was recorded.
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
        cassette_dir: the folder of the cassettes of tests: beside each test file, or, with a slash
            in it, of the project.
        cassette_name: template of their names in it; see ``llmcassette.recorder.naming``; ``None``:
            ``{module}/{class}.{test}[{params}]``, with all that pytest puts in the brackets.
    """

    mode: Mode | None = field(default=None, metadata=_by(_mode))
    ignore: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    ignore_query: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    ignore_parts: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    match_headers: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    match_on: tuple[str, ...] = field(
        default=("method", "url", "body"), metadata=_by(check_strings)
    )
    normalize_url: tuple[str | tuple[str, str], ...] = field(
        default=(), metadata=_by(check_url_rules, adds_up=True)
    )
    matcher: Callable[..., bool] | None = field(default=None, metadata=_by(check_matcher))
    rename_ids: bool = field(default=True, metadata=_by(check_flag))
    null_is_absent: bool = field(default=False, metadata=_by(check_flag))
    mismatch: Mismatch = field(default="error", metadata=_by(check_mismatch))
    allow_repeats: bool = field(default=False, metadata=_by(check_flag))
    ordered: bool = field(default=False, metadata=_by(check_flag))
    pass_hosts: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    ignore_hosts: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    serve_hosts: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    upstream: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    block_network: bool | None = field(default=None, metadata=_by(check_flag))
    allowed_hosts: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    keep_headers: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    redact_fields: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    keep_fields: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    redact_paths: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    redact: tuple[RedactionFunction, ...] = field(
        default=(), metadata=_by(check_functions, adds_up=True)
    )
    secret_env: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    secret_patterns: tuple[str, ...] = field(default=(), metadata=_by(check_strings, adds_up=True))
    personal_data: tuple[PersonalKind, ...] = field(
        default=(), metadata=_by(check_personal_data, adds_up=True)
    )
    outside: bool = field(default=False, metadata=_by(check_flag))
    max_decoded_size: Bytes = field(default=100_000_000, metadata=_by(check_size))
    max_decoded_ratio: int = field(default=1_000, metadata=_by(check_ratio))
    pace: Pace = field(default="instant", metadata=_by(check_pace))
    ttft: float | None = field(default=None, metadata=_by(check_seconds))
    gap: float | None = field(default=None, metadata=_by(check_seconds))
    sleep: Callable[[float], object] | None = field(default=None, metadata=_by(check_sleep))
    retry_after: Literal["instant", "recorded"] = field(
        default="instant", metadata=_by(check_retry_after)
    )
    chunking: str = field(default="recorded", metadata=_by(check_chunking))
    max_wait: float = field(default=60.0, metadata=_by(check_limit))
    faults: tuple[Fault, ...] = field(default=(), metadata=_by(_faults, adds_up=True))
    unused: Unused | None = field(default=None, metadata=_by(check_unused))
    max_age: timedelta | None = field(default=None, metadata=_by(check_age))
    stale: Stale | None = field(default=None, metadata=_by(check_stale))
    checks: tuple[str, ...] = field(
        default=("secret", "cut-answer", "incomplete"), metadata=_by(check_strings)
    )
    count_tokens: bool = field(default=True, metadata=_by(check_flag))
    placeholder_keys: bool = field(default=True, metadata=_by(check_flag))
    ci: bool = field(default=True, metadata=_by(check_flag))
    cassette_dir: str = field(default="cassettes", metadata=_by(_folder))
    cassette_name: str | None = field(default=None, metadata=_by(_name))

    @cached_property
    def rules(self) -> Rules:
        """The settings of matching.

        Raises:
            SettingsError: a JSONPath, a pattern or a name among them can't be used.
        """
        # The pytest plugin merges settings at start-up; matching is imported on first use.
        from llmcassette.matching.rules import Rules

        if any(getattr(self, name) for name in _OF_REDACTION):
            _ = self.redaction  # what is wrong with it shows now; the defaults are right
        return Rules(
            ignore=self.ignore,
            ignore_query=self.ignore_query,
            ignore_parts=self.ignore_parts,
            match_headers=self.match_headers,
            normalize_url=self.normalize_url,
            matcher=self.matcher,
            rename_ids=self.rename_ids,
            null_is_absent=self.null_is_absent,
            allow_repeats=self.allow_repeats,
            ordered=self.ordered,
            match_on=self.match_on,
            redact=self._redacted,
            untouched=self._is_untouched,
            bounds=self.bounds,
        )

    def _redacted(self, request: Request) -> Request:
        """A request as it is compared: with what is secret replaced."""
        if self.redaction.personal_kinds:
            from llmcassette.redaction.personal_data import comparable_request

            return comparable_request(request, redaction=self.redaction)
        from llmcassette.redaction import redact_request

        return redact_request(request, redaction=self.redaction)

    def _is_untouched(self, request: Request, members: Iterable[str]) -> bool:
        """Whether ``_redacted`` certainly changes nothing that is compared."""
        from llmcassette.redaction import leaves_untouched

        return leaves_untouched(request, members, self.redaction)

    @property
    def bounds(self) -> Bounds:
        """How much a compressed body may decode to."""
        from llmcassette.streams.bounds import Bounds

        return Bounds(self.max_decoded_size, self.max_decoded_ratio)

    @cached_property
    def redaction(self) -> Redaction:
        """The settings of redaction.

        Raises:
            SettingsError: a name, a JSONPath or a function among them can't be used.
        """
        from llmcassette.redaction import Redaction
        from llmcassette.redaction.credential_names import carries_credentials

        for name in self.match_headers:
            if carries_credentials(name):
                raise SettingsError(
                    f"{name!r} carries credentials and is never written to a cassette, so it can't"
                    " be compared; remove it",
                    field="match_headers",
                )
        return Redaction(
            keep_headers=(
                *self.keep_headers,
                *self.match_headers,
                "range",
                "x-http-method-override",
            ),
            fields=self.redact_fields,
            keep_fields=self.keep_fields,
            jsonpaths=self.redact_paths,
            functions=self.redact,
            secret_env=self.secret_env,
            secret_patterns=self.secret_patterns,
            personal_data=self.personal_data,
            bounds=self.bounds,
        )


def merge(layers: Iterable[Layer]) -> Settings:
    """Merge layers, that of the widest scope first.

    Raises:
        SettingsError: a name is unknown (the nearest one is suggested), or a value can't be used.
    """
    merged: dict[str, object] = {}
    for layer in layers:
        for name, given in layer.values.items():
            setting = _SETTINGS.get(name)
            if setting is None:
                raise SettingsError(unknown_setting(name, layer.place))
            value = setting["check"](given, f"{name} ({layer.place})")
            if setting["adds_up"]:
                before = merged.get(name, ())
                assert isinstance(before, tuple)
                assert isinstance(value, tuple)
                value = before + tuple(item for item in value if item not in before)
            if name != "mode" or value is not None:  # mode=None leaves it to the other layers
                merged[name] = value
    return Settings(**merged)  # type: ignore[arg-type]


def unknown_setting(name: str, place: str) -> str:
    """The message for a name that is no setting: the nearest one, or what does it here."""
    import difflib  # only for a message

    from llmcassette.recorder.foreign_settings import INSTEAD

    if name in INSTEAD:
        return f"there is no setting {name!r} ({place}): {INSTEAD[name]}."
    near = difflib.get_close_matches(name, _SETTINGS, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(_SETTINGS)}."
    return f"there is no setting {name!r} ({place}).{hint}"


_OF_REDACTION: Final = (
    "keep_headers", "match_headers", "redact_fields", "keep_fields", "redact_paths", "redact",
    "secret_env", "secret_patterns", "personal_data",
)  # fmt: skip
_SETTINGS: Final = {each.name: each.metadata for each in fields(Settings)}
