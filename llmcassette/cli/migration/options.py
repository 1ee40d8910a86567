"""What becomes of each option of vcrpy, pytest-recording and cassetter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OPTIONS", "Moved", "list_of_strings", "moved", "string_in"]

REMOVED: Final = frozenset(
    {
        "filter_headers",  # headers with credentials are never recorded, nor are most others
        "decode_compressed_response",  # answers are stored decoded
        "record_on_exception",
        "inject_cassette",
        "serializer",  # files are YAML
        "path_transformer",  # names get their suffix
        "filter_replacement",
        "intercept",
        "on_expiry",
        "ignore_localhost_ports",
    }
)
"""What needs nothing here."""

BY_HAND: Final = {
    "before_record": "redact is a function that changes what is recorded",
    "before_record_request": "redact is a function that changes what is recorded; to leave a host"
    " out, use pass_hosts",
    "before_record_response": "redact is a function that changes what is recorded",
    "filter_sensitive_data": "secret_env names variables, redact_paths places, and redact is a"
    " function",
    "before_save_interaction": "redact is a function that changes what is recorded",
    "after_load_interaction": "change the files once, by `llmcassette redact` or by hand",
    "custom_patches": "clients need no patches",
    "skip_patchers": "clients need no patches",
    "drop_unused_requests": "`llmcassette prune` removes what the last run did not play",
    "func_path_generator": "cassette_name is a template of names",
    "persister": "cassettes are files",
    "uri_normalizer": "normalize_url rewrites URLs before they are compared",
    "before_record_ws_frame": "WebSockets are not served",
    "before_compare_response": "`pytest --llm-verify` compares with the live API",
    "observe_compare": "`pytest --llm-verify` compares with the live API",
    "compare": "`pytest --llm-verify` compares with the live API",
    "on_unplayed": "unused says what the run does about interactions that no test played",
    "additional_matchers": "matcher is a function that decides last about a pair of requests",
    "security": "redact_fields, redact_paths and secret_patterns say what is redacted",
}
"""What has to be moved by hand, and where to."""

RENAMED: Final = {
    "ignore_hosts": "pass_hosts",  # vcrpy lets them through
    "allow_playback_repeats": "allow_repeats",
    "allowed_hosts": "allowed_hosts",
    "ignore_json_paths": "ignore",
    "body_scrub_patterns": "secret_patterns",
    "max_age": "max_age",
}
HANDLED: Final = frozenset(
    {
        "match_on",
        "record_mode",
        "ignore_localhost",
        "filter_query_parameters",
        "filter_post_data_parameters",
        "filter_nested_post_data_parameters",
        "cassette_library_dir",
        "cassette_dir",
    }
)
OPTIONS: Final = REMOVED | BY_HAND.keys() | RENAMED.keys() | HANDLED
"""The name of every option."""

MATCHERS: Final = {
    "method": "method",
    "uri": "url",
    "url": "url",
    "scheme": "scheme",
    "host": "host",
    "port": "port",
    "path": "path",
    "query": "query",
    "body": "body",
    "raw_body": "body",
    "json_body": "body",
}
WHOLE_URL: Final = frozenset({"scheme", "host", "port", "path", "query"})
DEFAULT: Final = ["method", "url"]
MODES: Final = frozenset({"none", "once", "new_episodes", "all", "rewrite"})
THIS_MACHINE: Final = ["localhost", "127.0.0.1", "::1"]


@dataclass(slots=True)
class Moved:
    """Options, moved.

    Attributes:
        settings: names of settings, and Python expressions.
        by_hand: for each option that can't be moved: its expression, and what to do.
    """

    settings: dict[str, str] = field(default_factory=dict)
    by_hand: list[tuple[cst.BaseExpression, str]] = field(default_factory=list)

    def add_to_list(self, name: str, items: list[str] | str) -> None:
        """Add to a setting that is a list; a text is the expression of one."""
        added = items if isinstance(items, str) else str(items).replace("'", '"')
        before = self.settings.get(name)
        if before is None:
            self.settings[name] = added
        elif before.startswith("[") and added.startswith("["):
            self.settings[name] = f"{before[:-1]}, {added[1:]}"
        else:
            self.settings[name] = f"[*{before}, *{added}]"


def moved(options: Iterable[tuple[str, cst.BaseExpression]]) -> Moved:
    """Move options to settings."""
    result = Moved()
    for name, value in options:
        if name in REMOVED:
            continue
        if name in RENAMED:
            _rename(result, name, value)
        elif name == "record_mode":
            _record_mode(result, value)
        elif name == "match_on":
            _match_on(result, value)
        elif name == "ignore_localhost":
            if not _is_false(value):
                result.add_to_list("pass_hosts", THIS_MACHINE)
        elif name in ("filter_query_parameters", "filter_post_data_parameters"):
            _filter(result, name, value)
        elif name == "filter_nested_post_data_parameters":
            continue  # fields are redacted at any depth
        else:
            reason = BY_HAND.get(name, "there is no such setting")
            result.by_hand.append((value, f"{name} is not moved: {reason}"))
    return result


def string_in(node: cst.BaseExpression | None) -> str | None:
    """The value of a string literal; ``None`` for anything else."""
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def list_of_strings(node: cst.BaseExpression) -> list[str] | None:
    """The values of a list, tuple or set of string literals, or of pairs that begin with one."""
    if not isinstance(node, cst.List | cst.Tuple | cst.Set):
        return None
    found = []
    for element in node.elements:
        value: cst.BaseExpression = element.value
        if isinstance(value, cst.Tuple) and value.elements:
            value = value.elements[0].value
        text = string_in(value)
        if text is None:
            return None
        found.append(text)
    return found


def code(node: cst.CSTNode) -> str:
    """A node as Python."""
    return cst.Module(body=[]).code_for_node(node)


def _is_false(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Name) and value.value in ("False", "None")


def _rename(result: Moved, name: str, value: cst.BaseExpression) -> None:
    if name == "allow_playback_repeats":
        if not _is_false(value):
            result.settings["allow_repeats"] = code(value)
    elif name == "max_age":
        result.settings["max_age"] = code(value)
    elif not _is_false(value):
        items = list_of_strings(value)
        result.add_to_list(RENAMED[name], code(value) if items is None else items)


def _record_mode(result: Moved, value: cst.BaseExpression) -> None:
    mode = string_in(value)
    if mode is None and isinstance(value, cst.Attribute):  # RecordMode.ONCE, vcr.mode.ONCE
        mode = value.attr.value.lower()
    if mode not in MODES:
        result.by_hand.append((value, f"record_mode is not moved: {code(value)} is no literal"))
    elif mode != "none":
        result.settings["mode"] = f'"{mode}"'


def _match_on(result: Moved, value: cst.BaseExpression) -> None:
    names = list_of_strings(value)
    if names is None:
        result.by_hand.append((value, "match_on is not moved: it is no list of literals"))
        return
    parts: list[str] = []
    for name in names:
        part = MATCHERS.get(name)
        if part is None:
            instead = (
                "match_headers names headers that must be equal"
                if name == "headers"
                else "matcher is a function that decides last about a pair of requests"
            )
            result.by_hand.append((value, f"the matcher {name!r} is not moved: {instead}"))
        elif part not in parts:
            parts.append(part)
    if set(parts) >= WHOLE_URL or "url" in parts:
        kept = [part for part in parts if part not in WHOLE_URL and part != "url"]
        parts = ["method", "url", *(part for part in kept if part != "method")]
        if "method" not in kept:
            parts.remove("method")
    if parts and parts != DEFAULT:
        result.settings["match_on"] = str(parts).replace("'", '"')


def _filter(result: Moved, name: str, value: cst.BaseExpression) -> None:
    names = list_of_strings(value)
    if names is None:
        result.by_hand.append((value, f"{name} is not moved: it is no list of literals"))
        return
    result.add_to_list("redact_fields", names)
    # The old files lack them, as vcrpy removes them before it compares.
    if name == "filter_query_parameters":
        result.add_to_list("ignore_query", names)
    else:
        result.add_to_list("ignore", [f"$..[{field!r}]".replace('"', "'") for field in names])
