"""A miss reaches the client as an error of its provider, once, with the whole report."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import cohere
import groq
import httpx
import mistralai.client
import ollama
import openai
import pytest
from google import genai

from tests.cases import case
from tests.cli.commands import chat
from tests.server.client import ask

ASK: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Goodbye"}]}


def test_the_report_is_the_message(play):
    played = play(chat())
    got = ask(f"{played.url}/v1/chat/completions", body=json.dumps(ASK).encode())
    assert (got.code, got.headers["x-should-retry"]) == (404, "false")
    error = got.json["error"]
    assert error["type"] == "not_found_error"
    assert error["message"] == f"llmcassette: {played.errors[0]}"
    assert '    recorded  "Hello"\n    sent      "Goodbye"\n' in error["message"]


def test_sdks_raise_it_and_do_not_try_again(play):
    def of_openai(url: str) -> None:
        with openai.OpenAI(api_key="x", base_url=f"{url}/v1") as client:
            client.chat.completions.create(**ASK)

    def of_anthropic(url: str) -> None:
        with anthropic.Anthropic(api_key="x", base_url=url) as client:
            client.messages.create(max_tokens=9, **ASK)

    def of_groq(url: str) -> None:
        with groq.Groq(api_key="x", base_url=url) as client:
            client.chat.completions.create(**ASK)

    def of_mistral(url: str) -> None:
        with mistralai.client.Mistral(api_key="x", server_url=url) as client:
            client.chat.complete(**ASK)

    def of_cohere(url: str) -> None:
        with httpx.Client() as own:
            cohere.ClientV2(api_key="x", base_url=url, httpx_client=own).chat(**ASK)

    def of_google(url: str) -> None:
        with genai.Client(api_key="x", http_options={"base_url": url}) as client:
            client.models.generate_content(model="gemini-x", contents="Goodbye")

    def of_ollama(url: str) -> None:
        with ollama.Client(host=url) as client:
            client.chat(**ASK)

    for call, host in (
        (of_openai, "api.openai.com"),
        (of_anthropic, "api.anthropic.com"),
        (of_groq, "api.groq.com"),
        (of_mistral, "api.mistral.ai"),
        (of_cohere, "api.cohere.com"),
        (of_google, "generativelanguage.googleapis.com"),
        (of_ollama, "ollama.com"),
    ):
        with case(call.__name__):
            played = play(chat(request={"url": f"https://{host}/v1/x"}))
            with pytest.raises(Exception, match="no recorded interaction answers this request"):
                call(played.url)
            assert len(played.errors) == 1


def test_a_path_that_leads_to_no_host_is_an_error_that_names_those_there_are(play):
    other = chat(id=1, request={"url": "https://api.anthropic.com/v1/messages"})
    played = play(chat(), other)
    got = ask(f"{played.url}/v1/chat/completions", body=b"{}")
    assert got.code == 400
    assert got.json["error"]["message"] == (
        "llmcassette: no provider is known for the path /v1/chat/completions.\n"
        "Put one of these in front of it, in the client's base URL: "
        "/api.openai.com/..., /api.anthropic.com/..., /openai/..., /anthropic/..."
    )
    assert len(played.errors) == 1


def test_a_body_larger_than_max_decoded_size_is_refused(play):
    played = play(chat(), max_decoded_size=100)
    got = ask(f"{played.url}/v1/chat/completions", body=b"x" * 101)
    assert got.code == 400
    assert "has more than 100 bytes" in got.json["error"]["message"]
    assert ask(f"{played.url}/v1/chat/completions", body=chat().request.body).code == 200


def test_an_answer_that_is_broken_in_the_file_is_an_error(play, tmp_path):
    path = tmp_path / "broken.yaml"
    played = play(chat())
    text = played.cassette.path.read_text("utf-8")
    path.write_text(text.replace("duration: 500ms", "duration: soon"), "utf-8")
    broken = play(path)
    got = ask(f"{broken.url}/v1/chat/completions", body=chat().request.body)
    assert got.code == 400
    assert "interaction 0, response.duration" in got.json["error"]["message"]
