"""Each broken file is an error that names place and remedy, and never an empty cassette."""
# ruff: noqa: E501 - messages are asserted whole

from __future__ import annotations

from pathlib import Path

import pytest

from llmcassette.errors import CassetteError
from llmcassette.formats import read
from tests.corpus import corpus_files, corpus_id, needs_corpus

GOOD = """\
---
version: 2
interactions:
- id: 0
  request:
    proto: HTTP/1.1
    proto_major: 1
    proto_minor: 1
    content_length: 2
    host: ""
    body: '{}'
    headers:
      Accept:
      - application/json
    url: https://example.com/
    method: POST
  response:
    proto: HTTP/2.0
    proto_major: 2
    proto_minor: 0
    content_length: -1
    body: hello
    headers: {}
    status: 200 OK
    code: 200
    duration: 1.5s
"""
SECOND = GOOD.split("interactions:\n")[1].replace("id: 0", "id: 1")


def error_of(text: str) -> str:
    with pytest.raises(CassetteError) as caught:
        read(text, path=Path("w.yaml"))
    return str(caught.value)


def test_the_example_itself_is_good():
    assert len(read(GOOD).interactions) == 1


EMPTY = "w.yaml:1: the file is empty; a cassette without interactions has `interactions: []`"


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n", "\ufeff"])
def test_an_empty_file(text):
    assert error_of(text) == EMPTY


@pytest.mark.parametrize("text", ["---\n", "---\n...\n", "~\n", "null\n"])
def test_a_document_of_nothing(text):
    assert error_of(text) == EMPTY


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello\n", "w.yaml:1: expected a mapping with version and interactions, found plain text"),
        ("\n- a\n", "w.yaml:2: expected a mapping with version and interactions, found a list"),
        ("version: 2\n", "w.yaml:1: interactions: is missing: nothing was recorded, or the file is cut; a cassette without interactions has `interactions: []`"),
        ("version: 2\ninteractions:\n", "w.yaml:1: interactions: is missing: nothing was recorded, or the file is cut; a cassette without interactions has `interactions: []`"),
        ("version: 2\ninteractions: null\n", "w.yaml:1: interactions: is missing: nothing was recorded, or the file is cut; a cassette without interactions has `interactions: []`"),
        ("version: 2\ninteractions: {}\n", "w.yaml:2: interactions: expected a list, found a mapping"),
        ("a: &a []\nversion: 2\ninteractions: *a\n", "w.yaml:1: interactions: expected the list itself, found an alias"),
        ("version: 2\ninteractions: none\n", "w.yaml:2: interactions: expected a list, found 'none'"),
        ("version: 2\nversion: 2\ninteractions: []\n", "w.yaml:2: version: the key 'version' is a duplicate: remove one"),
        ("version: 2\ninteractions: []\ninteractions: []\n", "w.yaml:3: interactions: the key 'interactions' is a duplicate: remove one"),
        ("version: 2\n[a]: 1\ninteractions: []\n", "w.yaml:2: expected a name, found a list"),
        ("version: 2\ninteractions: []\n---\nversion: 2\n", "w.yaml:3: a second document begins here; a cassette is a single document"),
    ],
)  # fmt: skip
def test_the_root(text, message):
    assert error_of(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("interactions: []\n", "w.yaml:1: version: is missing; a go-vcr cassette has `version: 2`. Is this a cassette?"),
        ("version: 3\ninteractions: []\n", "w.yaml:1: version: expected version 2, found version 3; llmcassette convert reads files of go-vcr version 1, vcrpy and cassetter"),
        ('version: "2"\ninteractions: []\n', "w.yaml:1: version: expected version 2, found the string '2'; llmcassette convert reads files of go-vcr version 1, vcrpy and cassetter"),
        ("version: 2.0\ninteractions: []\n", "w.yaml:1: version: expected version 2, found '2.0'; llmcassette convert reads files of go-vcr version 1, vcrpy and cassetter"),
        ("version:\ninteractions: []\n", "w.yaml:1: version: expected version 2, found null; llmcassette convert reads files of go-vcr version 1, vcrpy and cassetter"),
        ("version: 1\ninteractions: []\n", "w.yaml:1: version: version 1 without interactions; only version 2 is read"),
        ("version: 1\n", "w.yaml:1: version: version 1 without interactions; only version 2 is read"),
        (
            "---\nversion: 1\ninteractions:\n- request:\n    url: /\n    method: GET\n  response:\n    code: 200\n",
            "w.yaml:2: version: this is a go-vcr cassette (version 1); convert it with `llmcassette convert --force w.yaml w.yaml`",
        ),
        (
            "interactions:\n- request:\n    uri: /\n    method: GET\n  response:\n    status: {code: 200}\nversion: 1\n",
            "w.yaml:7: version: this is a vcrpy cassette (version 1); convert it with `llmcassette convert --force w.yaml w.yaml`",
        ),
        (
            "interactions:\n- request:\n    uri: /\n    method: GET\n  response:\n    status_code: 200\n",
            "w.yaml:1: version: this is a vcrpy cassette; convert it with `llmcassette convert --force w.yaml w.yaml`",
        ),
        (
            "version: 1\ninteractions:\n- kind: message\n  direction: sent\n",
            "w.yaml:1: version: version 1, but neither go-vcr's nor vcrpy's: expected an HTTP request and response, found kind, direction",
        ),
        (
            "version: 1\ninteractions:\n- hello\n",
            "w.yaml:1: version: version 1, but neither go-vcr's nor vcrpy's: expected an HTTP request and response, found 'hello'",
        ),
        (
            "version: 1\ninteractions:\n- request:\n    path: /\n  response: {}\n",
            "w.yaml:1: version: version 1, but neither go-vcr's nor vcrpy's: expected an HTTP request and response, found request, response",
        ),
    ],
)  # fmt: skip
def test_another_version(text, message):
    assert error_of(text) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("- id: 0\n", "- id: zero\n", "w.yaml:4: interaction 0, id: expected an integer, found 'zero'"),
        ("- id: 0\n", "- id: 08\n", "w.yaml:4: interaction 0, id: expected an integer, found '08'"),
        ("- id: 0\n", "- id: 0\n  id: 0\n", "w.yaml:5: interaction 0, id: the key 'id' is a duplicate: remove one"),
        ("    url: https://example.com/\n", "", "w.yaml:6: interaction 0, request.url: is missing or empty"),
        ("url: https://example.com/", "url:", "w.yaml:15: interaction 0, request.url: is missing or empty"),
        ("method: POST", "method: ''", "w.yaml:16: interaction 0, request.method: is missing or empty"),
        ("method: POST", "method: {}", "w.yaml:16: interaction 0, request.method: expected a string, found a mapping"),
        ("body: '{}'", "body:\n    - a", "w.yaml:12: interaction 0, request.body: expected text, found a list"),
        ("body: hello", "body: {a: 1}", "w.yaml:22: interaction 0, response.body: expected text, found a mapping"),
        ("body: hello", "body: !!binary '&&'", "w.yaml:22: interaction 0, response.body: is not valid base64, as the tag !!binary requires"),
        ("body: hello", "body: !image hello", "w.yaml:22: interaction 0, response.body: expected text, found a value tagged !image"),
        ("body: hello", "body: !!python/object/apply:os.system [ls]", "w.yaml:22: interaction 0, response.body: expected text, found a Python object (!!python/object/apply:os.system), which is never built"),
        ("body: hello", "body: *nothing", "w.yaml:22: interaction 0: the alias *nothing has no anchor above it: write the value out"),
        ("body: hello", "notes: !!python/name:os.system ls", "w.yaml:22: interaction 0: an unknown key has a Python object (!!python/name:os.system), which is never built: remove it"),
        ("headers: {}", "headers: []", "w.yaml:23: interaction 0, response.headers: expected a mapping, found a list"),
        ("headers: {}", "headers: {A: b}", "w.yaml:23: interaction 0, response.headers.A: expected a list of strings, found 'b'"),
        ("headers: {}", "headers: {A: [[b]]}", "w.yaml:23: interaction 0, response.headers.A: expected a string, found a list"),
        ("headers: {}", "headers: {A: [b], A: [c]}", "w.yaml:23: interaction 0, response.headers.A: the key 'A' is a duplicate: remove one"),
        ("headers: {}", "<<: {code: 200}", "w.yaml:23: interaction 0, response.<<: merge keys are not read: write the fields out"),
        ("status: 200 OK", "status: [200]", "w.yaml:24: interaction 0, response.status: expected a string, found a list"),
        ("code: 200", 'code: "200"', "w.yaml:25: interaction 0, response.code: expected an integer, found the string '200'"),
        ("code: 200", "code: 1" + "0" * 5000, "w.yaml:25: interaction 0, response.code: expected an integer, found '1" + "0" * 39 + "...'"),
        ("    code: 200\n", "", "w.yaml:18: interaction 0, response.code: is missing; the file may be cut"),
        ("    code: 200\n", "    code:\n", "w.yaml:25: interaction 0, response.code: is missing; the file may be cut"),
        ("duration: 1.5s", "duration: soon", "w.yaml:26: interaction 0, response.duration: 'soon' is not a duration; use for example 1.5s or 980.667µs"),
        ("duration: 1.5s", "duration: 7", "w.yaml:26: interaction 0, response.duration: '7' is not a duration; use for example 1.5s or 980.667µs"),
        ("duration: 1.5s", 'duration: ""', "w.yaml:26: interaction 0, response.duration: '' is not a duration; use for example 1.5s or 980.667µs"),
        ("duration: 1.5s", "duration: [1s]", "w.yaml:26: interaction 0, response.duration: expected a string, found a list"),
        ("duration: 1.5s", "uncompressed: maybe", "w.yaml:26: interaction 0, response.uncompressed: expected true or false, found 'maybe'"),
        ("duration: 1.5s", 'uncompressed: "true"', "w.yaml:26: interaction 0, response.uncompressed: expected true or false, found the string 'true'"),
        ("duration: 1.5s", "transfer_encoding: chunked", "w.yaml:26: interaction 0, response.transfer_encoding: expected a list of strings, found 'chunked'"),
        ("duration: 1.5s", "chunks: 5@0 oops", "w.yaml:26: interaction 0, response.chunks: 'oops' is not a chunk; write bytes@seconds, for example 312@0.213, or remove the key so that the body is cut by event"),
        ("duration: 1.5s", "chunks: 1x9000000@0 1x9000000@0", "w.yaml:26: interaction 0, response.chunks: stands for more than 10000000 chunks"),
    ],
)  # fmt: skip
def test_one_field(old, new, message):
    assert old in GOOD

    assert error_of(GOOD.replace(old, new)) == message


@pytest.mark.parametrize("part", ["request", "response"])
def test_an_interaction_without_one_half(part):
    text = GOOD + SECOND.replace(f"{part}:", "something:")

    assert error_of(text) == f"w.yaml:27: interaction 1: has no {part}"


def test_an_interaction_that_is_no_mapping():
    assert error_of(GOOD + "- hello\n") == (
        "w.yaml:27: interaction 1: expected a mapping, found 'hello'"
    )


def test_the_interaction_that_is_wrong_is_named():
    assert error_of(GOOD + SECOND.replace("1.5s", "soon")) == (
        "w.yaml:49: interaction 1, response.duration: "
        "'soon' is not a duration; use for example 1.5s or 980.667µs"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [\n", "w.yaml:2: not YAML: while parsing a flow node, did not find expected node content"),
        ("a: b: c\n", "w.yaml:1: not YAML: mapping values are not allowed in this context"),
        ("a: 'b\n", "w.yaml:2: not YAML: while scanning a quoted scalar, found unexpected end of stream"),
        ("a:\n\t- b\n", "w.yaml:2: not YAML: while scanning for the next token, found character that cannot start any token"),
        ('a: "\\q"\n', "w.yaml:1: not YAML: while parsing a quoted scalar, found unknown escape character"),
        ("a: b\n\nc: d\x07e\n", "w.yaml:3: not YAML: the character U+0007 is not allowed in YAML text; write it as an escape in double quotes"),
        ("a: b\nc: \ud800\n", "w.yaml:2: not YAML: the character U+D800 is not allowed in YAML text; write it as an escape in double quotes"),
        ("%YAML 9.9\n--- a\n", "w.yaml:1: not YAML: found incompatible YAML document"),
    ],
)  # fmt: skip
def test_no_yaml(text, message):
    assert error_of(text) == message


def test_an_alias_bomb_of_bodies_is_bounded():
    item = SECOND.replace("- id: 1\n", "- &x\n  id: 0\n").replace("hello", "x" * 200_000)
    text = "version: 2\ninteractions:\n" + item + "- *x\n" * 100_000

    assert error_of(text).endswith(
        "its aliases repeat more than 10 times the file's text: write the values out"
    )


def test_an_alias_bomb_of_header_values_is_bounded():
    values = "[&v " + "x" * 20_000 + ", *v" * 20_000 + "]"

    assert error_of(GOOD.replace("headers: {}", f"headers: {{A: {values}}}")) == (
        "w.yaml:23: interaction 0, response.headers.A: "
        "its aliases repeat more than 10 times the file's text: write the values out"
    )


def test_the_billion_laughs_are_passed_over_unexpanded():
    laughs = "".join(f"    a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    text = GOOD.replace("    body: hello\n", "    a0: &a0 [lol]\n" + laughs)

    assert len(read(text).interactions) == 1


def test_an_alias_inside_its_own_anchor():
    assert error_of(GOOD.replace("headers: {}", "headers: &h {A: *h}")) == (
        "w.yaml:23: interaction 0: the alias *h has no anchor above it: write the value out"
    )


@needs_corpus
@pytest.mark.parametrize(
    ("path", "words"),
    [
        *((path, "this is a go-vcr cassette (version 1)") for path in corpus_files("go-vcr-v1")),
        *((path, "this is a vcrpy cassette") for path in corpus_files("vcrpy-v1")),
        *((path, "neither go-vcr's nor vcrpy's") for path in corpus_files("not-cassettes")),
    ],
    ids=lambda value: corpus_id(value) if isinstance(value, Path) else "",
)
def test_real_files_of_other_formats_are_refused_by_name(path, words):
    message = error_of(path.read_bytes().decode())

    assert words in message
    assert ("`llmcassette convert --force " in message) == ("this is a" in words)
