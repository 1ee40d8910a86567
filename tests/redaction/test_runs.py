"""Runs of characters are those that regular expressions find."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.redaction.runs import classes_of, long_runs, text_stretches

TEXTS = st.lists(st.sampled_from([b"a", b"b" * 5, b"-", b" ", b"\0", b"\xff", b"\n"])).map(b"".join)
BINARY = st.lists(
    st.sampled_from([b"text", b"a", b"\n", b"\0", b"\xc3\xa9", b"\xff", b"\x01", b"\x7f\x02"])
).map(b"".join)


@settings(deadline=None)
@given(TEXTS, st.integers(1, 12))
def test_long_runs(text, least):
    expected = [found.span() for found in re.finditer(rb"[ab]{%d,}+" % least, text)]

    assert list(long_runs(text, classes_of(b"ab"), least)) == expected


@settings(deadline=None)
@given(BINARY)
def test_stretches_of_text_are_what_is_between_control_characters_and_has_ascii_in_it(data):
    between = re.finditer(rb"[\0\t\n\r\x20-\x7e\x80-\xff]++", data)
    expected = [
        found.span() for found in between if re.search(rb"[\0\t\n\r\x20-\x7e]{8}", found[0])
    ]

    assert list(text_stretches(data)) == expected
