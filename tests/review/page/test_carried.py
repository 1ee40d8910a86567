"""What each event of a stream adds: together it is the answer, each piece once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette import Interaction, load
from llmcassette.review.events import events
from llmcassette.review.page.carried import carried
from llmcassette.review.parsed import parse_interactions
from tests.browser.tapes import event, request, streamed, trip
from tests.corpus import each_real_file

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.review.parsed import ParsedInteraction


def text_of(parsed: ParsedInteraction, *contents: str) -> str:
    found = carried(parsed, events(parsed.interaction.response))
    return "".join(piece.text for some in found for piece in some if piece.content in contents)


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


def test_an_event_may_add_several_pieces():
    call = {"index": 0, "id": "1", "function": {"name": "weather", "arguments": "{}"}}
    both = event({"reasoning_content": "Hm.", "content": "Let me see.", "tool_calls": [call]})
    asked = request([{"role": "user", "content": "Hi"}])
    (parsed,) = parse_interactions([Interaction(0, asked, streamed([(both, 0.1)], 0.1))])

    assert list(carried(parsed, events(parsed.interaction.response))) == [
        [("reasoning", "Hm."), ("text", "Let me see."), ("call", "→ weather {}")]
    ]
