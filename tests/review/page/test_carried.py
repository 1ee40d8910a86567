"""What each event of a stream adds: together it is the answer, each piece once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette import load
from llmcassette.review.events import events
from llmcassette.review.page.carried import carried
from llmcassette.review.parsed import parse_interactions
from tests.browser.tapes import trip
from tests.corpus import each_real_file

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.review.parsed import ParsedInteraction


def text_of(parsed: ParsedInteraction, *contents: str) -> str:
    found = carried(parsed, events(parsed.interaction.response))
    return "".join(piece.text for piece in found if piece.content in contents)


@each_real_file
def test_the_pieces_of_real_streams_are_their_answers(path: Path):
    for parsed in parse_interactions(load(path).interactions):
        answer = parsed.completion
        if answer is None or answer.error or not parsed.events:
            continue
        assert text_of(parsed, "text") == (answer.text or answer.refusal), parsed.position
        assert text_of(parsed, "reasoning") == answer.reasoning, parsed.position
        shown = text_of(parsed, "call")
        assert all(call.name in shown for call in answer.tool_calls), parsed.position


def test_a_call_begins_with_its_name():
    first = parse_interactions(trip().interactions)[0]

    assert text_of(first, "call") == (
        '→ weather {"city": "Siena", "day": "Saturday"}'
        '→ trains {"start": "Florence", "end": "Siena", "day": "Saturday"}'
    )
