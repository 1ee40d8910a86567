"""Any secret in any place is removed, JSON stays valid, and a second pass changes nothing."""

import base64
import json
from itertools import pairwise
from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.redaction import Redaction, collect_secrets, redact_interaction, scan, seal
from tests.redaction.texts import SSE, chunked, interaction, sse, sse_data

PRINTABLE = st.characters(min_codepoint=32, max_codepoint=0x1F600, exclude_categories=("Cs",))
SECRET = st.tuples(
    st.text(PRINTABLE, min_size=11, max_size=30).map(str.strip), st.sampled_from("-_9é")
).map(lambda parts: f"{parts[0]}{parts[1]}Q7")
TEXT = st.text(max_size=12)


def known(secret):
    return collect_secrets({"S_TOKEN": secret}, None, Redaction(secret_env=("S_TOKEN",)))


@settings(max_examples=60)
@given(SECRET, TEXT, TEXT, st.integers(0, 1), st.booleans())
def test_json_is_valid_and_equal_but_for_the_secret(secret, before, after, depth, ascii_only):
    text = before + secret + after
    for _ in range(depth):
        text = json.dumps({"b": text}, ensure_ascii=ascii_only)
    body = json.dumps({"a": [text, 1.50], "c": {}}, ensure_ascii=ascii_only)
    sealed = seal(interaction(request=body.encode("utf-8", "surrogatepass")), known(secret))
    result = json.loads(sealed.interaction.request.body.decode("utf-8", "surrogatepass"))
    assert (result["a"][1], result["c"]) == (1.5, {})
    inner = result["a"][0]
    for _ in range(depth):
        inner = json.loads(inner)["b"]
    assert secret not in inner
    assert "[REDACTED]" in inner
    assert scan(sealed.interaction, known(secret)) == ()


@settings(max_examples=60)
@given(SECRET, st.lists(st.integers(0, 30), max_size=6), TEXT, TEXT, st.integers(1, 50))
def test_a_stream_stays_a_stream_of_json(secret, cuts, before, after, size):
    whole = before + secret + after
    borders = [0, *sorted({len(before) + cut for cut in cuts if cut < len(secret)}), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(borders)]
    body = sse(*({"choices": [{"delta": {"content": piece}}]} for piece in pieces))
    recorded = interaction(response=body, response_headers=SSE, chunks=chunked(body, size))
    sealed = seal(recorded, known(secret)).interaction
    events = sse_data(sealed.response.body)
    text = "".join(event["choices"][0]["delta"]["content"] for event in events)
    assert len(events) == len(pieces)
    assert secret not in text
    assert "[REDACTED]" in text
    assert sum(chunk.size for chunk in sealed.response.chunks) == len(sealed.response.body)
    assert scan(sealed, known(secret)) == ()


@settings(max_examples=60)
@given(SECRET, st.binary(max_size=5), st.binary(max_size=5), st.booleans())
def test_base64_never_holds_it(secret, before, after, url_safe):
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    encoded = encode(before + secret.encode() + after).decode()
    sealed = seal(
        interaction(request=json.dumps({"a": encoded}).encode()), known(secret)
    ).interaction
    assert encoded.encode() not in sealed.request.body
    assert b"[REDACTED]" in sealed.request.body
    assert scan(sealed, known(secret)) == ()


@settings(max_examples=60)
@given(SECRET, st.sampled_from([quote, quote_plus, lambda text: quote(text, safe="")]))
def test_urls_never_hold_it(secret, encode):
    sealed = seal(interaction(url=f"https://a.test/x?q={encode(secret)}&b=1"), known(secret))
    assert sealed.interaction.request.url == "https://a.test/x?q=[REDACTED]&b=1"


FIELD_NAMES = st.sampled_from(["api_key", "password", "text", "max_tokens", "a"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELD_NAMES, inner, max_size=4),
    max_leaves=12,
)


def expected(value, name=""):
    if isinstance(value, dict):
        return {key: expected(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [expected(inner, name) for inner in value]
    plain = value is None or isinstance(value, bool) or value == ""
    return value if plain or name not in ("api_key", "password") else "[REDACTED]"


@settings(max_examples=100)
@given(VALUES, st.sampled_from([None, 1, "\t"]), st.integers(1, 20))
def test_fields_by_name_are_what_a_walk_over_the_parsed_json_says(value, indent, size):
    body = json.dumps(value, indent=indent).encode("utf-8", "surrogatepass")
    recorded = interaction(response=body, chunks=chunked(body, size))
    once = redact_interaction(recorded, Redaction())
    assert json.loads(once.response.body) == expected(value)
    assert sum(chunk.size for chunk in once.response.chunks) == len(once.response.body)
    assert redact_interaction(once, Redaction()) == once


@settings(max_examples=150)
@given(
    st.binary(max_size=60), st.sampled_from(["", "application/json", *SSE.values(), "multipart/x"])
)
def test_no_body_is_too_strange(body, content_type):
    headers = {"Content-Type": content_type}
    recorded = interaction(
        request=body, response=body, request_headers=headers, response_headers=headers
    )
    redaction = Redaction(jsonpaths=("$..a",))
    once = redact_interaction(recorded, redaction)
    assert redact_interaction(once, redaction) == once
    assert seal(once, known("0123-4567-89ab-cdef")).findings == ()
