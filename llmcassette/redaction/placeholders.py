"""Tells placeholders and plain words from secrets by their shape."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LEAST_OF_KNOWN", "LEAST_VARIED", "is_model_or_path", "is_placeholder", "is_word"]

LEAST_VARIED: Final = 12
"""Characters that a key has beside its prefix and words such as ``test`` and ``example``."""

LEAST_OF_KNOWN: Final = 8
"""The same for a value that is known to be a secret by its name."""

LEAST_DIFFERENT: Final = 7
"""How many different characters these have; 32 random hexadecimal digits have at least eight."""

WORDS: Final = (
    "authentication authorization credentials placeholder sanitized anthropic credential"
    " passphrase changeme filtered redacted security password example invalid mistral replace"
    " session unknown access azure bearer bedrock cohere cookie dummy gemini google header hidden"
    " insert masked openai sample secret string value admin basic groq guest hello here mock mine"
    " name none null pass postgres root some test this token user world your fake demo real auth"
    " removed"
)
SHORT_WORDS: Final = (
    "a abc an and api aws bar baz be ci foo for from id in is key keys me my no not of only or sk"
    " the to tests x you"
)
"""Removed only between other characters than letters and digits: these occur by chance, too."""

WORD: Final = re.compile(
    "|".join(sorted(WORDS.split(), key=len, reverse=True))
    + rf"|(?<![a-z\d])(?:{'|'.join(SHORT_WORDS.split())})(?![a-z\d])",
    re.IGNORECASE,
)
PREFIX: Final = re.compile(
    r"\A(?:[sr]k[-_](?:ant-(?:api|admin)\d\d-|(?:or|proj|svcacct|admin|live|test)[-_])?"
    r"|AIzaSy|AKIA|ASIA|(?:gsk|hf|gh[pousr]|r8|nvapi|xai|pplx|xox[bp]|github_pat)[-_])"
)
TEMPLATE: Final = re.compile(
    r"\$\{[^{}]*\}|\$\([^()]*\)|\{\{[^{}]*\}\}|\{[\w.]*\}|<[^<>]*>|\[[A-Z]+\]|%[A-Z_]+%"
    r"|\$[A-Z_][A-Z0-9_]*|\$[a-z_]+"
)
REPEATED: Final = re.compile(r"(.)\1{2,}|(.{2,6}?)\2{3,}")
SEPARATORS: Final = re.compile(r"[-_.:\s]+")
RUN: Final = 5
"""Characters in the order of the alphabet or of numbers, such as ``12345`` and ``abcde``."""

ONE_WORD: Final = re.compile(
    r"[a-z]{1,24}|[A-Z]{1,24}|[A-Z][a-z]{0,23}|[+-]?[\d.,_]+(?:[eE][+-]?\d+)?"
)
MODEL: Final = re.compile(
    r"(?:[\w.-]{1,40}[/:])*(?:[a-z]{2,6}\.)?(?:(?:anthropic|meta|amazon|mistral|cohere)\.)?"
    r"(?:chatgpt|claude|codestral|command|dall-e|deepseek|embed|gemini|gemma|glm|gpt|grok|jamba"
    r"|kimi|llama|llava|mistral|mixtral|nova|o|phi|pixtral|qwen|sonar|text|titan|voyage|whisper)"
    r"(?=[-.:@/_\d])[\w.:@/-]*",
    re.IGNORECASE,
)
PATH: Final = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\][^\s:;,?=+]*")
RANDOM_PART: Final = re.compile(r"(?=[A-Z\d]*[a-z])(?=[a-z\d]*[A-Z])(?=[A-Za-z]*\d)[A-Za-z\d]{12}")


def is_placeholder(text: str, least: int = LEAST_VARIED) -> bool:
    """Whether a text stands in the place of a secret, such as ``your-api-key-here``.

    It does if fewer than ``least`` varied characters are left without words, separators,
    repetitions and the order of the alphabet, or if it is a place of a template.
    """
    if TEMPLATE.fullmatch(text):
        return True
    left = SEPARATORS.sub("", REPEATED.sub("", WORD.sub("-", PREFIX.sub("", text, 1))))
    left = without_runs(left)
    return len(left) < least or len(set(left)) < min(LEAST_DIFFERENT, least)


def without_runs(text: str) -> str:
    """The text without runs such as ``12345``."""
    kept: list[str] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at < len(text) and ord(text[at]) - ord(text[at - 1]) in STEPS:
            continue
        if at - start < RUN:
            kept.append(text[start:at])
        start = at
    return "".join(kept)


STEPS: Final = (1, ord("0") - ord("9"))


def is_word(text: str) -> bool:
    """Whether a text is one word or one number, as any prompt contains."""
    return ONE_WORD.fullmatch(text) is not None


def is_model_or_path(text: str) -> bool:
    """Whether a text is the name of a model or of a folder."""
    shape = MODEL.fullmatch(text) or PATH.fullmatch(text)
    return shape is not None and not RANDOM_PART.search(text)
