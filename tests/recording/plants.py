"""Places where a secret can stand in what is sent and answered, each with a secret of its own."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.recording.provider_server import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

PROMPT = "Tell me a joke"


@dataclass(frozen=True)
class Plant:
    """``sent(secret)``: arguments of the request, and ``answered(secret)``: the answer to it.

    ``known`` tells how the secret is known: by the ``environment``, as the request's own
    ``credential``, by its ``place`` alone, or by its ``looks``.
    """

    name: str
    known: str
    sent: Callable[[str], dict[str, Any]] = lambda _: {}
    answered: Callable[[str], Answer] = lambda _: Answer.json({"text": "a joke"})
    settings: tuple[tuple[str, Any], ...] = ()
    odd: bool = False

    @property
    def secret(self) -> str:
        digest = hashlib.sha256(self.name.encode())
        text = base64.b64encode(digest.digest()).decode()
        text = text.replace("+", "k").replace("/", "w").rstrip("=")
        if self.known == "looks":
            return f"sk-ant-api03-{text}{text}AA"
        return f'{text[:10]}"\\ü&{text[10:24]}' if self.odd else text[:32]


def chat(text: str, **more: Any) -> dict[str, Any]:
    return {"json": {"model": "m", "messages": [{"role": "user", "content": text}], **more}}


def based(secret: str, lead: str = "") -> str:
    return base64.b64encode(f"{lead}{secret}".encode()).decode()


def bearer(secret: str) -> dict[str, Any]:
    return {"headers": {"authorization": f"Bearer {secret}"}}


def header(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda secret: {"headers": {name: secret}}


def query(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda secret: {"params": {name: secret}}


def answer_header(name: str, value: str = "{}") -> Callable[[str], Answer]:
    return lambda secret: Answer.json({}, **{name: value.format(secret)})


def openai_delta(text: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": text}}]}
    return f"data: {json.dumps(delta)}\n\n".encode()


def split_openai(secret: str, at: int) -> Answer:
    done = b"data: [DONE]\n\n"
    return Answer.sse([openai_delta(secret[:at]), openai_delta(secret[at:]), done])


def anthropic_arguments(secret: str) -> Answer:
    events = []
    for start in range(0, len(secret), 5):
        delta = {"type": "input_json_delta", "partial_json": secret[start : start + 5]}
        event = {"type": "content_block_delta", "index": 0, "delta": delta}
        events.append(f"event: content_block_delta\ndata: {json.dumps(event)}\n\n".encode())
    return Answer.sse([*events, b'event: message_stop\ndata: {"type": "message_stop"}\n\n'])


def ollama_words(secret: str) -> Answer:
    lines = [
        json.dumps({"message": {"content": letter}, "done": False}).encode() + b"\n"
        for letter in secret
    ]
    return Answer(lines, headers={"content-type": "application/x-ndjson"})


def coded(secret: str) -> Answer:
    return Answer.sse([gzip.compress(openai_delta(f"it is {secret}"))], content_encoding="gzip")


def text(kind: str, template: str) -> Callable[[str], Answer]:
    return lambda s: Answer([template.format(s).encode()], headers={"content-type": kind})


def path_of(secret: str) -> dict[str, Any]:
    return {"path": f"/hooks/{quote(secret, safe='')}/messages"}


PLANTS = [
    Plant("header Authorization", "place", bearer),
    Plant("header Authorization Basic", "place", lambda s: {"auth": ("user", s)}),
    Plant("header X-Api-Key", "place", header("x-api-key")),
    Plant("header X-Goog-Api-Key", "place", header("x-goog-api-key")),
    Plant("header Api-Key", "place", header("api-key")),
    Plant("header Cookie", "place", lambda s: {"headers": {"cookie": f"session={s}; a=b"}}),
    Plant("header nobody knows", "place", header("x-internal")),
    Plant("header User-Agent", "environment", header("user-agent")),
    Plant("query key", "place", query("key")),
    Plant("query api_key", "place", query("api_key")),
    Plant("query sig", "place", query("sig")),
    Plant("query X-Amz-Signature", "place", query("X-Amz-Signature")),
    Plant("query X-Amz-Security-Token", "place", query("X-Amz-Security-Token")),
    Plant("query of another name", "environment", query("q")),
    Plant("query of another name, odd", "environment", query("q"), odd=True),
    Plant("userinfo", "place", lambda s: {"userinfo": f"user:{s}"}),
    Plant("URL path", "environment", path_of),
    Plant("URL path, odd", "environment", path_of, odd=True),
    Plant("URL path that looks like a key", "looks", path_of),
    Plant("JSON password", "place", lambda s: chat(PROMPT, password=s)),
    Plant("JSON client_secret, deep", "place", lambda s: chat(PROMPT, a=[{"clientSecret": s}])),
    Plant(
        "JSON field of a setting", "place", lambda s: chat(PROMPT, pin=s),
        settings=(("redact_fields", ["pin"]),),
    ),
    Plant(
        "JSONPath of a setting", "place", lambda s: chat(PROMPT, who={"name": s}),
        settings=(("redact_paths", ["$.who.name"]),),
    ),
    Plant("prompt", "environment", lambda s: chat(f"my key is {s}.")),
    Plant("prompt, odd", "environment", lambda s: chat(f"my key is {s}."), odd=True),
    Plant("prompt that looks like a key", "looks", lambda s: chat(f"my key is {s}.")),
    Plant("prompt in Base64", "environment", lambda s: chat(f"x {based(s, 'ab')} x")),
    Plant("prompt URL-encoded", "environment", lambda s: chat(f"?a={quote(s)}"), odd=True),
    Plant("form password", "place", lambda s: {"data": {"password": s, "a": "b"}}),
    Plant("form of another name", "environment", lambda s: {"data": {"a": s}}, odd=True),
    Plant(
        "multipart field", "environment",
        lambda s: {"files": {"f": ("a.txt", b"x", "text/plain")}, "data": {"note": s}},
    ),
    Plant(
        "multipart file", "environment",
        lambda s: {"files": {"f": ("a.txt", f"KEY={s}\n".encode(), "text/plain")}},
    ),
    Plant(
        "request in pieces", "environment",
        lambda s: {"content": [s[:7].encode(), s[7:].encode()]},
    ),
    Plant("answer's JSON", "credential", bearer, lambda s: Answer.json({"you": {"sent": s}})),
    Plant(
        "answer's JSON of X-Api-Key", "credential", header("x-api-key"),
        lambda s: Answer.json([s]),
    ),
    Plant("answer's error", "credential", bearer,
          lambda s: Answer.json({"error": {"message": f"Incorrect API key provided: {s}."}}, 401)),
    Plant("answer's error that looks like a key", "looks", bearer,
          lambda s: Answer.json({"error": f"bad key {s}"}, 403)),
    Plant("answer's text", "credential", bearer, text("text/plain", "you sent {}\n")),
    Plant("answer's HTML", "credential", bearer, text("text/html", "<p title='{}'>")),
    Plant("answer in Base64", "credential", bearer, lambda s: Answer.json({"b": based(s, "a:")})),
    Plant("answer compressed", "credential", bearer, coded),
    Plant("answer's event", "credential", bearer, lambda s: Answer.sse([openai_delta(f"<{s}>")])),
    Plant("answer split over arguments", "credential", bearer, anthropic_arguments),
    Plant("answer letter by letter", "credential", bearer, ollama_words),
    Plant("answer's Set-Cookie", "place", answered=answer_header("set_cookie", "session={}; a=b")),
    Plant("answer's Location", "place", answered=answer_header("location", "/next?api_key={}")),
    Plant("answer's Link", "place", answered=answer_header("link", "<http://u:{}@h/>; rel=next")),
    Plant("answer's request id", "environment", answered=answer_header("x_request_id")),
    Plant("answer's header nobody knows", "environment", answered=answer_header("x_debug")),
]  # fmt: skip
