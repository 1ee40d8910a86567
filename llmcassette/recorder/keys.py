"""The environment variables that hold keys of providers; SDKs refuse to be made without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["VARIABLES", "unset"]

# SDKs look for any one variable of a group.
VARIABLES: Final[tuple[tuple[str, ...], ...]] = (
    ("OPENAI_API_KEY",),
    ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    ("GROQ_API_KEY",),
    ("MISTRAL_API_KEY",),
    ("CO_API_KEY",),
    ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
    ("OPENROUTER_API_KEY",),
    ("XAI_API_KEY",),
    ("DEEPSEEK_API_KEY",),
    ("TOGETHER_API_KEY",),
    ("FIREWORKS_API_KEY",),
    ("PERPLEXITY_API_KEY",),
    ("CEREBRAS_API_KEY",),
    ("VOYAGE_API_KEY",),
    ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"),
    ("AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"),
    ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"),
)


def unset(environ: Mapping[str, str]) -> Iterator[str]:
    """One variable of each group of which none is set."""
    for group in VARIABLES:
        if not any(environ.get(name) for name in group):
            yield group[0]
