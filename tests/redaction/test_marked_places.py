"""An interaction states where its request was redacted, if that can be known."""

from __future__ import annotations

import pytest

from llmcassette.model import Interaction, Response
from llmcassette.redaction import Redaction, redact_interaction
from llmcassette.redaction.marked_places import with_marked_places
from tests.matching.requests import FORM, get, post

REDACTION = Redaction(keep_headers=("X-Link",))


def places(request, redacted=()):
    before = Interaction(0, request, Response(code=200), redacted)
    return with_marked_places(before, redact_interaction(before, REDACTION)).redacted


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (post({"a": 1}), None),
        (post({"a": "the application's [REDACTED]"}), ()),
        (post(r'{"a": "\u005bREDACTED]"}'), ()),
        (get("https://a.com/?q=[REDACTED]"), ()),
        (get("https://a.com/?api_key=sk-1"), ("url",)),
        (get("https://user:password@a.com/"), ("url",)),
        (post({"api_key": "sk-1"}), ("body $.api_key",)),
        (post({"api_key": "sk-1", "a": "[REDACTED]"}), ("body $.api_key",)),
        (post({"m": [{"x-y": {"api_key": "sk"}}]}), ('body $.m[0]["x-y"].api_key',)),
        (post("api_key=sk-1&a=1", FORM), ("body",)),
        (post("api_key=sk-1&a=[REDACTED]", FORM), ()),
        (post("api_key=sk-1&a=%5BREDACTED%5D", FORM), ()),
        (get("https://a.com/?api_key=sk-1&q=a+%5BREDACTED%5D"), ()),
        (post("{}", X_Link="https://a.com/?api_key=sk-1"), ("header X-Link",)),
    ],
)
def test_places(request_, found):
    assert places(request_) == found


def test_places_that_are_known_are_added_to():
    request = post({"api_key": "sk-1", "a": "[REDACTED]"})
    assert places(request, ("body $.a",)) == ("body $.a", "body $.api_key")


def test_markers_of_other_tools_and_older_files_stay_unknown():
    assert places(post({"api_key": "sk-1", "a": "[REDACTED]"}), None) is None
    assert places(post({"api_key": "sk-1"}), None) == ("body $.api_key",)
