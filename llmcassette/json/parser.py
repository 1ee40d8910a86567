"""A JSON parser for what fast parsers refuse or round: any depth, any number, lone surrogates.

It accepts RFC 8259 and, beyond it, what LLM clients send and Python's ``json`` reads: ``NaN``,
``Infinity``, ``-Infinity``, raw control characters in strings, a byte order mark. The last of
duplicate keys wins. It keeps its own stack, so depth is bounded by memory.
"""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

from llmcassette.json.number import NumberText, parse_float, parse_int

__all__ = ["JsonValue", "parse_text", "unify_newlines"]

JsonValue: TypeAlias = (
    "dict[str, JsonValue] | list[JsonValue] | str | int | float | NumberText | bool | None"
)
"""A parsed JSON value; a ``float`` is finite and not integral, as ``1.0`` is the ``int`` 1."""

TOKEN: Final = re.compile(
    r"""[ \t\n\r]*+ (?:
        (?P<mark>[{}\[\],:])
      | (?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")
      | (?P<float>-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++(?:[eE][+-]?+[0-9]++)?+|[eE][+-]?+[0-9]++))
      | (?P<int>-?+(?:0|[1-9][0-9]*+))
      | (?P<word>true|false|null|NaN|-?Infinity)
      | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
WORDS: Final[dict[str, JsonValue]] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": NumberText("NaN"),
    "Infinity": NumberText("Infinity"),
    "-Infinity": NumberText("-Infinity"),
}
CRLF: Final = re.compile("\r+\n")
STRINGS: Final = json.JSONDecoder(strict=False)


def unify_newlines(text: str) -> str:
    r"""CRLF as LF, and so ``\r\r\n`` (text written twice in Windows text mode); a lone CR stays."""
    return CRLF.sub("\n", text) if "\r\n" in text else text


class _Tokens:
    """The tokens of a text, one after the other."""

    __slots__ = ("position", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def next(self) -> tuple[str, str]:
        """Kind and text of the next token."""
        token = TOKEN.match(self.text, self.position)
        if token is None or token.lastgroup is None:
            raise ValueError(f"no JSON at character {self.position}")
        self.position = token.end()
        return token.lastgroup, token[token.lastgroup]

    def next_is(self, mark: str) -> bool:
        """Whether a mark comes next; if so, it is passed over."""
        before = self.position
        if self.next() == ("mark", mark):
            return True
        self.position = before
        return False

    def next_key(self) -> str:
        """An object's key with its colon."""
        kind, token = self.next()
        if kind != "string" or not self.next_is(":"):
            raise ValueError(f"no key and colon before character {self.position}")
        return string_value(token)


def parse_text(text: str) -> JsonValue:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON.
    """
    tokens = _Tokens(text)
    open_values: list[list[JsonValue] | dict[str, JsonValue]] = []
    keys: list[str] = []  # the key being read in each open object
    while True:
        kind, word = tokens.next()
        value: JsonValue
        if word == "{" and kind == "mark":
            value = {}
            if not tokens.next_is("}"):
                open_values.append(value)
                keys.append(tokens.next_key())
                continue
        elif word == "[" and kind == "mark":
            value = []
            if not tokens.next_is("]"):
                open_values.append(value)
                continue
        else:
            value = scalar_value(kind, word)
        while open_values:
            holder = open_values[-1]
            if isinstance(holder, dict):
                holder[keys[-1]] = value
                if tokens.next_is(","):
                    keys[-1] = tokens.next_key()
                    break
                keys.pop()
                closing = "}"
            else:
                holder.append(value)
                if tokens.next_is(","):
                    break
                closing = "]"
            if not tokens.next_is(closing):
                raise ValueError(f"expected ',' or {closing!r} at character {tokens.position}")
            value = open_values.pop()
        else:
            if tokens.next()[0] != "end":
                raise ValueError(f"more text after the value at character {tokens.position}")
            return value


def scalar_value(kind: str, token: str) -> JsonValue:
    """The value of a token that is neither a container's mark nor the end."""
    if kind == "string":
        return string_value(token)
    if kind == "int":
        return parse_int(token)
    if kind == "float":
        return parse_float(token)
    if kind == "word":
        return WORDS[token]
    raise ValueError(f"expected a value, not {token!r}")


def string_value(token: str) -> str:
    """The text of a string token; a surrogate pair is one character, a lone surrogate stays."""
    if "\\" not in token:
        return unify_newlines(token[1:-1])
    text: str = STRINGS.decode(token)
    return unify_newlines(text)
