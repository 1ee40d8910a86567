"""Values that are read from unusual but valid text."""

from __future__ import annotations

import pytest

from llmcassette.errors import CassetteError
from llmcassette.formats import read
from llmcassette.model import Headers
from tests.formats.test_bad_input import GOOD, SECOND


def response_of(text):
    return read(text).interactions[0].response


def request_of(text):
    return read(text).interactions[0].request


def test_no_interactions_is_said_by_an_empty_list():
    assert read("version: 2\ninteractions: []\n").interactions == ()


def test_a_byte_order_mark_and_crlf_change_nothing():
    plain = read(GOOD + SECOND)

    assert read("\ufeff" + (GOOD + SECOND).replace("\n", "\r\n")) == plain


def test_the_version_may_come_last():
    items = GOOD.partition("interactions:\n")[2]

    assert read("interactions:\n" + items + "version: 2\n") == read(GOOD)


def test_unknown_keys_are_passed_over():
    text = GOOD.replace("version: 2", "version: 2\nrecorder: {name: me}").replace(
        "body: hello", "body: hello\n    discard_on_save: [1, 2]"
    )

    assert read(text) == read(GOOD)


def test_null_is_the_zero_value():
    text = GOOD.replace("headers: {}", "headers: ~").replace("body: hello", "body:")

    assert response_of(text).headers == Headers()
    assert response_of(text).body == b""


def test_a_header_may_have_no_value_and_a_value_may_be_null():
    text = GOOD.replace("headers: {}", "headers: {A: , B: [], C: [~, x]}")

    assert response_of(text).headers.fields == (("A", ()), ("B", ()), ("C", ("", "x")))


def test_a_plain_number_in_a_text_field_is_text_as_spelled():
    text = GOOD.replace("body: hello", "body: 1_0.50").replace("200 OK", "0200")

    assert response_of(text).body == b"1_0.50"
    assert response_of(text).status == "0200"


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("True", True), ("yes", True), ("off", False)]
)
def test_yaml_1_1_words_for_true_and_false(word, value):
    assert response_of(GOOD + f"    uncompressed: {word}\n").uncompressed is value


def test_what_is_missing_is_the_model_s_default():
    text = (
        "version: 2\ninteractions:\n"
        "- request: {url: /, method: GET}\n  response: {code: 204}\n"
        "- request: {url: /, method: GET}\n  response: {code: 204}\n"
    )
    found = read(text).interactions

    assert [interaction.id for interaction in found] == [0, 1]
    assert found[0].request.proto == "HTTP/1.1"
    assert found[0].response.content_length == -1
    assert found[0].response.duration == 0.0
    assert found[0].response.chunks is None


def test_aliases_within_reason_are_followed():
    text = GOOD.replace("headers:\n", "headers: &h\n").replace("headers: {}", "headers: *h")

    assert response_of(text).headers == request_of(text).headers


def test_binary_is_base64_across_lines():
    assert response_of(GOOD.replace("hello", "!!binary |\n      /9j/\n      4A==")).body == (
        b"\xff\xd8\xff\xe0"
    )


def test_a_binary_header_value_keeps_its_bytes_as_surrogate_escapes():
    text = GOOD.replace("headers: {}", "headers: {A: [!!binary /w==]}")

    assert response_of(text).headers["A"] == "\udcff"


def test_goccy_bytes_are_bytes():
    text = GOOD.replace("hello", r'"\xff\xd8 caf\x00é\u0091\\xff"')

    assert response_of(text).body == b"\xff\xd8 caf\x00" + "é\x91".encode() + rb"\xff"


def test_goccy_bytes_behind_a_tag_and_an_anchor():
    assert response_of(GOOD.replace("hello", r'!!str &a "\xff"')).body == b"\xff"


@pytest.mark.parametrize(
    ("quoted", "text"),
    [
        (r'"\xFF"', "ÿ"),  # upper-case digits: go-yaml's, or PyYAML's
        (r'"\xe9 \e[0m"', "é \x1b[0m"),  # an escape Go does not have
        (r'"caf\xc3\xa9"', "cafÃ©"),  # Go would have written é
        (r'"\\xff é"', r"\xff é"),
        ('"\\xff\n      wrapped"', "ÿ wrapped"),
    ],
)
def test_what_go_cannot_have_quoted_is_characters(quoted, text):
    assert response_of(GOOD.replace("hello", quoted)).body == text.encode()


def test_an_escape_that_does_not_tell_is_meant_as_in_the_rest_of_the_file():
    unclear = GOOD.replace("hello", r'"\x85\x99"')

    assert response_of(unclear).body == "\x85\x99".encode()  # single quotes: go-yaml's
    assert response_of(unclear.replace("'{}'", '"{}"')).body == b"\x85\x99"  # goccy's
    twice = unclear.replace("'{}'", r'"\x85"')
    assert request_of(twice).body == b"\x85"  # nobody's
    assert response_of(twice).body == b"\x85\x99"
    indented = "version: 2\ninteractions:\n" + "".join(
        "    " + line for line in unclear.replace("'{}'", "a").splitlines(keepends=True)[3:]
    )
    assert response_of(indented).body == "\x85\x99".encode()  # goccy does not indent


def test_chunks_and_ending_are_read():
    text = GOOD + "    chunks: 3@0.25 1x2@0\n    ended: ReadError\n"

    assert [(chunk.size, chunk.gap) for chunk in response_of(text).chunks] == [
        (3, 0.25),
        (1, 0.0),
        (1, 0.0),
    ]
    assert response_of(text).ended == "ReadError"


def test_chunks_that_do_not_add_up_are_kept():
    assert len(response_of(GOOD + "    chunks: 999@1\n").chunks) == 1


def test_lazy_reading_leaves_a_broken_response_until_it_is_asked_for():
    found = read(GOOD + SECOND.replace("1.5s", "soon"), lazy=True).interactions

    assert found[0].response.code == 200
    assert found[1].request.url == "https://example.com/"
    for _ in range(2):
        with pytest.raises(CassetteError, match=r"^line 49: interaction 1, response.duration: "):
            _ = found[1].response


@pytest.mark.parametrize("old", ["    method: POST\n", "  response:\n"])
def test_lazy_reading_still_validates_structure_and_requests(old):
    with pytest.raises(CassetteError):
        read(GOOD.replace(old, "  other:\n" if "response" in old else ""), lazy=True)
