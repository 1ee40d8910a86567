r"""``strconv.Quote``, and which double-quoted scalars it wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.formats.go_strings import go_quote, raw_bytes
from tests.formats.strategies import raw


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        (b"plain", '"plain"'),
        (b'a"b\\c', r'"a\"b\\c"'),
        (b"\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        (b"\x00\x1b\x7f", r'"\x00\x1b\x7f"'),
        (b"\xff\xd8", r'"\xff\xd8"'),
        ("é😀\u3000\u2028\U000e0001".encode(), r'"é😀\u3000\u2028\U000e0001"'),
        ("\x85\xa0\ufeff\xad".encode(), r'"\u0085\u00a0\ufeff\u00ad"'),
    ],
)
def test_quoted_as_go_does(value, quoted):
    assert go_quote(value) == quoted


@given(st.one_of(raw, st.binary()))
def test_bytes_that_are_no_utf_8_are_found_again(value):
    found = raw_bytes(go_quote(value))

    try:
        value.decode()
    except UnicodeDecodeError:
        assert found is not None
        assert found[0] == value
    else:
        assert found is None


@pytest.mark.parametrize(
    ("quoted", "certain"), [(r'"\xff"', True), (r'"\x85\x1b"', True), (r'"\x85\x10"', False)]
)
def test_a_lower_case_digit_makes_it_certain(quoted, certain):
    assert raw_bytes(quoted)[1] is certain


@pytest.mark.parametrize(
    "quoted", [r'"\xFF"', r'"\xc3\xa9"', r'"\xc3\xa9x"', r'"\xff\e"', '"\\xff\n"', r'"\xff\N"']
)
def test_what_go_never_writes(quoted):
    assert raw_bytes(quoted) is None
