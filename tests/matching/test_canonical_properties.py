"""Properties of canonical forms, for any body."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.json.canonical_text import canonical_text, unlimited_text
from llmcassette.json.value import NOT_JSON, NumberText, json_value
from llmcassette.matching import canonical_request, canonical_url
from tests.matching.requests import get, post

if TYPE_CHECKING:
    import random

few = settings(max_examples=60)

texts = st.text(st.characters(exclude_categories=[]), max_size=8) | st.sampled_from(
    ["a\r\nb", "\r\r\n", "\r", "é", "😀", "\ud800", "", "\\r\\n", "</b>"]
)
numbers = (
    st.integers()
    | st.integers(min_value=2**62, max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 1, -0.0, 1.0, 1e16, 2.0**63, 1e22, 10**400])
)
leaves = texts | numbers | st.booleans() | st.none()
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
bodies = st.lists(values, min_size=1, max_size=3) | st.dictionaries(texts, values, min_size=1)


def written(value, draw: random.Random) -> str:
    """A JSON text of a value in a random spelling: key order, spaces, escapes, numbers."""
    space = draw.choice(["", " ", "\n", "\r\n", "\t"])
    if isinstance(value, dict):
        items = [(written(k, draw), written(v, draw)) for k, v in value.items()]
        draw.shuffle(items)
        return "{" + f"{space},".join(f"{k}{space}:{space}{v}" for k, v in items) + space + "}"
    if isinstance(value, list):
        return "[" + f",{space}".join(written(v, draw) for v in value) + space + "]"
    if isinstance(value, str):
        return '"' + "".join(spelled(c, draw) for c in value) + '"'
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int) and abs(value) < 2**53:
        return draw.choice([f"{value}", f"{value}.0", f"{value}e0", f"{value}.00E+00"])
    return draw.choice([f"{value:.17e}", repr(value)]) if isinstance(value, float) else str(value)


def spelled(character: str, draw: random.Random) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    escapes = "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    plain = character not in '"\\' and character >= " " and not "\ud800" <= character <= "\udfff"
    return draw.choice(
        [escapes, escapes.upper().replace("U", "u"), character if plain else escapes]
    )


@few
@given(bodies)
def test_a_canonical_text_is_its_own_canonical_text(value):
    once = canonical_text(json_value(json.dumps(value).encode()))
    read = json_value(once) if b"\xed" not in once else NOT_JSON
    if read is not NOT_JSON:
        assert canonical_text(read) == once


@few
@given(bodies, st.randoms(use_true_random=False))
def test_spelling_means_nothing(value, draw):
    plain = post(json.dumps(value))
    spelled_by_chance = post(written(value, draw))
    assert canonical_request(plain) == canonical_request(spelled_by_chance)


@few
@given(bodies, st.data())
def test_any_leaf_changed_to_an_unequal_value_changes_it(value, data):
    before = canonical_text(json_value(json.dumps(value).encode()))
    places = list(leaf_places(value))
    if not places:
        return
    holder, key = data.draw(st.sampled_from(places))
    old = holder[key]
    new = data.draw(leaves.filter(lambda leaf: not same_leaf(leaf, old)))
    holder[key] = new
    assert canonical_text(json_value(json.dumps(value).encode())) != before


def leaf_places(value):
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, (dict, list)):
            yield from leaf_places(item)
        else:
            yield value, key


def same_leaf(one, other) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        # JSON joins surrogates that stand side by side, and so must the comparison here.
        one, other = (json.loads(json.dumps(text)) for text in (one, other))
        return one.replace("\r", "") == other.replace("\r", "")
    return isinstance(one, bool) == isinstance(other, bool) and one == other


@few
@given(bodies)
def test_text_without_the_limits_of_orjson_is_the_same(value):
    read = json_value(json.dumps(value).encode())
    assert canonical_text(read) == unlimited_text(read)


@few
@given(st.text(max_size=30))
def test_no_text_given_as_a_url_is_refused_and_canonical_urls_are_canonical(text):
    once = str(canonical_url(text))
    assert canonical_request(get(once)) == canonical_request(get(str(canonical_url(once))))


@few
@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3))), st.randoms())
def test_the_order_of_different_query_names_means_nothing(pairs, draw):
    by_name = {}
    for name, value in pairs:
        by_name.setdefault(name, []).append(value)
    names = list(by_name)
    draw.shuffle(names)
    moved = [(name, value) for name in names for value in by_name[name]]
    assert canonical_url(f"http://a/?{urlencode(pairs)}") == canonical_url(
        f"http://a/?{urlencode(moved)}"
    )


@few
@given(
    st.binary(max_size=40), st.sampled_from(["application/json", "text/plain", None, "multipart/x"])
)
def test_no_body_is_refused(body, content_type):
    assert canonical_request(post(body, content_type)) == canonical_request(
        post(bytes(bytearray(body)), content_type)
    )


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1.0}', {"a": 1}),
        (b"[1e400, -1e400]", [NumberText("Infinity"), NumberText("-Infinity")]),
        (b"[NaN, -Infinity]", [NumberText("NaN"), NumberText("-Infinity")]),
        (b"null", NOT_JSON),
        (b"text", NOT_JSON),
        (b"", NOT_JSON),
        (b'{"a": 1', NOT_JSON),
        (b'{"a" 1, "b": NaN}', NOT_JSON),
        (b"{1: NaN}", NOT_JSON),
        (b"[NaN", NOT_JSON),
        (b"[NaN}", NOT_JSON),
        (b"[NaN] x", NOT_JSON),
        (b"[NaN] [", NOT_JSON),
        (b"[,NaN]", NOT_JSON),
        (b'["\\x", NaN]', NOT_JSON),
        (b'["\\ud83d", "\\ud83d\\ude00"]', ["\ud83d", "😀"]),
    ],
)
def test_json_value(body, value):
    assert json_value(body) == value


def test_a_scalar_is_json_where_it_is_declared_so():
    assert json_value(b"null", declared=True) is None
    assert json_value(b"NaN", declared=True) == NumberText("NaN")


def test_an_integer_of_any_length_keeps_its_digits():
    digits = "9" * 5000
    (number,) = json_value(f"[-{digits}]".encode())
    assert number == NumberText(f"-{digits}")
    assert str(number) == f"-{digits}"
    assert canonical_text([number]) == f"[-{digits}]".encode()


@pytest.mark.parametrize("limit", [0, 640])
def test_no_limit_that_python_may_have_for_integers_changes_a_value(limit):
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(limit)
    try:
        for digits in ("9" * 639, "9" * 640, "9" * 641):
            assert canonical_text(json_value(f"[{digits}]".encode())) == f"[{digits}]".encode()
    finally:
        sys.set_int_max_str_digits(before)


def test_what_the_parser_cannot_nest_is_not_json():
    deep = b"[" * 500 + b"1.0" + b"]" * 500
    assert canonical_text(json_value(deep)) == deep.replace(b"1.0", b"1")
    assert json_value(b"[" * 100_000 + b"]" * 100_000) is NOT_JSON


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("HTTPS://u:p@API.x.com:443?b=1&a=x+y#z", "https://api.x.com/?a=x%20y&b=1"),
        ("https://a.com:8443/é", "https://a.com:8443/%C3%A9"),
        ("//a.com", "//a.com/"),
        ("/v1/x?q", "/v1/x?q"),
        ("http://a/?", "http://a/?"),
        ("http://a/?b=&a&", "http://a/?a&b="),
        ("http://a:b:c/x", "http://a:b:c/x"),
        ("", ""),
    ],
)
def test_a_canonical_url_as_text(url, shown):
    assert str(canonical_url(url)) == shown
