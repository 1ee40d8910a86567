"""The fast reader gives the same as PyYAML's, or declines the file."""

# ruff: noqa: E501 - tables

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmcassette.errors import CassetteError
from llmcassette.formats import emit, read, read_fast, write
from llmcassette.recorder.playback import playback_as_filed, playback_of
from tests.cases import case
from tests.corpus import each_real_file
from tests.formats.strategies import DIALECTS, interactions, values
from tests.formats.test_bad_input import GOOD, SECOND
from tests.formats.test_fuzz import SEEDS

LEFT_TO_PYYAML = {
    "cassettes/TestA2AServer_AgentCard.yaml": "no interactions",
    "flux-dev/GenDoc-Image.yaml": "bytes in a quoted string",
    "errors/bad_apiKey/GenStream.yaml": "a CR",
}


def results(load):
    """The results of a reader: for each response, or an error for the file."""
    try:
        cassette = load()
    except CassetteError as error:
        return str(error)
    found = []
    for interaction in cassette.interactions:
        try:
            response = interaction.response
        except CassetteError as error:
            response = str(error)
        found.append((interaction.id, interaction.request, response))
    return found


def assert_played_the_same(interaction):
    """Whether a client gets the same answer without the ``Response`` being made."""
    answer = interaction.unread.answer()
    as_filed = None if answer is None else playback_as_filed(answer)
    if as_filed is not None:
        assert as_filed == playback_of(interaction.response)
    return as_filed is not None


def assert_same_as_pyyaml(text):
    """Whether the fast reader read the file."""
    data = text.encode("utf-8", "surrogatepass")
    expected = results(lambda: read(text, lazy=True))
    lazy = read_fast(data, lazy=True)
    if lazy is not None:
        for interaction in lazy.interactions:
            assert_played_the_same(interaction)
        found = results(lambda: lazy)
        if isinstance(expected, str):  # one broken response makes the text no YAML at all
            assert expected in [response for _, _, response in found]
        else:
            assert found == expected
    eager = read_fast(data)
    if eager is not None:
        assert results(lambda: eager) == expected
    return lazy is not None


@each_real_file
def test_real_files_have_the_same_values_and_text(path):
    data = path.read_bytes()
    text = data.decode()
    full = read(text, path=path)

    lazy = read_fast(data, path=path, lazy=True)
    eager = read_fast(data, path=path)

    if any(path.as_posix().endswith(name) for name in LEFT_TO_PYYAML):
        assert eager is None
        return
    assert values(eager.interactions) == values(lazy.interactions) == values(full.interactions)
    assert [it.id for it in eager.interactions] == [it.id for it in full.interactions]
    assert write(lazy) == write(eager) == text
    assert (eager.version, eager.path) == (full.version, full.path)


@each_real_file
def test_clients_are_given_the_same_straight_from_real_files(path):
    lazy = read_fast(path.read_bytes(), path=path, lazy=True)
    if lazy is None or any(path.as_posix().endswith(name) for name in LEFT_TO_PYYAML):
        return

    for interaction in lazy.interactions:
        was_fast = assert_played_the_same(interaction)
        assert was_fast or not is_plain(interaction.response)


def is_plain(response):
    """Whether a response can be replayed from its lines alone."""
    names = [name.lower() for name, _ in response.headers.multi_items()]
    return (
        "content-encoding" not in names
        and names.count("content-type") < 2
        and response.code < 400
        and response.duration < 60
    )


@each_real_file
def test_edits_of_real_files_come_out_the_same(path):
    data = path.read_bytes()
    full, lazy = read(data.decode()), read_fast(data, lazy=True)
    if lazy is None:
        return
    new = read(GOOD).interactions

    def edited(cassette):
        kept = cassette.interactions
        return [
            write(replace(cassette, interactions=chosen))
            for chosen in ((*kept, *new), kept[::-1], kept[1:], (*new, *kept), ())
        ]

    assert edited(lazy) == edited(full)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_read_the_fast_way(name):
    recorded = read(GOOD + SECOND).interactions
    layout = DIALECTS[name]
    text = emit(recorded, layout)

    fast = assert_same_as_pyyaml(text)

    assert fast == (layout.newline == "\n" and not layout.bom)


@settings(max_examples=100)
@given(st.lists(interactions, min_size=1, max_size=3), st.sampled_from(sorted(DIALECTS)))
def test_what_we_write_reads_the_same(recorded, name):
    assert_same_as_pyyaml(emit(recorded, DIALECTS[name]))


VALUES = [
    "plain", "two words", "a: b", "a:b", "a #b", "a#b", "'it''s'", "'open", '"a\\n\\u00e9"', '"\\xff"', '"\\x7f"',
    '"\\ud83d\\ude00"', '"\\U0001F600"', '"\\q"', '"\\/"', '"open', "null", "~", "''", '""', "[]", "{}", "[a]",
    "{a: b}", "&a b", "*a", "!!str a", "!!binary aGk=", "!!binary aGk", "!!binary '&&'", "|", "|-", "|+\n      a\n\n",
    "|\n      a\n       b\n\n", "|\n       a\n      b", "|\n      a\n    b", "|2\n       a", "|2-\n      a\n\n\n", "|1\n     a",
    "|\n\n      a", "|\n      \n      a\n      ", "|\n      a\n   \n      b", ">\n      a\n      b", "|\n\ta", "|\n      \ta",
    "|\n      a\t", "a\tb", "a\t#b", "a ", "-", "- a", "-a", "-1", "? a", "%a", "@a", "`a", "a\n      b", "a\n- id: 9",
    '"a\n- id: 9"', "'a\n- id: 1\n  request:\n    url: u\n    method: m\n  response:\n    code: 1\n'", "a\r", "é", "\u2028",
    "a\u2028b", "a\u2029b", "a\x85b", "a\x80b", "a\ufeffb", "a\ufffeb", "a\x00b", "a\x7fb", "😀", "<<", "=", "|\n      # no comment",
    "a\n# comment", "# comment", "0x1F", "1_000", "007", "9223372036854775808", "1" * 19, "true", "yes", "1.5s", "-3m2.5s", ".5h", "1.0000000005s",
]  # fmt: skip
LINES = [
    "    proto: HTTP/2.0",
    "    body: hello", "    body: '{}'", "url: https://example.com/", "method: POST", "headers: {}", "code: 200", "duration: 1.5s",
    "    host: \"\"", "status: 200 OK", "- id: 0", "proto: HTTP/1.1", "content_length: 2", "      - application/json", "      Accept:",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_any_value_anywhere_reads_the_same(line):
    assert line in GOOD
    name = line.partition(":")[0] if ":" in line else "      -"
    for value in VALUES:
        new = f"{name}: {value}" if ":" in line else f"{name} {value}"
        with case(f"{line!r} as {new!r}"):
            assert_same_as_pyyaml(GOOD.replace(line, new) + SECOND)
            assert_same_as_pyyaml(GOOD + SECOND.replace(line, new))
            assert_same_as_pyyaml(GOOD.replace(line, f"{line}\n{new}"))


@pytest.mark.parametrize(
    "header",
    ["A: []", "Content-Encoding: []\n      Content-Length:\n      - \"5\"", "A:", "A: b", "A:\n      - b\n      A:\n      - c", "null:\n      - b", "'A':\n      - b",
     "A:\n        - b", "A:\n      - b\n      B: []", "A:\n      - null\n      - ''\n      - \"\\n\"", "- a", "<<:\n      - a",
     "A:\n      - |-\n        b", "A: {}", "A b:\n      - c", "A:\n      -  b", "A:\n      - - b", "A:\n      - b: c", "A:\n      -"],
)  # fmt: skip
def test_headers_read_the_same(header):
    assert_same_as_pyyaml(GOOD.replace("headers: {}", f"headers:\n      {header}") + SECOND)


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n# end\n", "\nmore: 1\n", "\n...\n", "\n---\n", "\n--- a\n", "\n  ", "\n- id: 1\n"])  # fmt: skip
@pytest.mark.parametrize("last", ["1.5s", "'1.5s'", "soon", "|\n      1.5s"])
def test_ends_of_files_read_the_same(end, last):
    assert_same_as_pyyaml(GOOD.removesuffix("\n").replace("1.5s", last) + end)


@pytest.mark.parametrize("line", (GOOD + SECOND).splitlines(keepends=True))
def test_files_without_a_line_read_the_same(line):
    assert_same_as_pyyaml(GOOD.replace(line, "") + SECOND)
    assert_same_as_pyyaml(GOOD + SECOND.replace(line, ""))


@pytest.mark.parametrize("spaces", [0, 1, 2, 4, 5, 8, 20])
@pytest.mark.parametrize("column", [0, 2, 4, 6])
def test_any_layout_reads_the_same(column, spaces):
    lines = GOOD.splitlines()
    moved = [" " * spaces + line if line.startswith(" " * column) else line for line in lines[3:]]
    body = "|\n" + " " * (4 + spaces) + "a"
    for text in ("\n".join([*lines[:3], *moved]), GOOD.replace("hello", body)):
        assert_same_as_pyyaml(text)


@settings(max_examples=200)
@given(st.data())
def test_files_with_pieces_changed_read_the_same(data):
    text = data.draw(st.sampled_from(SEEDS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        size = data.draw(st.integers(0, 30))
        piece = data.draw(
            st.one_of(
                st.sampled_from(list("\t\n\r :-#&*!|>'\"[]{}%?~\x00\x85\u2028\ufeff\\0é")),
                st.just(text[at : at + size] * 2),
                st.sampled_from(
                    ["\n- id: 7\n", "|\n", '"\n', "'\n", "\n\n", "  ", "- ", "{}", "[]"]
                ),
            )
        )
        text = text[:at] + piece + text[at + size :]
    assert_same_as_pyyaml(text)


@example(b"\xff")
@given(st.binary(max_size=3))
def test_bytes_that_are_no_utf8_are_left_to_who_says_so(junk):
    data = GOOD.replace("hello", "h?llo").encode().replace(b"?", junk)
    found = read_fast(data, lazy=True)
    if found is not None:
        assert data.decode()
        assert_same_as_pyyaml(data.decode())


def test_a_broken_response_says_at_each_attempt_what_reading_all_says():
    text = GOOD + SECOND.replace("1.5s", "soon")
    found = read_fast(text.encode(), lazy=True).interactions

    assert found[0].response.body == b"hello"
    for _ in range(2):
        with pytest.raises(CassetteError) as caught:
            found[1].response  # noqa: B018
        assert str(caught.value) == (
            "line 49: interaction 1, response.duration: "
            "'soon' is not a duration; use for example 1.5s or 980.667µs"
        )
