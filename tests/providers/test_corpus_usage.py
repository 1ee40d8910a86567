"""The totals of ``stats`` over real cassettes, against a reading that shares no code with ours."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from llmcassette import storage
from llmcassette.review.statistics import Statistics
from tests.corpus import SAMPLE_FILES, corpus_files, corpus_id, needs_corpus
from tests.providers.wires import Recorded, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator


INPUT = ("prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount", "prompt_eval_count")
OUTPUT = (
    "completion_tokens",
    "output_tokens",
    "outputTokens",
    "candidatesTokenCount",
    "eval_count",
)


def documents(body: bytes) -> Iterator[dict[str, Any]]:
    """Every JSON object of a body: whole, in ``data:`` lines, or in base64 inside frames."""
    try:
        whole = json.loads(body)
    except ValueError:
        whole = None
    if whole is not None:
        yield from (
            one for one in (whole if isinstance(whole, list) else [whole]) if is_object(one)
        )
        return
    for line in body.replace(b"\r\n", b"\n").split(b"\n"):
        try:
            value = json.loads(line.removeprefix(b"data:"))
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value
    for packed in re.findall(rb'\{"bytes":"([^"]+)"', body):
        yield json.loads(base64.b64decode(packed))
    for metadata in re.findall(rb'\{"metrics":.*?"usage":(\{.*?\})[,}]', body):
        yield {"usage": json.loads(metadata + b"}" * (metadata.count(b"{") - metadata.count(b"}")))}


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def number(usage: dict[str, Any], *names: str) -> int:
    return next((int(usage[name]) for name in names if usage.get(name) is not None), 0)


def tokens(one: Recorded) -> tuple[int, int]:
    """Input and output tokens by the last statement of each member."""
    stated: dict[str, Any] = {}
    path = unquote(urlsplit(one.request.url).path)
    for document in documents(one.response.body):
        inner = ("message", "response", "delta", "result")
        for holder in filter(is_object, (document, *map(document.get, inner))):
            for found in filter(is_object, map(holder.get, ("usage", "usageMetadata"))):
                stated |= {name: value for name, value in found.items() if value is not None}
        stated |= document.get("x_groq", {}).get("usage", {}) if "x_groq" in document else {}
        if path.endswith(("/api/chat", "/api/generate")):
            stated |= {k: v for k, v in document.items() if k.endswith("eval_count")}
    if "tokens" in stated:  # Cohere
        stated = stated["tokens"]
    prompt = sum(number(stated, *names) for names in (INPUT, ("toolUsePromptTokenCount",)))
    if "/messages" in path or "/invoke" in path:
        prompt += number(stated, "cache_read_input_tokens")
        prompt += number(stated, "cache_creation_input_tokens")
    prompt += number(stated, "cacheReadInputTokens") + number(stated, "cacheWriteInputTokens")
    output = number(stated, *OUTPUT) + number(stated, "thoughtsTokenCount")
    if "//api.x.ai/" in one.request.url and "completion_tokens" in stated:
        output += stated["completion_tokens_details"]["reasoning_tokens"]
    return prompt, output


@needs_corpus
def test_the_totals_of_stats_are_those_of_another_reading() -> None:
    by_file: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in recorded():
        by_file[one.id.partition("#")[0]].append(tokens(one))
    counted = 0
    for path in [*SAMPLE_FILES, *corpus_files("go-vcr-v2")]:
        statistics = Statistics()
        statistics.add(storage.load(path))
        total = statistics.total
        stated = by_file[corpus_id(path)]
        expected = sum(one[0] for one in stated), sum(one[1] for one in stated)
        assert (total.input_tokens, total.output_tokens) == expected, path
        counted += total.input_tokens
    assert counted > 100_000
