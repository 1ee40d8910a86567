"""``form``, which go-vcr's default matcher compares."""

import pytest

from llmcassette import load
from llmcassette.formats.go_forms import parsed_form, with_form
from llmcassette.model import Headers, Request
from tests.corpus import corpus_files, corpus_id, needs_corpus

FORM = "application/x-www-form-urlencoded"
MADE_BY_HAND = {"go-vcr/examples/fixtures/middleware.yaml"}
"""A middleware adds the query after the form has been read."""


def form_of(method, query="", body=b"", content_type=FORM):
    headers = Headers({"Content-Type": content_type})
    return dict(
        parsed_form(
            Request(method=method, url=f"https://a.test/x{query}", headers=headers, body=body)
        ).fields
    )


def test_the_query_of_any_method_is_in_it_sorted_by_name():
    assert form_of("GET", "?b=2&a=1&b=3&empty=&bare") == {
        "a": ("1",),
        "b": ("2", "3"),
        "bare": ("",),
        "empty": ("",),
    }


def test_a_body_comes_before_the_query():
    assert form_of("POST", "?a=q&c=%C3%BC", b"a=b+c&a=d%26") == {
        "a": ("b c", "d&", "q"),
        "c": ("ü",),
    }


@pytest.mark.parametrize(
    ("method", "content_type"),
    [("DELETE", FORM), ("POST", "application/json"), ("POST", "")],
)
def test_other_bodies_are_no_forms(method, content_type):
    assert form_of(method, "", b"a=1", content_type) == {}


def test_pairs_that_go_refuses_are_left_out():
    assert form_of("GET", "?a=1;2&b=%zz&&c=3#d=4") == {"c": ("3",)}


def test_a_form_that_is_there_stays():
    request = Request(method="GET", url="https://a.test/?a=1", form=Headers({"b": "2"}))
    assert with_form(request) is request
    bare = Request(method="GET", url="https://a.test/")
    assert with_form(bare) is bare


@needs_corpus
def test_it_is_what_go_vcr_itself_has_written():
    different = {
        corpus_id(path)
        for path in corpus_files("go-vcr-v2")
        for interaction in load(path).interactions
        if interaction.request.form and parsed_form(interaction.request) != interaction.request.form
    }
    assert different <= MADE_BY_HAND
