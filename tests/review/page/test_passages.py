"""Texts in a page: prose and code, nothing invisible, long ones folded."""

from __future__ import annotations

from llmcassette.review.page.passages import Passage, Writing, json_writing, writing


def test_fenced_code_is_apart_from_prose():
    assert writing("See:\n\n```py\nx = 1\n\ny = 2\n```\nDone.").first == (
        Passage("See:"),
        Passage("x = 1\n\ny = 2", is_code=True),
        Passage("Done."),
    )


def test_an_open_fence_goes_to_the_end():
    assert writing("```\nx = 1").first == (Passage("x = 1", is_code=True),)


def test_characters_that_nobody_sees_are_escaped():
    assert writing("a\u202eb\x1b[0m\u200b\n\tc\r\nd").first[0].text == (
        "a\\u202eb\\u001b[0m\\u200b\n\tc\nd"
    )


def test_a_long_text_shows_its_first_lines_and_folds_the_rest():
    text = "\n".join(f"line {n}" for n in range(1, 301))

    found = writing(text)

    (first,), (rest,) = found.first, found.rest
    assert f"{first.text}\n{rest.text}" == text
    assert len(first.text) <= 1000
    assert found.folded == len(rest.text)
    assert found.left_out == 0


def test_of_a_huge_text_the_end_is_only_counted():
    found = writing("x" * 250_000)

    assert len(found.first[0].text) + len(found.rest[0].text) == 200_000
    assert found.left_out == 50_000


def test_json_is_indented():
    assert json_writing({"a": ["é"]}) == Writing(
        (Passage('{\n  "a": [\n    "é"\n  ]\n}', is_code=True),)
    )


def test_json_that_is_nested_too_deep_is_named():
    value: list[object] = []
    for _ in range(100_000):
        value = [value]

    assert json_writing(value).first[0].text == "(nested too deep to be shown)"
