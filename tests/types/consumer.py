"""Code that uses every public name; type checkers must accept it. It never runs."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import httpx
import httpx2
import pytest

import llmcassette
from conftest_plugin import OpenCassette
from llmcassette import (
    CHUNKINGS,
    BlockedHostError,
    Cassette,
    CassetteConfig,
    CassetteError,
    CassetteSettings,
    CassetteTransport,
    Chunk,
    Completion,
    Headers,
    Interaction,
    MismatchWarning,
    Recorder,
    ReplayError,
    Request,
    Response,
    SettingsError,
    UnfiredFaultError,
    UnmatchedRequestError,
    Usage,
    faults,
    use_cassette,
)


def files() -> Cassette:
    cassette: Cassette = llmcassette.load("weather.yaml")
    llmcassette.dump(cassette, Path("weather.yaml"))
    first: Interaction = cassette.interactions[0]
    headers: Headers = first.request.headers
    length: str | None = headers.get("content-length")
    answer = replace(first.response, code=500, status=length or "", chunks=(Chunk(1, 0.5),))
    made = Interaction(1, Request(method="GET", url="https://example.com"), Response(code=200))
    print(llmcassette.__version__.split("."))
    return replace(cassette, interactions=(made, Interaction(2, first.request, answer)))


def block() -> float | None:
    with llmcassette.use_cassette("weather.yaml", mode="none", ignore=["$.seed"]) as recorder:
        all_of_them: tuple[Interaction, ...] = (
            recorder.played + recorder.unplayed + recorder.recorded
        )
        misses: tuple[UnmatchedRequestError, ...] = recorder.misses
        texts: list[str] = [completion.text for completion in recorder.completions]
        print(llmcassette.__version__, all_of_them, misses, texts, recorder.usage, CHUNKINGS)
        return recorder.cost


def answers(recorder: Recorder) -> tuple[bool, int]:
    last: Completion = recorder.completions[-1]
    usage: Usage = recorder.usage
    is_florence: bool = last.tool_calls[0].arguments["city"] == "Florence"
    return is_florence, usage.input_tokens


@llmcassette.use_cassette("weather.yaml", pace="recorded")
def decorated(question: str, *, times: int = 1) -> list[str]:
    return [question] * times


@llmcassette.use_cassette("weather.yaml")
async def decorated_asynchronously(question: str) -> int:
    async with llmcassette.use_cassette("other.yaml") as recorder:
        return len(recorder.played) + len(decorated(question, times=2))


async def calling() -> int:
    return await decorated_asynchronously("How is it?")


def passing_settings_on(name: str, **settings: Unpack[CassetteSettings]) -> use_cassette:
    return use_cassette(f"cassettes/{name}.yaml", mode="once", **settings)


def transports() -> Recorder:
    transport = CassetteTransport(Path("weather.yaml"), mode=None, inner=None, pace="recorded")
    with httpx.Client(transport=transport) as old, httpx2.Client(transport=transport) as new:
        print(old.get("https://example.com").text, new.get("https://example.com").text)
    return transport.recorder


async def asynchronous_transports() -> None:
    transport = CassetteTransport("weather.yaml")
    async with httpx.AsyncClient(transport=transport) as old:
        await old.get("https://example.com")
    async with httpx2.AsyncClient(transport=transport) as new:
        await new.get("https://example.com")


@pytest.fixture
def llm_cassette_config(llm_cassette_config: CassetteConfig) -> CassetteConfig:
    return {**llm_cassette_config, "mode": "once", "pace": 0.1}


@pytest.fixture
def index(llm_cassettes: OpenCassette) -> Generator[Recorder]:
    with llm_cassettes("index.yaml", mode="none", allow_repeats=True) as recorder:
        yield recorder


@pytest.mark.filterwarnings(f"ignore::{MismatchWarning.__module__}.{MismatchWarning.__name__}")
@pytest.mark.llm_cassette(faults=[faults.status(429, times=2)])
def errors(llm_cassette: Recorder) -> object:
    try:
        return llm_cassette.played[0].response.body
    except UnfiredFaultError as unfired:
        return unfired.faults
    except (CassetteError, SettingsError) as error:
        return error.path, error.line
    except UnmatchedRequestError as miss:
        return miss.request.url
    except BlockedHostError as blocked:
        return blocked.host
    except ReplayError as other:
        return other.path
