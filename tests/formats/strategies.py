"""Arbitrary cassettes, and every writer's layout."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from llmcassette.formats import CHARM, Dialect
from llmcassette.model import Chunk, Headers, Interaction, Request, Response

GO_VCR = Dialect(item=4, field=6, value=8, name=12, entry=16)
DIALECTS = {
    "charm": CHARM,
    "go-vcr": GO_VCR,
    "go-vcr to 2024": replace(GO_VCR, empties=True),
    "goccy": replace(CHARM, go_quotes=True),
    "charm re-indented by four": Dialect(item=2, field=4, value=8, name=12, entry=14),
    "charm re-indented by two": Dialect(item=2, field=4, value=6, name=8, entry=10),
    "charm with CRLF": replace(CHARM, newline="\r\n"),
    "go-vcr with CRLF, a mark, no last line end": replace(
        GO_VCR, newline="\r\n", bom=True, final_newline=False
    ),
    "goccy without a first line": replace(CHARM, go_quotes=True, document_start=False),
}

LOOKS_LIKE_SOMETHING_ELSE = [
    "", "~", "null", "Null", "true", "False", "yes", "NO", "on", "y", "n", "=", "<<", "438",
    "-1", "+1", "0o17", "017", "0x1F", "0b11", "1_000", "1e3", "1.5", ".5", "1.", "-.inf", ".NaN",
    "12:30", "1:30:15", "2001-12-14", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43",
    "- a", "-", "?", "? a", ":", ": a", "a: b", "a:", "a #b", "#a", "a#b", "&a", "*", "*a", "!a",
    "!!str a", "|", ">", "%YAML", "@a", "`a`", "{}", "[]", "{a", "a, b", "---", "--- a", "...",
    "'", "''", '"', '"a"', "a'b", 'a"b', "\\", "\\n", "\\xff", " a", "a ", "\ta", "a\tb", "a\t",
    "\n", "\n\n", "\na", "a\n", "a\n\n", "a\n\n\n", " \n", "\n ", "a \nb", "a\n b", " a\nb",
    "a\n\tb", "\ta\nb", "\n\ta", "a\r\nb", "a\rb", "\r", "\r\n", "a\x85b", "a\u2028b\nc", "\u2029",
    "\ufeff", "\ufeffa\n", "\x00", "\x1b[0m", "\x7f", "\x80", "\x9f\n", "\xa0", "\xad", "\ufffe",
    "é", "日本\n", "😀", "😀\n", "\U0010ffff", "a\n---\nb", "a\n...\n", "# a\n# b\n", "- a\n- b",
    "data: {}\n\n", ": OPENROUTER\n\ndata: [DONE]\n\n", "\x85", "\u200b", "\ue000", "\u0378",
]  # fmt: skip

_alphabet = st.one_of(
    st.sampled_from(" \t\n\r:#-?!&*|>'\"%@`,[]{}\\abcz019.~=<\x00\x07\x1b\x7f\x80\x85\xa0\xff"),
    st.sampled_from("\u2028\u2029\ufeff\ufffe\uffff\u0378é日😀\U0010ffff"),
    st.characters(exclude_categories=["Cs"]),
)
texts = st.one_of(
    st.sampled_from(LOOKS_LIKE_SOMETHING_ELSE),
    st.text(_alphabet, max_size=25),
    st.text(" \n\ta:#-", max_size=12),
)
raw = st.one_of(
    st.binary(max_size=120),
    st.sampled_from([b"\xff", b"\x80", b"\x85\x99", b"\xe2\x82", b"a\xff\nb", b"\xc3\xa9\xc3"]),
    st.lists(st.sampled_from([b"\x80", b"\xff", "é".encode(), b"\n", b"9", b"\\", b'"'])).map(
        b"".join
    ),
)
bodies = st.one_of(texts.map(str.encode), raw)
strings = st.one_of(texts, raw.map(lambda data: data.decode("utf-8", "surrogateescape")))
headers = st.dictionaries(
    st.one_of(strings, st.text("ab", min_size=100, max_size=140)),
    st.lists(strings, max_size=3),
    max_size=3,
).map(Headers)
numbers = st.integers(-1, 10**12)
present = strings.filter(bool)

requests = st.builds(
    Request,
    method=present,
    url=present,
    headers=headers,
    body=bodies,
    proto=strings,
    proto_major=numbers,
    proto_minor=numbers,
    content_length=numbers,
    transfer_encoding=st.lists(strings, max_size=2).map(tuple),
    trailer=headers,
    host=strings,
    remote_addr=strings,
    request_uri=strings,
    form=headers,
)
nanoseconds = st.integers(0, 2**53 - 1).map(lambda count: count / 10**9)
chunks = st.builds(
    Chunk, st.integers(0, 5000), st.integers(0, 10**9).map(lambda count: round(count / 10**6, 6))
)
responses = st.builds(
    Response,
    code=st.integers(100, 599),
    status=strings,
    headers=headers,
    body=bodies,
    duration=nanoseconds,
    proto=strings,
    proto_major=numbers,
    proto_minor=numbers,
    content_length=numbers,
    transfer_encoding=st.lists(strings, max_size=2).map(tuple),
    trailer=headers,
    uncompressed=st.booleans(),
    chunks=st.one_of(st.none(), st.lists(chunks, max_size=4).map(tuple)),
    ended=st.one_of(st.sampled_from(["", "closed", "ReadError"]), strings),
)
marked_places = st.one_of(st.none(), st.lists(strings, max_size=3).map(tuple))
interactions = st.builds(Interaction, st.just(0), requests, responses, marked_places)


def values(found):
    """All of a cassette's interactions but their ids."""
    return [(each.request, each.response, each.redacted) for each in found]


def plain(body="", response_body="", **fields):
    """An interaction of few words."""
    return Interaction(
        0,
        Request(method="GET", url="https://example.com/", body=body.encode()),
        Response(code=200, status="200 OK", body=response_body.encode(), **fields),
    )
