"""Layout: wrapped by cells, shortened, and nothing lost."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from llmcassette.cli.output.layout import Row, Rule, laid_out, line, unwrapped
from llmcassette.cli.output.screen import Screen
from llmcassette.cli.output.text import fit, fit_end, text_width
from llmcassette.escaping import printable
from llmcassette.review.numbers import dollars, joined, plural, seconds, size

TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"), st.sampled_from("ab \n日本語é👩\u200d👧🇩🇪ﷺ\u0301\ufe0f")
    ),
    max_size=300,
)


def texts(blocks, width=40, *, full=False) -> list[str]:
    return ["".join(text for text, _ in spans) for spans in laid_out(blocks, width, full=full)]


@settings(max_examples=150)
@given(TEXTS, st.integers(min_value=40, max_value=120))
def test_no_line_is_wider_than_asked_and_no_character_is_lost(text, width):
    text = printable(text)
    shown = texts([Row("label", [(text, "")])], width)

    assert all(text_width(each) <= width for each in shown)
    assert re.sub(r"\s", "", "".join(shown)) == re.sub(r"\s", "", f"label{text}")


@settings(max_examples=100)
@given(TEXTS, TEXTS, st.integers(min_value=40, max_value=120))
def test_a_heading_is_one_line_as_wide_as_the_screen(text, right, width):
    text, right = (printable(each).replace("\n", " ") for each in (text, right))

    (shown,) = texts([Rule([(text, "head")], right)], width)

    assert width - 1 <= text_width(shown) <= width


def test_words_are_kept_whole_and_paragraphs_apart():
    row = Row("user", [("one two three four five six\n\n    indented\nlast", "")])

    assert texts([row], 36) == [
        "  user        one two three four",
        "              five six",
        "",
        "                  indented",
        "              last",
    ]


def test_a_word_that_fits_no_line_is_broken():
    assert texts([line([("x" * 50, "")])]) == ["x" * 40, "x" * 10]


def test_a_very_long_word_begins_where_there_is_room():
    assert texts([line([(f"see {'x' * 90}", "")])]) == [f"see {'x' * 36}", "x" * 40, "x" * 14]


def test_wide_characters_take_two_columns():
    assert texts([line([("日本語" * 8, "")])]) == ["日本語" * 6 + "日本", "語日本語"]


def test_styles_stay_with_their_words_where_a_line_is_broken():
    (first, second) = laid_out(
        [line([("plain words then ", ""), ("styled words here", "call")])], 30
    )

    assert first == [("", "label"), ("plain words then ", ""), ("styled words", "call")]
    assert second == [("", ""), ("here", "call")]


def test_of_too_many_lines_the_rest_is_counted():
    text = "\n".join("abcdefghij" for _ in range(9))

    shown = texts([Row("user", [(text, "")], limit=3)])

    assert shown[-1] == "              … 66 more characters"
    assert len(shown) == 4


def test_one_line_too_many_is_shown_all_the_same():
    text = "\n".join("abcdefghij" for _ in range(4))

    assert len(texts([Row("user", [(text, "")], limit=3)])) == 4
    assert "more" not in "".join(texts([Row("user", [(text, "")], limit=3)]))


def test_full_has_no_limit():
    text = "\n".join("abcdefghij" for _ in range(9))

    assert len(texts([Row("user", [(text, "")], limit=3)], full=True)) == 9


def test_a_label_too_long_for_its_column_is_cut():
    assert texts([Row("a-very-long-role", [("text", "")])]) == ["  a-very-lon… text"]


def test_a_narrow_screen_gets_wider_lines_rather_than_a_letter_a_line():
    assert max(map(len, texts([Row("user", [("word " * 20, "")])], 10))) == 14 + 20 - 1


def test_what_a_terminal_would_obey_is_escaped():
    assert printable("a\x1b[31m\r\n\tb\u202e\U000e0001\x00") == (
        "a\\u001b[31m\n    b\\u202e\\U000e0001\\u0000"
    )
    assert printable("joined 👩\u200d👧") == "joined 👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("short", "short", "short"),
        ("0123456789ab", "012345678…", "…3456789ab"),
        ("日" * 9, "日日日日…", "…日日日日"),
    ],
)
def test_fitting(text, start, end):
    assert (fit(text, 10), fit_end(text, 10)) == (start, end)


def test_unwrapped_has_each_paragraph_on_one_line():
    blocks = [Rule([("head", "")], "right"), Row("user", [("a " * 60 + "\nb", "")]), None]

    assert list(unwrapped(blocks)) == [
        "── head",
        f"  user        {'a ' * 59}a",
        "              b",
        "",
    ]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (dollars(0), "$0.00"),
        (dollars(0.000076), "$0.000076"),
        (dollars(0.0123), "$0.012"),
        (dollars(0.1), "$0.10"),
        (dollars(0.999), "$1.00"),
        (dollars(1234.5), "$1,234.50"),
        (dollars(1e-15), "$0.000000000000"),
        (seconds(0.00098), "980 µs"),
        (seconds(0.0123), "12 ms"),
        (seconds(1.4906), "1.49 s"),
        (seconds(78.01), "78.0 s"),
        (size(1), "1 byte"),
        (size(9_999), "9,999 bytes"),
        (size(12_345), "12.3 kB"),
        (size(5_000_000), "5.0 MB"),
        (size(7_000_000_000_000), "7,000.0 GB"),
        (plural(1, "event"), "1 event"),
        (plural(1200, "event"), "1,200 events"),
        (joined(["a", "", "b"]), "a · b"),
    ],
)
def test_numbers_are_formatted_for_people(shown, expected):
    assert shown == expected


def test_many_lines_are_few_writes():
    class Counting(io.StringIO):
        writes = 0

        def write(self, text: str) -> int:
            self.writes += 1
            return super().write(text)

    out = Counting()
    screen = Screen(Console(file=out, highlight=False, markup=False, soft_wrap=True))

    screen.print([(f"line {n}", "")] for n in range(5_000))

    assert out.getvalue().count("\n") == 5_000
    assert out.writes <= 20
