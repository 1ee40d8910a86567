"""A whole text is decoded as each escape in it is by itself."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from llmcassette.redaction.decodings import ENTITIES, JSON_ESCAPES, NULS, PERCENT
from llmcassette.redaction.views import Decoded, Slice

PIECES = [
    *(b"\\", b'"', b"/", b"n", b"t", b"b", b"r", b"f", b"u", b"u0041", b"ud83d", b"ude00", b"0"),
    *(b"%", b"%41", b"%c3%A9", b"%zz", b"%2", b"&", b"&amp;", b"&#65;", b"&#x41;", b"&nope;"),
    *(b";", b"#", b"\0", b"\0\0", b"\xff", b"\xc3\xa9", b"a", b"4", b"\n"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


@pytest.mark.parametrize("encoding", [JSON_ESCAPES, PERCENT, ENTITIES, NULS])
@given(TEXTS)
def test_the_same_text(encoding, text):
    view = Decoded(Slice(text), encoding)
    assert view.text == encoding.pattern.sub(encoding.decode, text)


@pytest.mark.parametrize("encoding", [JSON_ESCAPES, PERCENT, ENTITIES, NULS])
@given(TEXTS, st.data())
def test_a_place_in_it_is_found_in_the_original(encoding, text, data):
    view = Decoded(Slice(text), encoding)
    assume(view.text)
    start = data.draw(st.integers(0, len(view.text) - 1))
    end = data.draw(st.integers(start + 1, len(view.text)))
    spans = view.locate(start, end)
    found = b"".join(Decoded(Slice(text[slice(*span)]), encoding).text for span in spans)
    assert view.text[start:end] in found
