"""The answers with faults in them, in every wire format."""

from __future__ import annotations

import dataclasses
import gzip
import json

import pytest

from llmcassette import Chunk, Headers, Interaction, Request, Response, faults
from llmcassette.providers import completion
from llmcassette.recorder.faults.answer import NotApplicableError
from llmcassette.recorder.faults.applying import FAULTS, apply
from llmcassette.streams import eventstream_messages, split
from tests.control.wires import ARGUMENTS, STREAMS, WORDS, interaction

TEXT, JSON_TEXT = "".join(WORDS), "".join(ARGUMENTS)
NAMES = sorted(STREAMS)
each_stream = pytest.mark.parametrize("name", NAMES)


def faulty(fault, over):
    return apply(fault, over.request, over)


def read(fault, over):
    """What a model would seem to have answered."""
    return completion(over.request, faulty(fault, over).response)


def events(response):
    return split(response.body, response.headers.get("content-type"))


def refused(fault, over):
    with pytest.raises(NotApplicableError) as caught:
        faulty(fault, over)
    return str(caught.value)


def test_each_fault_has_a_constructor_and_something_that_it_does():
    assert sorted([*FAULTS, "Fault"]) == sorted(faults.__all__)


# Before the answer


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.connect_error(), "connect"),
        (faults.connect_timeout(), "connect-timeout"),
        (faults.read_timeout(), "read-timeout"),
    ],
    ids=repr,
)
def test_an_error_of_the_client_in_place_of_an_answer(fault, error):
    found = faulty(fault, interaction("groq"))
    assert (found.failure.kind, found.failure.message) == (error, repr(fault))
    assert (found.response, found.plays) == (None, False)


@each_stream
@pytest.mark.parametrize("code", [401, 429, 500, 503, 529])
def test_a_status_has_the_providers_own_body(name, code):
    over = interaction(name)
    found = faulty(faults.status(code, message="It is so."), over).response
    assert found.headers.get_list("content-type") == ("application/json",)
    answer = completion(over.request, found)
    assert (answer.error.message, answer.error.status) == ("It is so.", code)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("openai_chat", {"error": {"message": "m", "type": "rate_limit_error", "param": None,
                                   "code": "rate_limit_exceeded"}}),
        ("anthropic", {"type": "error", "error": {"type": "rate_limit_error", "message": "m"}}),
        ("gemini", {"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}}),
        ("bedrock", {"__type": "ThrottlingException", "message": "m"}),
    ],
)  # fmt: skip
def test_the_four_shapes(name, shape):
    found = faulty(faults.status(429, message="m"), interaction(name)).response
    assert json.loads(found.body) == shape


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (429, "429 Too Many Requests"),
        (529, "529 Overloaded"),
        (599, "599 Error"),
        (502, "502 Bad Gateway"),
    ],
)
def test_the_status_line(code, status):
    assert faulty(faults.status(code), interaction("groq")).response.status == status


@pytest.mark.parametrize("code", [502, 504])
def test_a_gateway_answers_with_a_page(code):
    found = faulty(faults.status(code), interaction("anthropic")).response
    assert found.headers["content-type"] == "text/html"
    assert found.body.startswith(b"<html>")


def test_retry_after_is_told():
    found = faulty(faults.status(429, retry_after=1.5), interaction("groq")).response
    assert found.headers["retry-after"] == "1.5"
    assert "retry-after" not in faulty(faults.status(429), interaction("groq")).response.headers


def test_an_api_that_nobody_knows_answers_as_openai_does():
    unknown = Interaction(0, Request(method="GET", url="https://a.test/"), Response(code=200))
    found = faulty(faults.status(401, message="No."), unknown).response
    assert json.loads(found.body)["error"]["code"] == "invalid_api_key"


# In the stream


@each_stream
def test_cut_after_events_is_a_clean_end(name):
    over = interaction(name)
    found = faulty(faults.cut(after_events=3), over)
    assert events(found.response) == events(over.response)[:3]
    assert (found.failure, found.plays) == (None, True)
    assert completion(over.request, found.response).complete is False


@each_stream
def test_cut_inside_an_event_leaves_the_half_of_it(name):
    over = interaction(name)
    cut = events(faulty(faults.cut(inside_event=3), over).response)
    whole = events(over.response)
    assert cut[:2] == whole[:2]
    assert whole[2].startswith(cut[2])
    assert 0 < len(cut[2]) < len(whole[2]) - 4


@each_stream
def test_drop_loses_the_connection_after_events(name):
    over = interaction(name)
    fault = faults.drop(after_events=0)
    found = faulty(fault, over)
    assert found.response.body == b""
    assert (found.failure.kind, found.failure.message) == ("read", repr(fault))


@each_stream
def test_an_error_event_is_the_last_and_in_the_providers_shape(name):
    over = interaction(name)
    found = faulty(faults.error_event(after_events=2, status=503, message="Gone."), over)
    assert events(found.response)[:2] == events(over.response)[:2]
    assert len(events(found.response)) == 3
    assert completion(over.request, found.response).error.message == "Gone."


@each_stream
def test_a_stall_with_seconds_changes_no_byte(name):
    over = interaction(name)
    found = faulty(faults.stall(after_events=2, seconds=5), over)
    assert found.response is over.response
    assert found.stalls == ((len(b"".join(events(over.response)[:2])), 5),)


def test_a_stall_without_end_is_a_read_timeout():
    found = faulty(faults.stall(after_events=2), interaction("groq"))
    assert found.failure.kind == "read-timeout"
    assert len(events(found.response)) == 2


@each_stream
def test_duplicate_sends_one_event_twice(name):
    over = interaction(name)
    whole = events(over.response)
    found = events(faulty(faults.duplicate(event=2), over).response)
    assert found == [*whole[:2], whole[1], *whole[2:]]
    middle = len(whole) // 2
    found = events(faulty(faults.duplicate(), over).response)
    assert found == [*whole[: middle + 1], *whole[middle:]]


@each_stream
def test_malformed_json_is_in_a_sound_frame(name):
    over = interaction(name)
    whole = events(over.response)
    found = events(faulty(faults.malformed_json(event=2), over).response)
    assert [*found[:1], *found[2:]] == [*whole[:1], *whole[2:]]
    assert 0 < len(found[1]) < len(whole[1])
    if name == "bedrock":
        [message] = eventstream_messages(found[1])
        assert message.headers[":event-type"] == "contentBlockDelta"
        with pytest.raises(json.JSONDecodeError):
            json.loads(message.payload)
    else:
        assert found[1].endswith(b"\n")


@pytest.mark.parametrize("framing", ["data: [DONE]\n\n", ": only a comment\ndata:\n\n"])
def test_an_event_without_json_cannot_be_malformed(framing):
    over = interaction("groq", body=framing.encode() + STREAMS["groq"][2])
    assert refused(faults.malformed_json(event=1), over) == "has no JSON in that event"


def test_nor_can_a_line_or_a_frame_without_json():
    over = interaction("ollama", body=b"what\n" + STREAMS["ollama"][2])
    assert refused(faults.malformed_json(event=1), over) == "has no JSON in that event"
    from llmcassette.streams import encode_message

    over = interaction("bedrock", body=encode_message({":event-type": "a"}, b"what"))
    assert refused(faults.malformed_json(), over) == "has no JSON in that event"


def test_a_whole_answer_can_be_malformed_too():
    over = interaction("groq", body=b' {"choices": []} ', headers=Headers())
    assert faulty(faults.malformed_json(), over).response.body == b' {"choic '


@each_stream
def test_an_empty_stream_has_status_200_and_no_body(name):
    found = faulty(faults.empty_stream(), interaction(name)).response
    assert (found.code, found.body) == (200, b"")


@each_stream
def test_missing_done_takes_the_last_event_away(name):
    over = interaction(name)
    found = faulty(faults.missing_done(), over).response
    assert events(found) == events(over.response)[:-1]


def test_a_stream_without_an_end_misses_none():
    over = interaction("groq", body=b"data: {}\n\ndata: {}\n\n")
    assert refused(faults.missing_done(), over) == "has no event that ends it"


@pytest.mark.parametrize(
    "fault",
    [
        faults.cut(after_events=10),
        faults.cut(inside_event=11),
        faults.drop(after_events=10),
        faults.error_event(after_events=50),
        faults.stall(after_events=10),
        faults.duplicate(event=11),
        faults.malformed_json(event=11),
    ],
    ids=repr,
)
def test_a_stream_with_fewer_events_is_left_alone(fault):
    assert refused(fault, interaction("openai_chat")) == "has 10 events"


@pytest.mark.parametrize(
    "fault",
    [
        faults.cut(after_events=0),
        faults.drop(after_events=0),
        faults.duplicate(),
        faults.malformed_json(event=1),
        faults.empty_stream(),
        faults.missing_done(),
    ],
    ids=repr,
)
def test_an_answer_that_is_no_stream_is_left_alone(fault):
    over = interaction("groq", body=b'{"choices": []}', headers=Headers())
    assert refused(fault, over) == "is no stream of events"


def test_a_stream_without_events_has_no_middle():
    assert refused(faults.duplicate(), interaction("groq", body=b"")) == "has no events"


def test_recorded_chunks_and_their_gaps_stay_with_what_is_left():
    body = STREAMS["groq"][2]
    pieces = split(body, "text/event-stream")
    chunks = tuple(Chunk(len(piece), 0.1) for piece in pieces)
    over = interaction("groq", chunks=chunks)
    found = faulty(faults.cut(after_events=3), over).response
    assert found.chunks == chunks[:3]
    found = faulty(faults.duplicate(event=1), over).response
    assert sum(chunk.size for chunk in found.chunks) == len(found.body)


def test_a_body_of_another_length_does_not_say_so():
    headers = Headers({"Content-Type": "text/event-stream", "Content-Length": "5"})
    over = interaction("groq", headers=headers)
    found = faulty(faults.cut(after_events=3), over).response
    assert "content-length" not in found.headers


def test_an_encoded_body_is_decoded_first():
    headers = Headers({"Content-Type": "text/event-stream", "Content-Encoding": "gzip"})
    whole = interaction("groq")
    over = interaction("groq", headers=headers, body=gzip.compress(whole.response.body))
    found = faulty(faults.cut(after_events=3), over).response
    assert found.body == faulty(faults.cut(after_events=3), whole).response.body
    assert found.uncompressed


def test_a_body_that_cannot_be_decoded_is_left_alone():
    headers = Headers({"Content-Encoding": "made-up"})
    over = interaction("groq", headers=headers, body=b"\xff\xfe\x00")
    assert refused(faults.cut(after_events=1), over) == (
        "has a body encoded as made-up, which cannot be read here"
    )


# In the content


FINISH = {
    "openai_chat": ("stop", "length", "tool_calls", "content_filter"),
    "groq": ("stop", "length", "tool_calls", "content_filter"),
    "openai_responses": ("completed", "max_output_tokens", "completed", "content_filter"),
    "anthropic": ("end_turn", "max_tokens", "tool_use", "refusal"),
    "gemini": ("STOP", "MAX_TOKENS", "STOP", "SAFETY"),
    "bedrock": ("end_turn", "max_tokens", "tool_use", "content_filtered"),
    "cohere": ("COMPLETE", "MAX_TOKENS", "TOOL_CALL", "ERROR_TOXIC"),
    "ollama": ("stop", "length", "stop", "content_filter"),
}
WHOLE = {
    "openai_chat": {
        "id": "1",
        "object": "chat.completion",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "content": TEXT,
                    "tool_calls": [
                        {
                            "id": "1",
                            "type": "function",
                            "function": {"name": "weather", "arguments": JSON_TEXT},
                        }
                    ],
                },
            }
        ],
    },
    "anthropic": {
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [
            {"type": "text", "text": TEXT},
            {"type": "tool_use", "id": "1", "name": "weather", "input": {"city": "Florence"}},
        ],
        "stop_reason": "tool_use",
    },
    "bedrock": {
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"text": TEXT},
                    {"toolUse": {"toolUseId": "1", "name": "weather", "input": {}}},
                ],
            }
        },
        "stopReason": "tool_use",
    },
    "cohere": {
        "id": "1",
        "message": {
            "role": "assistant",
            "content": [{"type": "text", "text": TEXT}],
            "tool_plan": "I will look.",
            "tool_calls": [
                {"id": "1", "function": {"name": "weather", "arguments": JSON_TEXT}}
            ],
        },
        "finish_reason": "TOOL_CALL",
    },
    "ollama": {
        "model": "m",
        "message": {"role": "assistant", "content": TEXT, "thinking": "Hm."},
        "done": True,
        "done_reason": "stop",
    },
}  # fmt: skip


def whole(name):
    if name == "groq":
        return whole("openai_chat")
    if name == "openai_responses":
        last = json.loads(STREAMS[name][2].decode().split("data: ")[-1])
        body = last["response"]
    elif name == "gemini":
        call = {"functionCall": {"name": "weather", "args": {"city": "Florence"}}}
        content = {"role": "model", "parts": [{"text": TEXT}, call]}
        body = {"candidates": [{"content": content, "finishReason": "STOP"}]}
    else:
        body = WHOLE[name]
    headers = Headers({"Content-Type": "application/json"})
    return interaction(name, body=json.dumps(body).encode(), headers=headers)


both = pytest.mark.parametrize("make", [interaction, whole], ids=["streamed", "whole"])


@both
@each_stream
@pytest.mark.parametrize("said", range(4), ids=["stop", "length", "tool_calls", "content_filter"])
def test_the_reason_to_stop_is_the_providers_word(name, make, said):
    reason = ("stop", "length", "tool_calls", "content_filter")[said]
    over = make(name)
    answer = read(faults.finish_reason(reason), over)
    assert answer.finish_reason == FINISH[name][said]
    assert (answer.text, answer.complete) == (TEXT, True)


def test_any_other_reason_is_put_as_it_is():
    assert read(faults.finish_reason("odd"), interaction("groq")).finish_reason == "odd"


@both
@each_stream
def test_an_empty_answer_says_and_calls_nothing_and_is_whole(name, make):
    answer = read(faults.empty_answer(), make(name))
    assert (answer.text, answer.reasoning, answer.tool_calls) == ("", "", ())
    assert answer.finish_reason == FINISH[name][0]
    assert answer.complete


IN_WORDS = ("openai_chat", "groq", "openai_responses")
AS_TEXT = ("cohere", "ollama")


@both
@each_stream
def test_a_refusal_is_told_as_the_provider_tells_it(name, make):
    answer = read(faults.refusal("Not that."), make(name))
    assert answer.tool_calls == ()
    assert answer.refusal == ("Not that." if name in IN_WORDS else "")
    assert answer.text == ("Not that." if name in AS_TEXT else "")
    assert answer.finish_reason == FINISH[name][0 if name in IN_WORDS + AS_TEXT else 3]
    assert answer.complete


@pytest.mark.parametrize("name", ["openai_chat", "openai_responses", "anthropic", "bedrock",
                                  "cohere", "groq"])  # fmt: skip
def test_arguments_that_come_as_text_are_cut_in_the_middle(name):
    over = interaction(name)
    [call] = read(faults.cut_arguments(), over).tool_calls
    assert call.raw == JSON_TEXT[: len(JSON_TEXT) // 2]
    assert read(faults.cut_arguments(), over).text == TEXT


@pytest.mark.parametrize("name", ["openai_chat", "openai_responses", "cohere"])
def test_also_in_a_whole_answer(name):
    [call] = read(faults.cut_arguments(), whole(name)).tool_calls
    assert call.raw == JSON_TEXT[: len(JSON_TEXT) // 2]


@both
def test_gemini_tells_of_a_malformed_call_instead(make):
    answer = read(faults.cut_arguments(), make("gemini"))
    assert (answer.tool_calls, answer.finish_reason) == ((), "MALFORMED_FUNCTION_CALL")
    assert answer.text == TEXT


@pytest.mark.parametrize("over", [whole("anthropic"), whole("bedrock"), interaction("ollama")])
def test_arguments_that_come_as_an_object_cannot_be_cut(over):
    assert refused(faults.cut_arguments(), over) == ("has no tool call whose arguments are text")


def test_of_several_calls_the_last_one_is_cut():
    def call(i, arguments):
        function = {"name": "weather", "arguments": arguments}
        return {"index": i, "id": f"call_{i}", "type": "function", "function": function}

    body = json.loads(whole("openai_chat").response.body)
    calls = [call(0, JSON_TEXT), call(1, '{"city":"Rome"}')]
    body["choices"][0]["message"]["tool_calls"] = calls
    over = interaction("openai_chat", body=json.dumps(body).encode(), headers=Headers())
    answer = read(faults.cut_arguments(), over)
    assert [each.raw for each in answer.tool_calls] == [JSON_TEXT, '{"city"']


def test_a_legacy_function_call_is_cut_too():
    body = json.loads(whole("openai_chat").response.body)
    message = body["choices"][0]["message"]
    del message["tool_calls"]
    message["function_call"] = {"name": "weather", "arguments": JSON_TEXT}
    over = interaction("openai_chat", body=json.dumps(body).encode(), headers=Headers())
    [call] = read(faults.cut_arguments(), over).tool_calls
    assert call.raw == JSON_TEXT[: len(JSON_TEXT) // 2]


CONTENT = [
    faults.finish_reason("length"),
    faults.cut_arguments(),
    faults.refusal(),
    faults.empty_answer(),
]


@pytest.mark.parametrize("fault", CONTENT, ids=repr)
def test_what_is_no_models_answer_is_left_alone(fault):
    page = Interaction(
        0,
        Request(method="GET", url="https://a.test/"),
        Response(code=200, headers=Headers({"content-type": "text/html"}), body=b"<html>"),
    )
    assert refused(fault, page) == "is no model's"
    failed = faulty(faults.status(500), interaction("groq")).response
    over = interaction("groq", code=500, body=failed.body, headers=failed.headers)
    assert refused(fault, over) == "is no model's"


def test_a_format_without_such_faults_says_so():
    over = Interaction(
        0,
        Request(
            method="POST",
            url="https://api.cloudflare.com/client/v4/accounts/a/ai/run/@cf/meta/llama",
            body=b'{"messages": []}',
        ),
        Response(
            code=200,
            headers=Headers({"content-type": "application/json"}),
            body=b'{"result": {"response": "Hi"}, "success": true}',
        ),
    )
    assert refused(faults.refusal(), over) == (
        "is in the format cloudflare, which has no such fault"
    )


def test_an_answer_that_has_no_reason_to_stop_gets_none():
    over = interaction("openai_chat")
    cut = faulty(faults.cut(after_events=3), over).response
    over = Interaction(0, over.request, cut)
    assert refused(faults.finish_reason("length"), over) == "has nothing of it"


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("openai_chat", [{"choices": [{"delta": {"tool_calls": [{"index": 0, "custom": {}}]}}]}]),
        ("cohere", [{"type": "tool-call-start", "delta": {"message": {"tool_calls": {}}}}]),
        (
            "cohere",
            [{"type": "tool-call-start", "delta": {"message": {"tool_calls": {"id": "1"}}}}],
        ),
        ("gemini", [{"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}]),
        ("gemini", [{"candidates": [{"finishReason": "STOP"}]}]),
    ],
)
def test_calls_without_arguments_as_text_cannot_be_cut(name, documents):
    from tests.control.wires import sse

    over = interaction(name, body=sse(*documents))
    assert refused(faults.cut_arguments(), over) == "has no tool call whose arguments are text"


def test_gemini_may_tell_of_usage_apart_from_the_call():
    from tests.control.wires import sse

    call = {"functionCall": {"name": "weather", "args": {}}}
    documents = [
        {"candidates": [{"content": {"parts": [call]}}]},
        {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {}},
    ]
    answer = read(faults.cut_arguments(), interaction("gemini", body=sse(*documents)))
    assert (answer.tool_calls, answer.finish_reason) == ((), "MALFORMED_FUNCTION_CALL")


@pytest.mark.parametrize("body", [b"7", b"[7]", b'{"choices": []}'])
def test_a_body_with_nothing_to_change_is_left_alone(body):
    from llmcassette.recorder.faults.documents import rewritten

    response = Response(code=200, body=body)
    assert list(rewritten(response, lambda *_: None)) == []
    assert list(rewritten(response, lambda *_: [])) == []


# What frames the content


def test_documents_that_do_not_change_keep_their_bytes():
    over = interaction("openai_chat")
    before, after = (
        events(over.response),
        events(faulty(faults.finish_reason("length"), over).response),
    )
    assert [i for i, pair in enumerate(zip(before, after, strict=True)) if len(set(pair)) > 1] == [
        8
    ]


def test_comments_ids_and_line_ends_of_an_event_stay():
    body = (
        b': keep alive\r\nid: 7\r\ndata: {"choices": [{"delta": {"content": "Hi"},\r\n'
        b'data: "finish_reason": "stop"}]}\r\nretry: 5\r\n\r\ndata: [DONE]\r\n\r\n'
    )
    found = faulty(faults.finish_reason("length"), interaction("groq", body=body)).response
    assert found.body == (
        b": keep alive\r\nid: 7\r\n"
        b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"length"}]}\r\n'
        b"retry: 5\r\n\r\ndata: [DONE]\r\n\r\n"
    )


def test_an_event_is_renamed_with_its_document():
    found = faulty(faults.finish_reason("length"), interaction("openai_responses")).response
    last = events(found)[-1]
    assert last.startswith(b'event: response.incomplete\ndata: {"type":"response.incomplete"')


def test_events_of_responses_stay_numbered_in_order():
    found = faulty(faults.refusal(), interaction("openai_responses")).response
    numbers = [
        json.loads(line.removeprefix("data: "))["sequence_number"]
        for line in found.body.decode().splitlines()
        if line.startswith("data: ")
    ]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) == 8


def test_white_space_around_a_whole_answer_stays():
    body = b"\n\n  " + whole("openai_chat").response.body + b"\n"
    over = interaction("openai_chat", body=body, headers=Headers())
    found = faulty(faults.finish_reason("length"), over).response
    assert found.body.startswith(b"\n\n  {")
    assert found.body.endswith(b"}\n")


def test_a_stream_in_an_array_is_edited_element_by_element():
    elements = [
        {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]},
        {"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]},
    ]
    headers = Headers({"Content-Type": "application/json"})
    over = interaction("gemini", body=json.dumps(elements).encode(), headers=headers)
    found = faulty(faults.finish_reason("length"), over).response
    first, last = json.loads(found.body)
    assert first == elements[0]
    assert last["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_frames_keep_valid_checksums():
    found = faulty(faults.finish_reason("length"), interaction("bedrock")).response
    messages = list(eventstream_messages(found.body))
    [stop] = [m for m in messages if m.headers[":event-type"] == "messageStop"]
    assert json.loads(stop.payload) == {"stopReason": "max_tokens"}
    assert len(messages) == len(list(eventstream_messages(STREAMS["bedrock"][2])))


def test_what_invoke_wraps_in_base64_is_edited_inside():
    import base64

    from llmcassette.streams import encode_message

    def wrapped(document):
        inner = base64.b64encode(json.dumps(document).encode()).decode()
        return encode_message(
            {":event-type": "chunk", ":message-type": "event"},
            json.dumps({"bytes": inner, "p": "ab"}).encode(),
        )

    documents = [
        json.loads(line.removeprefix("data: "))
        for line in STREAMS["anthropic"][2].decode().splitlines()
        if line.startswith("data: ")
    ]
    url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke-with-response-stream"
    asked = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, "messages": []}
    over = Interaction(
        0,
        Request(method="POST", url=url, body=json.dumps(asked).encode()),
        Response(
            code=200,
            headers=Headers({"Content-Type": "application/vnd.amazon.eventstream"}),
            body=b"".join(map(wrapped, documents)),
        ),
    )
    answer = read(faults.finish_reason("length"), over)
    assert (answer.finish_reason, answer.text) == ("max_tokens", TEXT)
    assert read(faults.empty_answer(), over).text == ""
    error = faulty(faults.error_event(after_events=2), over).response
    *_, last = eventstream_messages(error.body)
    assert last.headers[":message-type"] == "exception"
    broken = dataclasses.replace(
        over.response,
        body=encode_message({":event-type": "chunk"}, b'{"bytes": "a"}')
        + encode_message({":event-type": "chunk"}, b"[]")
        + over.response.body
        + b"\0\0",
    )
    answer = read(faults.finish_reason("length"), Interaction(0, over.request, broken))
    assert answer.finish_reason == "max_tokens"


def test_frames_that_are_cut_stay_so():
    over = interaction("bedrock", body=STREAMS["bedrock"][2] + b"\0\0\0")
    found = faulty(faults.finish_reason("length"), over).response
    assert found.body.endswith(b"\0\0\0")


@pytest.mark.parametrize("junk", [b"data: " + b"[" * 50_000 + b"\n\n", b"data: 7\n\n", b"data\n\n"])
def test_an_event_that_is_no_object_is_left_alone(junk):
    over = interaction("groq", body=junk + STREAMS["groq"][2])
    found = faulty(faults.empty_answer(), over).response
    assert found.body.startswith(junk)
