"""Patterns of providers' keys, which also find keys that are in no environment variable.

They are the prefixes that vendors publish for secret scanners. The package detect-secrets (1.5.0)
is not used: it takes 180 ms to import, knows one LLM provider, reports no positions,
and its entropy detectors take ordinary LLM traffic for secrets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PATTERNS", "find_keys"]


class Pattern(NamedTuple):
    """A kind of key.

    Attributes:
        kind: the name in messages, with its article.
        prefix: the first bytes of every such key; a quick test before the regular expression.
        regex: the whole key.
    """

    kind: str
    prefix: bytes
    regex: re.Pattern[bytes]


BEFORE: Final = (
    rb"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrtbf/])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))"
)
"""A key starts at a word boundary, or after an escape such as ``\\n``."""

AFTER: Final = rb"(?![A-Za-z0-9_-])"


def pattern(kind: str, prefix: bytes, rest: bytes) -> Pattern:
    regex = re.compile(BEFORE + rb"(?:" + re.escape(prefix) + rest + rb")")
    return Pattern(kind, prefix, regex)


AWS_REST: Final = rb"(?![A-Z0-9]*AAAAAAA)[A-Z0-9]{16}" + AFTER
"""Not many A in a row: these are zeros in the Base64 of a file."""

PRIVATE_KEY: Final = rb" (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?----- *"
LINE_END: Final = rb"[ \t]*(?:[\r\n]|\\{1,3}[rn])(?:[ \t\r\n]|\\{1,3}[rn])*"
"""Line ends, also escaped in JSON once or twice."""

GITHUB_LETTERS: Final = (b"p", b"o", b"u", b"s", b"r")

PATTERNS: Final = (
    pattern("an Anthropic key", b"sk-ant-", rb"[a-z0-9]+-[A-Za-z0-9_-]{20,}"),
    pattern("an OpenRouter key", b"sk-or-", rb"(?:v\d+-)?[A-Za-z0-9]{32,}"),
    pattern(
        "an OpenAI key",
        b"sk-",
        rb"(?:(?:proj|svcacct|admin|None|service)-[A-Za-z0-9_-]{20,}"
        rb"|(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}" + AFTER + rb"|lf-[0-9a-f-]{36})",
    ),
    pattern("an OpenAI ephemeral key", b"ek_", rb"[0-9a-f]{32,}"),
    pattern("a Google API key", b"AIza", rb"[A-Za-z0-9_-]{35}" + AFTER),
    pattern("a Google API key", b"AQ.", rb"Ab[A-Za-z0-9_-]{40,}"),
    pattern("a Google access token", b"ya29.", rb"[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*"),
    pattern("a Google client secret", b"GOCSPX-", rb"[A-Za-z0-9_-]{20,}"),
    pattern("a Groq key", b"gsk_", rb"[A-Za-z0-9]{32,}"),
    pattern("an xAI key", b"xai-", rb"[A-Za-z0-9]{40,}"),
    pattern("a Hugging Face token", b"hf_", rb"[A-Za-z0-9]{30,}" + AFTER),
    pattern("a Perplexity key", b"pplx-", rb"[A-Za-z0-9]{40,}"),
    pattern("a Replicate token", b"r8_", rb"[A-Za-z0-9]{37,}" + AFTER),
    pattern("an NVIDIA key", b"nvapi-", rb"[A-Za-z0-9_-]{40,}"),
    pattern("a Cerebras key", b"csk-", rb"[A-Za-z0-9]{40,}"),
    pattern("a Fireworks key", b"fw_", rb"[A-Za-z0-9]{22,}" + AFTER),
    pattern("a Tavily key", b"tvly-", rb"(?:dev-|prod-)?[A-Za-z0-9]{24,}"),
    pattern("a Vercel AI Gateway key", b"vck_", rb"[A-Za-z0-9]{40,}"),
    pattern("a Pinecone key", b"pcsk_", rb"[A-Za-z0-9_]{40,}"),
    pattern("a LangSmith key", b"lsv2_", rb"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    pattern("an AWS access key id", b"AKIA", AWS_REST),
    pattern("an AWS access key id", b"ASIA", AWS_REST),
    pattern("a Bedrock API key", b"ABSK", rb"[A-Za-z0-9+/]{100,}={0,2}"),
    *(
        pattern("a GitHub token", b"gh" + letter + b"_", rb"[A-Za-z0-9]{36,}")
        for letter in GITHUB_LETTERS
    ),
    pattern("a GitHub token", b"github_pat_", rb"[A-Za-z0-9_]{60,}"),
    pattern("a GitLab token", b"glpat-", rb"[A-Za-z0-9_-]{20,}"),
    pattern("a Slack token", b"xox", rb"[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{10,}"),
    pattern(
        "a Slack webhook",
        b"https://hooks.slack.com/services/T",
        rb"[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+",
    ),
    pattern("a Stripe key", b"sk_live_", rb"[A-Za-z0-9]{20,}"),
    pattern("a Stripe key", b"rk_live_", rb"[A-Za-z0-9]{20,}"),
    pattern("a SendGrid key", b"SG.", rb"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    pattern("an npm token", b"npm_", rb"[A-Za-z0-9]{36}" + AFTER),
    pattern("a PyPI token", b"pypi-AgE", rb"[A-Za-z0-9_-]{50,}"),
    pattern("a JSON Web Token", b"eyJ", rb"[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}"),
    pattern(
        "a private key",
        b"-----BEGIN",
        PRIVATE_KEY + rb"(?:" + LINE_END + rb")?(?:[A-Za-z-]+: [^\r\n\\]*" + LINE_END + rb")*"
        rb"(?:[A-Za-z0-9+/=]+" + LINE_END + rb"|[A-Za-z0-9+/=]{40,} +)+-----END" + PRIVATE_KEY,
    ),
)


def find_keys(text: bytes) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each key in a text."""
    for candidate in PATTERNS:
        if candidate.prefix in text:
            for match in candidate.regex.finditer(text):
                yield *match.span(), candidate.kind
