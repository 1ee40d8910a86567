"""The nearest recording: by address, values, words; in bounded time."""

from dataclasses import replace

import pytest

from llmcassette.matching import Rules
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.miss.nearest import nearest
from tests.matching.requests import CHAT, answered, get, post


def position(sent, *recorded, played=()):
    canonical = Canonicalizer(Rules())
    interactions = answered(*recorded)
    found = nearest(
        sent,
        canonical.value(sent),
        interactions,
        canonical=lambda interaction: canonical.value(interaction.request),
        played=frozenset(played),
    )
    assert found is not None
    assert found.played == (found.position in played)
    assert found.value == canonical.value(interactions[found.position].request)
    return found.position


def chat(*texts, model="gpt-5", **parameters):
    messages = [{"role": "user", "content": text} for text in texts]
    return post({"model": model, "messages": messages, **parameters})


def test_an_empty_cassette_has_none():
    canonical = Canonicalizer(Rules())
    value = canonical.value(chat("a"))
    assert (
        nearest(
            chat("a"), value, [], canonical=lambda each: canonical.value(each.request), played=()
        )
        is None
    )


def test_the_same_turn_of_a_conversation_comes_before_earlier_and_later_ones():
    turns = [chat(*"abcdefgh"[: n + 1]) for n in range(8)]
    for n in range(1, 8):
        assert position(chat(*"abcdefgh"[:n], "changed"), *turns) == n


def test_shared_words_decide_where_no_values_are_shared():
    texts = ["List three rivers", "What is the weather in Florence?", "Translate this to Latin"]
    assert position(chat("What is the weather in Rome?"), *map(chat, texts)) == 1


def test_the_same_address_comes_before_an_equal_body_elsewhere():
    here, there = chat("a", "b"), replace(chat("a", "c"), url="https://other.test/v9/ask")
    assert position(chat("a", "c"), there, here) == 1


def test_an_equal_body_elsewhere_comes_before_an_unlike_one_here():
    there = replace(chat("one two three"), url=CHAT + "?v=2")
    here = post({"input": [1, 2, 3, 4, 5, 6, 7, 8], "other": "words"})
    assert position(chat("one two three"), here, there) == 1


def test_the_same_method_comes_first():
    url = "https://api.test/items"
    assert position(get(url), post(url=url), replace(get(url), method="delete"), get(url)) == 2


def test_the_same_model_comes_first():
    assert position(chat("a", model="m2"), chat("b", model="m1"), chat("c", model="m2")) == 1


def test_of_equally_near_ones_the_unplayed_comes_first_then_the_first():
    recorded = [chat("a", seed=n) for n in range(4)]
    assert position(chat("a", seed=9), *recorded) == 0
    assert position(chat("a", seed=9), *recorded, played=[0, 1]) == 2


def test_a_played_one_that_is_clearly_nearer_stays_the_nearest():
    recorded = [chat("What is the weather in Rome today?"), chat("Name a river")]
    assert position(chat("What is the weather in Paris today?"), *recorded, played=[0]) == 0


def test_of_a_conversation_s_turns_the_one_that_is_next_comes_before_the_played_ones():
    turns = [chat("Hi", "answer", "Then"), chat("Hi", "answer", "Then", "more", "At last")]
    sent = chat("Hi", "answer", "Then", "more", "At first")
    assert position(sent, *turns, played=[0]) == 1
    assert position(chat("Hi", "reply", "Then"), *turns, turns[0], played=[0, 1]) == 2


def test_bodies_that_are_no_json_are_compared_by_words():
    url = "https://logs.test/"
    texts = ["red green blue", "one two three", "north south"]
    recorded = [post(text, "text/plain", url=url) for text in texts]
    assert position(post("one two four", "text/plain", url=url), *recorded) == 1


@pytest.mark.parametrize(("count", "length"), [(10_000, 100), (400, 60_000)])
def test_the_one_is_found_among_many_in_bounded_time(count, length):
    filler = "lorem ipsum dolor " * (length // 18)
    recorded = [chat(f"{filler}{n}", f"question {n}", "and then?") for n in range(count)]
    sent = chat(f"{filler}{count - 7}", f"question {count - 7}", "and now?")
    assert position(sent, *recorded) in {count - 7, *range(300)}
