"""What models answered while a cassette was open: completions, usage, cost."""

from __future__ import annotations

import httpx
import pytest

import llmcassette
from llmcassette.model import Cassette, Interaction, Request, Response
from llmcassette.providers import Completion, Usage
from llmcassette.recorder import completions, pricing
from tests.cli.cassettes import answering, asking, failing, numbered, user
from tests.corpus import SAMPLES


@pytest.fixture
def recorder():
    with llmcassette.use_cassette(SAMPLES / "tool.yaml") as recorder:
        yield recorder


def play(recorder) -> None:
    for interaction in recorder.unplayed:
        request = interaction.request
        httpx.post(request.url, content=request.body, headers={"Content-Type": "application/json"})


def test_before_anything_is_played_there_is_nothing(recorder):
    assert recorder.completions == ()
    assert recorder.usage == Usage(input_tokens=0, output_tokens=0, total=0)
    assert recorder.cost is None


def test_the_answers_in_the_order_of_play(recorder):
    play(recorder)

    first, second = recorder.completions
    assert first.tool_calls[0].name == "weather"
    assert first.tool_calls[0].arguments == {"location": "Florence"}
    assert second.text.startswith("The weather in Florence is currently 40°C")
    assert second.finish_reason == "stop"


def test_tokens_are_added_up(recorder):
    play(recorder)

    assert (recorder.usage.input_tokens, recorder.usage.output_tokens) == (194, 46)
    assert recorder.usage.total == 240


def test_the_cost_is_what_the_provider_said(recorder):
    play(recorder)

    said = [completion.usage.raw["cost"] for completion in recorder.completions]
    assert recorder.cost == pytest.approx(sum(said))
    assert recorder.cost == pytest.approx(0.000227, abs=1e-5)


def test_other_http_and_broken_answers_are_no_completions():
    def broken() -> Response:
        raise llmcassette.CassetteError("broken")

    request = Request(method="GET", url="https://example.com/")
    chat = asking(user("Hi"))
    held = [Interaction(0, request, Response(code=200)), Interaction(1, chat, broken)]

    assert completions.completions([*held, *numbered((chat, answering("Hi.")))])[0].text == "Hi."
    assert len(completions.completions(held)) == 0


def told(model: str, provider: str = "openai", **usage) -> Completion:
    counts = {"input_tokens": 1000, "output_tokens": 100, "total": 1100} | usage
    return Completion(provider=provider, format="openai_chat", model=model, usage=Usage(**counts))


def test_a_list_price():
    found = pricing.price(told("gpt-4o-mini"))

    assert found == pricing.Price(pytest.approx(0.00021), "list")


def test_cached_tokens_cost_less():
    plain, cached = (
        pricing.price(told("gpt-4o-mini")),
        pricing.price(told("gpt-4o-mini", cached_tokens=900)),
    )

    assert plain is not None
    assert cached is not None
    assert cached.amount < plain.amount


@pytest.mark.parametrize(
    "completion",
    [
        told("a-model-nobody-knows"),
        told("gpt-4o-mini", provider="vercel"),
        told("gpt-4o-mini", cached_tokens=5000),
        told("gpt-4o-mini", raw={"cost": True}, provider="vercel"),
        Completion(provider="openai", format="openai_chat", model="gpt-4o-mini"),
    ],
    ids=["model", "provider", "usage that does not add up", "cost that is none", "no usage"],
)
def test_a_price_that_is_not_known_is_none(completion):
    assert pricing.price(completion) is None
    assert completions.cost([told("gpt-4o-mini"), completion]) is None


def test_without_the_extra_only_what_providers_say_is_known(monkeypatch):
    monkeypatch.setattr(pricing, "price_list_installed", lambda: False)

    assert pricing.price(told("gpt-4o-mini")) is None
    assert pricing.price(told("gpt-4o-mini", cost=2.0)) == pricing.Price(2.0, "provider")


def test_an_answer_that_failed_costs_nothing():
    chat = asking(user("Hi"))
    held = numbered((chat, failing(429, "429", "rate_limit", "slow")))

    (failed,) = completions.completions(Cassette(interactions=tuple(held)).interactions)

    assert failed.error is not None
    assert completions.cost([failed]) is None
    assert completions.cost([failed, told("gpt-4o-mini")]) == pytest.approx(0.00021)
