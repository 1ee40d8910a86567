"""Comparing two recordings: pairs, differences and their kinds, noise."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from llmcassette import load
from llmcassette.matching import Rules
from llmcassette.model import Cassette, Chunk, Headers, Interaction, Request, Response
from llmcassette.review.diff.compare import compare, compare_interactions
from llmcassette.review.diff.results import CassetteDiff, Kind
from llmcassette.review.diff.runs import as_text, compared_texts, whole
from tests.cli.cassettes import (
    OPENAI,
    answering,
    asking,
    calling,
    failing,
    numbered,
    streaming,
    user,
)
from tests.corpus import each_real_file

HI = asking(user("Say hi"))


def review(old, new, **settings) -> CassetteDiff:
    sides = (Cassette(interactions=tuple(numbered(*side))) for side in (old, new))
    return compare(*sides, **settings)


def differences(
    old: Response, new: Response, request: Request = HI
) -> list[tuple[Kind, str, str, str]]:
    (pair,) = review([(request, old)], [(request, new)]).interactions
    return [
        (each.kind, each.place, as_text(each.old) or "", as_text(each.new) or "")
        for each in (*pair.differences, *pair.noise)
    ]


def pairs(old, new) -> list[tuple[int | None, int | None]]:
    return [(pair.old_position, pair.new_position) for pair in review(old, new).interactions]


@each_real_file
def test_a_cassette_differs_from_itself_in_nothing(path):
    cassette = load(path)

    found = compare(cassette, cassette)

    assert found.equal
    assert not found.moved
    assert [(p.old_position, p.new_position) for p in found.interactions] == [
        (i, i) for i in range(len(cassette.interactions))
    ]
    assert not any(pair.noise for pair in found.interactions)


def test_of_equal_requests_those_with_equal_status_are_pairs():
    slow = failing(429, "429", "rate_limit", "slow down")

    assert pairs([(HI, slow), (HI, answering())], [(HI, answering())]) == [(0, None), (1, 0)]


def test_an_interaction_of_another_conversation_is_no_pair():
    one = asking(user("Translate the poem into French"), temperature=0)
    other = asking(
        user("Count the cars in this street"), url="https://api.groq.com/openai/v1/chat/completions"
    )

    assert pairs([(one, answering())], [(other, answering())]) == [(0, None), (None, 0)]


def test_turns_of_one_conversation_are_paired_by_how_far_it_has_gone():
    def turns(model: str):
        history = [user("Plan a trip to Rome for me, please")]
        found = []
        for number in range(4):
            found.append((asking(*history, model=model), answering(f"Step {number}.")))
            history += [
                {"role": "assistant", "content": f"Step {number}."},
                user(f"Go on {number}"),
            ]
        return found

    assert pairs(turns("a"), turns("b")[1:]) == [(0, None), (1, 0), (2, 1), (3, 2)]


def test_requests_without_bodies_are_paired_by_their_address():
    def get(path: str):
        return Request(method="GET", url=f"https://example.com/{path}"), Response(code=200)

    assert pairs([get("a?page=1"), get("b")], [get("c"), get("a?page=2")]) == [
        (None, 0),
        (0, 1),
        (1, None),
    ]


def test_an_empty_object_as_body_is_no_obstacle():
    def post(body: bytes):
        return Request(method="POST", url=OPENAI, body=body), Response(code=200)

    assert pairs([post(b"{}")], [post(b"[]")]) == [(0, 0)]


def test_many_interactions_are_aligned_in_time():
    def side(word: str):
        return [(asking(user(f"{word} number {n}")), answering()) for n in range(1_000)]

    found = pairs(side("question"), side("request"))

    assert sum(None not in pair for pair in found) > 900


def test_nothing_against_nothing_is_equal():
    assert compare(Cassette(), Cassette()) == CassetteDiff(())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            answering({"content": "a", "reasoning_content": "x y"}),
            answering({"content": "a", "reasoning_content": "x z"}),
            (Kind.REWORDED, "reasoning", "x y", "x z"),
        ),
        (
            answering({"content": None, "refusal": "No."}),
            answering({"content": None, "refusal": "Never."}),
            (Kind.ANSWER, "refusal", "No.", "Never."),
        ),
        (
            answering(finish="stop"),
            answering(finish="length"),
            (Kind.ANSWER, "finish reason", "stop", "length"),
        ),
        (
            answering(),
            answering(more={"model": "gpt-y"}),
            (Kind.ANSWER, "model of the answer", "gpt-x", "gpt-y"),
        ),
        (
            streaming({"content": "a"}),
            streaming({"content": "a"}, done=False),
            (Kind.ANSWER, "end of the answer", "complete", "cut off"),
        ),
        (
            answering(),
            answering(usage=(10, 6)),
            (Kind.USAGE, "tokens", "10 in, 5 out", "10 in, 6 out"),
        ),
        (
            answering(calling(("1", "f", {"a": [1, 2], "b": 1}))),
            answering(calling(("1", "f", {"a": [1, 3], "c": 1}))),
            (Kind.ANSWER, "tool call 1, f.a[1]", "2", "3"),
        ),
        (
            answering(calling(("1", "f", {}))),
            answering(calling(("1", "g", {}))),
            (Kind.ANSWER, "tool call 1", "f()", "g()"),
        ),
        (
            answering(calling(("1", "f", {}))),
            answering(calling(("1", "f", {}), ("2", "f", {"x": 1}))),
            (Kind.ANSWER, "tool call 2", "", "f(x=1)"),
        ),
        (
            failing(500, "500", "server_error", "a"),
            failing(500, "500", "server_error", "b"),
            (Kind.ERROR, "error", "500 server_error: a", "500 server_error: b"),
        ),
        (
            answering(more={"service_tier": "flex"}),
            answering(more={"service_tier": "fast"}),
            (Kind.ANSWER, "service_tier of the answer", 'flex', 'fast'),
        ),
        (
            answering(),
            replace(answering(), ended="ReadError"),
            (Kind.ANSWER, "end of the body", "complete", "ReadError"),
        ),
        (
            answering(code=200, status=""),
            answering(code=201, status=""),
            (Kind.ANSWER, "status", "200", "201"),
        ),
        (
            streaming({"content": "a"}),
            replace(streaming({"content": "a"}), chunks=(Chunk(1, 0.1),)),
            (Kind.NOISE, "chunk sizes and times", "2 chunks", "1 chunks"),
        ),
        (
            answering(),
            answering(more={"created_at": 5}),
            (Kind.NOISE, "created_at", "", ""),
        ),
    ],
)  # fmt: skip
def test_what_differs_in_an_answer_has_its_kind(old, new, expected):
    assert expected in differences(old, new)


def test_another_spelling_of_the_same_answer_is_noise():
    spaced = replace(answering(), body=b"\n\n" + answering().body)

    assert differences(answering(), spaced) == [(Kind.NOISE, "formatting of the body", "", "")]


def test_a_picture_in_an_answer():
    def painted(data: str) -> Response:
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
        return answering({"content": "Here.", "images": [image]})

    found = differences(painted("iVBORw0KGgo="), painted("iVBORw0KGgoA"))

    assert [place for _, place, _, _ in found] == ["file 1"]
    assert differences(painted("iVBORw0KGgo="), painted("iVBORw0KGgo=")) == []


def test_choices_are_compared_one_by_one():
    def two(text: str) -> Response:
        choices = [
            {"index": n, "message": {"content": word}, "finish_reason": "stop"}
            for n, word in enumerate(("A", text))
        ]
        return answering(more={"choices": choices})

    assert differences(two("B"), two("C")) == [(Kind.REWORDED, "text of choice 1", "B", "C")]


def test_an_answer_with_a_call_instead_of_words_has_no_other_shape():
    found = differences(answering("Hi."), answering(calling(("1", "f", {})), finish="tool_calls"))

    assert Kind.SHAPE not in {kind for kind, *_ in found}


def test_a_streamed_answer_instead_of_a_whole_one_has_another_shape():
    found = differences(answering("Hi.", usage=None), streaming({"content": "Hi."}))

    assert (Kind.SHAPE, "framing", "json", "sse") in found


def test_request_headers_that_matter_and_those_that_do_not():
    def with_headers(**headers: str) -> Request:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(HI, headers=Headers(named))

    old = with_headers(anthropic_beta="a", user_agent="x/1", authorization="Bearer a")
    new = with_headers(anthropic_beta="b", user_agent="x/2", authorization="Bearer b")
    counted, noise = compare_interactions(
        Interaction(0, old, answering()), Interaction(0, new, answering())
    )

    assert [each.place for each in counted] == ["request header anthropic-beta"]
    assert [each.place for each in noise] == [
        "request header user-agent",
        "request header authorization",
    ]
    assert [as_text(each.new) for each in noise] == ["x/2", "[REDACTED]"]


def test_what_the_rules_ignore_does_not_count():
    old, new = asking(user("Hi"), seed=1), asking(user("Hi"), seed=2)

    assert not review([(old, answering())], [(new, answering())]).equal
    assert review([(old, answering())], [(new, answering())], rules=Rules(ignore=["$.seed"])).equal


def test_binary_request_bodies():
    def sending(body: bytes) -> Request:
        return Request(method="POST", url="https://example.com/", body=body)

    (pair,) = review(
        [(sending(b"\xff\x00a"), answering())], [(sending(b"\xff\x00b"), answering())]
    ).interactions

    assert [(each.kind, each.place) for each in pair.differences] == [(Kind.REQUEST, "body")]


def test_history_edited_by_the_client_is_a_changed_request():
    def side(answer: str):
        history = [user("Hi"), {"role": "assistant", "content": answer}, user("Go on")]
        return [(asking(history[0]), answering("Hello.")), (asking(*history), answering("Well."))]

    found = review(side("Hello."), side("Edited."))

    assert [pair.kinds for pair in found.interactions] == [(), (Kind.REQUEST,)]


def test_history_with_a_picture_is_compared_as_it_is():
    def side(url: str):
        part = {"type": "image_url", "image_url": {"url": url}}
        return [(asking(user("Hi"), {"role": "assistant", "content": [part]}), answering())]

    assert review(side("https://a.example/1"), side("https://a.example/2")).count(Kind.REQUEST) == 1


def test_deep_bodies_are_compared():
    def deep(inner: str) -> Request:
        body = '{"model": "m", "messages": [], "x": ' + '{"a":' * 3_000 + inner + "}" * 3_001
        return replace(HI, body=body.encode())

    (pair,) = review([(deep("1"), answering())], [(deep("2"), answering())]).interactions

    assert pair.kinds == (Kind.REQUEST,)


def test_long_texts_are_shown_around_what_differs():
    text = " ".join(f"word{n}" for n in range(50_000))

    old, new = compared_texts(text, text.replace("word25000", "changed"))

    assert len(as_text(old) or "") < 500
    assert "word25000" in (as_text(old) or "")
    assert "changed" in (as_text(new) or "")


def test_a_long_text_that_only_one_has_is_shown_by_its_beginning():
    assert as_text(whole("x" * 1000)) == f"{'x' * 600} … (400 more characters)"
    assert whole("") is None


def test_json_lines_and_streams_of_other_services_are_compared_by_place():
    def lines(value: int) -> Response:
        headers = Headers({"Content-Type": "application/x-ndjson"})
        body = b"".join(json.dumps({"n": n}).encode() + b"\n" for n in (1, value))
        return Response(code=200, headers=headers, body=body)

    request = Request(method="GET", url="https://example.com/log")

    assert [(kind, place) for kind, place, _, _ in differences(lines(2), lines(3), request)] == [
        (Kind.ANSWER, "n")
    ]
