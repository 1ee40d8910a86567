"""Paths of the server, and the base URLs that lead SDKs to them."""

from __future__ import annotations

import pytest

from llmcassette.errors import SettingsError
from llmcassette.server.environment import environment, own_origins
from llmcassette.server.upstreams import PROVIDERS, Upstreams, check_origin

OPENAI, GROQ = "https://api.openai.com", "https://api.groq.com"
BASE = "http://127.0.0.1:8080"


def test_the_only_origin_is_at_the_root_and_under_its_names():
    upstreams = Upstreams([OPENAI])
    for path in ("/v1/models?a=1", "/openai/v1/models?a=1", "/api.openai.com/v1/models?a=1"):
        assert upstreams.url(path) == f"{OPENAI}/v1/models?a=1"


def test_several_origins_need_their_names():
    upstreams = Upstreams([OPENAI, GROQ, "http://127.0.0.1:8000"])
    assert upstreams.url("/groq/openai/v1/models") == f"{GROQ}/openai/v1/models"
    assert upstreams.url("/127.0.0.1:8000/v1?x") == "http://127.0.0.1:8000/v1?x"
    assert upstreams.url("/groq") == GROQ
    assert upstreams.url("/v1/models") is None


def test_a_target_that_is_no_path_leads_nowhere():
    upstreams = Upstreams([OPENAI])
    targets = (
        "@evil.example/",
        ".evil.example/",
        "http://evil.example/",
        "*",
        "",
        ":1@evil.example",
    )
    assert [upstreams.url(target) for target in targets] == [None] * len(targets)


def test_a_path_of_the_only_origin_may_begin_like_another_provider():
    assert Upstreams([GROQ]).url("/openai/v1/models") == f"{GROQ}/openai/v1/models"


def test_a_name_that_two_origins_share_leads_to_the_public_one_or_nowhere():
    first, second = "https://a.openai.azure.com", "https://b.openai.azure.com"
    assert Upstreams([first, second]).url("/azure/x") is None
    assert Upstreams([OPENAI, "https://eu.api.openai.com"]).url("/openai/x") == f"{OPENAI}/x"


def test_base_urls_lead_to_the_providers():
    upstreams = Upstreams((), known=PROVIDERS)
    found = environment(BASE, upstreams, {"NO_PROXY": "a.example"}, placeholders=False)
    assert found == {
        "LLMCASSETTE_BASE_URL": BASE,
        "OPENAI_BASE_URL": f"{BASE}/openai/v1",
        "ANTHROPIC_BASE_URL": f"{BASE}/anthropic",
        "GOOGLE_GEMINI_BASE_URL": f"{BASE}/google",
        "GROQ_BASE_URL": f"{BASE}/groq",
        "CO_API_URL": f"{BASE}/cohere",
        "OLLAMA_HOST": f"{BASE}/ollama",
        "NO_PROXY": "a.example,127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def test_a_base_url_that_is_set_keeps_its_meaning():
    environ = {"OPENAI_BASE_URL": "https://openrouter.ai/api/v1/", "OLLAMA_HOST": "gpu:11434"}
    origins = list(own_origins(environ))
    assert origins == ["https://openrouter.ai", "http://gpu:11434"]
    upstreams = Upstreams(origins, known=PROVIDERS)
    found = environment(BASE, upstreams, environ, placeholders=False)
    assert found["OPENAI_BASE_URL"] == f"{BASE}/openrouter.ai/api/v1"
    assert found["OLLAMA_HOST"] == f"{BASE}/gpu:11434"


def test_all_sdks_are_led_to_the_only_origin_if_it_is_no_known_provider():
    upstreams = Upstreams(["http://127.0.0.1:8000"], known=PROVIDERS)
    found = environment(BASE, upstreams, {}, placeholders=False)
    assert (found["OPENAI_BASE_URL"], found["ANTHROPIC_BASE_URL"]) == (f"{BASE}/v1", BASE)


def test_unset_keys_get_placeholders_where_nothing_goes_live():
    found = environment(BASE, Upstreams([OPENAI]), {"GROQ_API_KEY": "mine"}, placeholders=True)
    assert found["OPENAI_API_KEY"] == "placeholder-for-replay"
    assert "GROQ_API_KEY" not in found


def test_an_upstream_is_scheme_and_host():
    assert check_origin("https://API.openai.com/", "--upstream") == OPENAI
    for value, problem in (
        ("api.openai.com", "'api.openai.com' is no URL such as https://api.openai.com"),
        ("ftp://a.example", "'ftp://a.example' is no URL such as https://api.openai.com"),
        ("http://a:x", "'http://a:x' is no URL such as https://api.openai.com"),
        (
            "https://a.example/v1",
            "name only scheme and host, such as https://a.example; the path belongs to the base "
            "URL that the client is given",
        ),
    ):
        with pytest.raises(SettingsError) as caught:
            check_origin(value, "--upstream")
        assert caught.value.problem == f"--upstream: {problem}"
