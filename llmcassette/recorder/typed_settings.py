"""The settings as type checkers and editors see them: the keywords of ``use_cassette`` and others.

``settings.py`` checks the same names when a cassette is opened; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmcassette.matching.rules import Matcher
    from llmcassette.matching.url_rules import UrlRule
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.pacing import Pace
    from llmcassette.recorder.setting_values import Mismatch, PersonalKind, Stale, Unused
    from llmcassette.redaction import RedactionFunction

__all__ = ["CassetteConfig", "CassetteSettings"]

# Not Sequence[str], which a str is, too.
Strings: TypeAlias = "list[str] | tuple[str, ...] | set[str] | frozenset[str]"


class CassetteSettings(TypedDict, total=False):
    """The settings of one cassette, as keywords; ``Settings`` describes each of them.

    For functions that pass settings on::

        def cassette(name: str, **settings: Unpack[CassetteSettings]) -> use_cassette:
            return use_cassette(f"tests/{name}.yaml", **settings)
    """

    ignore: Strings
    ignore_query: Strings
    ignore_parts: Strings
    match_headers: Strings
    match_on: Strings
    normalize_url: Sequence[UrlRule]
    matcher: Matcher | None
    rename_ids: bool
    null_is_absent: bool
    mismatch: Mismatch
    allow_repeats: bool
    ordered: bool
    pass_hosts: Strings
    ignore_hosts: Strings
    serve_hosts: Strings
    upstream: Strings
    block_network: bool
    allowed_hosts: Strings
    keep_headers: Strings
    redact_fields: Strings
    keep_fields: Strings
    redact_paths: Strings
    redact: RedactionFunction | Sequence[RedactionFunction]
    secret_env: Strings
    secret_patterns: Strings
    personal_data: bool | Sequence[PersonalKind]
    outside: bool
    max_decoded_size: int | str
    max_decoded_ratio: int
    pace: Pace
    ttft: float | None
    gap: float | None
    sleep: Callable[[float], object] | None
    retry_after: Literal["instant", "recorded"]
    chunking: str
    max_wait: float
    faults: Sequence[Fault | str]
    unused: Unused
    max_age: str | None
    stale: Stale
    checks: Strings
    count_tokens: bool
    placeholder_keys: bool
    ci: bool
    cassette_dir: str
    cassette_name: str | None


class CassetteConfig(CassetteSettings, total=False):
    """The settings and the record mode: what the fixture ``llm_cassette_config`` returns."""

    mode: Mode | None
