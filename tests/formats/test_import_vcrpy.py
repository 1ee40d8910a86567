"""Rare shapes of vcrpy's files, by example."""

from __future__ import annotations

import base64
import gzip
import json
from textwrap import dedent, indent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.errors import CassetteError
from llmcassette.formats.importing import import_text
from llmcassette.model import Headers, Interaction, Request, Response
from llmcassette.review.edit.conversion import decoded
from llmcassette.streams.bounds import DEFAULT_BOUNDS


def imported(request: str = "", response: str = "", *, extra: str = "") -> tuple[Request, Response]:
    text = "interactions:\n- request:\n    method: POST\n    uri: https://api.example/v1?a=1\n"
    text += indent(dedent(request), "    ") + "  response:\n"
    text += indent(
        dedent(response or "status: {code: 200, message: OK}\nbody: {string: hi}"), "    "
    )
    (interaction,) = import_text(f"{text}\n{extra}").cassette.interactions
    return interaction.request, interaction.response


def refusal(text: str) -> str:
    with pytest.raises(CassetteError) as caught:
        import_text(dedent(text))
    return str(caught.value)


def test_null_stands_for_no_headers() -> None:
    request, response = imported("headers: null\n", "status: {code: 200}\nheaders:\n")
    assert (request.headers, response.headers) == (Headers(), Headers())


def test_a_file_without_a_version_is_read() -> None:
    request, response = imported("headers: {Accept: ['*/*'], x-many: [a, b]}\nbody: '{}'\n")
    assert request == Request(
        method="POST",
        url="https://api.example/v1?a=1",
        host="api.example",
        headers=Headers({"Accept": "*/*", "X-Many": ["a", "b"]}),
        body=b"{}",
        content_length=2,
    )
    assert response == Response(code=200, status="200 OK", body=b"hi")


def test_top_level_metadata_is_said_to_be_left_out() -> None:
    text = (
        "version: 1\nmetadata: {by: me}\ninteractions:\n- request: {method: GET, uri: 'http://a/'}\n"
        "  response: {status: {code: 204, message: null}}\n"
    )
    got = import_text(text)
    assert got.left_out == ("metadata",)
    assert got.cassette.interactions[0].response == Response(code=204, status="204")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("body: null", b""),
        ("body: ''", b""),
        ("body: plain text", b"plain text"),
        ("body: 438", b"438"),
        ("body: {string: ü}", "ü".encode()),
        ("body: {string: !!binary /wA=}", b"\xff\x00"),
        ("body: !!python/unicode 'ü'", "ü".encode()),
        ("body: !!python/bytes /wA=", b"\xff\x00"),
        ("body: {base64_string: /wA=}", b"\xff\x00"),
        ("body: [one, !!binary /wA=]", b"one\xff\x00"),
        ("body: !!python/object/apply:builtins.iter {args: [[one, two]]}", b"onetwo"),
        (
            "body: !!python/object/new:_io.BytesIO {state: !!python/tuple [!!binary /wA=, 0]}",
            b"\xff\x00",
        ),
        ("body: {model: gpt, n: 1, stream: true}", b'{"model": "gpt", "n": 1, "stream": true}'),
        ("body: [{a: 1}]", b'[{"a": 1}]'),
        (
            "headers: {content-type: application/x-www-form-urlencoded}\nbody: {a: 1 2, b: ü}",
            b"a=1+2&b=%C3%BC",
        ),
        ("parsed_body: {ü: [1, 1.5, null, 'no']}", '{"ü": [1, 1.5, null, "no"]}'.encode()),
        ("parsed_body: null", b"null"),
        ("", b""),
    ],
)
def test_a_request_body(body: str, expected: bytes) -> None:
    assert imported(f"{body}\n")[0].body == expected


def test_binary_that_vcrpy_5_wrote_in_base64_is_told_by_its_length() -> None:
    data = bytes(range(256))
    text = base64.b64encode(data).decode()
    given = f"headers: {{content-length: ['%d']}}\nbody: {text}\n"
    assert imported(given % 256)[0].body == data
    assert imported(given % len(text))[0].body == text.encode()
    assert imported(f"body: {text}\n")[0].body == text.encode()


def test_text_as_long_as_base64_would_be_stays_text() -> None:
    for body in ("'????'", "YWI="):
        given = f"headers: {{content-length: ['3']}}\nbody: {body}\n"
        assert imported(given)[0].body == body.strip("'").encode()


def test_an_answer_of_old_httpx_releases() -> None:
    _, response = imported(
        response="""\
        content: '{"a": 1}'
        headers: {content-type: application/json}
        http_version: HTTP/2
        status_code: 404
        """
    )
    assert response == Response(
        code=404,
        status="404",
        headers=Headers({"Content-Type": "application/json"}),
        body=b'{"a": 1}',
        proto="HTTP/2.0",
        proto_major=2,
        proto_minor=0,
    )


def test_header_values_of_every_kind() -> None:
    _, response = imported(
        response="""\
        status: {code: '200', message: OK}
        headers:
        - !!python/tuple [X-One, text]
        - !!python/tuple [x-one, [!!binary YQ==, 7]]
        - [X-Latin, !!binary 6Q==]
        - [X-None, null]
        - [Content-Length, '12']
        - [Transfer-Encoding, chunked]
        """
    )
    assert response.headers.fields == (
        ("X-One", ("text", "a", "7")),
        ("X-Latin", ("é",)),
        ("X-None", ("",)),
        ("Content-Length", ("12",)),
        ("Transfer-Encoding", ("chunked",)),
    )
    assert (response.content_length, response.transfer_encoding) == (12, ("chunked",))


def test_gzip_over_gzip_and_gzip_over_decoded_text() -> None:
    squeezed = base64.b64encode(gzip.compress(b"hello")).decode()
    for body in (f"!!binary {squeezed}", "hello"):
        text = f"""\
version: 1
interactions:
- request: {{method: GET, uri: 'http://a/'}}
  response:
    status: {{code: 200, message: OK}}
    headers: {{content-encoding: [gzip], content-length: ['25'], x: [y]}}
    body: {{string: {body}}}
"""
        (interaction,) = import_text(text).cassette.interactions
        response = decoded(interaction, DEFAULT_BOUNDS).response
        assert (response.body, response.uncompressed) == (b"hello", True)
        assert response.headers == Headers({"x": "y"})
        assert response.content_length == -1


def test_a_coding_that_cannot_be_undone_stays_as_it_is() -> None:
    text = """\
version: 1
interactions:
- request: {method: GET, uri: 'http://a/'}
  response:
    status: {code: 200, message: OK}
    headers: {content-encoding: [frob]}
    body: {string: !!binary /wA=}
"""
    (interaction,) = import_text(text).cassette.interactions
    assert decoded(interaction, DEFAULT_BOUNDS) is interaction


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (gzip.compress(b"one ") + gzip.compress(b"two"), b"one two"),
        (gzip.compress(b"cut" * 100)[:-8], b"cut" * 100),
        (gzip.compress(b"one") + b"more", None),
    ],
    ids=["two members", "cut", "something behind"],
)
def test_no_byte_of_a_gzip_body_is_lost(body: bytes, expected: bytes | None) -> None:
    answer = Response(code=200, headers=Headers({"Content-Encoding": "gzip"}), body=body)
    interaction = Interaction(0, Request(method="GET", url="http://a/"), answer)
    after = decoded(interaction, DEFAULT_BOUNDS).response
    assert after.body == (body if expected is None else expected)
    assert after.uncompressed == (expected is not None)
    assert ("content-encoding" in after.headers) == (expected is None)


def test_the_identity_coding_is_none() -> None:
    _, response = imported(
        response="status: {code: 200}\nheaders: {content-encoding: identity}\nbody: {string: hi}"
    )
    interaction = Interaction(0, Request(method="GET", url="http://a/"), response)
    assert decoded(interaction, DEFAULT_BOUNDS) is interaction


def test_json_files_with_escapes_that_yaml_does_not_have() -> None:
    body = "😀 \x7f \u2028 \u0085 \\ud83d / \ufeff"
    data = {
        "version": 1,
        "interactions": [
            {
                "request": {"method": "GET", "uri": "http://a/", "body": body, "headers": {}},
                "response": {"status": {"code": 200, "message": "OK"}, "body": {"string": body}},
            }
        ],
    }
    for ascii_only in (True, False):
        text = json.dumps(data, ensure_ascii=ascii_only).replace("/ ", "\\/ ")
        (interaction,) = import_text(text, notation="json").cassette.interactions
        assert interaction.request.body == interaction.response.body == body.encode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab1:#- é~\n"), inner),
    max_leaves=10,
)


@given(JSON)
@settings(max_examples=150)
def test_a_parsed_body_is_the_json_that_pyyaml_reads(value: object) -> None:
    text = yaml.safe_dump(
        {
            "interactions": [
                {
                    "request": {"method": "GET", "uri": "http://a/", "parsed_body": value},
                    "response": {"status": {"code": 200, "message": "OK"}},
                }
            ]
        },
        allow_unicode=True,
    )
    (interaction,) = import_text(text).cassette.interactions
    assert (
        json.loads(interaction.request.body)
        == yaml.safe_load(text)["interactions"][0]["request"]["parsed_body"]
    )


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        ("010", "8"),
        ("0x1F", "31"),
        ("1_000", "1000"),
        ("1:30", "90"),
        ("+1", "1"),
        ("1.", "1.0"),
        ("1e3", '"1e3"'),
        (".inf", "Infinity"),
        ("-.inf", "-Infinity"),
        (".nan", "NaN"),
        ("yes", "true"),
        ("Off", "false"),
        ("~", "null"),
        ("2026-01-02", '"2026-01-02"'),
        ("!!str 12", '"12"'),
        ("!!int '12'", "12"),
        ("!!python/long 12", "12"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.50", "1.50"),
    ],
)
def test_a_parsed_bodys_plain_scalars_are_those_of_yaml_1_1(scalar: str, expected: str) -> None:
    assert imported(f"parsed_body: [{scalar}]\n")[0].body.decode() == f"[{expected}]"


def test_a_deep_body_is_no_recursion() -> None:
    deep = "[" * 90 + "]" * 90
    assert imported(f"parsed_body: {deep}\n")[0].body == deep.encode()


HEAD = "version: 1\ninteractions:\n- request: {method: GET, uri: 'http://a/'}\n  response: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file is empty: no cassette"),
        ("hello", "line 1: expected a mapping, found plain text"),
        (
            "- request: {}",
            "line 1: this is the format of vcrpy before its version 1.0, which is not read;"
            " migrate it with vcrpy's `python -m vcr.migration PATH`",
        ),
        (
            "http_interactions: []\nrecorded_with: VCR 6.0.0",
            "line 1: this is a cassette of Ruby's VCR, which is not read here",
        ),
        (
            "a: 1",
            "line 1: version: is missing; a go-vcr cassette has `version: 2`. Is this a cassette?",
        ),
        ("version: 1\ninteractions: []\n---\na",
            "line 3: a second document begins here; a cassette is a single document"),
        (
            "version: 1\ninteractions: text",
            "line 1: version: version 1 without interactions; only version 2 is read",
        ),
        (
            "version: 3\ninteractions: []",
            "line 1: version: expected version 2, found version 3; llmcassette convert reads"
            " files of go-vcr version 1, vcrpy and cassetter",
        ),
        (
            HEAD + "{status: {code: 200}}\n- kind: message",
            "line 5: interaction 1: is not a vcrpy interaction, unlike those before it",
        ),
        (HEAD + "{headers: {}}", "line 4: interaction 0, response: has no status"),
        (
            HEAD + "{status: {code: soon}}",
            "line 4: interaction 0, response.status.code: expected an integer, found"
            " 'soon'",
        ),
        (
            HEAD + "{status: {code: 200, code: 200}}",
            "line 4: interaction 0, response.status: the key 'code' is a duplicate: remove one",
        ),
        (
            HEAD + "{status: {code: 200}, body: {string: !!binary '%%%'}}",
            "line 4: interaction 0, response.body.string: is not valid base64",
        ),
        (
            HEAD + "{status: {code: 200}, headers: [a]}",
            "line 4: interaction 0, response.headers: expected a pair of a name and its values,"
            " found 'a'",
        ),
        (
            HEAD + "{status: {code: 200}, headers: 7}",
            "line 4: interaction 0, response.headers: expected a mapping, found '7'",
        ),
        (
            HEAD + "{status: {code: 200}, body: !!python/object/apply:os.system [ls]}",
            "line 4: interaction 0, response.body: expected a mapping, found a Python object"
            " (!!python/object/apply:os.system), which is never built",
        ),
        (
            HEAD + "{status: {code: 200}, parsed_body: !!set {a: 1}}",
            "line 4: interaction 0, response.parsed_body: expected a mapping, found a value"
            " tagged !!set",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name_and_place(text: str, message: str) -> None:
    assert refusal(text) == message


def test_aliases_that_blow_the_file_up_are_refused() -> None:
    lines = ["- &a0 [x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    body = indent("\n".join(lines), "    ")
    text = f"{HEAD}\n    status: {{code: 200}}\n    parsed_body:\n{body}\n"
    assert "its aliases repeat more than 10 times the file's text" in refusal(text)


def test_json_that_is_none() -> None:
    with pytest.raises(CassetteError) as caught:
        import_text("{", notation="json")
    assert str(caught.value) == (
        "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    )


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            'body: "\\ud800"\n',
            "not YAML: while parsing a quoted scalar, found invalid Unicode character escape code",
        ),
        ("body: !!python/object/new:_io.BytesIO {}\n", "which is never built"),
        ("body: !!python/object/apply:builtins.iter {}\n", "which is never built"),
        ("parsed_body: !!python/object:a.B [1]\n", "which is never built"),
    ],
)
def test_objects_that_hold_no_data_are_not_built(request_: str, message: str) -> None:
    with pytest.raises(CassetteError, match=message):
        imported(request_)


def test_a_url_that_is_none_has_no_host() -> None:
    text = HEAD.replace("http://a/", "http://[a/") + "{status: {code: 200}}"
    (interaction,) = import_text(text).cassette.interactions
    assert (interaction.request.url, interaction.request.host) == ("http://[a/", "")
