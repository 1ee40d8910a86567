"""One string as YAML text, in the two styles of go-vcr's writers.

``yaml``: libyaml's emitter as go-yaml (yaml.v3, yaml.v4) drives it. A string with line breaks is a
literal block; one that would be read as another type is double-quoted; one that may not be plain
is single-quoted; where none of these is possible, it is double-quoted. ``go``: goccy, which quotes
with ``strconv.Quote`` and never with single quotes.

Double quotes also replace what these emitters write but libyaml or PyYAML would read differently:
line breaks U+2028 and U+2029, a literal that begins with a tab, PyYAML's own types.
"""

from __future__ import annotations

import base64
import re
from typing import Final

import yaml

from llmcassette.formats.go_strings import go_quote, raw_bytes

__all__ = ["go_scalar", "scalar", "yaml_scalar"]

_SPECIAL: Final = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_ESCAPED: Final = re.compile(
    r"[^\x20\x21\x23-\x5b\x5d-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]"
)
_NAMED: Final = {
    0x00: "\\0",
    0x07: "\\a",
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0B: "\\v",
    0x0C: "\\f",
    0x0D: "\\r",
    0x1B: "\\e",
    0x22: '\\"',
    0x5C: "\\\\",
    0x85: "\\N",
    0x2028: "\\L",
    0x2029: "\\P",
}
_NOT_PLAIN: Final = re.compile(r"""[#,\[\]{}&*!|>'"%@` ]|[-?:](?: |$)|---|\.\.\.|.* $""")
_NOT_PLAIN_INSIDE: Final = re.compile(r": |:$| #")
_OTHER_TYPE: Final = re.compile(
    r"""(?x)
      ~ | null|Null|NULL | <<
    | true|True|TRUE | false|False|FALSE
    | y|Y|yes|Yes|YES | on|On|ON | n|N|no|No|NO | off|Off|OFF
    | \.nan|\.NaN|\.NAN | [-+]?\.(?:inf|Inf|INF)
    | [-+]?(?:0[bB][01_]+ | 0[oO]?[0-7_]+ | 0[xX][0-9a-fA-F_]+ | [0-9][0-9_]*)
    | [-+]?(?:\.[0-9][0-9_]* | [0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9_]+)?
    | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}
      (?:(?:[Tt]|[ ]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?
      (?:[ ]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?
    """
)
_GO_QUOTED: Final = re.compile(
    r"""-$|[*&\[{}\],!|>%'"@ `]|[^#\\]*[#\\]|.*[:\-] |.*[: ]$""", re.DOTALL
)
_PYYAML_TYPES: Final = yaml.SafeLoader.yaml_implicit_resolvers
_BASE64_LINE: Final = 70


def scalar(value: str | bytes, indent: int, hint: int, *, go: bool, one_line: bool = False) -> str:
    """A string of the cassette as a YAML scalar.

    Args:
        value: text, or bytes that need not be text. In a string, surrogate escapes are bytes.
        indent: column of a block's lines.
        hint: that column minus the parent's, for a block that begins with space.
        go: use goccy's style.
        one_line: never a block, so that the value does not depend on the line end after it.
    """
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _binary(data, indent, go=go)
    if one_line and "\n" in text:
        return go_quote(data) if go else _double_quoted(text)
    return go_scalar(text, indent) if go else yaml_scalar(text, indent, hint)


def yaml_scalar(text: str, indent: int, hint: int) -> str:
    """Text as libyaml's emitter writes it under go-yaml."""
    if "\n" in text:
        if _SPECIAL.search(text) or " \n" in text or text[-1] == " " or text[0] == "\t":
            return _double_quoted(text)
        return _literal(text, indent, str(hint) if text[0] in " \n" else "")
    if _resolves(text) or "\t" in text or _SPECIAL.search(text):
        return _double_quoted(text)
    if _may_be_plain(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def go_scalar(text: str, indent: int) -> str:
    """Text as goccy writes it."""
    if text == "" or _GO_QUOTED.match(text) or _SPECIAL.search(text):
        return go_quote(text.encode())
    if "\n" in text:
        if text[0] in "\t\n":
            return go_quote(text.encode())
        return _literal(text, indent, "")
    if "\t" in text or _resolves(text) or not _may_be_plain(text):
        return go_quote(text.encode())
    return text


def _may_be_plain(text: str) -> bool:
    return not _NOT_PLAIN.match(text) and not _NOT_PLAIN_INSIDE.search(text)


def _resolves(text: str) -> bool:
    """Whether go-yaml or PyYAML would read the plain text as something other than a string."""
    if text == "" or _OTHER_TYPE.fullmatch(text):
        return True
    return any(
        pattern.match(text)
        for tag, pattern in _PYYAML_TYPES.get(text[0], ())
        if tag != "tag:yaml.org,2002:yaml"  # an indicator alone, never plain
    )


def _double_quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    named = _NAMED.get(code)
    if named is not None:
        return named
    if code < 0x80:
        return f"\\x{code:02X}"
    # go-yaml writes \x80 to \x9F, which goccy's files use for bytes: \u0080 is plain to both
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _literal(text: str, indent: int, hint: str) -> str:
    if not text.endswith("\n"):
        chomp = "-"
    elif text == "\n" or text.endswith("\n\n"):
        chomp = "+"
    else:
        chomp = ""
    margin = " " * indent
    lines = text.removesuffix("\n").split("\n")
    block = "\n".join(margin + line if line else "" for line in lines)
    return f"|{hint}{chomp}\n{block}"


def _binary(data: bytes, indent: int, *, go: bool) -> str:
    if go:
        quoted = go_quote(data)
        if raw_bytes(quoted) == (data, True):
            return quoted
    encoded = base64.b64encode(data).decode()
    if len(encoded) < _BASE64_LINE:
        return f"!!binary {encoded}"
    margin = "\n" + " " * indent
    lines = [encoded[at : at + _BASE64_LINE] for at in range(0, len(encoded), _BASE64_LINE)]
    return margin.join(["!!binary |", *lines])
