"""Bodies that can be read only once are kept, and sent on all the same."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from llmcassette import load, use_cassette
from tests.recording.callers import is_async
from tests.recording.provider_server import Answer


def post(make, url, body):
    """``body()`` gives a fresh iterator; a new client each time."""
    if is_async(make):

        async def pieces():
            for piece in body():
                await asyncio.sleep(0)
                yield piece

        async def call():
            async with make() as client:
                return (await client.post(url, content=pieces())).json()

        return asyncio.run(call())
    with make() as client:
        return client.post(url, content=body()).json()


def test_a_generator_is_kept_and_sent_on(make, provider, path):
    provider.will_answer(Answer.json("understood"))

    def body():
        return iter([b'{"prompt":', b' "hello"}'])

    with use_cassette(path, mode="once"):
        assert post(make, provider.url, body) == "understood"
    assert provider.asked[0].body == b'{"prompt": "hello"}'
    (interaction,) = load(path).interactions
    assert interaction.request.body == b'{"prompt": "hello"}'
    provider.gone()
    with use_cassette(path):
        assert post(make, provider.url, body) == "understood"


def test_a_file_that_is_uploaded(make, provider, path, tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"some notes")
    provider.will_answer(Answer.json("stored"))

    def upload():
        with (tmp_path / "notes.txt").open("rb") as file:
            arguments = {"files": {"file": file}, "data": {"purpose": "assistants"}}
            if is_async(make):

                async def call():
                    async with make() as client:
                        return (await client.post(provider.url, **arguments)).json()

                return asyncio.run(call())
            with make() as client:
                return client.post(provider.url, **arguments).json()

    with use_cassette(path, mode="once"):
        assert upload() == "stored"
    assert b"some notes" in provider.asked[0].body
    assert load(path).interactions[0].request.body == provider.asked[0].body
    provider.gone()
    with use_cassette(path):
        assert upload() == "stored"


def test_a_generator_that_fails_leaves_nothing(make, provider, path):
    def body():
        yield b"half"
        raise ZeroDivisionError

    with use_cassette(path, mode="once") as recorder:
        with pytest.raises(ZeroDivisionError):
            post(make, provider.url, body)
        assert recorder.recorded == ()
    assert provider.asked == []
    assert not path.exists()


@pytest.mark.parametrize(
    ("coding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_compressed_body_is_sent_as_it_is_and_kept_decoded(
    make, provider, path, monkeypatch, coding, compress
):
    """gzip writes the time into what it compresses: a later run sends other bytes."""
    secret = "Zx9Qw8rTplum7kVorbit55Lm"
    monkeypatch.setenv("VAULT_API_KEY", secret)
    provider.will_answer(Answer.json("understood"))
    said = b'{"prompt": "hello, hello, hello %s"}' % secret.encode()
    headers = {"content-encoding": coding, "content-type": "application/json"}

    def call(body):
        if is_async(make):

            async def ask():
                async with make() as client:
                    return (await client.post(provider.url, content=body, headers=headers)).json()

            return asyncio.run(ask())
        with make() as client:
            return client.post(provider.url, content=body, headers=headers).json()

    sent = compress(said)
    with use_cassette(path, mode="once"):
        assert call(sent) == "understood"
    assert provider.asked[0].body == sent
    (interaction,) = load(path).interactions
    kept = b'{"prompt": "hello, hello, hello [REDACTED]"}'
    assert interaction.request.body == kept
    assert interaction.request.content_length == len(kept)
    provider.gone()
    with use_cassette(path):
        assert call(compress(said.replace(b": ", b":"))) == "understood"
