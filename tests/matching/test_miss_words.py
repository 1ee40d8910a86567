"""The differing words of two texts, and how much context is shown."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.matching.difference.words import around_first_change, word_difference

TEXTS = st.lists(st.sampled_from(["a", "bee", " ", "  ", ". ", "\n", "é", "x"]), max_size=12).map(
    "".join
)
MARKS = {"old": "[-{}-]", "new": "{{+{}+}}"}


def marked(old: str, new: str) -> tuple[str, str]:
    one, other = (
        "".join(MARKS.get(run.style, "{}").format(run.text) for run in side)
        for side in word_difference(old, new)
    )
    return one, other


@pytest.mark.parametrize(
    ("old", "new", "recorded", "sent"),
    [
        ("It is warm.", "It is cold.", "It is [-warm-].", "It is {+cold+}."),
        ("It is warm", "It is very warm", "It is warm", "It is {+very +}warm"),
        ("cat and dog", "car and dog", "[-cat-] and dog", "{+car+} and dog"),
        (
            "a quick brown fox runs home",
            "a slow red fox runs home",
            "a [-quick brown-] fox runs home",
            "a {+slow red+} fox runs home",
        ),
        ("up and up", "up", "up[- and up-]", "up"),
        ("", "new", "", "{+new+}"),
        ("one", "two", "[-one-]", "{+two+}"),
    ],
)
def test_words_that_differ_are_marked_whole(old, new, recorded, sent):
    assert marked(old, new) == (recorded, sent)


def test_texts_with_little_in_common_are_one_change():
    assert marked("Tell me of the rain in Spain", "Is Rome a city in the north?") == (
        "[-Tell me of the rain in Spain-]",
        "{+Is Rome a city in the north?+}",
    )


def test_long_common_ends_stay_apart_from_what_has_little_in_common():
    end = "This is how it always ends. " * 20
    recorded, sent = marked("one two three. " + end, "vier and sechs, or not. " + end)
    assert recorded.startswith("[-one two three-]. This is how it")
    assert sent.startswith("{+vier and sechs, or not+}. This is how it")


@pytest.mark.parametrize(
    ("old", "new", "recorded", "sent"),
    [
        ("my café is open", "my cafe\u0301 is open", "my [-caf\\xe9-]", "my {+cafe\\u0301+}"),
        ("so a b it is", "so a\xa0b it is", "so a[- -]b", "so a{+\\xa0+}b"),
        ("so ab it is", "so a\u200bb it is", "so [-ab-]", "so {+a\\u200bb+}"),
        ("so a\nb it is", "so a\tb it is", "so a[-\\n-]b", "so a{+\\t+}b"),
    ],
)
def test_texts_that_look_alike_are_escaped(old, new, recorded, sent):
    one, other = marked(old, new)
    assert (one, other) == (f"{recorded} is open", f"{sent} is open") or (
        (one, other) == (f"{recorded} it is", f"{sent} it is")
    )


def test_nothing_in_a_text_is_obeyed_by_a_terminal():
    recorded, sent = marked("warm \x1b[2J and \u202eright", "cold \x1b[2J and \u202eright")
    assert recorded == "[-warm-] \\u001b[2J and \\u202eright"
    assert sent == "{+cold+} \\u001b[2J and \\u202eright"


def test_equal_text_far_from_a_change_is_left_out():
    far = "Many words that nobody changed stand here. " * 5
    recorded, sent = marked(
        f"{far}Be kind. {far}Be brief. {far}", f"{far}Be nice. {far}Be long. {far}"
    )
    assert recorded == (
        "… that nobody changed stand here. Be [-kind-]. Many words that nobody changed stand …"
        " that nobody changed stand here. Be [-brief-]. Many words that nobody changed stand …"
    )
    assert sent.count("{+") == 2


def test_after_some_changes_the_others_are_counted():
    filler = " and here is a stretch of text that is the same in both. "
    old = filler.join(f"old{n}" for n in range(9))
    recorded, sent = marked(old, old.replace("old", "new"))
    assert recorded.count("[-") == sent.count("{+") == 4
    assert recorded.endswith("… (5 more changes)")


def test_long_texts_are_aligned_by_sentence_first():
    old = "".join(f"Sentence number {n} says that it is so. " for n in range(1000))
    new = old.replace("number 0 says", "number 0 denies").replace("999 says", "999 shouts")
    assert marked(old, new) == (
        "Sentence number 0 [-says-] that it is so. Sentence number 1 says … that it is so."
        " Sentence number 999 [-says-] that it is so. ",
        "Sentence number 0 {+denies+} that it is so. Sentence number 1 says … that it is so."
        " Sentence number 999 {+shouts+} that it is so. ",
    )


def test_texts_too_long_to_be_aligned_are_told_around_their_first_difference():
    old = "The same in both. " * 30 + "It is warm. " + "It is so. Is it? " * 10_000
    recorded, sent = marked(old, old.replace("warm", "cold") + "No.")
    assert recorded.startswith("… same in both. The same in both. It is [-warm-]. It is so. Is it?")
    assert recorded.endswith("… …")
    assert sent == recorded.replace("[-warm-]", "{+cold+}")


def test_a_long_change_is_cut_in_its_middle():
    recorded, _ = marked("a " + "word " * 200 + "z", "a z")
    assert " … " in recorded
    assert len(recorded) < 300


@settings(max_examples=200)
@given(TEXTS, TEXTS)
def test_short_texts_are_shown_whole_and_in_order(old, new):
    for text, side in zip((old, new), word_difference(old, new), strict=True):
        shown = "".join(run.text for run in side)
        # Only changes that look alike have their letters escaped.
        assert shown.replace("\\xe9", "é") == text.replace("\n", "\\n")


@settings(max_examples=100)
@given(TEXTS)
def test_equal_texts_have_no_marks(text):
    for side in word_difference(text, text):
        assert all(run.style == "" for run in side)


def test_very_long_texts_are_scrubbed_around_their_first_difference_only():
    scrubbed = []

    def scrub(text: str) -> str:
        scrubbed.append(len(text))
        return text.replace("SECRET", "***")

    old = "x " * 500_000 + "SECRET one " + "y " * 500_000
    recorded, sent = around_first_change(old, old.replace("one", "two"), scrub)
    assert max(scrubbed) <= 100_000
    assert "*** one" in recorded
    assert "*** two" in sent
    assert "SECRET" not in recorded + sent


def test_a_secret_at_the_edge_of_what_is_scrubbed_is_not_cut_in_two():
    def scrub(text: str) -> str:
        return text.replace("S" * 3000, "***")

    for at in (90_000, 95_000, 97_500, 99_000, 99_990):
        old = "a" + "-" * at + "S" * 3000 + "-" * 50_000
        for side in around_first_change(old, "b" + old[1:], scrub):
            assert "S" not in side


@pytest.mark.parametrize(
    "words",
    [["the", "a", "cat", "sat", "."], ["a"], [". "], ["word\n"], ["x" * 50]],
    ids=["prose", "one word", "dots", "lines", "long words"],
)
def test_any_texts_are_compared_in_bounded_time(words):
    draw = random.Random(1)
    old = " ".join(draw.choices(words, k=20_000))
    shuffled = " ".join(draw.choices([*words, "!"], k=20_000))
    for new in (shuffled, old[5000:], old + "more", old.replace("a", "b")):
        assert word_difference(old, new)
