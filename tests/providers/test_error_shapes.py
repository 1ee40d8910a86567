"""The providers' unmodified SDKs and our reader understand the errors written here."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import cohere
import groq
import httpx
import httpx2
import ollama
import openai
import pytest
from google import genai
from google.genai import errors, types

from llmcassette import providers
from llmcassette.providers.registry import FORMATS
from llmcassette.streams import eventstream_messages
from tests.providers.wires import FRAMES, NDJSON, SSE, post, reply, sse, typed

CHAT = "https://api.openai.com/v1/chat/completions"
ROUTES = {
    "openai_chat": CHAT,
    "openai_responses": "https://api.openai.com/v1/responses",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/models/g:streamGenerateContent",
    "bedrock": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream",
    "cohere": "https://api.cohere.com/v2/chat",
    "ollama": "http://localhost:11434/api/chat",
    "cloudflare": "https://api.cloudflare.com/client/v4/accounts/A/ai/run/@cf/m",
    "mcp": "https://tools.example.com/mcp",
    "cohere_v1": "https://api.cohere.com/v1/chat",
    "replicate": "https://api.replicate.com/v1/predictions",
    "text_completion": "https://api.openai.com/v1/completions",
}
ASKED = {"mcp": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}}
"""Bodies of the formats that no path tells."""
STREAMS = dict.fromkeys(FORMATS, SSE) | {
    "bedrock": FRAMES,
    "cohere_v1": NDJSON,
    "ollama": NDJSON,
}


def client_of(library: Any, status: int, content_type: str, body: bytes) -> Any:
    def answer(_request: Any) -> Any:
        return library.Response(status, headers={"content-type": content_type}, content=body)

    return library.Client(transport=library.MockTransport(answer), base_url="http://localhost")


def failing(provider: str, status: int, library: Any = httpx2) -> Any:
    return client_of(library, status, *providers.error_body(provider, status, "Slow down."))


def breaking(body: bytes, content_type: str = SSE, library: Any = httpx2) -> Any:
    return client_of(library, 200, content_type, body)


@pytest.mark.parametrize(
    ("status", "error", "type", "code"),
    [
        (400, openai.BadRequestError, "invalid_request_error", None),
        (401, openai.AuthenticationError, "authentication_error", "invalid_api_key"),
        (429, openai.RateLimitError, "rate_limit_error", "rate_limit_exceeded"),
        (500, openai.InternalServerError, "server_error", None),
        (529, openai.InternalServerError, "server_error", None),
    ],
)
def test_openai(status: int, error: type[openai.APIStatusError], type: str, code: str) -> None:
    client = openai.OpenAI(api_key="x", http_client=failing("openai", status), max_retries=0)
    with pytest.raises(error) as raised:
        client.chat.completions.create(model="m", messages=[])
    assert (raised.value.type, raised.value.code) == (type, code)
    assert "Slow down." in raised.value.message


def test_groq() -> None:
    client = groq.Groq(api_key="x", http_client=failing("groq", 429, httpx), max_retries=0)
    with pytest.raises(groq.RateLimitError, match=r"Slow down\."):
        client.chat.completions.create(model="m", messages=[])


@pytest.mark.parametrize(
    ("status", "error", "type"),
    [
        (401, anthropic.AuthenticationError, "authentication_error"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (529, anthropic.InternalServerError, "overloaded_error"),
    ],
)
def test_anthropic(status: int, error: type[anthropic.APIStatusError], type: str) -> None:
    client = anthropic.Anthropic(
        api_key="x", http_client=failing("anthropic", status), max_retries=0
    )
    with pytest.raises(error) as raised:
        client.messages.create(model="m", max_tokens=1, messages=[])
    assert raised.value.body == {"type": "error", "error": {"type": type, "message": "Slow down."}}


@pytest.mark.parametrize(
    ("status", "error", "name"),
    [
        (429, errors.ClientError, "RESOURCE_EXHAUSTED"),
        (503, errors.ServerError, "UNAVAILABLE"),
    ],
)
def test_google(status: int, error: type[errors.APIError], name: str) -> None:
    options = types.HttpOptions(httpx_client=failing("google", status))
    client = genai.Client(api_key="x", http_options=options)
    with pytest.raises(error) as raised:
        client.models.generate_content(model="m", contents="x")
    assert (raised.value.code, raised.value.status) == (status, name)
    assert raised.value.message == "Slow down."


def test_cohere() -> None:
    client = cohere.ClientV2("x", httpx_client=failing("cohere", 429, httpx))
    with pytest.raises(cohere.TooManyRequestsError) as raised:
        client.chat(model="m", messages=[], request_options={"max_retries": 0})
    assert raised.value.body == {"message": "Slow down."}


def test_ollama() -> None:
    client = ollama.Client()
    client._client = failing("ollama", 503, httpx)
    with pytest.raises(ollama.ResponseError) as raised:
        client.chat(model="m", messages=[])
    assert (raised.value.error, raised.value.status_code) == ("Slow down.", 503)


def test_bedrock_names_the_exception_in_the_body_as_botocore_reads_it() -> None:
    assert providers.error_body("bedrock", 429, "Slow down.") == (
        "application/json",
        b'{"__type": "ThrottlingException", "message": "Slow down."}',
    )


def test_openai_raises_at_an_error_in_the_stream() -> None:
    body = providers.error_event("openai", 500, "Broke off.")
    client = openai.OpenAI(api_key="x", http_client=breaking(body), max_retries=0)
    with pytest.raises(openai.APIError, match=r"Broke off\."):
        list(client.chat.completions.create(model="m", messages=[], stream=True))


def test_openai_responses_yields_the_error_as_an_event() -> None:
    body = providers.error_event("openai", 429, "Slow down.", format="openai_responses")
    client = openai.OpenAI(api_key="x", http_client=breaking(body), max_retries=0)
    (event,) = client.responses.create(model="m", input="", stream=True)
    assert isinstance(event, openai.types.responses.ResponseErrorEvent)
    assert (event.code, event.message) == ("rate_limit_exceeded", "Slow down.")


def test_anthropic_raises_at_an_error_in_the_stream() -> None:
    start = {"type": "message_start", "message": {"content": [], "usage": {}}}
    body = typed(start) + providers.error_event("anthropic", 529, "Overloaded")
    client = anthropic.Anthropic(api_key="x", http_client=breaking(body), max_retries=0)
    with pytest.raises(anthropic.APIStatusError) as raised:
        list(client.messages.create(model="m", max_tokens=1, messages=[], stream=True))
    assert raised.value.body == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Overloaded"},
    }


def test_google_raises_at_an_error_in_the_stream() -> None:
    chunk = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}
    body = sse(chunk) + providers.error_event("google", 503, "Overloaded")
    options = types.HttpOptions(httpx_client=breaking(body))
    client = genai.Client(api_key="x", http_options=options)
    with pytest.raises(errors.ServerError) as raised:
        list(client.models.generate_content_stream(model="m", contents="x"))
    assert (raised.value.code, raised.value.status) == (503, "UNAVAILABLE")


def test_cohere_yields_the_error_as_the_streams_end() -> None:
    body = providers.error_event("cohere", 500, "Broke off.")
    client = cohere.ClientV2("x", httpx_client=breaking(body, library=httpx))
    (event,) = client.chat_stream(model="m", messages=[])
    assert isinstance(event, cohere.MessageEndV2ChatStreamResponse)
    assert event.delta is not None
    assert (event.delta.finish_reason, event.delta.error) == ("ERROR", "Broke off.")


def test_ollama_raises_at_an_error_in_the_stream() -> None:
    client = ollama.Client()
    body = providers.error_event("ollama", 500, "Broke off.")
    client._client = breaking(body, NDJSON, httpx)
    with pytest.raises(ollama.ResponseError, match=r"Broke off\."):
        list(client.chat(model="m", messages=[], stream=True))


def test_bedrock_sends_an_exceptions_frame() -> None:
    (frame,) = eventstream_messages(providers.error_event("bedrock", 429, "Slow down."))
    assert frame.headers == {
        ":exception-type": "throttlingException",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    assert json.loads(frame.payload) == {"message": "Slow down."}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("status", [400, 418, 429, 503, 599])
def test_every_formats_error_answer_reads_as_its_error(format: str, status: int) -> None:
    content_type, body = providers.error_body("", status, "Sorry.", format=format)
    request = post(ROUTES[format], ASKED.get(format, {"model": "m"}))
    found = providers.completion(request, reply(body, content_type, status))
    assert found is not None
    assert found.choices == ()
    assert found.error is not None
    assert (found.error.message, found.error.status) == ("Sorry.", status)
    assert found.format == format
    assert found.complete


@pytest.mark.parametrize("format", FORMATS)
def test_every_formats_error_event_reads_as_its_error_and_ends_the_stream(format: str) -> None:
    body = providers.error_event("", 500, "Sorry.", format=format)
    request = post(ROUTES[format], ASKED.get(format))
    response = reply(body, STREAMS[format])
    found = providers.completion(request, response)
    assert found is not None
    assert found.error is not None
    assert found.error.message == "Sorry."
    assert found.complete
    assert providers.ended(request, response.headers, body) is True


def test_a_platform_answers_in_its_own_shape_whatever_the_models_format() -> None:
    on_vertex = providers.error_body("vertex", 429, "Slow down.", format="anthropic")
    assert on_vertex == providers.error_body("google", 429, "Slow down.")
    on_bedrock = providers.error_event("bedrock", 429, "Slow down.", format="anthropic")
    assert on_bedrock == providers.error_event("bedrock", 429, "Slow down.")
    streamed = providers.error_event("vertex", 529, "Overloaded", format="anthropic")
    assert streamed == providers.error_event("anthropic", 529, "Overloaded")


def test_a_provider_nobody_knows_answers_as_openai_does() -> None:
    assert providers.error_body("acme", 429, "No") == providers.error_body("openai_chat", 429, "No")


@pytest.mark.parametrize(
    ("body", "message", "type"),
    [
        ({"detail": "Not Found"}, "Not Found", ""),
        ({"detail": [{"msg": "field required", "type": "missing"}]}, "field required", "missing"),
        ({"object": "error", "message": "Bad", "type": "invalid"}, "Bad", "invalid"),
        ([{"error": {"message": "Bad", "status": "INVALID_ARGUMENT"}}], "Bad", "INVALID_ARGUMENT"),
        ({"error": "Bad", "status": 400}, "Bad", ""),
        ({"error": True, "message": "Bad"}, "Bad", ""),
    ],
)
def test_others_errors_are_read_too(body: Any, message: str, type: str) -> None:
    found = providers.completion(post(CHAT), reply(body, code=400))
    assert found is not None
    assert found.error is not None
    assert (found.error.message, found.error.type) == (message, type)


def test_an_error_page_is_no_completion() -> None:
    assert providers.completion(post(CHAT), reply(b"<html>", "text/html", 502)) is None


@pytest.mark.parametrize("code", [200, 400])
@pytest.mark.parametrize("body", [{"status": "ok"}, {"error": None}, 7, [7]])
def test_an_answer_that_tells_of_no_error_is_no_completion(body: Any, code: int) -> None:
    assert providers.completion(post(CHAT), reply(body, code=code)) is None
