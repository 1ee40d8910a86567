"""Places in an interaction where a text may be, each with the way in which a reader gets it."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from llmcassette.model import Headers, Interaction
from tests.redaction.spellings import COMPRESSIONS
from tests.redaction.texts import JSON, SSE, interaction, sse, sse_data

if TYPE_CHECKING:
    from collections.abc import Callable


class Place(NamedTuple):
    """``plant`` puts a text into an interaction, ``read`` gets it out."""

    plant: Callable[[str], Interaction]
    read: Callable[[Interaction], str]


def typed(content_type: str) -> Headers:
    return Headers({"Content-Type": content_type})


def request_json(path: Callable[[str], Any], get: Callable[[Any], str]) -> Place:
    return Place(
        lambda text: interaction(request=json.dumps(path(text)).encode()),
        lambda one: get(json.loads(one.request.body)),
    )


def answer_json(path: Callable[[str], Any], get: Callable[[Any], str]) -> Place:
    return Place(
        lambda text: interaction(response=json.dumps(path(text), ensure_ascii=False).encode()),
        lambda one: get(json.loads(one.response.body)),
    )


def answer(content_type: str, write: Callable[[str], bytes], read: Callable[[bytes], str]) -> Place:
    return Place(
        lambda text: interaction(response=write(text), response_headers=typed(content_type)),
        lambda one: read(one.response.body),
    )


def request(
    content_type: str, write: Callable[[str], bytes], read: Callable[[bytes], str]
) -> Place:
    return Place(
        lambda text: interaction(request=write(text), request_headers=typed(content_type)),
        lambda one: read(one.request.body),
    )


def in_charset(charset: str, content_type: str) -> Place:
    def read(body: bytes) -> str:
        return json.loads(body.decode(charset))["text"]

    return answer(
        content_type,
        lambda text: json.dumps({"text": text}, ensure_ascii=False).encode(charset),
        read,
    )


def compressed(name: str) -> Place:
    compress, decompress = COMPRESSIONS[name]
    return answer(
        "application/json",
        lambda text: compress(json.dumps({"text": text}).encode()),
        lambda body: json.loads(decompress(body))["text"],
    )


def delta(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


def halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


def parts(text: str) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [{"text": half} for half in halves(text)]}}]}


PART = '--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n{}\r\n--b--\r\n'


def answer_header(name: str) -> Place:
    def plant(text: str) -> Interaction:
        original = interaction(response=b"{}")
        headers = Headers({**JSON, name: f"/a?b={quote(text)}"})
        return Interaction(0, original.request, replace(original.response, headers=headers))

    return Place(plant, lambda one: parse_qs(one.response.headers[name].partition("?")[2])["b"][0])


PLACES = {
    "a prompt": request_json(
        lambda text: {"messages": [{"role": "user", "content": text}]},
        lambda value: value["messages"][0]["content"],
    ),
    "a query": Place(
        lambda text: interaction(url=f"https://a.test/v1?q={quote(text, safe='')}&n=1"),
        lambda one: parse_qs(urlsplit(one.request.url).query)["q"][0],
    ),
    "a form": request(
        "application/x-www-form-urlencoded",
        lambda text: f"q={quote(text)}&n=1".encode(),
        lambda body: parse_qs(body.decode())["q"][0],
    ),
    "a multipart part": request(
        "multipart/form-data; boundary=b",
        lambda text: PART.format(text).encode(),
        lambda body: body.decode().split("\r\n\r\n")[1].removesuffix("\r\n--b--\r\n"),
    ),
    "an answer": answer_json(
        lambda text: {"choices": [{"message": {"content": text}}]},
        lambda value: value["choices"][0]["message"]["content"],
    ),
    "JSON in an answer": answer_json(
        lambda text: {"arguments": json.dumps({"text": text})},
        lambda value: json.loads(value["arguments"])["text"],
    ),
    "an event": Place(
        lambda text: interaction(response=sse(delta(text)), response_headers=SSE),
        lambda one: sse_data(one.response.body)[0]["choices"][0]["delta"]["content"],
    ),
    "two events": Place(
        lambda text: interaction(response=sse(*map(delta, halves(text))), response_headers=SSE),
        lambda one: "".join(
            event["choices"][0]["delta"]["content"] for event in sse_data(one.response.body)
        ),
    ),
    "two blocks of one answer": answer_json(
        lambda text: {"content": [{"type": "text", "text": half} for half in halves(text)]},
        lambda value: "".join(block["text"] for block in value["content"]),
    ),
    "two parts of one event": Place(
        lambda text: interaction(response=sse(parts(text)), response_headers=SSE),
        lambda one: "".join(
            part["text"]
            for part in sse_data(one.response.body)[0]["candidates"][0]["content"]["parts"]
        ),
    ),
    "two parts of a prompt": request_json(
        lambda text: {"messages": [{"content": [{"text": half} for half in halves(text)]}]},
        lambda value: "".join(part["text"] for part in value["messages"][0]["content"]),
    ),
    "NDJSON": answer(
        "application/x-ndjson",
        lambda text: b'{"n":1}\n' + json.dumps({"response": text}).encode() + b"\n",
        lambda body: json.loads(body.splitlines()[1])["response"],
    ),
    "HTML": answer(
        "text/html",
        lambda text: f"<html><p>{html.escape(text)}</p></html>".encode(),
        lambda body: html.unescape(body.decode()[9:-11]),
    ),
    "XML": answer(
        "application/xml",
        lambda text: f"<Error><Key>{html.escape(text)}</Key></Error>".encode(),
        lambda body: html.unescape(body.decode()[12:-14]),
    ),
    "plain text": answer("text/plain", str.encode, bytes.decode),
    "a header": answer_header("Location"),
    "UTF-16 with a mark": in_charset("utf-16", "application/json"),
    "UTF-16, named": in_charset("utf-16-le", "application/json; charset=UTF-16LE"),
    "UTF-16, big-endian, named": in_charset("utf-16-be", 'text/plain; charset="utf-16be"'),
    "UTF-16 by its shape": in_charset("utf-16-be", "application/json"),
    "UTF-32 with a mark": in_charset("utf-32", "application/json; charset=utf-32"),
    "Latin-1": in_charset("latin-1", "application/json; charset=iso-8859-1"),
    "EBCDIC": in_charset("cp037", "text/plain; charset=ibm037"),
    **{f"a body in {name}": compressed(name) for name in COMPRESSIONS},
}
