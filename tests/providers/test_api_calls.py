"""Calls that are no conversations, each in one line."""

from __future__ import annotations

import base64
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llmcassette.providers import ApiCall, api_call
from tests.providers.wires import NDJSON, SSE, ndjson, post, reply, typed

if TYPE_CHECKING:
    from llmcassette.model import Request, Response

OPENAI = "https://api.openai.com/v1/"
GOOGLE = "https://generativelanguage.googleapis.com/v1beta/"
VECTOR = [0.1, 0.2, 0.3]
PACKED = base64.b64encode(struct.pack("<4f", 0.1, 0.2, 0.3, 0.4)).decode()


def get(url: str) -> Request:
    return replace(post(url, b""), method="GET")


def read(request: Request, response: Response) -> ApiCall:
    found = api_call(request, response)
    assert found is not None
    return found


def line(found: ApiCall) -> str:
    tokens = f" [{found.usage.total} tokens]" if found.usage else ""
    return f"{found.provider} {found.kind}: {found.asked} -> {found.answered}{tokens}"


@pytest.mark.parametrize(
    ("request_", "answer", "told"),
    [
        (
            post(f"{OPENAI}embeddings", {"model": "e", "input": ["a", "b"]}),
            {
                "data": [{"embedding": VECTOR}, {"embedding": VECTOR}],
                "usage": {"prompt_tokens": 5, "total_tokens": 5},
            },
            "openai embeddings: 2 texts -> 2 vectors of 3 dimensions [5 tokens]",
        ),
        (
            post("https://x.openai.azure.com/openai/deployments/e/embeddings", {"input": [1, 2]}),
            {"data": [{"embedding": PACKED}], "usage": {"prompt_tokens": 2, "total_tokens": 2}},
            "azure embeddings: 1 text -> 1 vector of 4 dimensions [2 tokens]",
        ),
        (
            post("https://api.voyageai.com/v1/embeddings", {"input": "a"}),
            {"data": [{"embedding": VECTOR}], "usage": {"total_tokens": 3}},
            "voyage embeddings: 1 text -> 1 vector of 3 dimensions [3 tokens]",
        ),
        (
            post(f"{GOOGLE}models/e:batchEmbedContents", {"requests": [{}, {}]}),
            {"embeddings": [{"values": VECTOR}, {"values": VECTOR}]},
            "google embeddings: 2 texts -> 2 vectors of 3 dimensions",
        ),
        (
            post("https://api.cohere.com/v2/embed", {"texts": ["a"]}),
            {"embeddings": {"float": [VECTOR]}, "meta": {"billed_units": {"input_tokens": 4}}},
            "cohere embeddings: 1 text -> 1 vector of 3 dimensions [4 tokens]",
        ),
        (
            post(
                "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.titan-embed-v1/invoke",
                {"inputText": "a"},
            ),
            {"embedding": VECTOR, "inputTextTokenCount": 6},
            "bedrock embeddings: 1 text -> 1 vector of 3 dimensions [6 tokens]",
        ),
        (
            post("http://localhost:11434/api/embed", {"model": "e", "input": "a"}),
            {"embeddings": [VECTOR], "prompt_eval_count": 7},
            " embeddings: 1 text -> 1 vector of 3 dimensions [7 tokens]",
        ),
        (
            post("https://api.cohere.com/v2/rerank", {"query": "q", "documents": ["a", "b"]}),
            {"results": [{"index": 1, "relevance_score": 0.98}, {"index": 0}]},
            "cohere rerank: 2 documents -> order 1 (0.980), 0",
        ),
        (
            post(f"{OPENAI}images/generations", {"prompt": "A cat", "model": "gpt-image-1"}),
            {
                "data": [{"b64_json": "QUJD"}],
                "usage": {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13},
            },
            'openai image: "A cat" -> 1 image [13 tokens]',
        ),
        (
            post(f"{OPENAI}audio/transcriptions", b""),
            {"text": "Hi", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 2}},
            'openai transcription:  -> "Hi" [16 tokens]',
        ),
        (
            post(f"{OPENAI}moderations", {"input": "x"}),
            {"results": [{"categories": {"hate": False, "violence": True}}]},
            "openai moderation:  -> flagged: violence",
        ),
        (
            post("https://api.anthropic.com/v1/messages/count_tokens", {"messages": []}),
            {"input_tokens": 14},
            "anthropic token count:  -> 14 tokens",
        ),
        (
            post(f"{GOOGLE}models/g:countTokens", {"contents": []}),
            {"totalTokens": 3},
            "google token count:  -> 3 tokens",
        ),
        (
            post("https://api.anthropic.com/v1/messages/batches", {"requests": [{}, {}]}),
            {
                "id": "msgbatch_1",
                "type": "message_batch",
                "processing_status": "in_progress",
                "request_counts": {"processing": 2, "errored": 0},
            },
            "anthropic batch: 2 requests -> in_progress (2 processing)",
        ),
        (
            get(f"{OPENAI}batches/batch_1"),
            {
                "id": "batch_1",
                "object": "batch",
                "status": "completed",
                "usage": {"total_tokens": 9},
            },
            "openai batch:  -> completed",
        ),
        (
            get(f"{OPENAI}files/file_1"),
            {"id": "file_1", "object": "file", "bytes": 120},
            "openai file: fetch -> 120 bytes",
        ),
        (
            replace(post(f"{OPENAI}vector_stores/vs_1", b""), method="DELETE"),
            {"id": "vs_1", "deleted": True},
            "openai vector store: delete -> deleted",
        ),
        (
            post(f"{OPENAI}threads/thread_1/messages", {"role": "user", "content": "Hi"}),
            {"id": "msg_1", "object": "thread.message"},
            'openai message: create "Hi" -> ',
        ),
        (
            get(f"{OPENAI}threads/thread_1/messages"),
            {"object": "list", "data": [{}, {}]},
            "openai messages: list -> 2 messages",
        ),
        (
            get(f"{OPENAI}threads/thread_1/runs/run_1"),
            {
                "id": "run_1",
                "object": "thread.run",
                "status": "completed",
                "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8},
            },
            "openai run: fetch -> completed [8 tokens]",
        ),
        (
            post(f"{OPENAI}conversations", {}),
            {"id": "conv_1", "object": "conversation"},
            "openai conversation: create -> ",
        ),
        (
            post(f"{OPENAI}responses/compact", {"model": "m"}),
            {
                "id": "resp_1",
                "object": "response.compaction",
                "usage": {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8},
            },
            "openai compaction: create -> [8 tokens]",
        ),
        (
            get(f"{OPENAI}models"),
            {"object": "list", "data": [{"id": "a"}, {"id": "b"}]},
            "openai models:  -> 2 models",
        ),
        (
            get(f"{GOOGLE}models/veo/operations/x1"),
            {
                "name": "models/veo/operations/x1",
                "done": True,
                "response": {"@type": "a/c.Videos"},
            },
            "google operation:  -> done (Videos)",
        ),
    ],
)
def test_a_call_in_one_line(request_: Request, answer: Any, told: str) -> None:
    assert " ".join(line(read(request_, reply(answer))).split()) == " ".join(told.split())


def test_a_run_that_is_streamed_states_its_tokens_once() -> None:
    run = {"id": "run_1", "object": "thread.run", "status": "queued", "type": "x"}
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    streamed = typed(run, run | {"status": "completed", "usage": usage})
    found = read(post(f"{OPENAI}threads/runs", {"stream": True}), reply(streamed, SSE))
    assert line(found) == "openai run: create -> completed [8 tokens]"


def test_the_results_of_a_batch_state_its_tokens() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    body = ndjson(
        {"custom_id": "a", "response": {"status_code": 200, "body": {"usage": usage}}},
        {"custom_id": "b", "response": {"status_code": 400, "body": {"error": {}}}},
    )
    found = read(get(f"{OPENAI}files/file_1/content"), reply(body, NDJSON))
    assert line(found) == "openai batch results:  -> 2 results, 1 failed [8 tokens]"


def test_a_picture_that_is_the_body_is_media() -> None:
    request = post("https://api.stability.ai/v2beta/stable-image/generate/core", b"")
    found = read(request, reply(b"\x89PNG", "image/png"))
    assert (found.kind, found.answered) == ("image", "1 image")
    assert (found.media[0].media_type, found.media[0].size) == ("image/png", 4)


def test_an_error_is_that_of_the_provider() -> None:
    failed = reply({"error": {"message": "No key", "type": "auth"}}, code=401)
    found = read(post(f"{OPENAI}embeddings", {"input": "a"}), failed)
    assert found.error is not None
    assert (found.error.message, found.answered) == ("No key", "")


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (get("https://shop.test/files/1"), {"bytes": 1}),
        (get("https://shop.test/models"), b"<html>"),
        (post("https://shop.test/batches", {}), {"error": "no"}),
        (post(f"{OPENAI}responses", {"input": "x"}), {"object": "response"}),
        (post("https://api.anthropic.com/v1/messages", {"messages": []}), {"type": "message"}),
    ],
)
def test_other_requests_are_no_calls_of_a_provider(request_: Request, answer: Any) -> None:
    assert api_call(request_, reply(answer)) is None
