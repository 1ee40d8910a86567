"""A marker that the application sent is its text; one that recording put in matches any text."""

from __future__ import annotations

import httpx
import pytest

import llmcassette
from llmcassette import UnmatchedRequestError, dump, load, use_cassette


def send(url, text, key="sk-1234567890abcd"):
    return httpx.post(f"{url}/v1/x?api_key={key}", json={"m": text, "api_key": key})


@pytest.fixture
def recorded(provider, path):
    with use_cassette(path, mode="once"):
        send(provider.url, "Summarise: [REDACTED] owes us money")
        httpx.post(f"{provider.url}/v1/x", json={"m": "[REDACTED]"})
        httpx.post(f"{provider.url}/v1/x", json={"m": "Bob"})
    return path


def test_the_file_says_where_recording_put_it(recorded):
    assert [each.redacted for each in load(recorded).interactions] == [
        ("url", "body $.api_key"),
        (),
        None,
    ]
    text = recorded.read_text(encoding="utf-8")
    assert "\n  redacted:\n  - url\n  - body $.api_key\n  response:\n" in text
    assert "\n  redacted: []\n  response:\n" in text


def test_the_file_is_written_again_byte_for_byte(recorded, tmp_path):
    dump(load(recorded), tmp_path / "again.yaml")
    assert (tmp_path / "again.yaml").read_bytes() == recorded.read_bytes()
    fresh = llmcassette.Cassette(interactions=load(recorded).interactions)
    dump(fresh, tmp_path / "fresh.yaml")
    assert (tmp_path / "fresh.yaml").read_bytes() == recorded.read_bytes()


def test_another_text_in_place_of_the_application_s_is_a_miss(recorded, provider):
    with use_cassette(recorded), pytest.raises(UnmatchedRequestError) as miss:
        send(provider.url, "Summarise: Bob owes us money")
    shown = str(miss.value)
    assert shown.startswith("m changed: no recorded interaction answers this request\n\n  m\n")
    assert 'recorded  "Summarise: [-[REDACTED]-] owes us money"' in shown
    assert 'sent      "Summarise: {+Bob+} owes us money"' in shown


def test_another_key_is_not(recorded, provider):
    with use_cassette(recorded):
        send(provider.url, "Summarise: [REDACTED] owes us money", key="sk-another-key-9876")


def test_the_application_s_marker_stays_its_text_beside_a_redacted_field(provider, path):
    def ask(text):
        fields = {"m": text, "password": "hunter2-and-more"}
        httpx.post(f"{provider.url}/v1/x?api_key=sk-1234567890abcd", params=fields, data=fields)

    with use_cassette(path, mode="once"):
        ask("[REDACTED] owes us")
    with use_cassette(path), pytest.raises(UnmatchedRequestError):
        ask("Bob owes us")
    with use_cassette(path):
        ask("[REDACTED] owes us")


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-be"])
def test_a_request_in_utf_16_with_a_secret_replays(provider, path, monkeypatch, charset):
    monkeypatch.setenv("MYSVC_API_KEY", "Zq9aB3dE5fG7hJ9kL1mN")
    body = '{"m": "The key is Zq9aB3dE5fG7hJ9kL1mN."}'.encode(charset)
    headers = {"content-type": f"application/json; charset={charset}"}
    with use_cassette(path, mode="once"):
        httpx.post(f"{provider.url}/v1/x", content=body, headers=headers)
    (recorded,) = load(path).interactions
    assert "[REDACTED]" in recorded.request.body.decode(charset)

    with use_cassette(path) as recorder:
        httpx.post(f"{provider.url}/v1/x", content=body, headers=headers)

    assert len(recorder.played) == 1
